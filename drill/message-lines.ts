// A message as a person reads it, line by line. Buttons and menus are no part of
// what is said: "Keep it closed" on a button claims nothing.
import type { Message } from './workspace/types.ts';

/** What is read of a message: its text and its blocks. */
export type Readable = Pick<Message, 'text' | 'blocks'>;

/** Every line a person sees in a message, the one in the notification included. */
export function linesOf(message: Readable): string[] {
  const seen = [...message.text.split('\n'), ...message.blocks.flatMap(blockLines)];
  return seen.map((line) => line.trim()).filter((line) => line !== '');
}

/** The lines of one block of a message or a modal. */
export function blockLines(block: unknown): string[] {
  const parts: string[] = [];
  const walk = (node: unknown, inline: string[]): void => {
    if (Array.isArray(node)) return node.forEach((each) => walk(each, inline));
    if (!isRecord(node)) return;
    const type = node['type'];
    // What stands in a quote is somebody else's words: the message claims nothing by it.
    if (type === 'actions' || type === 'rich_text_quote') return;
    if (type === 'date') return void inline.push(dateInWords(node));
    if (type === 'user') return void inline.push(`@${String(node['user_id'])}`);
    if (typeof node['text'] === 'string') return void inline.push(node['text']);
    if (type === 'rich_text_section' || type === 'rich_text_preformatted' || type === 'section') {
      const line: string[] = [];
      for (const key of ['elements', 'text', 'fields']) walk(node[key], line);
      parts.push(line.join(''));
      return;
    }
    for (const key of ['elements', 'text', 'fields']) walk(node[key], inline);
  };
  const rest: string[] = [];
  walk(block, rest);
  return [...parts, ...rest].flatMap((text) => text.split('\n'));
}

const dateInWords = (node: Readonly<Record<string, unknown>>): string => {
  const seconds = Number(node['timestamp']);
  if (Number.isFinite(seconds)) return new Date(seconds * 1000).toISOString();
  return typeof node['fallback'] === 'string' ? node['fallback'] : '';
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
