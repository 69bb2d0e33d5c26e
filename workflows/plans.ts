// 3. Clean up: plans are made and people are asked. So are plans to close, to
// release and to undo; carry-out-plan.ts is what happens once they are approved.
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

/** Makes the plan that is wanted next. What cannot be made now is asked of a person instead. */
export async function makePlan(context: CaseContext, wanted: WantedPlan): Promise<void> {
  const { store } = context;
  store.change({ wanted: store.state.wanted.filter((each) => each !== wanted) });
  const result = await makeRequestedPlan(context, wanted);
  switch (result.kind) {
    case 'made':
    case 'nothing':
      return;
    case 'failed':
      // It is still wanted: once somebody has put right what stands in the way and says go on, it is made.
      store.change({ wanted: [...store.state.wanted.filter(({ group }) => group !== wanted.group), wanted] });
      return hold(context, { reasons: [{ kind: 'no-plan', because: result.code }], by: null, endsWith: 'person' });
    case 'refused':
      return notToBeMade(context, wanted, result.because);
  }
}

async function notToBeMade(context: CaseContext, { group }: WantedPlan, because: Refusal): Promise<void> {
  switch (group) {
    case 'undo':
      // Nothing is left to take back.
      return;
    case 'release':
      // What had given way to it is still to be decided.
      requestRemainingPlan(context);
      return pagePerson(context, { kind: 'release-not-made', because }, 1);
    case 'containment':
    case 'eradication':
      return hold(context, { reasons: [{ kind: 'no-plan', because }], by: null, endsWith: 'person' });
  }
}

/** The making itself did not succeed, for a reason that has nothing to do with people. */
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
      if (result.kind === 'made') addPlan(context, result.plan);
      return result;
    })
    .catch((error: unknown): NotMade => ({ kind: 'failed', code: failureCodeOf(error) }));
  return store.draw(making, group);
}

export function nextAttempt({ store }: CaseContext): number {
  const attempt = store.state.lastAttempt + 1;
  store.change({ lastAttempt: attempt });
  return attempt;
}

/** @param before the revision whose place it takes */
export function addPlan(context: CaseContext, made: MadePlan, before?: CasePlan): void {
  const { store } = context;
  const plan: CasePlan = {
    ...made,
    // Another revision is as old as the facts of the first: with other ticks nothing was read anew.
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
  // It is what was wanted of its group, whoever asked for it.
  store.change({ wanted: store.state.wanted.filter(({ group }) => group !== made.group) });
  const because = overtaken(store.state, plan);
  if (because !== null) replacePlan(context, plan, because);
}

/** What has happened while a plan was being drawn, so that nobody needs to be asked about it; null when it is to be asked. */
function overtaken(state: CaseState, plan: CasePlan): ReplacedBecause | null {
  if (plan.group === 'eradication' && isBeingReleased(state)) return 'another-plan-approved';
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
 * A no that the record has. The case hears of it from the answer to whoever said it and from the step that met it, in
 * either order: only the first of the two counts, or what had given way to the plan would be asked twice.
 */
export function declinePlan(context: CaseContext, { digest, group }: CasePlan): void {
  const { store } = context;
  if (store.state.plans.find((plan) => plan.digest === digest)?.state === 'declined') return;
  store.changePlan(digest, { state: 'declined' });
  // What had given way to it is still to be decided.
  if (group === 'release') requestRemainingPlan(context);
}

export const requestPlan = ({ store }: CaseContext, group: WantedPlan['group'], because: PlanBecause): void =>
  store.change({ wanted: [...store.state.wanted.filter((each) => each.group !== group), { group, because, askedBy: null }] });

/** Once a closing; what comes on top of it later is planned for a reason of its own. One that gave way to a release is asked again. */
export function requestEradication(context: CaseContext): void {
  const { account, policy, plans, wanted, cleanUpsSince } = context.store.state;
  const counts = ({ state, madeAt }: CasePlan): boolean => state !== 'replaced' && madeAt >= cleanUpsSince;
  const isThere = [...plans.filter(counts), ...wanted].some(({ group }) => group === 'eradication');
  if (!isThere && requirementsFor(account.kind, 'eradication', policy.stricter) !== null)
    requestPlan(context, 'eradication', 'account-blocked');
}

/** What is to be asked of people where nothing else is under way: whether to close it, or what to clean up. */
export function requestRemainingPlan(context: CaseContext): void {
  const { account, policy } = context.store.state;
  if (blockedAtOf(context.store.state) !== null) return requestEradication(context);
  const because = manualDecisionReason(context.store.state);
  if (hasOpenPlan(context.store.state, 'containment')) return;
  if (because !== null && requirementsFor(account.kind, 'containment', policy.stricter) !== null)
    requestPlan(context, 'containment', because);
}

/** A plan is as old as the facts it was made from: people are asked again about what is there now. */
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

/** What was found beside the plan. Three times it is planned by itself; then people must find out who still can. */
export function countNewItems(context: CaseContext, count: number): void {
  const { store } = context;
  if (count === 0) return;
  store.change({ newItems: store.state.newItems + 1 });
  if (store.state.newItems <= MAX_NEW_ITEM_ROUNDS) requestPlan(context, 'eradication', 'new-item');
}
