// What the eradications of a case left on the account: whatever is there beside it
// came afterwards. A plan that removed something has left a picture; one that
// had nothing to remove, or was to remove nothing, says itself what stays.
import type { CaseId } from '../../domain/ids.ts';
import type { PlanContent } from '../../domain/plan.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import { recordedPlan } from './plan-record.ts';

/** @returns fingerprints; null when the last eradication could not read what was there, so that nothing can be compared */
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
