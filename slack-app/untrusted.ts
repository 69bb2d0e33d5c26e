// Text from outside has its own type, so it cannot become part of a sentence by accident. It may hold mentions, characters
// that change the reading direction, or very long text.

const kept: unique symbol = Symbol('untrusted text');

/** A name or text that another person chose. Only `shown` makes it displayable. */
export interface Untrusted {
  readonly [kept]: string;
}

export const untrusted = (text: string): Untrusted => ({ [kept]: text });

const LONGEST = 120;
// A letter may have two combining marks; more of them cover the lines above.
const PILED_MARKS = /(\p{M}{2})\p{M}+/gu;
// Controls, soft hyphen, direction marks and overrides, zero-width and tag characters, byte order mark.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]+/gu;

/**
 * The text on one line, without invisible characters, cut with a count of what is
 * missing. Safe only where nothing is parsed: a `text` element of
 * rich text, or plain_text with emoji off.
 */
export function shown(text: Untrusted, longest = LONGEST): string {
  const clean = text[kept].replace(UNSEEN, ' ').replace(PILED_MARKS, '$1').replace(/\s+/gu, ' ').trim();
  const letters = Array.from(clean);
  if (letters.length === 0) return '(no name)';
  return letters.length <= longest ? clean : `${letters.slice(0, longest).join('')}… (${letters.length - longest} more characters)`;
}

/** As above, for a place with a limit in UTF-16 units. */
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
