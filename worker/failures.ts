// The only place that turns our errors into Temporal's. The code decides whether Temporal retries, and Microsoft's
// Retry-After is kept. An unknown error is retried: only our own refusals may end work.

import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, type PayloadCodec, TemporalFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, ActivityInterceptorsFactory, Next } from '@temporalio/worker';
import type { Activities } from '../activities/index.ts';
import { type FailureCode, RunbookError, remedyOf } from '../domain/errors.ts';
import { describeDatabaseError } from './database-errors.ts';

/**
 * No workflow handles a refusal of these: it would end the case. So they are retried until they succeed, and a person is
 * paged (failing-activities.ts).
 */
const NEVER_GIVEN_UP: readonly string[] = [
  'people.verify',
  'decision.record',
  'history.export',
  'pages.acknowledge',
  'case.finish',
] satisfies (keyof Activities)[];

export function toFailure(error: RunbookError, activityType = ''): ApplicationFailure {
  const { retryAfterMs, requestId, status } = error.details;
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: remedyOf(error.code) !== 'retry' && !NEVER_GIVEN_UP.includes(activityType),
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
    details: [{ requestId: requestId ?? null, status: status ?? null }],
  });
}

/** An unknown error. It is retried and never ends a case. */
function unknownFailure(error: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'UNEXPECTED' satisfies FailureCode,
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    nonRetryable: false,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/** What Temporal throws into an activity to stop it, and what an activity throws to complete elsewhere. */
const isOfEngine = (error: unknown): boolean => error instanceof TemporalFailure || error instanceof CompleteAsyncError;

class FailureMapping implements ActivityInboundCallsInterceptor {
  readonly #activityType: string;

  constructor(activityType: string) {
    this.#activityType = activityType;
  }

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (thrown) {
      const error = describeDatabaseError(thrown);
      if (error instanceof RunbookError) throw toFailure(error, this.#activityType);
      throw isOfEngine(error) ? error : unknownFailure(error);
    }
  }
}

export const mapFailures: ActivityInterceptorsFactory = ({ info }) => ({ inbound: new FailureMapping(info.activityType) });

/** Arguments are decrypted before any interceptor runs, so the codec's refusals are mapped here. Temporal retries them: a missing key may arrive. */
export const failingAsOurs = (codec: PayloadCodec): PayloadCodec => ({
  encode: (payloads, context) => codec.encode(payloads, context),
  async decode(payloads, context) {
    try {
      return await codec.decode(payloads, context);
    } catch (error) {
      throw error instanceof RunbookError ? toFailure(error) : error;
    }
  },
});
