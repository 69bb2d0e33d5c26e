// Microsoft's refusals become our codes here and nowhere else: by status and
// error code, and in one named case by the words, because there is nothing else.
import { type FailureCode, RunbookError } from '../../domain/errors.ts';
import type { Call } from './calls.ts';

export interface Refusal {
  readonly status: number;
  readonly code: string;
  /** Looked at for the default method only. */
  readonly words: string;
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

/** The two ways in which Microsoft says that the default method goes last; both come with the code of any bad request. */
const DEFAULT_METHOD = [
  /^cannot delete default method with other methods configured/i,
  /matches the user's current default authentication method/i,
];

const isDefaultMethod = ({ status, words }: Refusal): boolean => status === 400 && DEFAULT_METHOD.some((wording) => wording.test(words));

function codeOf(refusal: Refusal): FailureCode {
  const { status, code } = refusal;
  if (LICENCE_CODES.has(code)) return 'GRAPH_LICENCE_MISSING';
  if (isDefaultMethod(refusal)) return 'GRAPH_DEFAULT_METHOD';
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
