/**
 * Ends every session: tokens from before now are refused when they are next refreshed.
 *
 * Contends with the session the attacker already holds. An issued access
 * token stays valid until it expires, so after this step the account is blocked
 * and contained only later. It runs a second time after an eradication:
 * sessions issued between the two runs end as well. It does nothing to a guest: their
 * sessions are their home's.
 */
import type { Change } from '../../domain/step.ts';
import type { AccessState } from '../microsoft/account-writer.ts';
import { cannotUndo, isJustSet, isSetSince, type Step } from './step.ts';

export const revokeSessions: Step<AccessState> = {
  name: 'revoke-sessions',
  inspect: ({ account }, subject) => account.doorState(subject),
  plan: (subject, seen) => [revoking(subject, seen.sessionsCutAt, seen.readAt)],
  // Whatever was cut before: what counts is a cut after this moment.
  renew: (change, seen) => ({ kind: 'as-planned', change: { ...change, from: seen.sessionsCutAt, to: seen.readAt } }),
  renewsTimes: true,
  isTooSoon: isJustSet,
  apply: ({ account }, _subject, intent) => account.revokeSessions(intent),
  verify: (seen, change) => isSetSince(seen.sessionsCutAt, change),
  say: (seen) => ({ saw: `sessions from before ${seen.sessionsCutAt ?? 'never'} are refused`, readAt: seen.readAt }),
  undo: () => null,
};

/** @param readAt Microsoft's own clock at the reading: comparing its times with ours would fail by the drift between the two */
export const revoking = (subject: string, from: string | null, readAt: string): Change => ({
  target: { kind: 'account', id: subject },
  from,
  to: readAt,
  why: 'sessions-live-until-revoked',
  undo: cannotUndo('stays-revoked'),
});
