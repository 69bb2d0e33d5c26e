/**
 * Sets a random password, so that the one the attacker has is useless. The client
 * makes and sends it and never stores it; the owner gets a new password in
 * person. When an answer is lost, a fresh read decides: a
 * password that was changed since the intent is taken for ours, another one is set
 * otherwise.
 *
 * Contends with a password that the owner changes at the same time. Accounts whose
 * password is kept elsewhere never come here: plans/eradication.ts leaves those to a
 * person.
 */
import type { Change } from '../../domain/step.ts';
import type { PasswordState } from '../microsoft/account-writer.ts';
import { cannotUndo, isJustSet, isSetSince, type Step } from './step.ts';

export const resetPassword: Step<PasswordState> = {
  name: 'reset-password',
  inspect: ({ account }, subject) => account.passwordState(subject),
  // Never ordered by the policy: only a plan that people approved resets a password.
  plan: () => [],
  // The owner or the attacker changed it meanwhile: it is set again.
  renew: (change, seen) => ({ kind: 'as-planned', change: { ...change, from: seen.changedAt, to: seen.readAt } }),
  renewsTimes: true,
  isTooSoon: isJustSet,
  apply: ({ account }, _subject, intent) => account.resetPassword(intent),
  verify: (seen, change) => isSetSince(seen.changedAt, change),
  say: (seen) => ({ saw: `the password was last changed at ${seen.changedAt ?? 'never'}`, readAt: seen.readAt }),
  undo: () => null,
};

export const resetting = (subject: string, from: string | null, readAt: string): Change => ({
  target: { kind: 'account', id: subject },
  from,
  to: readAt,
  why: 'attacker-may-know-password',
  undo: cannotUndo('old-password-gone'),
});
