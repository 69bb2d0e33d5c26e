import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Collected, Material } from '../../../drill/score/input.ts';
import { score } from '../../../drill/score/score.ts';
import { searchSecrets } from '../../../drill/score/secrets.ts';
import { evidence } from './evidence.ts';

const SECRET = 'Tulip+Lantern/42=ünder"glass';
const CONTROL = 'CONTROL-7f3ac91b-do-not-miss-me';
const piece = (text: string, material: Material = 'logs'): Collected => ({ material, name: 'a file', bytes: Buffer.from(text) });

const ways: readonly (readonly [string, (text: string) => string])[] = [
  ['as it is', (text) => text],
  ['inside JSON', (text) => JSON.stringify({ deep: [text] })],
  ['in base64', (text) => Buffer.from(text).toString('base64')],
  ['in base64url', (text) => Buffer.from(text).toString('base64url')],
  ['in hex, as a database prints bytes', (text) => `\\x${Buffer.from(text).toString('hex')}`],
  ['in a URL', (text) => `https://example.com/?q=${encodeURIComponent(text)}`],
];

describe('the search for secrets', () => {
  it.each(ways)('finds one %s', (_how, encode) => {
    const { found } = searchSecrets([piece(`before ${encode(SECRET)} after`)], [{ name: 'a password', value: SECRET }], CONTROL);
    expect(found).toEqual([{ name: 'a password', material: 'logs', where: 'a file' }]);
  });

  it('finds one in base64 wherever it stands in the encoded text', () => {
    assert(
      property(string({ maxLength: 20 }), string({ maxLength: 20 }), (before, after) => {
        const text = Buffer.from(`${before}${SECRET}${after}`).toString('base64');
        return searchSecrets([piece(text)], [{ name: 'a password', value: SECRET }], CONTROL).found.length === 1;
      }),
      { numRuns: 200 },
    );
  });

  it('finds nothing where nothing is', () => {
    assert(
      property(
        string({ maxLength: 300 }),
        (text) => searchSecrets([piece(text)], [{ name: 'a password', value: SECRET }], CONTROL).found.length === 0,
      ),
    );
  });

  it('says in which kind of material its control was missed, so that it cannot pass by being blind', () => {
    expect(searchSecrets([piece('x', 'logs'), piece('y', 'bundle')], [], CONTROL).blindIn).toEqual([]);
    // A control that cannot be looked for: the search has proved nothing, and says so.
    expect(searchSecrets([piece('x', 'logs')], [], '').blindIn).toEqual(['logs']);
  });

  it('lets a value stand where it belongs, and nowhere else', () => {
    const words = { name: 'free words of a report', value: 'Somebody called me', mayStandIn: ['Slack transcript'] as const };
    const both = [piece(words.value, 'Slack transcript'), piece(words.value, 'database dump')];
    expect(searchSecrets(both, [words], CONTROL).found.map((each) => each.material)).toEqual(['database dump']);
  });

  it('fails the drill that leaves one behind', () => {
    const collected = [...evidence().collected, piece('{"password":"Correct-Horse-9-Battery!"}', 'engine history')];
    const card = score(evidence({ collected }));
    expect(card.secretsFound).toBe(1);
    expect(card.failures).toEqual(["a secret was found: Ana's password in the engine history (a file)"]);
  });
});
