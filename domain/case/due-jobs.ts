// What the case does next, decided after every event from the state of the case and the time alone.

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
  /** Carry out the ordered containment steps, and read the logs that the policy waits for. */
  | { readonly kind: 'close' }
  /** Carry out the next step of an approved plan. */
  | { readonly kind: 'carry-out'; readonly plan: CasePlan }
  | { readonly kind: 'make-plan'; readonly wanted: WantedPlan }
  /** The facts of a plan are too old: it is made anew. */
  | { readonly kind: 'expire'; readonly plan: CasePlan }
  /** A plan was not decided in time: page a person. */
  | { readonly kind: 'remind'; readonly plan: CasePlan }
  /** The pager did not accept a page: send it again. */
  | { readonly kind: 'page-again'; readonly owed: OwedPage }
  /** Containment was not confirmed in time: page a person. */
  | { readonly kind: 'ask-for-confirmation' }
  | { readonly kind: 'recheck' }
  | { readonly kind: 'finish'; readonly outcome: Outcome }
  /** Nothing now: decide again at that time, or after an action of a person. */
  | { readonly kind: 'wait'; readonly untilMs: number };

/** A case that waits for people still rechecks at this interval. */
const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;

export function nextMove(state: CaseState, nowMs: number): Move {
  // The policy's order is carried out even on hold: an attacker in an approver's Slack must not keep an account open.
  if (containmentStepsDue(state).length > 0) return { kind: 'close' };
  // On hold: no plan is carried out, and none is made automatically. Rechecks continue, and each pages a person.
  const plan = planToRun(state);
  if (plan !== undefined) return { kind: 'carry-out', plan };
  // An approved plan does not wait for the logs.
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
    // A plan that cannot be approved in Slack is paged once, not every five minutes.
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

/** Approving the eradication also confirms containment, when it can be approved in Slack. */
const isAskedWithEradication = (state: CaseState): boolean =>
  openPlans(state).some(({ group, needs }) => group === 'eradication' && !needs.stepUp);

/** First the same people, then the next in line; after that the plan expires. An acknowledgement stops these pages until then. */
function remindersOf({ madeAt, reminders }: CasePlan, { acknowledgedAt, policy }: CaseState): number | null {
  const { remindMs, escalateMs } = policy.durations;
  if (acknowledgedAt !== null && acknowledgedAt >= madeAt) return null;
  if (reminders === 0) return madeAt + remindMs;
  return reminders === 1 ? madeAt + escalateMs : null;
}

/** An automatic block needs a person's confirmation. */
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
  // A plan already asks about the new items; every recheck finds them again until it is decided.
  const pause = hasOpenPlan(state, 'eradication') ? durations.askAgainMs : durations.readBackEveryMs;
  const next = state.looks === 0 ? 0 : state.lookedAt + pause;
  if (state.watched === null) return Math.max(recheckAt(blockedAt, durations), next);
  // Eradication ended after the deciding recheck: recheck once more for new items.
  if (state.cleanedAt !== null && state.cleanedAt > state.watched.at) return Math.max(state.cleanedAt, next);
  return null;
}

function outcomeIfOver(state: CaseState): Outcome | null {
  if (state.watched === null || openPlans(state).length > 0 || waitsForConfirmation(state)) return null;
  return nextRecheckAt(state) === null ? state.watched.outcome : null;
}

/** May people request such a plan now? A release is for reports that name no success. One plan of a kind at a time, and none while another is carried out. */
export function mayAsk(state: CaseState, group: 'release' | 'undo'): boolean {
  if (requirementsFor(state.account.kind, group, state.policy.stricter) === null) return false;
  if (openPlans(state).some((plan) => plan.group === group || plan.state !== 'asked')) return false;
  if (state.wanted.some((wanted) => wanted.group === group)) return false;
  return group === 'undo' || (state.decision.order.kind === 'ask-logs' && state.releasedAt === null);
}

/** Why people and not the policy decide about containment; null when no plan can be made for them. */
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
