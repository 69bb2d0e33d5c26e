// What the record says once an account is closed.
import { blockedAtOf } from '../domain/case/state.ts';
import { effectiveBy } from '../domain/containment-times.ts';
import type { CaseContext } from './case-context.ts';

/** Puts both clocks of a closed account on the record. */
export function recordBlocked({ book }: CaseContext): void {
  const closedAt = blockedAtOf(book.state);
  if (closedAt === null) return;
  if (book.state.ratifyAskedAt === null) book.change({ ratifyAskedAt: closedAt });
  book.note(`closed/${closedAt}`, {
    kind: 'account.closed',
    schemaVersion: 1,
    closedAt: new Date(closedAt).toISOString(),
    effectiveBy: new Date(effectiveBy(closedAt, book.state.policy.durations)).toISOString(),
  });
}
