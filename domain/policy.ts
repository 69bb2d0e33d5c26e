// The policy: which account and which report lead to what, as a table. A snapshot of it is part of the workflow's input,
// so a changed policy never alters a running case. What a log must show is in log-analysis.ts; what each plan needs is
// in approval-requirements.ts.
import type { AccountJudgement, AccountKind, Baseline } from './account.ts';
import type { Stricter } from './approval-requirements.ts';
import type { ObjectId } from './ids.ts';
import type { WhatHappened } from './report.ts';
import type { ContainmentStep } from './step.ts';

/** Every duration of the runbook, in milliseconds. All are inputs, so a test runs in milliseconds. */
export interface Durations {
  /** The longest life of an access token that Microsoft's services do not cut short. */
  readonly accessTokenMs: number;
  /** How long a revocation may take to reach every part of the directory. */
  readonly propagationMs: number;
  /** How late the sign-in and audit logs may be. */
  readonly logDelayMs: number;
  /** How long a fresh read may keep showing the old state before a person is asked. */
  readonly readBackMs: number;
  /** Pause between two of those reads inside one activity, and at most how long it keeps reading there. */
  readonly readBackEveryMs: number;
  readonly readBackWithinMs: number;
  /** A case that waits for people pages them again this often. */
  readonly askAgainMs: number;
  /** An automatic block must be confirmed within this time; then the next person in line is paged. */
  readonly confirmWithinMs: number;
  /** An undecided plan is paged again after this time; the next person in line is paged after twice this time. */
  readonly remindMs: number;
  readonly escalateMs: number;
  /** The facts of a plan age: after this time it is made anew. */
  readonly planLifeMs: number;
  /** A responder must take the call to the subject within this time; then a person is paged. */
  readonly callMs: number;
  /** A plan of many items cannot be approved before it is this old: no one can have read it. */
  readonly readPlanMs: number;
  /** After the third wrong code within this time, an approver cannot approve for as long again. */
  readonly lockOutMs: number;
  /** The time over which automatic blocks are counted for the blockLimit. */
  readonly blockLimitWindowMs: number;
  /** After a release as a false alarm the case stays open this long: for late logs, and for an undo. */
  readonly releaseWatchMs: number;
  /** How long before the report the incident window starts while the attacker's first sign-in is not known. */
  readonly windowBeforeReportMs: number;
  /** How far before that window an account's usual addresses are read. */
  readonly habitsMs: number;
  /** The times of a log row and of its sign-in method differ by at most this. */
  readonly sameMomentMs: number;
  /** A new baseline is stored this often. */
  readonly baselineEveryMs: number;
  /** How long a report that names no success waits for the logs. */
  readonly logDeadlineMs: number;
  /** Temporal's heartbeat timeouts: one write, one round of reads. */
  readonly containAttemptMs: number;
  readonly readAttemptMs: number;
  /** First pause before Temporal retries; it doubles up to `retryCapMs`. */
  readonly retryFirstMs: number;
  readonly retryCapMs: number;
  /** A step that could not be applied for this long asks a person. */
  readonly giveUpMs: number;
  /** Over what time Microsoft counts the calls to its logs, to its directory, the writes among these, and to its risk service. */
  readonly reportsWindowMs: number;
  readonly identityWindowMs: number;
  readonly identityWritesWindowMs: number;
  readonly protectionWindowMs: number;
  /** How long a call that contains nothing may wait for its turn. */
  readonly meterWaitMs: number;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

export const DEFAULT_DURATIONS: Durations = {
  accessTokenMs: 90 * minute,
  propagationMs: 5 * minute,
  logDelayMs: 15 * minute,
  readBackMs: 6 * minute,
  readBackEveryMs: 250,
  readBackWithinMs: 3 * second,
  askAgainMs: 30 * minute,
  confirmWithinMs: 30 * minute,
  remindMs: 5 * minute,
  escalateMs: 15 * minute,
  planLifeMs: 60 * minute,
  callMs: 10 * minute,
  readPlanMs: 5 * second,
  lockOutMs: 10 * minute,
  blockLimitWindowMs: 10 * minute,
  releaseWatchMs: 30 * minute,
  windowBeforeReportMs: day,
  habitsMs: 6 * day,
  sameMomentMs: 2 * minute,
  baselineEveryMs: day,
  logDeadlineMs: 10 * minute,
  containAttemptMs: 10 * second,
  readAttemptMs: 60 * second,
  retryFirstMs: 500,
  retryCapMs: 30 * second,
  giveUpMs: 10 * minute,
  reportsWindowMs: 10 * second,
  identityWindowMs: 10 * second,
  identityWritesWindowMs: 150 * second,
  protectionWindowMs: second,
  meterWaitMs: 25 * second,
};

export interface PolicySnapshot {
  readonly version: string;
  readonly durations: Durations;
  /** Requirements of this installation; they can only make the tables stricter. */
  readonly stricter: Stricter;
}

export const POLICY_VERSION = '2026-11';

/** Who reported, relative to the account. */
export type ReportedBy = 'subject' | 'colleague';

/**
 * What the policy orders before any approval.
 * `contain`: the named steps, at once. `ask-logs`: read the logs, then contain
 * what they support. `people`: nothing automatically; a person is paged.
 */
export type ContainmentOrder =
  | { readonly kind: 'contain'; readonly steps: readonly ContainmentStep[] }
  | {
      readonly kind: 'ask-logs';
      readonly atOnce: readonly ContainmentStep[];
      readonly whenSupported: readonly ContainmentStep[];
      /** When the logs could not be read by the deadline. */
      readonly whenUnreadable: 'contain' | 'people';
    }
  | { readonly kind: 'people'; readonly because: ManualDecisionReason };

/** Why the policy leaves an account to people. Its sentences are in labels.ts. */
export type ManualDecisionReason = 'protected-account' | 'no-row-fits' | 'no-way-back-in';

interface Row {
  readonly name: string;
  readonly account: readonly AccountKind[];
  readonly reportedBy: ReportedBy;
  readonly what: readonly WhatHappened[];
  readonly order: ContainmentOrder;
}

// A guest's sessions belong to the home tenant: revoking here does nothing, so only the block is ordered.
const GUEST_CONTAINMENT: readonly ContainmentStep[] = ['block-sign-in'];
const CONTAINMENT: readonly ContainmentStep[] = ['block-sign-in', 'revoke-sessions'];
const SUCCEEDED_OR_UNSURE: readonly WhatHappened[] = ['approved', 'typed-password', 'gave-code', 'not-sure'];
const ANYTHING: readonly WhatHappened[] = [...SUCCEEDED_OR_UNSURE, 'denied-or-ignored'];

/** First row that fits wins. What a row orders at once is confirmed by a person afterwards. */
export const POLICY_TABLE: readonly Row[] = [
  {
    name: 'protected-own-report',
    account: ['protected'],
    reportedBy: 'subject',
    what: ANYTHING,
    order: { kind: 'people', because: 'protected-account' },
  },
  {
    name: 'protected-by-colleague',
    account: ['protected'],
    reportedBy: 'colleague',
    what: ANYTHING,
    order: { kind: 'people', because: 'protected-account' },
  },
  {
    name: 'privileged-own-report',
    account: ['privileged', 'restricted'],
    reportedBy: 'subject',
    what: ANYTHING,
    order: { kind: 'contain', steps: CONTAINMENT },
  },
  {
    name: 'ordinary-success-or-unsure',
    account: ['ordinary'],
    reportedBy: 'subject',
    what: SUCCEEDED_OR_UNSURE,
    order: { kind: 'contain', steps: CONTAINMENT },
  },
  {
    name: 'guest-own-report',
    account: ['guest'],
    reportedBy: 'subject',
    what: ANYTHING,
    order: { kind: 'contain', steps: GUEST_CONTAINMENT },
  },
  {
    name: 'ordinary-denied',
    account: ['ordinary'],
    reportedBy: 'subject',
    what: ['denied-or-ignored'],
    order: { kind: 'ask-logs', atOnce: ['revoke-sessions'], whenSupported: ['block-sign-in'], whenUnreadable: 'contain' },
  },
  {
    // The logs are read for the person who decides: a colleague's report changes nothing on a guest automatically.
    name: 'guest-by-colleague',
    account: ['guest'],
    reportedBy: 'colleague',
    what: ANYTHING,
    order: { kind: 'ask-logs', atOnce: [], whenSupported: [], whenUnreadable: 'people' },
  },
  {
    name: 'by-colleague',
    account: ['ordinary', 'privileged', 'restricted'],
    reportedBy: 'colleague',
    what: ANYTHING,
    order: { kind: 'ask-logs', atOnce: [], whenSupported: ['revoke-sessions'], whenUnreadable: 'people' },
  },
];

export interface PolicyFacts {
  readonly account: AccountJudgement;
  readonly subject: ObjectId;
  readonly reportedBy: ReportedBy;
  readonly what: WhatHappened;
  readonly baseline: Pick<Baseline, 'provenBreakGlass' | 'administrators'>;
}

export interface Decision {
  readonly row: string;
  readonly order: ContainmentOrder;
}

/** Accounts that may be an administrator's: one in a restricted unit may hold roles too. */
const MAY_BE_AN_ADMINISTRATORS: readonly AccountKind[] = ['privileged', 'restricted'];

/**
 * What is done before a person is asked. An account that may be an
 * administrator's is blocked only when the company keeps a way back in: a proven
 * break-glass account and two administrators besides the subject.
 */
export function decideOrder(facts: PolicyFacts): Decision {
  const row = POLICY_TABLE.find(
    (candidate) =>
      candidate.account.includes(facts.account.kind) && candidate.reportedBy === facts.reportedBy && candidate.what.includes(facts.what),
  );
  if (row === undefined) return { row: 'no-row-fits', order: { kind: 'people', because: 'no-row-fits' } };
  if (MAY_BE_AN_ADMINISTRATORS.includes(facts.account.kind) && row.order.kind === 'contain' && !keepsAdministratorAccess(facts)) {
    return {
      row: row.name,
      order: {
        kind: 'people',
        because: 'no-way-back-in',
      },
    };
  }
  return { row: row.name, order: row.order };
}

function keepsAdministratorAccess({ baseline, subject }: PolicyFacts): boolean {
  const others = baseline.administrators.filter((administrator) => administrator !== subject);
  return baseline.provenBreakGlass.length > 0 && others.length >= 2;
}

/** The steps that fresh reads must show before an account of this kind is blocked. */
export const requiredContainmentSteps = (account: AccountKind | null): readonly ContainmentStep[] =>
  account === 'guest' ? GUEST_CONTAINMENT : CONTAINMENT;

/** The automatic block limit: at most this many accounts in `blockLimitWindowMs`, so that a broken roll-out does not lock out a company. After that a person decides; sessions are still revoked. */
export const AUTOMATIC_BLOCK_LIMIT = 10;

/** The stricter of two orders, when a later report says more than the first. */
export function stricterOf(a: Decision, b: Decision): Decision {
  return strictness(b.order) > strictness(a.order) ? b : a;
}

function strictness(order: ContainmentOrder): number {
  switch (order.kind) {
    case 'contain':
      return 3;
    case 'ask-logs':
      // The owner's own report orders more than a colleague's.
      return order.whenUnreadable === 'contain' ? 2 : 1;
    case 'people':
      return 0;
  }
}
