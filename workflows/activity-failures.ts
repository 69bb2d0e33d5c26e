// What a failed activity means for the case.
import { ActivityFailure, ApplicationFailure, isCancellation, TemporalFailure } from '@temporalio/workflow';
import { type FailureCode, isFailureCode } from '../domain/errors.ts';

/** The code of the last refusal. For an activity that ran out of time: the code that it was retried for. */
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

/** What an activity's failure means for the caller. Any other error is a fault of the program and is thrown on. */
export function failureCodeOf(error: unknown): FailureCode {
  if (error instanceof ActivityFailure) return codeOf(error);
  throw error;
}

/** Runs an activity again for as long as it fails because of the database: such a failure says nothing about the account. */
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
 * Runs the body of a workflow. An unhandled Temporal failure would end the workflow. As a plain error it fails only the
 * workflow task: the case stays open and visible, and continues with a version that handles it.
 */
export async function keptOpen<Result>(body: () => Promise<Result>): Promise<Result> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    throw new Error(`expected every failure to be handled, got ${error.name}: ${error.message}`, { cause: error });
  }
}
