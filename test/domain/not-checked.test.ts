import { expect, it } from 'vitest';
import { NOT_CHECKED, NOT_CHECKED_WORDS, notCheckedIn } from '../../domain/not-checked.ts';

const cleaned = { kind: 'snapshot.stored', schemaVersion: 1, of: 'methods', attempt: 1, left: [] } as const;

it('a case without an eradication names everything, the sign-in methods too', () => {
  expect(notCheckedIn([])).toEqual(NOT_CHECKED);
});

it('a case whose eradication stored what it left names everything but the sign-in methods', () => {
  expect(notCheckedIn([cleaned])).toEqual(NOT_CHECKED.filter((code) => code !== 'sign-in-methods'));
});

it('the names are short enough for one line of a card', () => {
  expect(NOT_CHECKED.map((code) => NOT_CHECKED_WORDS[code]).join('; ').length).toBeLessThan(320);
});
