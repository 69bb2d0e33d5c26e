// The events of the ledger. Kinds are in the past tense. Bodies hold ids, codes and digests; personal values and raw
// answers are sealed attachments. Kinds are added, never changed: old bundles must stay readable.
import type { AccountKind, OutsideReach, ProtectedBecause } from '../account.ts';
import type { NotAPerson, SignedEnvelope } from '../action.ts';
import type { ApproverFacts, DecisionAction, Refusal } from '../approval.ts';
import type { ApprovalRequirements } from '../approval-requirements.ts';
import type { FailureCode } from '../errors.ts';
import type { Held, HoldEndedBecause } from '../hold.ts';
import type { ObjectId } from '../ids.ts';
import type { NotChecked } from '../not-checked.ts';
import type { PageReason } from '../page-words.ts';
import type { PlanContent } from '../plan.ts';
import type { ContainmentOrder, PolicySnapshot, ReportedBy } from '../policy.ts';
import type { WhatHappened, When } from '../report.ts';
import type { BlindSpot, Change, DroppedBecause, StepName, Target } from '../step.ts';

interface EventBase<Kind extends string> {
  readonly kind: Kind;
  readonly schemaVersion: 1;
}

// --- on the chain of a case ---

export interface CaseOpened extends EventBase<'case.opened'> {
  readonly number: number;
  readonly tenant: string;
  readonly subject: ObjectId;
  readonly openedBy: string;
  readonly baselineDigest: string;
  readonly policy: PolicySnapshot;
  /** Digest of the subject's number in the table of people at that time, as it is shown to people; null when the table has none. */
  readonly phoneSha256: string | null;
}

export interface ReportReceived extends EventBase<'report.received'> {
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
  /** Digest of the reporter's text as it is shown to people; null when there is none, or it could not be opened. */
  readonly shownSha256: string | null;
}

export interface AccountLearned extends EventBase<'account.learned'> {
  readonly account: AccountKind;
  readonly protectedBecause: ProtectedBecause | null;
  readonly outsideReach: readonly OutsideReach[];
  /** Null when the account could not be read. */
  readonly enabled: boolean | null;
  readonly blindSpots: readonly BlindSpot[];
}

export interface OrderMade extends EventBase<'order.made'> {
  readonly row: string;
  readonly order: ContainmentOrder;
}

export interface StepIntended extends EventBase<'step.intended'> {
  readonly step: StepName;
  readonly attempt: number;
  readonly change: Change;
  /** `policy`, or `plan/<digest>`. */
  readonly by: string;
  /** Hash of the intent that is undone; null when this is no undo. */
  readonly undoes: string | null;
}

export interface StepUnneeded extends EventBase<'step.unneeded'> {
  readonly step: StepName;
  readonly attempt: number;
  readonly target: Target;
  readonly saw: string;
  readonly readAt: string;
}

/** The planned target had changed: skipped, and to be planned again. */
export interface TargetDropped extends EventBase<'target.dropped'> {
  readonly step: StepName;
  readonly attempt: number;
  readonly target: Target;
  readonly because: DroppedBecause;
}

export interface StepApplied extends EventBase<'step.applied'> {
  readonly step: StepName;
  readonly attempt: number;
  readonly target: Target;
  /** Null: an attempt stopped after its intent, and the next one found the change made. */
  readonly changed: boolean | null;
  readonly requestId: string | null;
}

export interface StepVerified extends EventBase<'step.verified'> {
  readonly step: StepName;
  readonly attempt: number;
  readonly target: Target;
  readonly saw: string;
  readonly readAt: string;
}

export interface StepFailed extends EventBase<'step.failed'> {
  readonly step: StepName;
  readonly attempt: number;
  readonly code: FailureCode;
}

/** The items that were left after an eradication step: rechecks compare with it. */
export interface SnapshotStored extends EventBase<'snapshot.stored'> {
  readonly of: 'methods';
  readonly attempt: number;
  /** One fingerprint per item, in order. */
  readonly left: readonly string[];
}

export interface CollectionStored extends EventBase<'evidence.collected'> {
  /** How many sign-in methods of each kind the account had. */
  readonly methods: Readonly<Record<string, number>>;
  /** Null when the account could not be read. */
  readonly enabled: boolean | null;
  readonly blindSpots: readonly BlindSpot[];
}

export interface LogsRead extends EventBase<'logs.read'> {
  /** Do the logs show a success that the owner may not have made? */
  readonly supports: boolean;
  readonly successes: number;
  /** Sign-ins that stopped after a passed factor, with no row that says how they ended. */
  readonly undecided: number;
  readonly denials: number;
  readonly blindSpots: readonly BlindSpot[];
}

export interface AccountBlocked extends EventBase<'account.blocked'> {
  readonly blockedAt: string;
  readonly effectiveBy: string;
}

export interface Rechecked extends EventBase<'recheck.made'> {
  /** Null when the account could not be read: then nothing is known, and nothing is claimed. */
  readonly enabled: boolean | null;
  readonly sessionsCutAt: string | null;
  /** Successful sign-ins that began after the account was blocked: a blocked account has none. */
  readonly signInsAfterBlocking: number;
  /** Activities in the logs between the block and `effectiveBy`, and after it. */
  readonly actsBefore: number;
  readonly actsAfter: number;
  /** New items since the snapshot of the last eradication; null before an eradication, or when they could not be read. */
  readonly newItems: number | null;
  readonly blindSpots: readonly BlindSpot[];
}

export interface AccountContained extends EventBase<'account.contained'> {
  readonly effectiveBy: string;
}

export interface CaseHeld extends EventBase<'case.held'>, Held {}

export interface HoldEnded extends EventBase<'hold.ended'> {
  readonly because: HoldEndedBecause;
  readonly by: ObjectId | null;
}

export interface PersonPaged extends EventBase<'person.paged'> {
  readonly reason: PageReason;
  /** Why the pager was not reached; null when it answered. */
  readonly failure: FailureCode | null;
  readonly dedupKey: string;
  readonly delivered: boolean;
  /** The paged person's place in line, from 1. */
  readonly line: number;
}

export interface PageAcknowledged extends EventBase<'page.acknowledged'> {
  readonly by: ObjectId;
}

/** A responder will call the subject. */
export interface CallTaken extends EventBase<'call.taken'> {
  readonly by: ObjectId;
}

/** The deciding recheck: the final state of the account. */
export interface MonitoringEnded extends EventBase<'monitoring.ended'> {
  readonly outcome: Outcome;
}

// plans and decisions

/** What the digest covers, except the case, which the entry names; and the facts beside it. */
export interface PlanMade extends EventBase<'plan.made'>, Omit<PlanContent, 'case'> {
  readonly digest: string;
  readonly needs: ApprovalRequirements;
  /** Who requested it; null when the runbook made it. */
  readonly askedBy: ObjectId | null;
  readonly because: PlanBecause;
}

export type PlanBecause =
  | 'evidence-collected'
  | 'account-blocked'
  | 'logs-inconclusive'
  | 'logs-show-success'
  | 'new-item'
  | 'item-changed'
  | 'plan-expired'
  | 'approval-lost'
  | 'ticks-changed'
  | 'requested'
  | 'automatic-block-limit'
  | 'report-after-release';

/** A person's decision as it was verified: the signed action, and what the directory said about the person. Its effect is a separate entry. */
export interface DecisionReceived extends EventBase<'decision.received'> {
  readonly act: DecisionAction;
  readonly person: ObjectId;
  readonly approver: ApproverFacts;
  /** Digest of the plan that was shown; null when the action names none. */
  readonly plan: string | null;
  readonly signed: SignedEnvelope;
}

export interface DecisionRefused extends EventBase<'decision.refused'> {
  readonly act: DecisionAction;
  readonly person: ObjectId;
  readonly because: Refusal;
  /** Only for the approval of a plan that was too new: the milliseconds until it would have counted. */
  readonly waitMs: number | null;
  readonly plan: string | null;
}

export interface ApprovalGiven extends EventBase<'approval.given'> {
  readonly digest: string;
  readonly person: ObjectId;
  /** How many more are needed after this one. */
  readonly missing: number;
  /** How old this revision of the plan was when the approval was stored, ms. */
  readonly planAgeMs: number;
}

export interface PlanApproved extends EventBase<'plan.approved'> {
  readonly digest: string;
  readonly by: readonly ObjectId[];
}

export interface PlanDeclined extends EventBase<'plan.declined'> {
  readonly digest: string;
  readonly by: ObjectId;
}

export interface PlanBegun extends EventBase<'plan.begun'> {
  readonly digest: string;
}

export interface PlanDone extends EventBase<'plan.done'> {
  readonly digest: string;
  readonly dropped: number;
}

export interface PlanExpired extends EventBase<'plan.expired'> {
  readonly digest: string;
}

export type ReplacedBecause = PlanBecause | 'another-plan-approved' | 'stricter-report';

export interface PlanReplaced extends EventBase<'plan.replaced'> {
  readonly digest: string;
  readonly because: ReplacedBecause;
}

/** A person chose about an item of unknown attribution, or changed the proposed tick. */
export interface ChoiceRecorded extends EventBase<'choice.recorded'> {
  readonly digest: string;
  readonly target: Target;
  readonly ticked: boolean;
  readonly by: ObjectId;
}

export interface ContainmentConfirmed extends EventBase<'containment.confirmed'> {
  readonly by: ObjectId;
}

export interface AutomaticBlockLimitReached extends EventBase<'block-limit.reached'> {
  readonly most: number;
  readonly windowMs: number;
}

export interface HistoryExported extends EventBase<'history.exported'> {
  readonly workflowId: string;
  readonly runId: string;
  readonly events: number;
  readonly bytes: number;
}

/**
 * The outcome of a case. contained: blocked, sessions expired, no activity since.
 * blocked: blocked and sessions expired, and no more can be claimed: a log could not
 * be read, or attacker activity was seen and people resumed knowing it.
 * contained-here-only: the rest is in another directory. released: a false alarm, and
 * the account is enabled again.
 */
export type Outcome = 'contained' | 'blocked' | 'contained-here-only' | 'released';

export interface CaseClosed extends EventBase<'case.closed'> {
  readonly outcome: Outcome;
  /** What no step has checked: people check it manually. */
  readonly notChecked: readonly NotChecked[];
  /** What a step could not check, when the case was closed. */
  readonly blindSpots: readonly BlindSpot[];
  /** The number of entries of this case, including this one: a bundle with fewer is incomplete. */
  readonly entries: number;
}

// --- on the chain of the tenant ---

export interface EnvelopeRefused extends EventBase<'envelope.refused'> {
  readonly rowKey: string;
  readonly code:
    | 'unsigned'
    | 'unknown-key'
    | 'altered'
    | 'stale'
    | 'replayed'
    | 'foreign-workspace'
    | 'foreign-app'
    | 'unreadable'
    | 'wrong-case'
    | 'person-unknown'
    | 'case-closed'
    | NotAPerson;
  readonly workflowId: string | null;
}

export interface PersonNotFound extends EventBase<'person.not-found'> {
  readonly rowKey: string;
  readonly side: 'reporter' | 'subject';
}

export interface BaselineStored extends EventBase<'baseline.stored'> {
  readonly digest: string;
  readonly breakGlass: number;
  readonly provenBreakGlass: number;
  readonly syncAccounts: number;
  readonly administrators: number;
  readonly approvers: number;
}

export interface PeopleImported extends EventBase<'people.imported'> {
  readonly people: number;
  readonly digest: string;
}

export interface CaseExported extends EventBase<'case.exported'> {
  readonly number: number;
  readonly head: string;
  readonly entries: number;
}

/** A person was shown what is sealed in a case. Stored before anything is shown. */
export interface CaseViewed extends EventBase<'case.viewed'> {
  readonly case: string;
  readonly number: number;
  /** Account of the operating system. */
  readonly by: string;
  /** The name that the person gave; null when none was given. */
  readonly as: string | null;
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
  | TargetDropped
  | SnapshotStored
  | CollectionStored
  | LogsRead
  | AccountBlocked
  | Rechecked
  | AccountContained
  | CaseHeld
  | HoldEnded
  | PersonPaged
  | PageAcknowledged
  | CallTaken
  | MonitoringEnded
  | PlanMade
  | DecisionReceived
  | DecisionRefused
  | ApprovalGiven
  | PlanApproved
  | PlanDeclined
  | PlanBegun
  | PlanDone
  | PlanExpired
  | PlanReplaced
  | ChoiceRecorded
  | ContainmentConfirmed
  | AutomaticBlockLimitReached
  | HistoryExported
  | CaseClosed
  | EnvelopeRefused
  | PersonNotFound
  | BaselineStored
  | PeopleImported
  | CaseExported
  | CaseViewed;

export type EventKind = LedgerEvent['kind'];
