// 3. Eradication: plans are made and people are asked. So are plans for containment, release and undo.
// run-plan.ts carries out approved plans.
import type { PlanResult } from '../activities/plans/index.ts';
import type { MadePlan } from '../activities/plans/make-plan.ts';
import type { Refusal } from '../domain/approval.ts';
import { requirementsFor } from '../domain/approval-requirements.ts';
import { manualDecisionReason } from '../domain/case/due-jobs.ts';
import type { PlanBecause, ReplacedBecause } from '../domain/case/events.ts';
import { blockedAtOf, type CasePlan, type CaseState, hasOpenPlan, isAnswered, openPlans, type WantedPlan } from '../domain/case/state.ts';
import type { FailureCode } from '../domain/errors.ts';
import { planKey } from '../domain/plan.ts';
import { MAX_NEW_ITEM_ROUNDS } from '../domain/recheck.ts';
import { failureCodeOf } from './activity-failures.ts';
import { type CaseContext, readActivities } from './case-context.ts';
import { hold } from './holds.ts';
import { pagePerson } from './paging.ts';

/** Makes the next requested plan. A plan that cannot be made now becomes a hold. */
export async function makePlan(context: CaseContext, wanted: WantedPlan): Promise<void> {
  const { store } = context;
  store.change({ wanted: store.state.wanted.filter((each) => each !== wanted) });
  const result = await makeRequestedPlan(context, wanted);
  switch (result.kind) {
    case 'made':
    case 'nothing':
      return;
    case 'failed':
      // It stays requested: after a person has repaired the cause and resumed the case, it is made.
      store.change({ wanted: [...store.state.wanted.filter(({ group }) => group !== wanted.group), wanted] });
      return hold(context, { reasons: [{ kind: 'no-plan', because: result.code }], by: null, endsWith: 'person' });
    case 'refused':
      return notToBeMade(context, wanted, result.because);
  }
}

async function notToBeMade(context: CaseContext, { group }: WantedPlan, because: Refusal): Promise<void> {
  switch (group) {
    case 'undo':
      // Nothing is left to undo.
      return;
    case 'release':
      // The plans that it superseded are still to be decided.
      requestRemainingPlan(context);
      return pagePerson(context, { kind: 'release-not-made', because }, 1);
    case 'containment':
    case 'eradication':
      return hold(context, { reasons: [{ kind: 'no-plan', because }], by: null, endsWith: 'person' });
  }
}

/** The plan could not be made, for a technical reason. */
interface NotMade {
  readonly kind: 'failed';
  readonly code: FailureCode;
}

export async function makeRequestedPlan(context: CaseContext, { group, because, askedBy }: WantedPlan): Promise<PlanResult | NotMade> {
  const { store, input, caseId } = context;
  const attempt = nextAttempt(context);
  const round = Math.max(0, ...store.state.plans.filter((plan) => plan.group === group).map((plan) => plan.round)) + 1;
  const run = { caseId, subject: input.subject, group, round, attempt, because, askedBy };
  const making = store
    .carry((notes) => readActivities(store.state)['plan.make']({ ...run, notes }))
    .then((result) => {
      if (result.kind === 'made') addPlan(context, result.plan, { because });
      return result;
    })
    .catch((error: unknown): NotMade => ({ kind: 'failed', code: failureCodeOf(error) }));
  return store.make(making, group);
}

export function nextAttempt({ store }: CaseContext): number {
  const attempt = store.state.lastAttempt + 1;
  store.change({ lastAttempt: attempt });
  return attempt;
}

/** @param before the revision that it replaces  @param because why the plan was made, where that matters */
export function addPlan(
  context: CaseContext,
  made: MadePlan,
  { before, because }: { readonly before?: CasePlan; readonly because?: PlanBecause } = {},
): void {
  const { store } = context;
  const plan: CasePlan = {
    ...made,
    // A revision is as old as the facts of the first plan: other ticks read nothing again.
    madeAt: before?.madeAt ?? made.madeAt,
    storedAt: made.madeAt,
    older: before === undefined ? [] : [...before.older, before.digest],
    state: 'asked',
    votes: [],
    doneSteps: [],
    dropped: 0,
    reminders: before?.reminders ?? 0,
  };
  const others = store.state.plans.filter((each) => each.digest !== before?.digest && each.digest !== made.digest);
  store.change({ plans: [...others, plan] });
  if (before !== undefined) return;
  // It answers the request for its kind, from any requester.
  store.change({ wanted: store.state.wanted.filter(({ group }) => group !== made.group) });
  const superseded = supersededBecause(store.state, plan, because);
  if (superseded !== null) replacePlan(context, plan, superseded);
}

/** Why a plan does not need to be asked, from what happened while it was being made; null when it is to be asked. */
function supersededBecause(state: CaseState, plan: CasePlan, because: PlanBecause | undefined): ReplacedBecause | null {
  // After a release only another report asks for a block.
  const isEndedByRelease = plan.group === 'eradication' || (plan.group === 'containment' && because !== 'report-after-release');
  if (isEndedByRelease && isBeingReleased(state)) return 'another-plan-approved';
  if (plan.group !== 'release') return null;
  if (state.decision.order.kind === 'contain') return 'stricter-report';
  if (openPlans(state).some(({ state: is }) => is !== 'asked')) return 'another-plan-approved';
  return isAnswered(state, plan) ? 'account-blocked' : null;
}

export const isBeingReleased = ({ plans, releasedAt }: CaseState): boolean =>
  releasedAt !== null || plans.some(({ group, state }) => group === 'release' && (state === 'approved' || state === 'begun'));

export function replacePlan({ store }: CaseContext, { digest }: CasePlan, because: ReplacedBecause): void {
  store.changePlan(digest, { state: 'replaced' });
  store.note(planKey(digest, 'replaced'), { kind: 'plan.replaced', schemaVersion: 1, digest, because });
}

/**
 * Applies a decline that the ledger has. The case learns of it from the answer to the person and from the step that met it,
 * in either order. Only the first counts; otherwise superseded plans would be asked twice.
 */
export function declinePlan(context: CaseContext, { digest, group }: CasePlan): void {
  const { store } = context;
  if (store.state.plans.find((plan) => plan.digest === digest)?.state === 'declined') return;
  store.changePlan(digest, { state: 'declined' });
  // The plans that it superseded are still to be decided.
  if (group === 'release') requestRemainingPlan(context);
}

export const requestPlan = ({ store }: CaseContext, group: WantedPlan['group'], because: PlanBecause): void =>
  store.change({ wanted: [...store.state.wanted.filter((each) => each.group !== group), { group, because, askedBy: null }] });

/** Once for each containment; later items get a plan with a reason of their own. One that a release superseded is asked again. */
export function requestEradication(context: CaseContext): void {
  const { account, policy, plans, wanted, cleanUpsSince } = context.store.state;
  const counts = ({ state, madeAt }: CasePlan): boolean => state !== 'replaced' && madeAt >= cleanUpsSince;
  const isThere = [...plans.filter(counts), ...wanted].some(({ group }) => group === 'eradication');
  if (!isThere && requirementsFor(account.kind, 'eradication', policy.stricter) !== null)
    requestPlan(context, 'eradication', 'account-blocked');
}

/** Requests what is still to be decided: the containment of an open account, or the eradication of a blocked one. */
export function requestRemainingPlan(context: CaseContext): void {
  const { account, policy } = context.store.state;
  if (blockedAtOf(context.store.state) !== null) return requestEradication(context);
  const because = manualDecisionReason(context.store.state);
  if (hasOpenPlan(context.store.state, 'containment')) return;
  if (because !== null && requirementsFor(account.kind, 'containment', policy.stricter) !== null)
    requestPlan(context, 'containment', because);
}

/** An expired plan shows outdated facts: people are asked again about the current ones. */
export async function expirePlan(context: CaseContext, plan: CasePlan): Promise<void> {
  const { store } = context;
  store.changePlan(plan.digest, { state: 'expired' });
  store.note(planKey(plan.digest, 'expired'), { kind: 'plan.expired', schemaVersion: 1, digest: plan.digest });
  await makePlan(context, { group: plan.group, because: 'plan-expired', askedBy: plan.askedBy });
}

export async function remind(context: CaseContext, plan: CasePlan): Promise<void> {
  const { reminders, digest, group, madeAt } = plan;
  context.store.changePlan(digest, { reminders: reminders + 1 });
  const withinMs = Math.max(0, madeAt + context.store.state.policy.durations.planLifeMs - Date.now());
  await pagePerson(context, { kind: 'plan-waits', group, withinMs }, reminders + 1);
}

/** Counts new items. Three rounds are planned automatically; then people must find out how the attacker still has access. */
export function countNewItems(context: CaseContext, count: number): void {
  const { store } = context;
  if (count === 0) return;
  store.change({ newItems: store.state.newItems + 1 });
  if (store.state.newItems <= MAX_NEW_ITEM_ROUNDS) requestPlan(context, 'eradication', 'new-item');
}
