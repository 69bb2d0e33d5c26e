/**
 * Enables an account that this case had blocked, when the logs show no
 * compromise. The password was reset before; the owner's sign-in methods are
 * kept, so that they can prove their identity.
 *
 * Contends with accounts that were blocked before the case: only a block of
 * this case is released. When it may be asked for is in domain/release.ts; that
 * the password comes first, in domain/plan-rules.ts. Its undo blocks again.
 */
import type { Change } from '../../domain/step.ts';
import type { AccessState } from '../microsoft/account-writer.ts';
import { canUndo, type Step } from './step.ts';

export const releaseFalseAlarm: Step<AccessState> = {
  name: 'release-false-alarm',
  inspect: ({ account }, subject) => account.doorState(subject),
  plan: () => [],
  renew: (change, seen) => (seen.enabled === change.to ? { kind: 'gone' } : { kind: 'as-planned', change }),
  apply: ({ account }, _subject, intent) => (intent.change.to === true ? account.openAccount(intent) : account.blockSignIn(intent)),
  verify: (seen, change) => seen.enabled === change.to,
  say: (seen) => ({ saw: `accountEnabled is ${String(seen.enabled ?? 'not said')}`, readAt: seen.readAt }),
  undo: (change) => ({
    ...change,
    from: change.to,
    to: change.from,
    why: 'released-by-mistake',
    undo: canUndo('release-again'),
  }),
};

export const releasing = (subject: string): Change => ({
  target: { kind: 'account', id: subject },
  from: false,
  to: true,
  why: 'logs-show-no-attacker',
  undo: canUndo('block-again'),
});
