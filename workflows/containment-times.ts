// Ledger events for a blocked account.
import { blockedAtOf } from '../domain/case/state.ts';
import { effectiveBy } from '../domain/containment-times.ts';
import type { CaseContext } from './case-context.ts';

/** Records the two containment times of a blocked account. */
export function recordBlocked({ store }: CaseContext): void {
  const blockedAt = blockedAtOf(store.state);
  if (blockedAt === null) return;
  if (store.state.confirmationAskedAt === null) store.change({ confirmationAskedAt: blockedAt });
  store.note(`closed/${blockedAt}`, {
    kind: 'account.blocked',
    schemaVersion: 1,
    blockedAt: new Date(blockedAt).toISOString(),
    effectiveBy: new Date(effectiveBy(blockedAt, store.state.policy.durations)).toISOString(),
  });
}
