// The few pieces our messages are made of. Rich text is never parsed: a name
// that reads `<!channel>` stays that name. Mentions are made of ids of our own
// table only.
import type { RichTextBlock, RichTextElement, RichTextList, RichTextSection } from '@slack/types';
import { shown, type Untrusted } from '../untrusted.ts';

export type Part = RichTextElement;
export type Piece = string | Part;

export const strong = (text: string): Part => ({ type: 'text', text, style: { bold: true } });
export const foreign = (text: Untrusted): Part => ({ type: 'text', text: shown(text) });
export const mention = (slackId: string): Part => ({ type: 'user', user_id: slackId });

/** A moment that every reader sees in their own time. Rounded up to the second: a claim must never be earlier than what happened. */
export function dateElement(atMs: number): Part {
  const seconds = Math.ceil(atMs / 1000);
  return { type: 'date', timestamp: seconds, format: '{date_short}, {time_secs}', fallback: utcDate(seconds * 1000) };
}

/** For the plain `text` of a message, where no reader's own time can be shown. */
export const utcTime = (atMs: number): string => `${new Date(Math.ceil(atMs / 1000) * 1000).toISOString().slice(11, 19)} UTC`;

const utcDate = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

export const line = (...pieces: readonly Piece[]): RichTextSection => ({ type: 'rich_text_section', elements: pieces.map(part) });

/** A line with room below it. */
export const paragraph = (...pieces: readonly Piece[]): RichTextSection => line(...pieces, '\n');

export const bullets = (items: readonly (readonly Piece[])[]): RichTextList => ({
  type: 'rich_text_list',
  style: 'bullet',
  elements: items.map((pieces) => line(...pieces)),
});

export const richText = (...elements: RichTextBlock['elements']): RichTextBlock => ({ type: 'rich_text', elements });

const part = (piece: Piece): Part => (typeof piece === 'string' ? { type: 'text', text: piece } : piece);
