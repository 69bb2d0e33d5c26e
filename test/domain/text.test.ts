import { describe, expect, it } from 'vitest';
import { cut, keepable, keepableJson } from '../../domain/text.ts';

describe('text from outside', () => {
  it.each([
    ['U+0000', 'a\u0000b', 'a\uFFFDb'],
    ['the first half of a pair', 'a\uD83Db', 'a\uFFFDb'],
    ['the second half of a pair', '\uDE00b', '\uFFFDb'],
    ['two halves in the wrong order', '\uDE00\uD83D', '\uFFFD\uFFFD'],
    ['a whole letter of two units', 'a\u{1F600}b', 'a\u{1F600}b'],
    ['other controls', 'a\u0001\n\tb', 'a\u0001\n\tb'],
  ])('can be kept with %s in it', (_, text, expected) => {
    expect(keepable(text)).toBe(expected);
  });

  it('is never cut in the middle of a letter', () => {
    expect(cut('ab\u{1F600}', 3)).toBe('ab\uFFFD');
    expect(cut('ab\u{1F600}', 4)).toBe('ab\u{1F600}');
    expect(cut('ab', 9)).toBe('ab');
  });

  it('can be kept at every depth of a value, names included, and nothing else changes', () => {
    const value = { 'n\u0000': ['\uD800', { deep: '\u0000' }], number: 1, none: null, yes: true };
    expect(keepableJson(value)).toEqual({ 'n\uFFFD': ['\uFFFD', { deep: '\uFFFD' }], number: 1, none: null, yes: true });
  });

  it('that is nested without end is no way to stop the program', () => {
    let nested: unknown = 'end';
    for (let depth = 0; depth < 100_000; depth += 1) nested = [nested];
    expect(() => keepableJson(nested)).not.toThrow();
  });
});
