// Microsoft's refusals become our codes here and nowhere else: by status and
// error code, never by the words of a message.
import { type FailureCode, RunbookError } from '../../domain/errors.ts';
import type { Call } from './calls.ts';

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly requestId: string;
  /** Seconds or an HTTP date, as it came. */
  readonly retryAfter: string | null;
}

const LICENCE_CODES = new Set(['Authentication_RequestFromNonPremiumTenantOrB2CTenant', 'AadPremiumLicenseRequired']);

/** Identity Protection throttles without saying for how long; this is the pause before the first new try. */
const UNNAMED_PAUSE_MS = 2000;

export function refusalToError(call: Call, refusal: Refusal, nowMs: number): RunbookError {
  const code = codeOf(refusal);
  const pause = code === 'GRAPH_THROTTLED' ? (retryAfterMs(refusal.retryAfter, nowMs) ?? UNNAMED_PAUSE_MS) : undefined;
  return new RunbookError(code, `expected Microsoft Graph to carry out ${call.id}, got ${refusal.status} ${refusal.code}`, {
    details: { status: refusal.status, requestId: refusal.requestId, ...(pause === undefined ? {} : { retryAfterMs: pause }) },
  });
}

function codeOf({ status, code }: Refusal): FailureCode {
  if (LICENCE_CODES.has(code)) return 'GRAPH_LICENCE_MISSING';
  switch (status) {
    case 401:
      return 'GRAPH_UNAUTHORIZED';
    case 403:
      return 'GRAPH_FORBIDDEN';
    case 404:
      return 'GRAPH_NOT_FOUND';
    case 409:
      return 'GRAPH_CONFLICT';
    case 429:
      return 'GRAPH_THROTTLED';
    case 408:
      return 'GRAPH_TIMED_OUT';
    default:
      return status >= 500 ? 'GRAPH_UNAVAILABLE' : 'GRAPH_REFUSED';
  }
}

/** @returns milliseconds from now, or undefined when the header is missing or unreadable */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,6}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** A call that got no answer. Whether it took effect is not known: only a read can tell. */
export function silenceToError(call: Call, cause: unknown): RunbookError {
  const name = cause instanceof Error ? cause.name : '';
  const timedOut = name === 'TimeoutError' || name === 'AbortError' || (cause as { code?: unknown })?.code === 'TimeoutError';
  return timedOut
    ? new RunbookError('GRAPH_TIMED_OUT', `expected an answer to ${call.id}, got none in time`, { cause })
    : new RunbookError('GRAPH_UNAVAILABLE', `expected an answer to ${call.id}, got a broken connection`, { cause });
}
