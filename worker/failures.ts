// The only place where our errors become the engine's. The code decides whether
// the engine tries again, and Microsoft's own pause is kept. Whatever is not one
// of our errors is tried again: a lost connection to the database heals.
import { ApplicationFailure, type PayloadCodec } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, ActivityInterceptorsFactory, Next } from '@temporalio/worker';
import { RunbookError, remedyOf } from '../domain/errors.ts';

export function toFailure(error: RunbookError): ApplicationFailure {
  const { retryAfterMs, requestId, status } = error.details;
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: remedyOf(error.code) !== 'retry',
    ...(retryAfterMs === undefined ? {} : { nextRetryDelay: retryAfterMs }),
    details: [{ requestId: requestId ?? null, status: status ?? null }],
  });
}

class FailureMapping implements ActivityInboundCallsInterceptor {
  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    try {
      return await next(input);
    } catch (error) {
      if (error instanceof RunbookError) throw toFailure(error);
      throw error;
    }
  }
}

export const mapFailures: ActivityInterceptorsFactory = () => ({ inbound: new FailureMapping() });

/** Arguments are opened before any interceptor is asked, so the codec's own refusals are mapped here. The engine tries those again: a missing key may come. */
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
