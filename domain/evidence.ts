// What the record can say. Kinds are in the past tense: it happened. Bodies
// hold ids, codes and digests; personal values and raw answers are sealed
// attachments. A kind is added, never changed: old bundles must still read.
import type { AccountKind, OutsideReach, ProtectedBecause } from './account.ts';
import type { FailureCode } from './errors.ts';
import type { ObjectId } from './ids.ts';
import type { Order, PolicySnapshot, ReportedBy } from './policy.ts';
import type { WhatHappened, When } from './report.ts';
import type { BlindSpot, Change, ContainingStep } from './step.ts';

interface Said<Kind extends string> {
  readonly kind: Kind;
  readonly schemaVersion: 1;
}

// --- on the chain of a case ---

export interface CaseOpened extends Said<'case.opened'> {
  readonly number: number;
  readonly tenant: string;
  readonly subject: ObjectId;
  readonly openedBy: string;
  readonly baselineDigest: string;
  readonly policy: PolicySnapshot;
}

export interface ReportReceived extends Said<'report.received'> {
  readonly reportKey: string;
  readonly reporter: ObjectId;
  readonly reportedBy: ReportedBy;
  readonly what: WhatHappened;
  readonly when: When;
  readonly channel: 'slack';
  readonly receivedAt: string;
  readonly envelopeSha256: string;
  readonly signedBy: string;
  readonly wordsSha256: string | null;
}

export interface AccountLearned extends Said<'account.learned'> {
  readonly account: AccountKind;
  readonly protectedBecause: ProtectedBecause | null;
  readonly outsideReach: readonly OutsideReach[];
  /** Null when the account could not be read. */
  readonly enabled: boolean | null;
  readonly blindSpots: readonly BlindSpot[];
}

export interface OrderMade extends Said<'order.made'> {
  readonly row: string;
  readonly order: Order;
}

export interface StepIntended extends Said<'step.intended'> {
  readonly step: ContainingStep;
  readonly generation: number;
  readonly change: Change;
}

export interface StepUnneeded extends Said<'step.unneeded'> {
  readonly step: ContainingStep;
  readonly generation: number;
  readonly saw: string;
  readonly readAt: string;
}

export interface StepApplied extends Said<'step.applied'> {
  readonly step: ContainingStep;
  readonly generation: number;
  /** Null: an attempt died after its intent, and the next one found the change made. */
  readonly changed: boolean | null;
  readonly requestId: string | null;
}

export interface StepVerified extends Said<'step.verified'> {
  readonly step: ContainingStep;
  readonly generation: number;
  readonly saw: string;
  readonly readAt: string;
}

export interface StepFailed extends Said<'step.failed'> {
  readonly step: ContainingStep;
  readonly generation: number;
  readonly code: FailureCode;
}

export interface SurveyStored extends Said<'survey.stored'> {
  /** How many sign-in methods of each kind stood on the account. */
  readonly methods: Readonly<Record<string, number>>;
  /** Null when the account could not be read. */
  readonly enabled: boolean | null;
  readonly blindSpots: readonly BlindSpot[];
}

export interface LogsRead extends Said<'logs.read'> {
  /** Do the logs show a success that the owner may not have made? */
  readonly supports: boolean;
  readonly successes: number;
  readonly denials: number;
  readonly blindSpots: readonly BlindSpot[];
}

export interface AccountClosed extends Said<'account.closed'> {
  readonly closedAt: string;
  readonly effectiveBy: string;
}

export interface Rechecked extends Said<'recheck.made'> {
  /** Null when the account could not be read: then nothing is known, and nothing is claimed. */
  readonly enabled: boolean | null;
  readonly sessionsCutAt: string | null;
  /** Successful sign-ins that began after the account was closed: a closed account has none. */
  readonly signInsAfterClosing: number;
  /** Acts seen in the logs between closing and `effectiveBy`, and after it. */
  readonly actsBefore: number;
  readonly actsAfter: number;
  readonly blindSpots: readonly BlindSpot[];
}

export interface AccountContained extends Said<'account.contained'> {
  readonly effectiveBy: string;
}

export interface CaseHeld extends Said<'case.held'> {
  readonly reasons: readonly string[];
}

export interface HoldEnded extends Said<'hold.ended'> {
  readonly because: string;
}

export interface PersonPaged extends Said<'person.paged'> {
  readonly reason: string;
  readonly dedupKey: string;
  readonly delivered: boolean;
}

export interface HistoryExported extends Said<'history.exported'> {
  readonly workflowId: string;
  readonly runId: string;
  readonly events: number;
  readonly bytes: number;
}

/**
 * How a case ended. contained: shut, run out, and nobody seen since. closed:
 * shut and run out, but a log that could not be read keeps us from saying that
 * nobody was seen. contained-here-only: the rest is in another directory.
 */
export type Outcome = 'contained' | 'closed' | 'contained-here-only';

export interface CaseFinished extends Said<'case.finished'> {
  readonly outcome: Outcome;
  /** The number of entries of this case, this one included: a bundle without it has lost its end. */
  readonly entries: number;
}

// --- on the chain of the tenant ---

export interface EnvelopeRefused extends Said<'envelope.refused'> {
  readonly rowKey: string;
  readonly code: 'unsigned' | 'unknown-key' | 'altered' | 'stale' | 'replayed' | 'foreign-workspace' | 'unreadable' | 'wrong-case';
  readonly workflowId: string | null;
}

export interface PersonNotFound extends Said<'person.not-found'> {
  readonly rowKey: string;
  readonly side: 'reporter' | 'subject';
}

export interface BaselineStored extends Said<'baseline.stored'> {
  readonly digest: string;
  readonly breakGlass: number;
  readonly provenBreakGlass: number;
  readonly syncAccounts: number;
  readonly administrators: number;
  readonly approvers: number;
}

export interface PeopleImported extends Said<'people.imported'> {
  readonly people: number;
  readonly digest: string;
}

export interface CaseExported extends Said<'case.exported'> {
  readonly number: number;
  readonly head: string;
  readonly entries: number;
}

export type LedgerEvent =
  | CaseOpened
  | ReportReceived
  | AccountLearned
  | OrderMade
  | StepIntended
  | StepUnneeded
  | StepApplied
  | StepVerified
  | StepFailed
  | SurveyStored
  | LogsRead
  | AccountClosed
  | Rechecked
  | AccountContained
  | CaseHeld
  | HoldEnded
  | PersonPaged
  | HistoryExported
  | CaseFinished
  | EnvelopeRefused
  | PersonNotFound
  | BaselineStored
  | PeopleImported
  | CaseExported;

export type EventKind = LedgerEvent['kind'];
