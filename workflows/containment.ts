// 2. Containment, and evidence collection beside it.
import { condition } from '@temporalio/workflow';
import { requirementsFor } from '../domain/approval-requirements.ts';
import {
  blockedAtOf,
  type CaseState,
  containmentStepsDue,
  isAnswered,
  isContainmentDue,
  logsDue,
  openPlans,
  planToRun,
} from '../domain/case/state.ts';
import { type HoldReason, hasReason, isSettledByContainment } from '../domain/hold.ts';
import { AUTOMATIC_BLOCK_LIMIT, type ManualDecisionReason, requiredContainmentSteps } from '../domain/policy.ts';
import type { ContainmentStep } from '../domain/step.ts';
import { failureCodeOf } from './activity-failures.ts';
import { type CaseContext, readActivities } from './case-context.ts';
import { recordBlocked } from './containment-times.ts';
import { endHold, hold } from './holds.ts';
import { isApprovable, pageForPlan, pagePerson } from './paging.ts';
import { addPlan, replacePlan, requestEradication, requestPlan, requestRemainingPlan } from './plans.ts';
import { noteFailure, runStep } from './run-step.ts';

/** Tries all ordered steps in parallel, then those that the logs support. */
export async function containAccount(context: CaseContext): Promise<void> {
  const paging: Promise<void>[] = [];
  for (;;) {
    await Promise.all(containmentStepsDue(context.store.state).map((step) => contain(context, step)));
    if (containmentStepsDue(context.store.state).length > 0) continue;
    if (!(await askLogs(context))) break;
    paging.push(pageAtOnce(context));
  }
  recordBlocked(context);
  replaceAnswered(context);
  const { hold: held } = context.store.state;
  if (blockedAtOf(context.store.state) !== null && held?.endsWith === 'recheck' && held.reasons.every(isSettledByContainment))
    endHold(context, 'account-blocked');
  await Promise.all(paging);
}

/** Carries out what a further report orders, without a wait for the work beside it. */
export async function containWhile(context: CaseContext, isRunning: () => boolean): Promise<void> {
  do {
    await containAccount(context);
    await condition(() => !isRunning() || isContainmentDue(context.store.state));
  } while (isContainmentDue(context.store.state));
}

/** Replaces asked plans whose question the state of the account has answered. */
export function replaceAnswered(context: CaseContext): void {
  const { state } = context.store;
  for (const plan of openPlans(state)) if (plan.state === 'asked' && isAnswered(state, plan)) replacePlan(context, plan, 'account-blocked');
}

async function contain(context: CaseContext, step: ContainmentStep): Promise<void> {
  const { store } = context;
  const { attempt, policy } = store.state;
  const blockLimit = { most: AUTOMATIC_BLOCK_LIMIT, windowMs: policy.durations.blockLimitWindowMs };
  const carried = await runStep(context, step, attempt, { kind: 'policy', blockLimit });
  if (carried.kind === 'failed' && carried.code === 'BLOCK_LIMIT_REACHED') return onAutomaticBlockLimit(context, blockLimit);
  if (carried.kind === 'failed') return noteFailure(context, step, attempt, carried.code);
  const { [step]: _mended, ...failed } = store.state.failed;
  store.change({
    done: { ...store.state.done, [step]: carried.at },
    failed,
    blockedByUs: store.state.blockedByUs || carried.changed,
  });
}

/** Sessions are revoked all the same; the block becomes a person's decision. */
function onAutomaticBlockLimit(context: CaseContext, blockLimit: { readonly most: number; readonly windowMs: number }): void {
  const { store } = context;
  store.change({ ordered: store.state.ordered.filter((step) => step !== 'block-sign-in') });
  store.note(`blockLimit/${store.state.attempt}`, { kind: 'block-limit.reached', schemaVersion: 1, ...blockLimit });
  requestPlan(context, 'containment', 'automatic-block-limit');
}

/**
 * Reads the logs until they support the report or the deadline has passed. Approved plans come first.
 *
 * @returns true when new steps were ordered
 */
async function askLogs(context: CaseContext): Promise<boolean> {
  const { store, input, caseId } = context;
  const { decision, policy } = store.state;
  const { order } = decision;
  if (order.kind !== 'ask-logs' || !logsDue(store.state)) return false;
  const { logDeadlineMs } = policy.durations;
  const deadline = Date.now() + logDeadlineMs;
  for (;;) {
    const round = store.state.logRounds + 1;
    store.change({ logRounds: round });
    const { supports, readable } = await store
      .carry((notes) => readActivities(store.state)['logs.read']({ caseId, subject: input.subject, round, notes }))
      .catch((error: unknown) => {
        failureCodeOf(error);
        return { supports: false, readable: false };
      });
    // A further report may have ordered more in the meantime. Then this reading of the logs is obsolete.
    if (store.state.decision !== decision) return true;
    if (supports) return settle(context, 'show-success', order.whenSupported);
    const left = deadline - Date.now();
    if (left <= 0) {
      if (readable) return settle(context, 'inconclusive', []);
      return settle(context, 'unreadable', order.whenUnreadable === 'contain' ? order.whenSupported : []);
    }
    await condition(
      () => store.state.decision !== decision || planToRun(store.state) !== undefined,
      Math.max(1, Math.min(left, logDeadlineMs / LOG_ROUNDS)),
    );
    if (store.state.decision !== decision) return true;
    if (planToRun(store.state) !== undefined) return false;
  }
}

function settle({ store }: CaseContext, logs: NonNullable<CaseState['logs']>, steps: readonly ContainmentStep[]): boolean {
  const added = steps.filter((step) => !store.state.ordered.includes(step));
  store.change({ logs, ordered: [...store.state.ordered, ...added] });
  return added.length > 0;
}

const LOG_ROUNDS = 4;

/** Reads everything, changes nothing, and makes the eradication plan of an account that is blocked at once. Containment never waits for it. */
export async function collectEvidence(context: CaseContext): Promise<void> {
  const { input, caseId, store } = context;
  const { state } = store;
  // An account that is blocked only on evidence from the logs gets its eradication plan after that.
  const plans =
    state.decision.order.kind === 'contain' && requirementsFor(state.account.kind, 'eradication', state.policy.stricter) !== null;
  const eradication = plans ? state.lastAttempt + 1 : null;
  if (eradication !== null) store.change({ lastAttempt: eradication });
  const run = { caseId, subject: input.subject, eradication, withLogs: state.decision.order.kind !== 'ask-logs' };
  const runCollection = async (): Promise<void> => {
    const { plan, nothing } = await store.carry((notes) => readActivities(store.state).collect({ ...run, notes }));
    store.change({ cleanUpDrawn: plans });
    if (plan !== null) addPlan(context, plan);
    else if (plans && !nothing) requestPlan(context, 'eradication', 'account-blocked');
  };
  try {
    await store.make(runCollection());
  } catch (error) {
    failureCodeOf(error);
    // A failed collection is a blind spot. The eradication plan is made later, from fresh reads.
    store.note('evidence/collected', {
      kind: 'evidence.collected',
      schemaVersion: 1,
      methods: {},
      enabled: null,
      blindSpots: [
        { what: 'account', why: 'no-answer' },
        { what: 'sign-in-methods', why: 'no-answer' },
      ],
    });
    if (plans) requestPlan(context, 'eradication', 'account-blocked');
  }
}

/** Pages a person at once about an automatic block, and about an account that the policy leaves to people. */
export async function pageAtOnce(context: CaseContext): Promise<void> {
  const { ordered, called, decision } = context.store.state;
  if (decision.order.kind === 'people' && blockedAtOf(context.store.state) === null) return leaveToPeople(context, decision.order.because);
  if (called || !ordered.includes('block-sign-in')) return;
  context.store.change({ called: true });
  const { said, logs, policy } = context.store.state;
  const approvable = isApprovable(context, 'eradication');
  await pagePerson(context, { kind: 'block-under-way', said, logs, approvable, withinMs: policy.durations.confirmWithinMs }, 1);
}

async function leaveToPeople(context: CaseContext, because: ManualDecisionReason): Promise<void> {
  const reason = { kind: 'left-to-people', because } as const;
  const { hold: held } = context.store.state;
  if (held !== null && hasReason(held, reason)) return;
  await hold(context, { reasons: [reason], by: null, endsWith: 'recheck' });
}

/** What is still open after containment: a person must decide it, or repair what failed. */
export async function askAboutOpenAccount(context: CaseContext): Promise<void> {
  const { store } = context;
  const { state } = store;
  const failures = requiredContainmentSteps(state.account.kind).flatMap((step): HoldReason[] => {
    const code = state.failed[step];
    return code === undefined ? [] : [{ kind: 'step-failed', step, code }];
  });
  if (failures.length > 0) return hold(context, { reasons: failures, by: null, endsWith: 'recheck' });
  // More steps are ordered, or the logs must be read first.
  if (isContainmentDue(state)) return;
  if (blockedAtOf(state) !== null) {
    if (!state.cleanUpDrawn) requestEradication(context);
    return;
  }
  const open = requiredContainmentSteps(state.account.kind).filter((step) => state.done[step] === undefined);
  if (open.length === 0 || state.wanted.some(({ group }) => group === 'containment')) return pageForPlan(context);
  switch (state.decision.order.kind) {
    case 'people':
      return leaveToPeople(context, state.decision.order.because);
    case 'ask-logs':
      if (requirementsFor(state.account.kind, 'containment', state.policy.stricter) === null) {
        return hold(context, { reasons: [{ kind: 'still-open' }], by: null, endsWith: 'recheck' });
      }
      requestRemainingPlan(context);
      return pageForPlan(context);
    case 'contain':
      return hold(context, { reasons: [{ kind: 'still-open' }], by: null, endsWith: 'recheck' });
  }
}
