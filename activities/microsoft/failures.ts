// Microsoft's refusals become our codes here and nowhere else: by status and
// error code, and in one named case by the words, because there is nothing else.
import { type FailureCode, RunbookError, remedyOf } from '../../domain/errors.ts';
import { LONGEST_RETRY_AFTER_MS, retryAfterMs } from '../../domain/retry-after.ts';
import type { Endpoint } from './endpoints.ts';

export interface GraphRefusal {
  readonly status: number;
  readonly code: string;
  /** Read for the default method only. */
  readonly words: string;
  readonly requestId: string;
  /** Both headers as they came. */
  readonly retryAfter: string | null;
  readonly date: string | null;
}

const LICENCE_CODES = new Set(['Authentication_RequestFromNonPremiumTenantOrB2CTenant', 'AadPremiumLicenseRequired']);

/** Identity Protection throttles without saying for how long; this is the pause before the first new try. */
const UNNAMED_PAUSE_MS = 2000;

export function refusalToError(call: Endpoint, refusal: GraphRefusal, nowMs: number): RunbookError {
  const { status, requestId } = refusal;
  const code = codeOf(refusal);
  const named = retryAfterMs(refusal.retryAfter, refusal.date, nowMs);
  const pause = pauseOf(code, named);
  const words = `expected Microsoft Graph to carry out ${call.id}, got ${status} ${refusal.code}${waitWords(named, pause)}`;
  return new RunbookError(code, words, { details: { status, requestId, ...(pause === undefined ? {} : { retryAfterMs: pause }) } });
}

/** Any refusal that may pass can say for how long to wait, not only 429. */
function pauseOf(code: FailureCode, named: number | undefined): number | undefined {
  if (remedyOf(code) !== 'retry') return undefined;
  if (named === undefined) return code === 'GRAPH_THROTTLED' ? UNNAMED_PAUSE_MS : undefined;
  return Math.min(named, LONGEST_RETRY_AFTER_MS);
}

function waitWords(named: number | undefined, pause: number | undefined): string {
  if (named === undefined || pause === undefined) return '';
  const asked = `; Microsoft asks to wait ${named / 1000} s`;
  return pause < named ? `${asked}, the next try is after ${pause / 1000} s` : asked;
}

/** The two ways in which Microsoft says that the default method goes last; both come with the code of any bad request. */
const DEFAULT_METHOD = [
  /^cannot delete default method with other methods configured/i,
  /matches the user's current default authentication method/i,
];

const isDefaultMethod = ({ status, words }: GraphRefusal): boolean =>
  status === 400 && DEFAULT_METHOD.some((wording) => wording.test(words));

function codeOf(refusal: GraphRefusal): FailureCode {
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

/** A call that got no answer. Whether it took effect is not known: only a read can tell. */
export function transportError(call: Endpoint, cause: unknown): RunbookError {
  const name = cause instanceof Error ? cause.name : '';
  const timedOut = name === 'TimeoutError' || name === 'AbortError' || (cause as { code?: unknown })?.code === 'TimeoutError';
  return timedOut
    ? new RunbookError('GRAPH_TIMED_OUT', `expected an answer to ${call.id}, got none in time`, { cause })
    : new RunbookError('GRAPH_UNAVAILABLE', `expected an answer to ${call.id}, got a broken connection`, { cause });
}
