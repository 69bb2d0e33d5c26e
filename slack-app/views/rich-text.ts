// The parts of our messages. Slack never parses rich text, so a name such as `<!channel>` stays a name. Mentions come
// from ids of our own table only.
import type { RichTextBlock, RichTextElement, RichTextList, RichTextSection } from '@slack/types';
import { shown, type Untrusted } from '../untrusted.ts';

export type Part = RichTextElement;
export type Piece = string | Part;

export const strong = (text: string): Part => ({ type: 'text', text, style: { bold: true } });
export const foreign = (text: Untrusted): Part => ({ type: 'text', text: shown(text) });
export const mention = (slackId: string): Part => ({ type: 'user', user_id: slackId });

/** A time that every reader sees in their own time zone. Rounded up to the second: a claimed time is never earlier than the event. */
export function dateElement(atMs: number): Part {
  const seconds = Math.ceil(atMs / 1000);
  return { type: 'date', timestamp: seconds, format: '{date_short}, {time_secs}', fallback: utcDate(seconds * 1000) };
}

/** For the plain `text` of a message, where the reader's time zone is not available. */
export const utcTime = (atMs: number): string => `${new Date(Math.ceil(atMs / 1000) * 1000).toISOString().slice(11, 19)} UTC`;

const utcDate = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

export const line = (...pieces: readonly Piece[]): RichTextSection => ({ type: 'rich_text_section', elements: pieces.map(part) });

/** A line with space below it. */
export const paragraph = (...pieces: readonly Piece[]): RichTextSection => line(...pieces, '\n');

export const bullets = (items: readonly (readonly Piece[])[]): RichTextList => ({
  type: 'rich_text_list',
  style: 'bullet',
  elements: items.map((pieces) => line(...pieces)),
});

export const richText = (...elements: RichTextBlock['elements']): RichTextBlock => ({ type: 'rich_text', elements });

const part = (piece: Piece): Part => (typeof piece === 'string' ? { type: 'text', text: piece } : piece);
