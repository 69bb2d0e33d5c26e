import { expect, it } from 'vitest';
import { decideRelease, type ReleaseDecision, type ReleaseFacts } from '../../domain/release.ts';

/** Blocked by this case on a report that names no success; the logs are complete and show no attacker. */
const facts = (part: Partial<ReleaseFacts> = {}): ReleaseFacts => ({
  nowMs: 2_000_000,
  shutAtMs: 1_000_000,
  logDelayMs: 900_000,
  blind: false,
  someoneGotIn: false,
  methodsRemoved: false,
  enabled: false,
  closedByCase: true,
  resets: true,
  changedByPeople: false,
  ...part,
});

const FORBIDDEN: ReleaseDecision = { kind: 'refuse', because: 'logs-forbid' };
const NOT_NOW: ReleaseDecision = { kind: 'refuse', because: 'not-allowed-now' };

it.each<[string, Partial<ReleaseFacts>, ReleaseDecision]>([
  ['opens what this case had closed', {}, { kind: 'release', opens: true }],
  ['waits until the logs are complete up to the moment it was blocked', { nowMs: 1_899_999 }, FORBIDDEN],
  ['needs both logs', { blind: true }, FORBIDDEN],
  ['is refused for an account that an attacker may have entered', { someoneGotIn: true }, FORBIDDEN],
  ['is nothing for an owner whose ways to sign in are gone', { methodsRemoved: true }, NOT_NOW],
  ['does not enable an account that was blocked before the case', { closedByCase: false }, NOT_NOW],
  ['opens nothing with the password it was closed with', { resets: false }, NOT_NOW],
  [
    'opens an account whose password people have changed elsewhere',
    { resets: false, changedByPeople: true },
    { kind: 'release', opens: true },
  ],
  ['gives an account that stayed open a new password', { enabled: true }, { kind: 'release', opens: false }],
  ['asks for nothing where nothing is to be done', { enabled: true, resets: false }, NOT_NOW],
])('a release %s', (_, part, decision) => {
  expect(decideRelease(facts(part))).toEqual(decision);
});
