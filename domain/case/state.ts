// What a running case remembers of itself: small facts, ids and times. The
// record holds the rest. It rides from run to run, so it is plain data.
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

/** A plan as the case remembers it. */
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
  /** Targets that had drifted and were left alone. */
  readonly dropped: number;
  /** How often people were called because nobody answered. */
  readonly reminders: number;
}

/** A plan that is still to be made. */
export interface WantedPlan {
  readonly group: PlanKind;
  readonly because: PlanBecause;
  readonly askedBy: ObjectId | null;
}

export interface Hold extends Held {
  /** When it began, ms: a word that was given before is not about it. */
  readonly since: number;
}

/** A page that the pager did not take; it is tried again. */
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
  /** Steps that are ordered so far: the policy's, those the logs supported, those a plan brought. */
  readonly ordered: readonly ContainmentStep[];
  /** Names the entries of the closing that goes on; each closing and each plan takes the next. */
  readonly attempt: number;
  readonly lastAttempt: number;
  /** Since when the closing that stands, or goes on, has been under way (ms): sessions that were cut before are not cut by it. */
  readonly containmentSince: number;
  /** How often the account was closed by this case so far, the one that goes on included. */
  readonly containments: number;
  /** When a fresh read showed each step done (database clock, ms). */
  readonly done: Readonly<Partial<Record<ContainmentStep, number>>>;
  readonly failed: Readonly<Partial<Record<StepName, FailureCode>>>;
  /** What the logs said to a report that waits for them; null until they have been asked. */
  readonly logs: 'show-success' | 'unreadable' | 'inconclusive' | null;
  /** How often they were read for that: each reading is an entry of its own. */
  readonly logRounds: number;
  readonly blockedByUs: boolean;
  readonly confirmed: boolean;
  readonly hold: Hold | null;
  readonly plans: readonly CasePlan[];
  readonly wanted: readonly WantedPlan[];
  /** Wrong plan codes by person, when (ms). */
  readonly wrongCodes: Readonly<Record<string, readonly number[]>>;
  /** How often something new was found after an eradication, or beside the one that was asked. */
  readonly newItems: number;
  readonly cleanedAt: number | null;
  readonly releasedAt: number | null;
  /** Clean-ups that were planned before this (ms) are of a closing that a release has ended: they do not count any more. */
  readonly cleanUpsSince: number;
  readonly looks: number;
  /** When the watch began, or the last look was made. */
  readonly lookedAt: number;
  /** What the deciding look said, and when. */
  readonly watched: { readonly outcome: Outcome; readonly at: number } | null;
  /** What the last look counted since the closing, or the release, and how much of it people knew of when they said go on. */
  readonly seen: AttackerActivity;
  readonly known: AttackerActivity;
  /** Names what is noted more than once: keys of the record are unique over all runs of the case. */
  readonly noted: number;
  /** The survey was made for an account that is closed at once: its eradication was drawn then, or there is nothing to clean up. */
  readonly cleanUpDrawn: boolean;
  /** Somebody was called because the policy closes the account. */
  readonly called: boolean;
  readonly pages: number;
  readonly owedPages: readonly OwedPage[];
  /** When people were last called because the closing was not confirmed; the closing itself before the first. */
  readonly confirmationAskedAt: number | null;
  /** Somebody has said that they are on it, and since when nobody else is called. */
  readonly acknowledgedAt: number | null;
  /** Somebody has said that they will call the subject; or a person was paged because nobody had. */
  readonly callTaken: boolean;
  readonly callPaged: boolean;
  /** The finishing has begun: nothing more is decided. */
  readonly ended: boolean;
}

/** @returns when the last of the needed readings was made (ms), or null while one is missing */
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

/** Pages that are still to be taken: policy gives none up before `giveUpMs`, and whoever says that they are on it ends them. */
export const owedPages = ({ owedPages: owed, acknowledgedAt, policy }: CaseState, nowMs: number): OwedPage[] =>
  owed.filter(({ since }) => since > (acknowledgedAt ?? 0) && nowMs - since < policy.durations.giveUpMs);

const OPEN: readonly PlanState[] = ['asked', 'approved', 'begun'];

/** Plans that still want something of somebody. */
export const openPlans = ({ plans }: Pick<CaseState, 'plans'>): CasePlan[] => plans.filter(({ state }) => OPEN.includes(state));

export const hasOpenPlan = (state: Pick<CaseState, 'plans'>, group: PlanKind): boolean =>
  openPlans(state).some((plan) => plan.group === group);

/** Plans that were approved and are not through. */
export const runningPlan = ({ plans }: Pick<CaseState, 'plans'>): CasePlan | undefined => plans.find(isRunning);

/**
 * What people are asked has been answered by what is there: a closed account needs no closing and no block, and a new
 * password alone releases nobody from it.
 */
export const isAnswered = (state: CaseState, { group, steps }: CasePlan): boolean =>
  blockedAtOf(state) !== null &&
  (group === 'containment' || group === 'undo' || (group === 'release' && !steps.includes('release-false-alarm')));

/** Approved, and not through. */
export const isRunning = ({ state }: CasePlan): boolean => state === 'approved' || state === 'begun';

/** The approved plan whose turn it is; none while the case is held. Closing comes first, and an open account is not cleaned up: without its methods the owner has no way back. */
export function planToRun(state: CaseState): CasePlan | undefined {
  if (state.hold !== null) return undefined;
  const running = state.plans.filter((plan) => isRunning(plan) && (plan.group !== 'eradication' || blockedAtOf(state) !== null));
  return running.find(({ group }) => group === 'containment') ?? running[0];
}
