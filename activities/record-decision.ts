// Stores the result of a person's decision in the ledger, where no other
// activity is about to do so. A decline races with the first intent of its plan;
// the ledger decides which of the two came first.
import { RunbookError } from '../domain/errors.ts';
import type { CaseId, ObjectId } from '../domain/ids.ts';
import { planKey } from '../domain/plan.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { asDrafts, type PendingEvent, RUNBOOK } from './pending-events.ts';

export interface DecisionRun {
  readonly caseId: CaseId;
  readonly notes: readonly PendingEvent[];
  /** A plan that a person declined, and the hold that follows where the plan had begun before. */
  readonly decline: { readonly digest: string; readonly by: ObjectId; readonly orHold: PendingEvent } | null;
}

export interface DecisionResult {
  /** False: the plan had begun before. */
  readonly declined: boolean;
}

/** @throws RunbookError CASE_UNKNOWN for a case that no verified report opened, whatever Temporal was told */
export async function recordDecision(
  { ledger }: { readonly ledger: Ledger },
  { caseId, notes, decline }: DecisionRun,
): Promise<DecisionResult> {
  const [opened] = await ledger.entries(caseId);
  if (opened?.content.kind !== 'case.opened') throw new RunbookError('CASE_UNKNOWN', 'expected a case that the record opened, found none');
  await ledger.append(asDrafts(caseId, notes));
  if (decline === null) return { declined: false };
  const { digest, by, orHold } = decline;
  try {
    await ledger.append([
      {
        chain: caseId,
        key: planKey(digest, 'declined'),
        actor: RUNBOOK,
        event: { kind: 'plan.declined', schemaVersion: 1, digest, by },
        unless: planKey(digest, 'begun'),
      },
    ]);
    return { declined: true };
  } catch (error) {
    if (!(error instanceof RunbookError) || error.code !== 'LEDGER_SUPERSEDED') throw error;
    await ledger.append(asDrafts(caseId, [orHold]));
    return { declined: false };
  }
}
