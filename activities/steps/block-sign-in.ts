/**
 * Stops new sign-ins, and refuses the next refresh of every session.
 *
 * Contends with the intruder who holds the password and a registered method:
 * without the block they sign straight back in after a revocation.
 */
import type { Change } from '../../domain/step.ts';
import type { DoorState } from '../graph/actor.ts';
import { cannotUndo, type Step } from './step.ts';

export const blockSignIn: Step<DoorState> = {
  name: 'block-sign-in',
  inspect: ({ account }, subject) => account.doorState(subject),
  // An account that was closed before the case stays as it was found: not ours to claim, and not ours to open again.
  plan: (subject, seen) => (seen.enabled ? [blocking(subject)] : []),
  renew: (change, seen) => (seen.enabled ? { kind: 'as-planned', change } : { kind: 'gone' }),
  apply: ({ account }, _subject, intent) => account.blockSignIn(intent),
  verify: (seen, change) => seen.enabled === change.to,
  say: (seen) => ({ saw: `accountEnabled is ${String(seen.enabled)}`, readAt: seen.readAt }),
  // By a release or by the restore, with their own approvals and moves, and never as a step back.
  undo: () => null,
};

export const blocking = (subject: string): Change => ({
  target: { kind: 'account', id: subject },
  from: true,
  to: false,
  why: 'attacker-could-sign-in-again',
  undo: cannotUndo('opened-by-people-only'),
});
