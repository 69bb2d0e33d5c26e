// What people approved is carried out, one step after another, and what became
// of it is remembered.
import { blockedAtOf, type CasePlan, hasOpenPlan, isRunning } from '../domain/case/state.ts';
import type { FailureCode } from '../domain/errors.ts';
import { requiredContainmentSteps } from '../domain/policy.ts';
import { findingWhenOpen, MAX_NEW_ITEM_ROUNDS, NO_ACTIVITY } from '../domain/recheck.ts';
import { isContainmentStep, type StepName } from '../domain/step.ts';
import type { CaseContext } from './case-context.ts';
import { replaceAnswered } from './containment.ts';
import { recordBlocked } from './containment-times.ts';
import { hold } from './holds-and-paging.ts';
import { recontain } from './monitoring.ts';
import { countNewItems, declinePlan, nextAttempt, replacePlan, requestEradication, requestPlan, requestRemainingPlan } from './plans.ts';
import { noteFailure, runStep, type StepRunResult } from './run-step.ts';

/** The next step of an approved plan. */
export async function runPlan(scene: CaseContext, plan: CasePlan): Promise<void> {
  const { book } = scene;
  const step = plan.steps.find((each) => !plan.doneSteps.includes(each));
  if (step === undefined) return finishPlan(scene, plan);
  const carried = await runStep(scene, step, plan.generation, { kind: 'plan', digest: plan.digest });
  if (carried.kind === 'failed') return failPlan(scene, plan, step, carried.code);
  const { [step]: _mended, ...failed } = book.state.failed;
  book.change({ failed });
  const now = book.state.plans.find(({ digest }) => digest === plan.digest) ?? plan;
  // It may have been replaced while the step was at it: then nothing more of it is done.
  const state = isRunning(now) ? 'begun' : now.state;
  book.changePlan(plan.digest, { state, doneSteps: [...now.doneSteps, step], dropped: now.dropped + carried.dropped });
  remember(scene, plan, step, carried);
  if (plan.steps.at(-1) === step && isRunning(now)) await finishPlan(scene, plan);
}

/** What a step of a plan changes for the case itself. */
function remember(
  scene: CaseContext,
  plan: CasePlan,
  step: StepName,
  { at, changed, newcomers }: Extract<StepRunResult, { kind: 'verified' }>,
): void {
  const { book } = scene;
  if (newcomers > 0) countNewItems(scene, newcomers);
  if (plan.group === 'contain' && isContainmentStep(step)) {
    book.change({
      // Who closes what was released takes that back.
      releasedAt: null,
      watched: null,
      ordered: [...new Set([...book.state.ordered, step])],
      done: { ...book.state.done, [step]: at },
      closedByUs: book.state.closedByUs || changed,
    });
  }
  if (step !== 'release-false-alarm') return;
  // Opened by people, or closed again by them: either way the old readings say nothing any more.
  const released = plan.group === 'release';
  book.change({
    done: {},
    failed: {},
    watched: null,
    releasedAt: null,
    lookedAt: at,
    closingSince: at,
    seen: NO_ACTIVITY,
    known: NO_ACTIVITY,
  });
  if (released) noteReleased(scene, at);
  if (released && book.state.decision.order.kind === 'contain') recontain(scene);
  else if (released) book.change({ ordered: [] });
  else book.change({ generation: nextAttempt(scene), closedByUs: true, ordered: requiredContainmentSteps(book.state.account.kind) });
}

/** Whatever closes the account after this is a closing of its own: people ratify it, and are asked what to clean up, anew. */
function noteReleased({ book }: CaseContext, at: number): void {
  book.change({
    releasedAt: at,
    watched: null,
    lookedAt: at,
    ratified: false,
    ratifyAskedAt: null,
    cleanUpDrawn: false,
    cleanUpsSince: at,
  });
}

async function finishPlan(scene: CaseContext, { digest, group }: CasePlan): Promise<void> {
  const { book } = scene;
  const { dropped = 0 } = book.state.plans.find((plan) => plan.digest === digest) ?? {};
  book.changePlan(digest, { state: 'done' });
  switch (group) {
    case 'contain':
      recordBlocked(scene);
      replaceAnswered(scene);
      if (!hasOpenPlan(book.state, 'clean-up')) requestPlan(scene, 'clean-up', 'account-blocked');
      return;
    case 'clean-up':
      book.change({ cleanedAt: Date.now() });
      if (dropped > 0) requestPlan(scene, 'clean-up', 'item-changed');
      if (book.state.newcomers > MAX_NEW_ITEM_ROUNDS)
        await hold(scene, { reasons: [{ kind: 'newcomers-again' }], by: null, endsWith: 'person' });
      return;
    case 'release':
      if (blockedAtOf(book.state) !== null) {
        // It was closed meanwhile: a new password alone has released nobody.
        requestEradication(scene);
        return;
      }
      // Where the account had never been closed, there was only a password to reset.
      if (book.state.releasedAt === null) noteReleased(scene, Date.now());
      return;
    case 'undo':
      return;
  }
}

async function failPlan(scene: CaseContext, plan: CasePlan, step: StepName, code: FailureCode): Promise<void> {
  const { book } = scene;
  // Replaced or declined while the step was at it: what became of the step is nobody's question any more.
  if (!book.state.plans.some((each) => each.digest === plan.digest && isRunning(each))) {
    // But for an account that may have been opened by it.
    if (plan.group === 'release' && step === 'release-false-alarm') recontain(scene);
    return;
  }
  switch (code) {
    case 'LEDGER_SUPERSEDED':
    case 'PLAN_DECLINED':
      // A no came before the first intent; whoever said it is told by what the record says.
      return declinePlan(scene, plan);
    case 'APPROVAL_LOST': {
      const because = 'approval-lost' as const;
      replacePlan(scene, plan, because);
      book.change({ wanted: [...book.state.wanted, { group: plan.group, because, askedBy: plan.askedBy }] });
      return;
    }
    case 'PLAN_STALE':
      // It would do harm by now: what is left is asked anew.
      replacePlan(scene, plan, 'item-changed');
      // Somebody may have got in while an open account waited to be released: the policy asks the logs anew, and acts on what they say.
      if (book.state.decision.order.kind === 'ask-logs' && blockedAtOf(book.state) === null) return book.change({ logs: null });
      return requestRemainingPlan(scene);
    case 'CASE_HELD':
      // Somebody held the case while the step was at it: what is left of it waits for their word.
      if (book.state.hold !== null) return;
      return hold(scene, {
        reasons: [{ kind: 'held-on-the-record' }],
        by: null,
        endsWith: 'person',
      });
    case 'ACCOUNT_OPEN': {
      if (book.state.releasedAt !== null) return replacePlan(scene, plan, 'another-plan-approved');
      // Closing comes first; then the plan goes on where it stood.
      const finding = findingWhenOpen(book.state);
      if (finding.kind === 'open-again') return recontain(scene);
      return hold(scene, { reasons: finding.kind === 'hold' ? finding.reasons : [{ kind: 'still-open' }], by: null, endsWith: 'look' });
    }
    default: {
      noteFailure(scene, step, plan.generation, code);
      await hold(scene, { reasons: [{ kind: 'step-failed', step, code }], by: null, endsWith: 'person' });
    }
  }
}
