// Runs one step: apply, and when its effect does not show yet, fresh reads until it does or the time is up.
// A failed step never prevents the next one.
import type { RunOrder } from '../activities/steps/step-context.ts';
import type { FailureCode } from '../domain/errors.ts';
import type { StepName, StepOutcome } from '../domain/step.ts';
import { failureCodeOf } from './activity-failures.ts';
import { bulkActivities, type CaseContext, containActivities, readBackActivities } from './case-context.ts';

export type StepRunResult = Extract<StepOutcome, { readonly kind: 'verified' }> | { readonly kind: 'failed'; readonly code: FailureCode };

/** Steps that process a list of items. */
const MANY_TARGETS: readonly StepName[] = ['remove-methods'];

export async function runStep(
  { input, caseId, store }: CaseContext,
  step: StepName,
  attempt: number,
  order: RunOrder,
): Promise<StepRunResult> {
  const { state } = store;
  const run = {
    caseId,
    subject: input.subject,
    attempt,
    order,
    readBackEveryMs: state.policy.durations.readBackEveryMs,
    readBackWithinMs: state.policy.durations.readBackWithinMs,
  };
  const writing = MANY_TARGETS.includes(step) ? bulkActivities(state) : containActivities(state);
  try {
    const outcome = await store.carry((notes) => writing[`${step}.apply`]({ ...run, notes }));
    if (outcome.kind === 'verified') return outcome;
    const seen = await store.carry((notes) => readBackActivities(state)[`${step}.verify`]({ ...run, notes }));
    return seen.kind === 'verified' ? seen : { kind: 'failed', code: 'NEVER_VISIBLE' };
  } catch (error) {
    return { kind: 'failed', code: failureCodeOf(error) };
  }
}

/** Records a failure in the ledger and in the state. */
export function noteFailure({ store }: CaseContext, step: StepName, attempt: number, code: FailureCode): void {
  store.change({ failed: { ...store.state.failed, [step]: code } });
  store.note(`${attempt}/${step}/failed/${store.nextNumber()}`, { kind: 'step.failed', schemaVersion: 1, step, attempt, code });
}
