// 3. Clean up: plans are made, people are asked, and what they approved is
// carried out step by step. So are plans to close, to release and to undo.
import type { PlanResult } from '../activities/plans/index.ts';
import type { MadePlan } from '../activities/plans/make-plan.ts';
import type { CasePlan, WantedPlan } from '../domain/case-state.ts';
import { type FailureCode, nextMove } from '../domain/errors.ts';
import type { PlanBecause } from '../domain/evidence.ts';
import { needsOf } from '../domain/needs.ts';
import { stepsThatClose } from '../domain/policy.ts';
import { CONTAINING_STEPS, type ContainingStep, type StepName } from '../domain/step.ts';
import { HOLD, MOST_NEWCOMERS } from '../domain/watch.ts';
import { callSomebody, hold } from './calling.ts';
import { type Carried, carryOut, noteFailure } from './carry-out.ts';
import { noteClosed } from './clocks.ts';
import { orCode, reading, type Scene } from './scene.ts';

// --- making plans ---

/** Makes the plan that is wanted next. What cannot be made now is asked of a person instead. */
export async function makePlan(scene: Scene, wanted: WantedPlan): Promise<void> {
  const { book } = scene;
  book.change({ wanted: book.state.wanted.filter((each) => each !== wanted) });
  const result = await makeWanted(scene, wanted);
  if (result.kind !== 'refused' && result.kind !== 'failed') return;
  const why = result.kind === 'failed' ? result.code : result.because;
  await hold(scene, {
    reasons: [`No plan could be made (${why}). Put right what stands in the way, then say go on.`],
    by: null,
    endsWith: 'person',
  });
}

/** The making itself did not succeed, for a reason that has nothing to do with people. */
interface NotMade {
  readonly kind: 'failed';
  readonly code: FailureCode;
}

export async function makeWanted(scene: Scene, { group, because, askedBy }: WantedPlan): Promise<PlanResult | NotMade> {
  const { book, input, caseId } = scene;
  const generation = nextGeneration(scene);
  const round = Math.max(0, ...book.state.plans.filter((plan) => plan.group === group).map((plan) => plan.round)) + 1;
  const run = { caseId, subject: input.subject, group, round, generation, because, askedBy };
  const making = book
    .carry((notes) => reading(book.state)['plan.make']({ ...run, notes }))
    .then((result) => {
      if (result.kind === 'made') addPlan(scene, result.plan);
      return result;
    })
    .catch((error: unknown): NotMade => ({ kind: 'failed', code: orCode(error) }));
  return book.draw(making);
}

export function nextGeneration({ book }: Scene): number {
  const generation = book.state.lastGeneration + 1;
  book.change({ lastGeneration: generation });
  return generation;
}

/** @param before the revision whose place it takes */
export function addPlan({ book }: Scene, made: MadePlan, before?: CasePlan): void {
  const plan: CasePlan = {
    ...made,
    // Another version is as old as the facts of the first: with other ticks nothing was read anew.
    madeAt: before?.madeAt ?? made.madeAt,
    older: before === undefined ? [] : [...before.older, before.digest],
    state: 'asked',
    votes: [],
    doneSteps: [],
    dropped: 0,
    reminders: before?.reminders ?? 0,
  };
  const others = book.state.plans.filter((each) => each.digest !== before?.digest && each.digest !== made.digest);
  book.change({ plans: [...others, plan] });
}

export const want = ({ book }: Scene, group: WantedPlan['group'], because: PlanBecause): void =>
  book.change({ wanted: [...book.state.wanted.filter((each) => each.group !== group), { group, because, askedBy: null }] });

/** Once a case; what comes on top of it later is planned for a reason of its own. */
export function wantCleanUp(scene: Scene): void {
  const { account, policy, plans, wanted } = scene.book.state;
  const isThere = [...plans, ...wanted].some(({ group }) => group === 'clean-up');
  if (!isThere && needsOf(account.kind, 'clean-up', policy.stricter) !== null) want(scene, 'clean-up', 'the account was closed');
}

/** A plan is as old as the facts it was made from: people are asked again about what is there now. */
export async function expirePlan(scene: Scene, plan: CasePlan): Promise<void> {
  const { book } = scene;
  book.changePlan(plan.digest, { state: 'expired' });
  book.note(`plan/${plan.digest}/expired`, { kind: 'plan.expired', schemaVersion: 1, digest: plan.digest });
  await makePlan(scene, { group: plan.group, because: 'the facts had aged', askedBy: plan.askedBy });
}

export async function remind(scene: Scene, plan: CasePlan): Promise<void> {
  const { reminders, digest, group } = plan;
  scene.book.changePlan(digest, { reminders: reminders + 1 });
  await callSomebody(scene, `A plan (${group}) waits for an answer.`, reminders + 1);
}

// --- carrying plans out ---

/** The next step of an approved plan. */
export async function carryOutPlan(scene: Scene, plan: CasePlan): Promise<void> {
  const { book } = scene;
  const step = plan.steps.find((each) => !plan.doneSteps.includes(each));
  if (step === undefined) return finishPlan(scene, plan);
  const carried = await carryOut(scene, step, plan.generation, { kind: 'plan', digest: plan.digest });
  if (carried.kind === 'failed') return failPlan(scene, plan, step, carried.code);
  const { [step]: _mended, ...failed } = book.state.failed;
  book.change({ failed });
  const now = book.state.plans.find(({ digest }) => digest === plan.digest) ?? plan;
  book.changePlan(plan.digest, { state: 'begun', doneSteps: [...now.doneSteps, step], dropped: now.dropped + carried.dropped });
  remember(scene, plan, step, carried);
  if (plan.steps.at(-1) === step) await finishPlan(scene, plan);
}

/** What a step of a plan changes for the case itself. */
function remember(scene: Scene, plan: CasePlan, step: StepName, { at, changed, newcomers }: Extract<Carried, { kind: 'verified' }>): void {
  const { book } = scene;
  if (newcomers > 0) countNewcomers(scene, newcomers);
  if (plan.group === 'contain' && isContaining(step)) {
    book.change({
      ordered: [...new Set([...book.state.ordered, step])],
      done: { ...book.state.done, [step]: at },
      closedByUs: book.state.closedByUs || changed,
    });
  }
  if (step !== 'release-false-alarm') return;
  // Opened by people, or closed again by them: either way the old readings say nothing any more.
  const released = plan.group === 'release';
  book.change({ done: {}, failed: {}, watched: null, releasedAt: released ? at : null, lookedAt: at, looks: 0 });
  if (released) book.change({ ordered: [] });
  else book.change({ generation: nextGeneration(scene), closedByUs: true, ordered: stepsThatClose(book.state.account.kind) });
}

const isContaining = (step: StepName): step is ContainingStep => CONTAINING_STEPS.some((each) => each === step);

/** What was found beside the plan. Three times it is planned by itself; then people must find out who still can. */
export function countNewcomers(scene: Scene, count: number): void {
  const { book } = scene;
  if (count === 0) return;
  book.change({ newcomers: book.state.newcomers + 1 });
  if (book.state.newcomers <= MOST_NEWCOMERS) want(scene, 'clean-up', 'another thing appeared');
}

async function finishPlan(scene: Scene, { digest, group }: CasePlan): Promise<void> {
  const { book } = scene;
  const { dropped = 0 } = book.state.plans.find((plan) => plan.digest === digest) ?? {};
  book.changePlan(digest, { state: 'done' });
  switch (group) {
    case 'contain':
      noteClosed(scene);
      want(scene, 'clean-up', 'the account was closed');
      return;
    case 'clean-up':
      book.change({ cleanedAt: Date.now() });
      if (dropped > 0) want(scene, 'clean-up', 'a thing had changed since the plan');
      if (book.state.newcomers > MOST_NEWCOMERS) await hold(scene, { reasons: [HOLD.newcomersAgain], by: null, endsWith: 'person' });
      return;
    case 'release':
      // Where the account had never been closed, there was only a password to reset.
      if (book.state.releasedAt === null) book.change({ releasedAt: Date.now(), watched: null, lookedAt: Date.now(), looks: 0 });
      return;
    case 'undo':
      return;
  }
}

async function failPlan(scene: Scene, plan: CasePlan, step: StepName, code: Parameters<typeof noteFailure>[3]): Promise<void> {
  const { book } = scene;
  switch (code) {
    case 'LEDGER_SUPERSEDED':
    case 'PLAN_DECLINED':
      // A no came before the first intent; whoever said it is told by what the record says.
      return book.changePlan(plan.digest, { state: 'declined' });
    case 'APPROVAL_LOST': {
      book.changePlan(plan.digest, { state: 'replaced' });
      const because = 'an approver lost the right to approve' as const;
      book.note(`plan/${plan.digest}/replaced`, { kind: 'plan.replaced', schemaVersion: 1, digest: plan.digest, because });
      book.change({ wanted: [...book.state.wanted, { group: plan.group, because, askedBy: plan.askedBy }] });
      return;
    }
    default: {
      noteFailure(scene, step, plan.generation, code);
      const next = nextMove(code) === 'retry' ? 'Say go on, and it is tried again.' : 'Put right what stands in the way, then say go on.';
      await hold(scene, { reasons: [`${step} could not be carried out (${code}). ${next}`], by: null, endsWith: 'person' });
    }
  }
}
