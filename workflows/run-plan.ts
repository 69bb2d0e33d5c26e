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
import { hold } from './holds.ts';
import { recontain } from './monitoring.ts';
import { countNewItems, declinePlan, nextAttempt, replacePlan, requestEradication, requestPlan, requestRemainingPlan } from './plans.ts';
import { noteFailure, runStep, type StepRunResult } from './run-step.ts';

/** The next step of an approved plan. */
export async function runPlan(context: CaseContext, plan: CasePlan): Promise<void> {
  const { store } = context;
  const step = plan.steps.find((each) => !plan.doneSteps.includes(each));
  if (step === undefined) return finishPlan(context, plan);
  const carried = await runStep(context, step, plan.attempt, { kind: 'plan', digest: plan.digest });
  if (carried.kind === 'failed') return failPlan(context, plan, step, carried.code);
  const { [step]: _mended, ...failed } = store.state.failed;
  store.change({ failed });
  const now = store.state.plans.find(({ digest }) => digest === plan.digest) ?? plan;
  // It may have been replaced while the step was at it: then nothing more of it is done.
  const state = isRunning(now) ? 'begun' : now.state;
  store.changePlan(plan.digest, { state, doneSteps: [...now.doneSteps, step], dropped: now.dropped + carried.dropped });
  remember(context, plan, step, carried);
  if (plan.steps.at(-1) === step && isRunning(now)) await finishPlan(context, plan);
}

/** What a step of a plan changes for the case itself. */
function remember(
  context: CaseContext,
  plan: CasePlan,
  step: StepName,
  { at, changed, newItems }: Extract<StepRunResult, { kind: 'verified' }>,
): void {
  const { store } = context;
  if (newItems > 0) countNewItems(context, newItems);
  if (plan.group === 'containment' && isContainmentStep(step)) {
    store.change({
      // Who closes what was released takes that back.
      releasedAt: null,
      watched: null,
      ordered: [...new Set([...store.state.ordered, step])],
      done: { ...store.state.done, [step]: at },
      blockedByUs: store.state.blockedByUs || changed,
    });
  }
  if (step !== 'release-false-alarm') return;
  // Opened by people, or closed again by them: either way the old readings say nothing any more.
  const released = plan.group === 'release';
  store.change({
    done: {},
    failed: {},
    watched: null,
    releasedAt: null,
    lookedAt: at,
    containmentSince: at,
    seen: NO_ACTIVITY,
    known: NO_ACTIVITY,
  });
  if (released) noteReleased(context, at);
  if (released && store.state.decision.order.kind === 'contain') recontain(context);
  else if (released) store.change({ ordered: [] });
  else store.change({ attempt: nextAttempt(context), blockedByUs: true, ordered: requiredContainmentSteps(store.state.account.kind) });
}

/** Whatever closes the account after this is a closing of its own: people confirm it, and are asked what to clean up, anew. */
function noteReleased({ store }: CaseContext, at: number): void {
  store.change({
    releasedAt: at,
    watched: null,
    lookedAt: at,
    confirmed: false,
    confirmationAskedAt: null,
    cleanUpDrawn: false,
    cleanUpsSince: at,
  });
}

async function finishPlan(context: CaseContext, { digest, group }: CasePlan): Promise<void> {
  const { store } = context;
  const { dropped = 0 } = store.state.plans.find((plan) => plan.digest === digest) ?? {};
  store.changePlan(digest, { state: 'done' });
  switch (group) {
    case 'containment':
      recordBlocked(context);
      replaceAnswered(context);
      if (!hasOpenPlan(store.state, 'eradication')) requestPlan(context, 'eradication', 'account-blocked');
      return;
    case 'eradication':
      store.change({ cleanedAt: Date.now() });
      if (dropped > 0) requestPlan(context, 'eradication', 'item-changed');
      if (store.state.newItems > MAX_NEW_ITEM_ROUNDS)
        await hold(context, { reasons: [{ kind: 'new-items-again' }], by: null, endsWith: 'person' });
      return;
    case 'release':
      if (blockedAtOf(store.state) !== null) {
        // It was closed meanwhile: a new password alone has released nobody.
        requestEradication(context);
        return;
      }
      // Where the account had never been closed, there was only a password to reset.
      if (store.state.releasedAt === null) noteReleased(context, Date.now());
      return;
    case 'undo':
      return;
  }
}

async function failPlan(context: CaseContext, plan: CasePlan, step: StepName, code: FailureCode): Promise<void> {
  const { store } = context;
  // Replaced or declined while the step was at it: what became of the step is nobody's question any more.
  if (!store.state.plans.some((each) => each.digest === plan.digest && isRunning(each))) {
    // But for an account that may have been opened by it.
    if (plan.group === 'release' && step === 'release-false-alarm') recontain(context);
    return;
  }
  switch (code) {
    case 'LEDGER_SUPERSEDED':
    case 'PLAN_DECLINED':
      // A no came before the first intent; whoever said it is told by what the record says.
      return declinePlan(context, plan);
    case 'APPROVAL_LOST': {
      const because = 'approval-lost' as const;
      replacePlan(context, plan, because);
      store.change({ wanted: [...store.state.wanted, { group: plan.group, because, askedBy: plan.askedBy }] });
      return;
    }
    case 'PLAN_STALE':
      // It would do harm by now: what is left is asked anew.
      replacePlan(context, plan, 'item-changed');
      // Somebody may have got in while an open account waited to be released: the policy asks the logs anew, and acts on what they say.
      if (store.state.decision.order.kind === 'ask-logs' && blockedAtOf(store.state) === null) return store.change({ logs: null });
      return requestRemainingPlan(context);
    case 'CASE_HELD':
      // Somebody held the case while the step was at it: what is left of it waits for their word.
      if (store.state.hold !== null) return;
      return hold(context, {
        reasons: [{ kind: 'held-on-the-record' }],
        by: null,
        endsWith: 'person',
      });
    case 'ACCOUNT_OPEN': {
      if (store.state.releasedAt !== null) return replacePlan(context, plan, 'another-plan-approved');
      // Closing comes first; then the plan goes on where it stood.
      const finding = findingWhenOpen(store.state);
      if (finding.kind === 'open-again') return recontain(context);
      return hold(context, {
        reasons: finding.kind === 'hold' ? finding.reasons : [{ kind: 'still-open' }],
        by: null,
        endsWith: 'recheck',
      });
    }
    default: {
      noteFailure(context, step, plan.attempt, code);
      await hold(context, { reasons: [{ kind: 'step-failed', step, code }], by: null, endsWith: 'person' });
    }
  }
}
