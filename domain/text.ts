// Text from outside. A key or a phone may have a name with characters that the ledger cannot store; they are replaced at
// the edge.

const REPLACEMENT = '\uFFFD';
const HALF_A_PAIR = /\p{Surrogate}/gu;
const NUL = '\u0000';

/** Without U+0000, which PostgreSQL cannot hold, and without half a surrogate pair, which is no Unicode. */
export const keepable = (text: string): string => text.replaceAll(HALF_A_PAIR, REPLACEMENT).replaceAll(NUL, REPLACEMENT);

/** The first characters of a text, never half of one. */
export const cut = (text: string, mostUnits: number): string => keepable(text.slice(0, mostUnits));

/** A JSON value whose texts and names can all be stored. Levels below `most` are dropped: nothing we read is that deep. */
export function keepableJson(value: unknown, most = 50): unknown {
  if (typeof value === 'string') return keepable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (most === 0) return null;
  if (Array.isArray(value)) return value.map((each) => keepableJson(each, most - 1));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [keepable(name), keepableJson(each, most - 1)]));
}
