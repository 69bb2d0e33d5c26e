/**
 * Sets a random password that nobody ever sees, so that the one the intruder
 * holds opens nothing. It is made in the door, sent, and forgotten: when an
 * answer is lost, another one is simply set.
 *
 * Contends with a password that the owner changes at the same time, and with
 * accounts whose password is kept elsewhere: those are a person's to reset.
 */
import type { Change } from '../../domain/step.ts';
import type { PasswordState } from '../graph/actor.ts';
import { cannotUndo, isSameSecond, type Step } from './step.ts';

export const resetPassword: Step<PasswordState> = {
  name: 'reset-password',
  inspect: ({ account }, subject) => account.passwordState(subject),
  // Never without a plan: it cannot be taken back.
  plan: () => [],
  // Whoever changed it meanwhile, the owner or the intruder: it is set anew.
  renew: (change, seen) => ({ kind: 'as-planned', change: { ...change, from: seen.changedAt, to: seen.readAt } }),
  renewsTimes: true,
  isTooSoon: isSameSecond,
  apply: ({ account }, _subject, intent) => account.resetPassword(intent),
  verify: (seen, change) => changedSince(seen.changedAt, change),
  say: (seen) => ({ saw: `the password was last changed at ${seen.changedAt ?? 'never'}`, readAt: seen.readAt }),
  undo: () => null,
};

export const resetting = (subject: string, from: string | null, readAt: string): Change => ({
  target: { kind: 'account', id: subject },
  from,
  to: readAt,
  why: 'Whoever sent the prompt knows the password.',
  undo: cannotUndo('The old password is gone for good; the owner gets a new start in person.'),
});

function changedSince(changedAt: string | null, change: Change): boolean {
  if (changedAt === null || changedAt === change.from || typeof change.to !== 'string') return false;
  return Date.parse(changedAt) >= Date.parse(change.to);
}
