// What the eradications of a case left on the account. Anything beside it is a
// new item. A plan that removed something stored a snapshot; for a plan that
// removed nothing, its own content says what stays.
import type { CaseId } from '../../domain/ids.ts';
import type { PlanContent } from '../../domain/plan.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import { recordedPlan } from './plan-record.ts';

/** @returns fingerprints; null when the last eradication could not read the sign-in methods, so that nothing can be compared */
export function cleanState(entries: readonly StoredEntry[], caseId: CaseId): ReadonlySet<unknown> | null {
  let left: ReadonlySet<unknown> | null = new Set();
  const snapshotted = new Set<unknown>();
  for (const { content } of entries) {
    const { kind, body } = content;
    if (kind === 'snapshot.stored') {
      left = new Set(Array.isArray(body['left']) ? body['left'] : []);
      snapshotted.add(body['attempt']);
    }
    if (kind !== 'plan.done') continue;
    const plan = recordedPlan(entries, caseId, String(body['digest'])).content;
    if (plan.group === 'eradication' && !snapshotted.has(plan.attempt)) left = staysBy(plan);
  }
  return left;
}

/** What was kept, and what people saw and did not tick. */
function staysBy({ byHand, kept, steps }: PlanContent): ReadonlySet<unknown> | null {
  if (byHand.some(({ because }) => because === 'list-unreadable')) return null;
  const removals = steps.find(({ step }) => step === 'remove-methods')?.changes ?? [];
  return new Set<unknown>([...kept, ...removals.filter(({ ticked }) => !ticked).map(({ from }) => from)]);
}

/**
 * Whether this case removed sign-in methods; a removal that was not read back yet counts too.
 * Such an account is not released: its owner would have an unknown password and no sign-in method.
 */
export const methodsRemoved = (entries: readonly StoredEntry[]): boolean =>
  entries.some(
    ({ content: { kind, body } }) =>
      body['step'] === 'remove-methods' && (kind === 'step.verified' || (kind === 'step.applied' && body['changed'] !== false)),
  );
