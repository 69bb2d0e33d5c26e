// What the case does next. One question, asked after everything that happened;
// the answer follows from what the case remembers and from the time alone.

import { requirementsFor, URGENCY } from '../approval-requirements.ts';
import { recheckAt } from '../containment-times.ts';
import type { Outcome, PlanBecause } from './events.ts';
import {
  blockedAtOf,
  type CasePlan,
  type CaseState,
  containmentStepsDue,
  hasOpenPlan,
  logsDue,
  type OwedPage,
  openPlans,
  owedPages,
  planToRun,
  type WantedPlan,
} from './state.ts';

export type Move =
  /** Carry out the closing steps that are ordered, and ask the logs that the policy waits for. */
  | { readonly kind: 'close' }
  /** Carry out the next step of an approved plan. */
  | { readonly kind: 'carry-out'; readonly plan: CasePlan }
  | { readonly kind: 'make-plan'; readonly wanted: WantedPlan }
  /** The facts of a plan have aged: it is made anew. */
  | { readonly kind: 'expire'; readonly plan: CasePlan }
  /** Nobody answered a plan: call somebody. */
  | { readonly kind: 'remind'; readonly plan: CasePlan }
  /** The pager did not take a page: it is tried again. */
  | { readonly kind: 'page-again'; readonly owed: OwedPage }
  /** Nobody confirmed the closing: call somebody. */
  | { readonly kind: 'ask-for-confirmation' }
  | { readonly kind: 'recheck' }
  | { readonly kind: 'finish'; readonly outcome: Outcome }
  /** Nothing now; look again at that time, or when somebody does something. */
  | { readonly kind: 'wait'; readonly untilMs: number };

/** A case that can only wait for people still looks again now and then. */
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;

export function nextMove(state: CaseState, nowMs: number): Move {
  // What the policy orders is done at once, whoever holds the case: whoever sits in an approver's Slack must not keep an account open.
  if (containmentStepsDue(state).length > 0) return { kind: 'close' };
  // Held: nothing more of a plan is done, and nothing is planned by itself. The looks go on, and each calls somebody.
  const plan = planToRun(state);
  if (plan !== undefined) return { kind: 'carry-out', plan };
  // What people approved does not wait for the logs.
  if (logsDue(state)) return { kind: 'close' };
  if (state.hold === null) {
    const [wanted] = state.wanted;
    if (wanted !== undefined) return { kind: 'make-plan', wanted };
    const outcome = outcomeIfOver(state);
    if (outcome !== null) return { kind: 'finish', outcome };
  }
  const due = timed(state, nowMs).sort((a, b) => a.atMs - b.atMs);
  const [first] = due;
  if (first !== undefined && first.atMs <= nowMs) return first.move;
  return { kind: 'wait', untilMs: first?.atMs ?? nowMs + LONGEST_WAIT_MS };
}

interface Timed {
  readonly atMs: number;
  readonly move: Move;
}

function timed(state: CaseState, nowMs: number): Timed[] {
  const { durations } = state.policy;
  const moves: Timed[] = owedPages(state, nowMs).map((owed) => ({ atMs: owed.againAt, move: { kind: 'page-again', owed } }));
  const lookAt = nextRecheckAt(state);
  if (lookAt !== null) moves.push({ atMs: lookAt, move: { kind: 'recheck' } });
  if (state.hold !== null) return moves;
  for (const plan of openPlans(state)) {
    // What nobody can approve here is said once, and not every five minutes.
    if (plan.state !== 'asked' || plan.needs.stepUp) continue;
    moves.push({ atMs: plan.madeAt + durations.planLifeMs, move: { kind: 'expire', plan } });
    const remindAt = URGENCY[plan.group].rings ? remindersOf(plan, state) : null;
    if (remindAt !== null) moves.push({ atMs: remindAt, move: { kind: 'remind', plan } });
  }
  if (waitsForConfirmation(state) && state.confirmationAskedAt !== null && !isAskedWithEradication(state)) {
    const since = Math.max(state.confirmationAskedAt, state.acknowledgedAt ?? 0);
    moves.push({ atMs: since + durations.confirmWithinMs, move: { kind: 'ask-for-confirmation' } });
  }
  return moves;
}

/** The question about the eradication is both, where it can be answered here. */
const isAskedWithEradication = (state: CaseState): boolean =>
  openPlans(state).some(({ group, needs }) => group === 'eradication' && !needs.stepUp);

/** First the same people again, then the next in line; after that the plan's own age brings it up. Whoever says that they are on it is left in peace until then. */
function remindersOf({ madeAt, reminders }: CasePlan, { acknowledgedAt, policy }: CaseState): number | null {
  const { remindMs, escalateMs } = policy.durations;
  if (acknowledgedAt !== null && acknowledgedAt >= madeAt) return null;
  if (reminders === 0) return madeAt + remindMs;
  return reminders === 1 ? madeAt + escalateMs : null;
}

/** An account that we closed needs a person's word that it stays so. */
export const waitsForConfirmation = ({ blockedByUs, confirmed, releasedAt }: CaseState): boolean =>
  blockedByUs && !confirmed && releasedAt === null;

export function nextRecheckAt(state: CaseState): number | null {
  const { durations } = state.policy;
  const blockedAt = blockedAtOf(state);
  const again = state.lookedAt + durations.askAgainMs;
  if (state.releasedAt !== null) {
    if (state.watched !== null) return null;
    return Math.max(state.releasedAt + durations.releaseWatchMs, state.hold === null ? 0 : again);
  }
  if (state.hold !== null || blockedAt === null) return again;
  // What a look found beside the last eradication is being asked about: it finds that again until then.
  const pause = hasOpenPlan(state, 'eradication') ? durations.askAgainMs : durations.readBackEveryMs;
  const next = state.looks === 0 ? 0 : state.lookedAt + pause;
  if (state.watched === null) return Math.max(recheckAt(blockedAt, durations), next);
  // Cleaned after the deciding look: once more, for what came back.
  if (state.cleanedAt !== null && state.cleanedAt > state.watched.at) return Math.max(state.cleanedAt, next);
  return null;
}

function outcomeIfOver(state: CaseState): Outcome | null {
  if (state.watched === null || openPlans(state).length > 0 || waitsForConfirmation(state)) return null;
  return nextRecheckAt(state) === null ? state.watched.outcome : null;
}

/** May people ask for such a plan now? A release is for reports that name no success; there is one plan of a group at a time, and none beside one that is being carried out. */
export function mayAsk(state: CaseState, group: 'release' | 'undo'): boolean {
  if (requirementsFor(state.account.kind, group, state.policy.stricter) === null) return false;
  if (openPlans(state).some((plan) => plan.group === group || plan.state !== 'asked')) return false;
  if (state.wanted.some((wanted) => wanted.group === group)) return false;
  return group === 'undo' || (state.decision.order.kind === 'ask-logs' && state.releasedAt === null);
}

/** Why people decide about the closing, and not the policy; null where no plan can be made for them. */
export function manualDecisionReason({ decision: { order }, logs }: CaseState): PlanBecause | null {
  switch (order.kind) {
    case 'people':
      return null;
    case 'contain':
      return 'automatic-block-limit';
    case 'ask-logs':
      return logs === 'show-success' ? 'logs-show-success' : 'logs-inconclusive';
  }
}
