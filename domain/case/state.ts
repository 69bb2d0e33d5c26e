// The state of a running case: small facts, ids and times; the ledger holds the rest. Plain data, because each new run
// receives it from the last.
import type { AccountJudgement } from '../account.ts';
import type { PlanState } from '../approval.ts';
import type { ApprovalRequirements } from '../approval-requirements.ts';
import type { FailureCode } from '../errors.ts';
import type { Held } from '../hold.ts';
import type { ObjectId } from '../ids.ts';
import type { PageReason } from '../page-words.ts';
import type { PlanKind } from '../plan.ts';
import { type Decision, type PolicySnapshot, requiredContainmentSteps } from '../policy.ts';
import type { AttackerActivity } from '../recheck.ts';
import type { WhatHappened } from '../report.ts';
import type { ContainmentStep, StepName } from '../step.ts';
import type { Outcome, PlanBecause } from './events.ts';

/** A plan in the state of the case. */
export interface CasePlan {
  readonly group: PlanKind;
  readonly round: number;
  readonly revision: number;
  readonly digest: string;
  /** Digests of its earlier revisions: a code of theirs says that the plan changed. */
  readonly older: readonly string[];
  readonly attempt: number;
  readonly steps: readonly StepName[];
  /** How many items there are to read. */
  readonly items: number;
  readonly needs: ApprovalRequirements;
  readonly askedBy: ObjectId | null;
  readonly madeAt: number;
  /** When this revision was stored: from then on it can be read. */
  readonly storedAt: number;
  readonly state: PlanState;
  readonly votes: readonly ObjectId[];
  readonly doneSteps: readonly StepName[];
  /** Targets that had drifted and were skipped. */
  readonly dropped: number;
  /** How often people were paged because the plan was not decided. */
  readonly reminders: number;
}

/** A plan that is still to be made. */
export interface WantedPlan {
  readonly group: PlanKind;
  readonly because: PlanBecause;
  readonly askedBy: ObjectId | null;
}

export interface Hold extends Held {
  /** When it began, ms: a resume from before does not end it. */
  readonly since: number;
}

/** A page that the pager did not accept; it is sent again. */
export interface OwedPage {
  readonly page: number;
  readonly reason: PageReason;
  readonly line: number;
  /** When it was tried first, ms. */
  readonly since: number;
  readonly tries: number;
  readonly againAt: number;
}

export interface CaseState {
  readonly number: number;
  /** As it was when the case was opened. */
  readonly policy: PolicySnapshot;
  readonly openedAt: number;
  readonly account: AccountJudgement;
  readonly provenBreakGlass: readonly ObjectId[];
  readonly administrators: readonly ObjectId[];
  readonly reporters: readonly ObjectId[];
  readonly decision: Decision;
  /** What the report said that led to this decision. */
  readonly said: WhatHappened;
  /** Steps ordered so far: by the policy, after the logs, or by a plan. */
  readonly ordered: readonly ContainmentStep[];
  /** Names the entries of the current attempt; each containment and each plan takes the next number. */
  readonly attempt: number;
  readonly lastAttempt: number;
  /** When the current containment began (ms): earlier revocations do not count for it. */
  readonly containmentSince: number;
  /** How often this case has blocked the account, including the current containment. */
  readonly containments: number;
  /** When a fresh read showed each step done (database clock, ms). */
  readonly done: Readonly<Partial<Record<ContainmentStep, number>>>;
  readonly failed: Readonly<Partial<Record<StepName, FailureCode>>>;
  /** The result of the logs for a report that waits for them; null until they are read. */
  readonly logs: 'show-success' | 'unreadable' | 'inconclusive' | null;
  /** How often they were read for that: each read is a separate entry. */
  readonly logRounds: number;
  readonly blockedByUs: boolean;
  readonly confirmed: boolean;
  readonly hold: Hold | null;
  readonly plans: readonly CasePlan[];
  readonly wanted: readonly WantedPlan[];
  /** Wrong plan codes by person, when (ms). */
  readonly wrongCodes: Readonly<Record<string, readonly number[]>>;
  /** How often new items were found after an eradication, or that its plan does not hold. */
  readonly newItems: number;
  readonly cleanedAt: number | null;
  readonly releasedAt: number | null;
  /** Eradications planned before this (ms) belong to a containment that a release ended: they do not count any more. */
  readonly cleanUpsSince: number;
  readonly looks: number;
  /** When monitoring began, or the last recheck was made. */
  readonly lookedAt: number;
  /** The result of the deciding recheck, and when. */
  readonly watched: { readonly outcome: Outcome; readonly at: number } | null;
  /** The activity that the last recheck counted, and how much of it people knew of when they resumed. */
  readonly seen: AttackerActivity;
  readonly known: AttackerActivity;
  /** Numbers repeated entries: ledger keys are unique over all runs of the case. */
  readonly noted: number;
  /** Evidence was collected for an account that is blocked at once: its eradication plan was made then, or is not needed. */
  readonly cleanUpDrawn: boolean;
  /** A person was paged because the policy blocks the account. */
  readonly called: boolean;
  readonly pages: number;
  readonly owedPages: readonly OwedPage[];
  /** When people were last paged because containment was not confirmed; before the first page, the time of the block. */
  readonly confirmationAskedAt: number | null;
  /** When a responder acknowledged the case; from then on no one else is paged. */
  readonly acknowledgedAt: number | null;
  /** A responder took the call to the subject, or a person was paged because no one had. */
  readonly callTaken: boolean;
  readonly callPaged: boolean;
  /** Closure has begun: nothing more is decided. */
  readonly ended: boolean;
}

/** @returns when the last of the needed reads was made (ms), or null while one is missing */
export function blockedAtOf({ account, done }: Pick<CaseState, 'account' | 'done'>): number | null {
  const times = requiredContainmentSteps(account.kind).map((step) => done[step]);
  return times.every((at) => at !== undefined) ? Math.max(...times) : null;
}

export const containmentStepsDue = ({ ordered, done, failed }: Pick<CaseState, 'ordered' | 'done' | 'failed'>): ContainmentStep[] =>
  ordered.filter((step) => done[step] === undefined && failed[step] === undefined);

/** The policy waits for what the logs say, and nothing else has settled it meanwhile. */
export const logsDue = ({ decision, logs, releasedAt, ...state }: CaseState): boolean =>
  decision.order.kind === 'ask-logs' && logs === null && releasedAt === null && blockedAtOf(state) === null;

/** Steps that are ordered, or logs that the policy waits for. */
export const isContainmentDue = (state: CaseState): boolean => containmentStepsDue(state).length > 0 || logsDue(state);

/** Pages that are not delivered yet: they are retried until `giveUpMs`, or until a responder acknowledges the case. */
export const owedPages = ({ owedPages: owed, acknowledgedAt, policy }: CaseState, nowMs: number): OwedPage[] =>
  owed.filter(({ since }) => since > (acknowledgedAt ?? 0) && nowMs - since < policy.durations.giveUpMs);

const OPEN: readonly PlanState[] = ['asked', 'approved', 'begun'];

/** Plans that are not decided or not done. */
export const openPlans = ({ plans }: Pick<CaseState, 'plans'>): CasePlan[] => plans.filter(({ state }) => OPEN.includes(state));

export const hasOpenPlan = (state: Pick<CaseState, 'plans'>, group: PlanKind): boolean =>
  openPlans(state).some((plan) => plan.group === group);

/** Plans that are approved and not done. */
export const runningPlan = ({ plans }: Pick<CaseState, 'plans'>): CasePlan | undefined => plans.find(isRunning);

/**
 * The state of the account has already answered the plan: a blocked account needs no containment and no block, and a new
 * password alone is no release.
 */
export const isAnswered = (state: CaseState, { group, steps }: CasePlan): boolean =>
  blockedAtOf(state) !== null &&
  (group === 'containment' || group === 'undo' || (group === 'release' && !steps.includes('release-false-alarm')));

/** Approved, and not done. */
export const isRunning = ({ state }: CasePlan): boolean => state === 'approved' || state === 'begun';

/** The next approved plan; none while the case is on hold. Containment comes first. An open account gets no eradication: without methods its owner has no way back. */
export function planToRun(state: CaseState): CasePlan | undefined {
  if (state.hold !== null) return undefined;
  const running = state.plans.filter((plan) => isRunning(plan) && (plan.group !== 'eradication' || blockedAtOf(state) !== null));
  return running.find(({ group }) => group === 'containment') ?? running[0];
}
