/**
 * Ends every session: tokens from before now are refused when they are next refreshed.
 *
 * Contends with the session the intruder already holds. An access token that is
 * out there still opens doors until it runs out, so the account is closed by
 * this step and contained only later.
 */
import type { Change } from '../../domain/step.ts';
import type { AccountActor, DoorState } from '../graph/actor.ts';
import { cannotUndo, type Step } from './step.ts';

export const revokeSessions: Step<AccountActor, DoorState> = {
  name: 'revoke-sessions',
  inspect: (door, subject) => door.doorState(subject),
  plan(subject, seen): Change {
    return {
      target: { kind: 'account', id: subject },
      from: seen.sessionsCutAt,
      // Microsoft's own clock at the reading: comparing its times with ours would fail by the drift between the two.
      to: seen.readAt,
      why: 'Whoever holds a session keeps it until it is revoked.',
      undo: cannotUndo('A revoked session stays revoked; the owner signs in again.'),
    };
  },
  apply: (door, intent) => door.revokeSessions(intent),
  async verify(door, subject, change) {
    const { value } = await door.doorState(subject);
    return { reached: cutSince(value.sessionsCutAt, change), ...this.say(value) };
  },
  say: (seen) => ({ saw: `sessions from before ${seen.sessionsCutAt ?? 'never'} are refused`, readAt: seen.readAt }),
};

/** The cut has moved, and it is not older than the reading it was planned from. Both sides are whole seconds of one clock. */
function cutSince(cutAt: string | null, change: Change): boolean {
  if (cutAt === null || cutAt === change.from || typeof change.to !== 'string') return false;
  return Date.parse(cutAt) >= Date.parse(change.to);
}
