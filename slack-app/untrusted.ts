// Text that came from outside, kept apart by its type: it cannot be put into a
// sentence by accident. It contends with names that are really mentions, with
// characters that turn the reading direction, and with walls of text.

const kept: unique symbol = Symbol('untrusted text');

/** A name or words that somebody else chose. Only `shown` turns it into something to display. */
export interface Untrusted {
  readonly [kept]: string;
}

export const untrusted = (text: string): Untrusted => ({ [kept]: text });

const LONGEST = 120;
// A letter may wear two marks; more of them climb over the lines above.
const PILED_MARKS = /(\p{M}{2})\p{M}+/gu;
// Controls, soft hyphen, direction marks and overrides, zero-width and tag characters, byte order mark.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]+/gu;

/**
 * The text on one line, without characters that nobody sees, cut with a count
 * of what is missing. Safe only where nothing is parsed: a `text` element of
 * rich text, or plain_text with emoji off.
 */
export function shown(text: Untrusted, longest = LONGEST): string {
  const clean = text[kept].replace(UNSEEN, ' ').replace(PILED_MARKS, '$1').replace(/\s+/gu, ' ').trim();
  const letters = Array.from(clean);
  if (letters.length === 0) return '(no name)';
  return letters.length <= longest ? clean : `${letters.slice(0, longest).join('')}… (${letters.length - longest} more characters)`;
}

/** The same for a place that takes no more than so many UTF-16 units, whatever the letters are. */
export function shownWithin(text: Untrusted, mostUnits: number): string {
  const whole = shown(text, mostUnits);
  if (whole.length <= mostUnits) return whole;
  let cut = '';
  for (const letter of whole) {
    if (cut.length + letter.length + 1 > mostUnits) break;
    cut += letter;
  }
  return `${cut}…`;
}
