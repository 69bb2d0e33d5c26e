/**
 * Stops new sign-ins, and refuses the next refresh of every session.
 *
 * Contends with the intruder who holds the password and a registered method:
 * without the block they sign straight back in after a revocation.
 */
import type { Change } from '../../domain/step.ts';
import type { AccountActor, DoorState } from '../graph/actor.ts';
import { cannotUndo, type Step } from './step.ts';

export const blockSignIn: Step<AccountActor, DoorState> = {
  name: 'block-sign-in',
  inspect: (door, subject) => door.doorState(subject),
  plan(subject, seen): Change | null {
    // An account that was closed before the case stays as it was found: not ours to claim, and not ours to open again.
    if (!seen.enabled) return null;
    return {
      target: { kind: 'account', id: subject },
      from: true,
      to: false,
      why: 'An intruder who knows the password could sign in again at any moment.',
      undo: cannotUndo('A closed account is opened by a person only, when it is restored or released as a false alarm.'),
    };
  },
  apply: (door, intent) => door.blockSignIn(intent),
  async verify(door, subject, change) {
    const { value } = await door.doorState(subject);
    return { reached: value.enabled === change.to, ...this.say(value) };
  },
  say: (seen) => ({ saw: `accountEnabled is ${String(seen.enabled)}`, readAt: seen.readAt }),
};
