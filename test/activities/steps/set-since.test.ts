// A step that sets a time is done when the time has moved, by the clock of the
// directory; the server that answers may have another one.
import { describe, expect, it } from 'vitest';
import { resetPassword } from '../../../activities/steps/reset-password.ts';
import { revokeSessions, revoking } from '../../../activities/steps/revoke-sessions.ts';
import type { Change } from '../../../domain/step.ts';

const READ_AT = Date.parse('2026-11-30T03:10:00Z');
const at = (seconds: number): string => new Date(READ_AT + seconds * 1000).toISOString();
const LAST_MONTH = at(-30 * 24 * 60 * 60);

const STEPS = {
  'sessions are ended': (change: Change, shown: string | null) =>
    revokeSessions.verify({ enabled: false, sessionsCutAt: shown, readAt: at(1) }, change, (text) => text),
  'a password is set': (change: Change, shown: string | null) =>
    resetPassword.verify({ changedAt: shown, readAt: at(1) }, change, (text) => text),
};

describe.each(Object.entries(STEPS))('%s', (_, isDone) => {
  const since = (from: string | null, shown: string | null): boolean => isDone(revoking('a', from, at(0)), shown);

  it.each([
    ['in the second of the reading', 0],
    ['a second before it by the clock of the directory', -1],
    ['three seconds before it', -3],
    ['after it', 2],
  ])('when the time is %s', (_when, seconds) => {
    expect(since(LAST_MONTH, at(seconds))).toBe(true);
    expect(since(null, at(seconds))).toBe(true);
  });

  it('not by the time that was there before', () => {
    for (const before of [0, -1, -3]) expect(since(at(before), at(before))).toBe(false);
    expect(since(LAST_MONTH, LAST_MONTH)).toBe(false);
    expect(since(LAST_MONTH, null)).toBe(false);
  });

  it('not by an earlier call of ours that the reading before did not show yet', () => {
    for (const seconds of [-300, -60, -10]) expect(since(LAST_MONTH, at(seconds))).toBe(false);
  });

  it('not by a later reading that shows an older time', () => {
    expect(since(at(-1), at(-2))).toBe(false);
  });
});
