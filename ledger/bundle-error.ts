// How the checks of a bundle say what they found. Thrown and caught inside
// `verifyBundle` only: to everybody else a broken bundle is an answer, not an error.

/** The first entry that is not what it should be. Key and kind are what stands there; null when that cannot be read. */
export interface BadEntry {
  readonly seq: number;
  readonly key: string | null;
  readonly kind: string | null;
}

export class BundleError extends Error {
  override readonly name = 'Broken';
  readonly entry: BadEntry | undefined;

  constructor(problem: string, entry?: BadEntry) {
    super(problem);
    this.entry = entry;
  }
}

/** Foreign text for a sentence: short, and nothing that a terminal would obey. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}...` : text).replaceAll(/\p{C}|\p{Zl}|\p{Zp}/gu, escaped);

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
