// How one step is carried out, seen from the workflow: apply, and when its
// effect does not show yet, fresh reads until it does or time is up. A step that
// fails never keeps the next one from being tried.
import type { RunOrder } from '../activities/steps/step-context.ts';
import type { FailureCode } from '../domain/errors.ts';
import type { StepName, StepOutcome } from '../domain/step.ts';
import { failureCodeOf } from './activity-failures.ts';
import { bulkActivities, type CaseContext, containActivities, readBackActivities } from './case-context.ts';

export type StepRunResult = Extract<StepOutcome, { readonly kind: 'verified' }> | { readonly kind: 'failed'; readonly code: FailureCode };

/** Steps that go through a list of things. */
const MANY_TARGETS: readonly StepName[] = ['remove-methods'];

export async function runStep(
  { input, caseId, book }: CaseContext,
  step: StepName,
  generation: number,
  order: RunOrder,
): Promise<StepRunResult> {
  const { state } = book;
  const run = {
    caseId,
    subject: input.subject,
    generation,
    order,
    readBackEveryMs: state.policy.durations.readBackEveryMs,
    readBackWithinMs: state.policy.durations.readBackWithinMs,
  };
  const writing = MANY_TARGETS.includes(step) ? bulkActivities(state) : containActivities(state);
  try {
    const outcome = await book.carry((notes) => writing[`${step}.apply`]({ ...run, notes }));
    if (outcome.kind === 'verified') return outcome;
    const seen = await book.carry((notes) => readBackActivities(state)[`${step}.verify`]({ ...run, notes }));
    return seen.kind === 'verified' ? seen : { kind: 'failed', code: 'NEVER_VISIBLE' };
  } catch (error) {
    return { kind: 'failed', code: failureCodeOf(error) };
  }
}

/** Puts a failure on the record and remembers it. */
export function noteFailure({ book }: CaseContext, step: StepName, generation: number, code: FailureCode): void {
  book.change({ failed: { ...book.state.failed, [step]: code } });
  book.note(`${generation}/${step}/failed/${book.nextNumber()}`, { kind: 'step.failed', schemaVersion: 1, step, generation, code });
}
