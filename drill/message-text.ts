// A message as a person reads it, line by line. Buttons and menus are no part of
// what is said: "Keep it closed" on a button claims nothing.
import { BLOCK_PARTS, BLOCKS, CAPTIONS, NAMED_CAPTION } from './score/known-values.ts';
import type { Message } from './slack/types.ts';

/** What is read of a message: its text and its blocks. */
export type Readable = Pick<Message, 'text'> & { readonly blocks: readonly unknown[] };

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
    // A quote is another person's text: the message claims nothing by it.
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
    for (const key of SPOKEN) walk(node[key], inline);
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

/** Where text stands in a block; the choices of a form are not among them. */
const SPOKEN = ['elements', 'text', 'fields', 'label', 'hint'];

/** What a block of a message or a form shows that the score does not read: a claim in it would not be checked. */
export function blockProblems(shown: { readonly blocks: readonly unknown[] }): string[] {
  const problems = 'attachments' in shown ? ['a message has attachments, which the score does not read'] : [];
  return [...problems, ...shown.blocks.flatMap(problemsOfBlock)];
}

function problemsOfBlock(block: unknown): string[] {
  const type = typeOf(block);
  if (!BLOCKS.includes(type)) return [`the score does not know this block: ${type}`];
  if (!isRecord(block)) return [];
  if (type === 'actions') return listOf(block['elements']).flatMap(problemsOfButton);
  const accessory = block['accessory'] === undefined ? [] : problemsOfButton(block['accessory']);
  return [...accessory, ...SPOKEN.flatMap((key) => problemsOfPart(block[key]))];
}

function problemsOfPart(part: unknown): string[] {
  if (Array.isArray(part)) return part.flatMap(problemsOfPart);
  if (!isRecord(part)) return [];
  if (!BLOCK_PARTS.includes(typeOf(part))) return [`the score does not know this part of a block: ${typeOf(part)}`];
  return problemsOfPart(part['elements']);
}

function problemsOfButton(element: unknown): string[] {
  if (!isRecord(element)) return ['a button cannot be read'];
  const captions = typeOf(element) === 'overflow' ? listOf(element['options']).map(captionOf) : [captionOf(element)];
  if (!['button', 'overflow'].includes(typeOf(element))) return [`the score does not know this part of a block: ${typeOf(element)}`];
  return captions.flatMap((caption) =>
    CAPTIONS.includes(caption.replace(/\bcase \d+/, 'case N')) || NAMED_CAPTION.test(caption)
      ? []
      : [`the score does not know this button: ${caption}`],
  );
}

const captionOf = (element: unknown): string =>
  isRecord(element) && isRecord(element['text']) && typeof element['text']['text'] === 'string' ? element['text']['text'] : '(none)';
const typeOf = (node: unknown): string => (isRecord(node) && typeof node['type'] === 'string' ? node['type'] : '(none)');
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
