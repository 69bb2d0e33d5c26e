// Every failure has a code, and the code decides the next move. Nobody branches
// on the words of a message.

/** What happens next: the engine tries again, the step is planned afresh, or a person is asked. */
export type Remedy = 'retry' | 're-plan' | 'needs-person';

export const FAILURES = {
  // Microsoft's door
  GRAPH_THROTTLED: 'retry',
  GRAPH_UNAVAILABLE: 'retry',
  GRAPH_TIMED_OUT: 'retry',
  GRAPH_CONFLICT: 'retry',
  GRAPH_TOKEN_REFUSED: 'retry',
  GRAPH_UNAUTHORIZED: 'needs-person',
  GRAPH_FORBIDDEN: 'needs-person',
  GRAPH_LICENCE_MISSING: 'needs-person',
  GRAPH_NOT_FOUND: 'needs-person',
  GRAPH_REFUSED: 'needs-person',
  GRAPH_ANSWER_UNREADABLE: 'needs-person',
  /** The default sign-in method goes last, and others may be gone already without everybody knowing it. */
  GRAPH_DEFAULT_METHOD: 'retry',
  /** What was to be removed is not there; if a fresh reading still shows it, the answer came from a part that lags. */
  TARGET_GONE: 'retry',
  PROTECTED_ACCOUNT: 'needs-person',
  // the runner
  NOT_YET_VISIBLE: 'retry',
  NEVER_VISIBLE: 'needs-person',
  /** A step of a plan whose turn has not come. */
  STEP_TOO_EARLY: 'needs-person',
  PLAN_STALE: 're-plan',
  PLAN_UNKNOWN: 'needs-person',
  /** An eradication is for a closed account: an open one would be left without a way to prove who its owner is. */
  ACCOUNT_OPEN: 're-plan',
  /** Somebody holds the case: nothing more is changed by a plan until they say go on. */
  CASE_HELD: 'needs-person',
  APPROVAL_LOST: 're-plan',
  PLAN_DECLINED: 're-plan',
  INTENT_MISSING: 'needs-person',
  CASE_UNKNOWN: 'needs-person',
  // the record
  /** Also a database that refuses us: passwords and privileges are mended while a case waits. */
  LEDGER_UNAVAILABLE: 'retry',
  LEDGER_REFUSED: 'needs-person',
  /** Something else was written first, and this must not stand beside it. */
  LEDGER_SUPERSEDED: 're-plan',
  /** More accounts were blocked by policy in a short time than a company can bear. */
  BLOCK_LIMIT_REACHED: 'needs-person',
  KEY_DESTROYED: 'needs-person',
  // what the engine keeps for us
  /** A key that is missing on this worker may come. */
  PAYLOAD_UNREADABLE: 'retry',
  TEMPORAL_UNAVAILABLE: 'retry',
  TEMPORAL_NAMESPACE_MISSING: 'retry',
  // actions of people
  ENVELOPE_REFUSED: 'needs-person',
  PERSON_UNKNOWN: 'needs-person',
  BASELINE_MISSING: 'retry',
  PAGER_UNAVAILABLE: 'retry',
  // a fault of the program, or an answer that it does not know
  UNEXPECTED: 'retry',
} as const satisfies Record<string, Remedy>;

export type FailureCode = keyof typeof FAILURES;

export interface FailureDetails {
  /** The earliest time to try again, in milliseconds from now, when the other side named one. */
  readonly retryAfterMs?: number;
  /** Microsoft's own id of the refused request, for their support. */
  readonly requestId?: string;
  readonly status?: number;
}

/** An error with a code for machines and a sentence (expected X, got Y) for people. */
export class RunbookError extends Error {
  override readonly name = 'RunbookError';
  readonly code: FailureCode;
  readonly details: FailureDetails;

  constructor(code: FailureCode, message: string, options: { readonly cause?: unknown; readonly details?: FailureDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

export const isFailureCode = (text: string): text is FailureCode => Object.hasOwn(FAILURES, text);

export const remedyOf = (code: FailureCode): Remedy => FAILURES[code];
