// What the record says once an account is closed.
import { blockedAtOf } from '../domain/case/state.ts';
import { effectiveBy } from '../domain/containment-times.ts';
import type { CaseContext } from './case-context.ts';

/** Puts both clocks of a closed account on the record. */
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
