// Every failure has a code, and the code decides what happens next. No code branches on the text of a message.

/** What happens next: Temporal retries, the step is planned anew, or a person is asked. */
export type Remedy = 'retry' | 're-plan' | 'needs-person';

export const FAILURES = {
  // Microsoft Graph
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
  /** The default method must be removed last. Not every replica may know yet that the others are removed. */
  GRAPH_DEFAULT_METHOD: 'retry',
  /** The item to remove does not exist. If a fresh read still shows it, the answer came from a lagging replica. */
  TARGET_GONE: 'retry',
  PROTECTED_ACCOUNT: 'needs-person',
  // the step runner
  NOT_YET_VISIBLE: 'retry',
  NEVER_VISIBLE: 'needs-person',
  /** A step of a plan whose turn has not come. */
  STEP_TOO_EARLY: 'needs-person',
  PLAN_STALE: 're-plan',
  PLAN_UNKNOWN: 'needs-person',
  /** Eradication needs a blocked account: the owner of an open one would be left without a method to prove their identity. */
  ACCOUNT_OPEN: 're-plan',
  /** The case is on hold: no plan changes anything until it is resumed. */
  CASE_HELD: 'needs-person',
  APPROVAL_LOST: 're-plan',
  PLAN_DECLINED: 're-plan',
  INTENT_MISSING: 'needs-person',
  CASE_UNKNOWN: 'needs-person',
  // the ledger
  /** Includes a database that refuses us: passwords and privileges are repaired while a case waits. */
  LEDGER_UNAVAILABLE: 'retry',
  LEDGER_REFUSED: 'needs-person',
  /** Another entry was written first, and this one contradicts it. */
  LEDGER_SUPERSEDED: 're-plan',
  /** The automatic block limit was reached. */
  BLOCK_LIMIT_REACHED: 'needs-person',
  KEY_DESTROYED: 'needs-person',
  // payloads that Temporal stores
  /** A key that is missing on this worker may be added later. */
  PAYLOAD_UNREADABLE: 'retry',
  TEMPORAL_UNAVAILABLE: 'retry',
  TEMPORAL_NAMESPACE_MISSING: 'retry',
  // actions of people
  ENVELOPE_REFUSED: 'needs-person',
  PERSON_UNKNOWN: 'needs-person',
  BASELINE_MISSING: 'retry',
  PAGER_UNAVAILABLE: 'retry',
  // a defect of the program, or an unknown answer
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
