// The database and the program compute the same hash, whatever an entry says.
import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunbookError } from '../../domain/errors.ts';
import { canonicalBytes, MAX_DEPTH } from '../../ledger/canonical.ts';
import { openPool } from '../../ledger/database.ts';
import { appendEntries, readEntries } from '../../ledger/entries.ts';
import { type EntryContent, entryBytes, entryHash } from '../../ledger/entry.ts';
import { openLedgerHarness } from './ledger-harness.ts';

const { appUrl } = await openLedgerHarness();

const text = fc.string({ unit: 'binary' }).filter((word) => !word.includes('\u0000'));
const body = fc.dictionary(text, fc.jsonValue({ stringUnit: 'binary' })).filter((value) => !JSON.stringify(value).includes('\\u0000'));
const printable = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).filter((word) => /^\P{Cc}+$/u.test(word));

const contentOf = (chain: string, more: Partial<EntryContent>): EntryContent => ({
  case: chain,
  key: 'k',
  at: '2026-11-23T22:04:05.123Z',
  kind: 'hold.ended',
  schemaVersion: 1,
  actor: 'worker',
  body: {},
  attachments: [],
  ...more,
});

it('agrees on any body, key and actor that an entry can hold', async () => {
  const pool = openPool(appUrl, 2);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ body, key: printable, actor: printable }), { minLength: 1, maxLength: 20 }), async (said) => {
      const chain = randomUUID();
      const appended = await appendEntries(
        pool,
        said.map((one) => ({ content: contentOf(chain, one), sealed: [], unless: null })),
      );
      for (const entry of appended) expect(entryHash(entry)).toBe(entry.hash);
      for (const entry of await readEntries(pool, chain, 1)) {
        const drafted = said.find(({ key }) => key === entry.content.key);
        expect(Buffer.from(entryBytes(entry.content))).toEqual(Buffer.from(entryBytes(contentOf(chain, drafted ?? {}))));
      }
    }),
    { numRuns: 60 },
  );
  await pool.end();
});

describe('RFC 8785', () => {
  // Appendix B and section 3.2.3 of the RFC.
  it.each([
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
    [JSON.parse('333333333.33333329'), '333333333.3333333'],
    [-0, '0'],
    [9007199254740992, '9007199254740992'],
    [5e-324, '5e-324'],
    ['\u20ac$\u000f\na\'\u0042\u0022\u005c\\"/', '"€$\\u000f\\na\'B\\"\\\\\\\\\\"/"'],
    [{ '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 }, '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}'],
  ])('writes %j as it says', (value, expected) => {
    expect(Buffer.from(canonicalBytes(value)).toString('utf8')).toBe(expected);
  });

  it.each([
    ['undefined', { a: undefined }],
    ['a hole', { a: Array(1) }],
    ['NaN', { a: Number.NaN }],
    ['Infinity', [Number.POSITIVE_INFINITY]],
    ['a bigint', { a: 1n }],
    ['a date', { a: new Date(0) }],
    ['a map', { a: new Map() }],
    ['bytes', { a: new Uint8Array(1) }],
    ['something with toJSON', { a: { toJSON: () => 'else' } }],
    ['a function', { a: () => 1 }],
    ['half a surrogate pair', { a: '\ud83d' }],
    ['half a surrogate pair as a key', { '\ude00': 1 }],
    ['U+0000', { a: 'x\u0000' }],
    ['more levels than anybody walks', JSON.parse('['.repeat(MAX_DEPTH + 2) + ']'.repeat(MAX_DEPTH + 2))],
    ['more bytes than a line may have', 'x'.repeat(1024 * 1024)],
  ])('is refused %s, which it cannot express', (_, value) => {
    expect(() => canonicalBytes(value)).toThrow(RunbookError);
  });

  it('keeps a key named __proto__', () => {
    expect(Buffer.from(canonicalBytes(JSON.parse('{"__proto__":{"a":1}}'))).toString()).toBe('{"__proto__":{"a":1}}');
  });
});

describe('an entry', () => {
  const chain = randomUUID();
  it.each([
    ['a chain that is no case or tenant', { case: 'elsewhere' }],
    ['a key with a line break', { key: 'a\nb' }],
    ['an empty actor', { actor: '' }],
    ['a time without a zone', { at: '2026-11-23T22:04:05' }],
    ['a kind in capitals', { kind: 'UPDATE_STATUS' }],
    ['schema version 0', { schemaVersion: 0 }],
    ['two attachments of one name', { attachments: [1, 2].map((bytes) => ({ name: 'a', sha256: '0'.repeat(64), bytes })) }],
  ])('does not have %s', (_, more) => {
    expect(() => entryBytes(contentOf(chain, more))).toThrow(RunbookError);
  });

  it('names every field that is wrong at once', () => {
    expect(() => entryBytes(contentOf('x', { key: '', actor: '' }))).toThrow(/case: .*key: .*actor: /);
  });
});
