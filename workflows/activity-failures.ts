// What the failure of an activity says to the case.
import { ActivityFailure, ApplicationFailure, isCancellation, TemporalFailure } from '@temporalio/workflow';
import { type FailureCode, isFailureCode } from '../domain/errors.ts';

/** The code of the last refusal; an activity that merely ran out of time says what it had been waiting for. */
export function codeOf(failure: ActivityFailure): FailureCode {
  let cause: unknown = failure.cause;
  while (cause instanceof Error) {
    if (cause instanceof ApplicationFailure && cause.type) {
      if (cause.type === 'NOT_YET_VISIBLE') return 'NEVER_VISIBLE';
      return isFailureCode(cause.type) ? cause.type : 'UNEXPECTED';
    }
    cause = cause.cause;
  }
  return 'GRAPH_TIMED_OUT';
}

/** What an activity's failure means for the caller; anything else is a fault of the program and goes on up. */
export function failureCodeOf(error: unknown): FailureCode {
  if (error instanceof ActivityFailure) return codeOf(error);
  throw error;
}

/** Runs an activity again for as long as it ends because of the database: that is no answer about the account. */
export async function untilLedgerAnswers<Result>(activity: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await activity();
    } catch (error) {
      if (!(error instanceof ActivityFailure) || isCancellation(error) || codeOf(error) !== 'LEDGER_UNAVAILABLE') throw error;
    }
  }
}

/**
 * Runs the body of a workflow. A failure of the engine that nothing in the body handles would end the workflow; as a plain error
 * it fails only the workflow task, so the case stays open and visible, and continues with a version that handles it.
 */
export async function keptOpen<Result>(body: () => Promise<Result>): Promise<Result> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    throw new Error(`expected every failure to be handled, got ${error.name}: ${error.message}`, { cause: error });
  }
}
