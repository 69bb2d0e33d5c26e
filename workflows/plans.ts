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
import { hold, pagePerson } from './holds-and-paging.ts';

/** Makes the plan that is wanted next. What cannot be made now is asked of a person instead. */
export async function makePlan(scene: CaseContext, wanted: WantedPlan): Promise<void> {
  const { book } = scene;
  book.change({ wanted: book.state.wanted.filter((each) => each !== wanted) });
  const result = await makeRequestedPlan(scene, wanted);
  switch (result.kind) {
    case 'made':
    case 'nothing':
      return;
    case 'failed':
      // It is still wanted: once somebody has put right what stands in the way and says go on, it is made.
      book.change({ wanted: [...book.state.wanted.filter(({ group }) => group !== wanted.group), wanted] });
      return hold(scene, { reasons: [{ kind: 'no-plan', because: result.code }], by: null, endsWith: 'person' });
    case 'refused':
      return notToBeMade(scene, wanted, result.because);
  }
}

async function notToBeMade(scene: CaseContext, { group }: WantedPlan, because: Refusal): Promise<void> {
  switch (group) {
    case 'undo':
      // Nothing is left to take back.
      return;
    case 'release':
      // What had given way to it is still to be decided.
      requestRemainingPlan(scene);
      return pagePerson(scene, { kind: 'release-not-made', because }, 1);
    case 'contain':
    case 'clean-up':
      return hold(scene, { reasons: [{ kind: 'no-plan', because }], by: null, endsWith: 'person' });
  }
}

/** The making itself did not succeed, for a reason that has nothing to do with people. */
interface NotMade {
  readonly kind: 'failed';
  readonly code: FailureCode;
}

export async function makeRequestedPlan(scene: CaseContext, { group, because, askedBy }: WantedPlan): Promise<PlanResult | NotMade> {
  const { book, input, caseId } = scene;
  const generation = nextAttempt(scene);
  const round = Math.max(0, ...book.state.plans.filter((plan) => plan.group === group).map((plan) => plan.round)) + 1;
  const run = { caseId, subject: input.subject, group, round, generation, because, askedBy };
  const making = book
    .carry((notes) => readActivities(book.state)['plan.make']({ ...run, notes }))
    .then((result) => {
      if (result.kind === 'made') addPlan(scene, result.plan);
      return result;
    })
    .catch((error: unknown): NotMade => ({ kind: 'failed', code: failureCodeOf(error) }));
  return book.draw(making, group);
}

export function nextAttempt({ book }: CaseContext): number {
  const generation = book.state.lastGeneration + 1;
  book.change({ lastGeneration: generation });
  return generation;
}

/** @param before the revision whose place it takes */
export function addPlan(scene: CaseContext, made: MadePlan, before?: CasePlan): void {
  const { book } = scene;
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
  const others = book.state.plans.filter((each) => each.digest !== before?.digest && each.digest !== made.digest);
  book.change({ plans: [...others, plan] });
  if (before !== undefined) return;
  // It is what was wanted of its group, whoever asked for it.
  book.change({ wanted: book.state.wanted.filter(({ group }) => group !== made.group) });
  const because = overtaken(book.state, plan);
  if (because !== null) replacePlan(scene, plan, because);
}

/** What has happened while a plan was being drawn, so that nobody needs to be asked about it; null when it is to be asked. */
function overtaken(state: CaseState, plan: CasePlan): ReplacedBecause | null {
  if (plan.group === 'clean-up' && isBeingReleased(state)) return 'another-plan-approved';
  if (plan.group !== 'release') return null;
  if (state.decision.order.kind === 'contain') return 'stricter-report';
  if (openPlans(state).some(({ state: is }) => is !== 'asked')) return 'another-plan-approved';
  return isAnswered(state, plan) ? 'account-blocked' : null;
}

export const isBeingReleased = ({ plans, releasedAt }: CaseState): boolean =>
  releasedAt !== null || plans.some(({ group, state }) => group === 'release' && (state === 'approved' || state === 'begun'));

export function replacePlan({ book }: CaseContext, { digest }: CasePlan, because: ReplacedBecause): void {
  book.changePlan(digest, { state: 'replaced' });
  book.note(planKey(digest, 'replaced'), { kind: 'plan.replaced', schemaVersion: 1, digest, because });
}

/**
 * A no that the record has. The case hears of it from the answer to whoever said it and from the step that met it, in
 * either order: only the first of the two counts, or what had given way to the plan would be asked twice.
 */
export function declinePlan(scene: CaseContext, { digest, group }: CasePlan): void {
  const { book } = scene;
  if (book.state.plans.find((plan) => plan.digest === digest)?.state === 'declined') return;
  book.changePlan(digest, { state: 'declined' });
  // What had given way to it is still to be decided.
  if (group === 'release') requestRemainingPlan(scene);
}

export const requestPlan = ({ book }: CaseContext, group: WantedPlan['group'], because: PlanBecause): void =>
  book.change({ wanted: [...book.state.wanted.filter((each) => each.group !== group), { group, because, askedBy: null }] });

/** Once a closing; what comes on top of it later is planned for a reason of its own. One that gave way to a release is asked again. */
export function requestEradication(scene: CaseContext): void {
  const { account, policy, plans, wanted, cleanUpsSince } = scene.book.state;
  const counts = ({ state, madeAt }: CasePlan): boolean => state !== 'replaced' && madeAt >= cleanUpsSince;
  const isThere = [...plans.filter(counts), ...wanted].some(({ group }) => group === 'clean-up');
  if (!isThere && requirementsFor(account.kind, 'clean-up', policy.stricter) !== null) requestPlan(scene, 'clean-up', 'account-blocked');
}

/** What is to be asked of people where nothing else is under way: whether to close it, or what to clean up. */
export function requestRemainingPlan(scene: CaseContext): void {
  const { account, policy } = scene.book.state;
  if (blockedAtOf(scene.book.state) !== null) return requestEradication(scene);
  const because = manualDecisionReason(scene.book.state);
  if (hasOpenPlan(scene.book.state, 'contain')) return;
  if (because !== null && requirementsFor(account.kind, 'contain', policy.stricter) !== null) requestPlan(scene, 'contain', because);
}

/** A plan is as old as the facts it was made from: people are asked again about what is there now. */
export async function expirePlan(scene: CaseContext, plan: CasePlan): Promise<void> {
  const { book } = scene;
  book.changePlan(plan.digest, { state: 'expired' });
  book.note(planKey(plan.digest, 'expired'), { kind: 'plan.expired', schemaVersion: 1, digest: plan.digest });
  await makePlan(scene, { group: plan.group, because: 'plan-expired', askedBy: plan.askedBy });
}

export async function remind(scene: CaseContext, plan: CasePlan): Promise<void> {
  const { reminders, digest, group, madeAt } = plan;
  scene.book.changePlan(digest, { reminders: reminders + 1 });
  const withinMs = Math.max(0, madeAt + scene.book.state.policy.durations.planLifeMs - Date.now());
  await pagePerson(scene, { kind: 'plan-waits', group, withinMs }, reminders + 1);
}

/** What was found beside the plan. Three times it is planned by itself; then people must find out who still can. */
export function countNewItems(scene: CaseContext, count: number): void {
  const { book } = scene;
  if (count === 0) return;
  book.change({ newcomers: book.state.newcomers + 1 });
  if (book.state.newcomers <= MAX_NEW_ITEM_ROUNDS) requestPlan(scene, 'clean-up', 'new-item');
}
