// Carries out an approved plan, one step after another, and applies the results to the case.
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

/** Runs the next step of an approved plan. */
export async function runPlan(context: CaseContext, plan: CasePlan): Promise<void> {
  const { store } = context;
  const step = plan.steps.find((each) => !plan.doneSteps.includes(each));
  if (step === undefined) return finishPlan(context, plan);
  const carried = await runStep(context, step, plan.attempt, { kind: 'plan', digest: plan.digest });
  if (carried.kind === 'failed') return failPlan(context, plan, step, carried.code);
  const { [step]: _mended, ...failed } = store.state.failed;
  store.change({ failed });
  const now = store.state.plans.find(({ digest }) => digest === plan.digest) ?? plan;
  // It may have been replaced while the step ran: then no further step runs.
  const state = isRunning(now) ? 'begun' : now.state;
  store.changePlan(plan.digest, { state, doneSteps: [...now.doneSteps, step], dropped: now.dropped + carried.dropped });
  remember(context, plan, step, carried);
  if (plan.steps.at(-1) === step && isRunning(now)) await finishPlan(context, plan);
}

/** What a step of a plan changes in the case itself. */
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
      // A containment after a release revokes the release.
      releasedAt: null,
      watched: null,
      ordered: [...new Set([...store.state.ordered, step])],
      done: { ...store.state.done, [step]: at },
      blockedByUs: store.state.blockedByUs || changed,
    });
  }
  if (step !== 'release-false-alarm') return;
  // The account was released, or contained again: the earlier rechecks do not apply any more.
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

/** A later block of the account is a new containment: people confirm it, and are asked about eradication, again. */
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
        // The account was contained meanwhile: a new password alone is no release.
        requestEradication(context);
        return;
      }
      // The account was never blocked: there was only a password to reset.
      if (store.state.releasedAt === null) noteReleased(context, Date.now());
      return;
    case 'undo':
      return;
  }
}

async function failPlan(context: CaseContext, plan: CasePlan, step: StepName, code: FailureCode): Promise<void> {
  const { store } = context;
  // The plan was replaced or declined while the step ran: the result of the step does not matter any more.
  if (!store.state.plans.some((each) => each.digest === plan.digest && isRunning(each))) {
    // Exception: the account may be enabled by it.
    if (plan.group === 'release' && step === 'release-false-alarm') recontain(context);
    return;
  }
  switch (code) {
    case 'LEDGER_SUPERSEDED':
    case 'PLAN_DECLINED':
      // A decline came before the first intent. The ledger entry tells the person who declined.
      return declinePlan(context, plan);
    case 'APPROVAL_LOST': {
      const because = 'approval-lost' as const;
      replacePlan(context, plan, because);
      store.change({ wanted: [...store.state.wanted, { group: plan.group, because, askedBy: plan.askedBy }] });
      return;
    }
    case 'PLAN_STALE':
      // The step would do harm now: the remaining steps are asked again.
      replacePlan(context, plan, 'item-changed');
      // An attacker may have signed in while an open account waited for its release: the policy reads the logs again and acts on them.
      if (store.state.decision.order.kind === 'ask-logs' && blockedAtOf(store.state) === null) return store.change({ logs: null });
      return requestRemainingPlan(context);
    case 'CASE_HELD':
      // A person put the case on hold while the step ran: the rest of it waits for the resume.
      if (store.state.hold !== null) return;
      return hold(context, {
        reasons: [{ kind: 'held-on-the-record' }],
        by: null,
        endsWith: 'person',
      });
    case 'ACCOUNT_OPEN': {
      if (store.state.releasedAt !== null) return replacePlan(context, plan, 'another-plan-approved');
      // Containment comes first; then the plan continues at this step.
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
