/**
 * Stops new sign-ins, and refuses the next refresh of every session.
 *
 * Contends with the attacker who holds the password and a registered method:
 * without the block they sign straight back in after a revocation.
 */
import type { Change } from '../../domain/step.ts';
import type { AccessState } from '../microsoft/account-writer.ts';
import { cannotUndo, type Step } from './step.ts';

export const blockSignIn: Step<AccessState> = {
  name: 'block-sign-in',
  inspect: ({ account }, subject) => account.doorState(subject),
  // An account that was closed before the case stays as it was found: not ours to claim, and not ours to open again.
  // Where the answer does not say it, it is blocked: a block that was there already does no harm.
  plan: (subject, seen) => (seen.enabled === false ? [] : [blocking(subject, seen.enabled)]),
  renew: (change, seen) => (seen.enabled === false ? { kind: 'gone' } : { kind: 'as-planned', change }),
  apply: ({ account }, _subject, intent) => account.blockSignIn(intent),
  verify: (seen, change) => seen.enabled === change.to,
  say: (seen) => ({ saw: `accountEnabled is ${String(seen.enabled ?? 'not said')}`, readAt: seen.readAt }),
  // By a release or by the restore, with their own approvals and moves, and never as a step back.
  undo: () => null,
};

export const blocking = (subject: string, from: boolean | null = true): Change => ({
  target: { kind: 'account', id: subject },
  from,
  to: false,
  why: 'attacker-could-sign-in-again',
  undo: cannotUndo('opened-by-people-only'),
});
