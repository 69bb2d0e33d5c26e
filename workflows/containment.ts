// 2. Close the account, and look around meanwhile.
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
import { endHold, hold, isApprovable, pageForPlan, pagePerson } from './holds-and-paging.ts';
import { addPlan, replacePlan, requestEradication, requestPlan, requestRemainingPlan } from './plans.ts';
import { noteFailure, runStep } from './run-step.ts';

/** Every ordered step is tried, side by side; what the logs support is tried after them. */
export async function containAccount(scene: CaseContext): Promise<void> {
  const calls: Promise<void>[] = [];
  for (;;) {
    await Promise.all(containmentStepsDue(scene.book.state).map((step) => close(scene, step)));
    if (containmentStepsDue(scene.book.state).length > 0) continue;
    if (!(await askLogs(scene))) break;
    calls.push(pageAtOnce(scene));
  }
  recordBlocked(scene);
  replaceAnswered(scene);
  const { hold: held } = scene.book.state;
  if (blockedAtOf(scene.book.state) !== null && held?.endsWith === 'look' && held.reasons.every(isSettledByContainment))
    endHold(scene, 'account-blocked');
  await Promise.all(calls);
}

/** What a further report orders meanwhile does not wait for whatever goes on beside it. */
export async function containWhile(scene: CaseContext, goesOn: () => boolean): Promise<void> {
  do {
    await containAccount(scene);
    await condition(() => !goesOn() || isContainmentDue(scene.book.state));
  } while (isContainmentDue(scene.book.state));
}

/** What people were asked has been answered by what is there. */
export function replaceAnswered(scene: CaseContext): void {
  const { state } = scene.book;
  for (const plan of openPlans(state)) if (plan.state === 'asked' && isAnswered(state, plan)) replacePlan(scene, plan, 'account-blocked');
}

async function close(scene: CaseContext, step: ContainmentStep): Promise<void> {
  const { book } = scene;
  const { generation, policy } = book.state;
  const brake = { most: AUTOMATIC_BLOCK_LIMIT, windowMs: policy.durations.brakeWindowMs };
  const carried = await runStep(scene, step, generation, { kind: 'policy', brake });
  if (carried.kind === 'failed' && carried.code === 'BRAKE_ON') return onAutomaticBlockLimit(scene, brake);
  if (carried.kind === 'failed') return noteFailure(scene, step, generation, carried.code);
  const { [step]: _mended, ...failed } = book.state.failed;
  book.change({
    done: { ...book.state.done, [step]: carried.at },
    failed,
    closedByUs: book.state.closedByUs || carried.changed,
  });
}

/** Sessions are ended all the same; the block is a person's decision now. */
function onAutomaticBlockLimit(scene: CaseContext, brake: { readonly most: number; readonly windowMs: number }): void {
  const { book } = scene;
  book.change({ ordered: book.state.ordered.filter((step) => step !== 'block-sign-in') });
  book.note(`brake/${book.state.generation}`, { kind: 'brake.applied', schemaVersion: 1, ...brake });
  requestPlan(scene, 'contain', 'automatic-block-limit');
}

/**
 * Reads the logs until they support the report or the deadline has passed. What people approve meanwhile comes first.
 *
 * @returns true when something was ordered that had not been
 */
async function askLogs(scene: CaseContext): Promise<boolean> {
  const { book, input, caseId } = scene;
  const { decision, policy } = book.state;
  const { order } = decision;
  if (order.kind !== 'ask-logs' || !logsDue(book.state)) return false;
  const { logDeadlineMs } = policy.durations;
  const deadline = Date.now() + logDeadlineMs;
  for (;;) {
    const round = book.state.logRounds + 1;
    book.change({ logRounds: round });
    const { supports, readable } = await book
      .carry((notes) => readActivities(book.state)['logs.read']({ caseId, subject: input.subject, round, notes }))
      .catch((error: unknown) => {
        failureCodeOf(error);
        return { supports: false, readable: false };
      });
    // A further report may have ordered more in the meantime; then it is these logs that need not be asked any longer.
    if (book.state.decision !== decision) return true;
    if (supports) return settle(scene, 'show-success', order.whenSupported);
    const left = deadline - Date.now();
    if (left <= 0) {
      if (readable) return settle(scene, 'inconclusive', []);
      return settle(scene, 'unreadable', order.whenUnreadable === 'contain' ? order.whenSupported : []);
    }
    await condition(
      () => book.state.decision !== decision || planToRun(book.state) !== undefined,
      Math.max(1, Math.min(left, logDeadlineMs / LOG_ROUNDS)),
    );
    if (book.state.decision !== decision) return true;
    if (planToRun(book.state) !== undefined) return false;
  }
}

function settle({ book }: CaseContext, logs: NonNullable<CaseState['logs']>, steps: readonly ContainmentStep[]): boolean {
  const news = steps.filter((step) => !book.state.ordered.includes(step));
  book.change({ logs, ordered: [...book.state.ordered, ...news] });
  return news.length > 0;
}

const LOG_ROUNDS = 4;

/** Looks at everything, changes nothing, and draws the clean-up where the account is closed at once. Containment never waits for it. */
export async function collectEvidence(scene: CaseContext): Promise<void> {
  const { input, caseId, book } = scene;
  const { state } = book;
  // An account that is closed only if the logs say so is planned for when they have.
  const plans = state.decision.order.kind === 'contain' && requirementsFor(state.account.kind, 'clean-up', state.policy.stricter) !== null;
  const cleanUp = plans ? state.lastGeneration + 1 : null;
  if (cleanUp !== null) book.change({ lastGeneration: cleanUp });
  const run = { caseId, subject: input.subject, cleanUp, withLogs: state.decision.order.kind !== 'ask-logs' };
  const takeSurvey = async (): Promise<void> => {
    const { plan, nothing } = await book.carry((notes) => readActivities(book.state).collect({ ...run, notes }));
    book.change({ cleanUpDrawn: plans });
    if (plan !== null) addPlan(scene, plan);
    else if (plans && !nothing) requestPlan(scene, 'clean-up', 'account-blocked');
  };
  try {
    await book.draw(takeSurvey());
  } catch (error) {
    failureCodeOf(error);
    // A survey that fails is a blind spot; the clean-up is drawn later, from fresh readings.
    book.note('survey/stored', {
      kind: 'survey.stored',
      schemaVersion: 1,
      methods: {},
      enabled: null,
      blindSpots: [
        { what: 'account', why: 'no-answer' },
        { what: 'sign-in-methods', why: 'no-answer' },
      ],
    });
    if (plans) requestPlan(scene, 'clean-up', 'account-blocked');
  }
}

/** What a machine blocks, a person hears of at once; and so they do of an account that is theirs to decide about. */
export async function pageAtOnce(scene: CaseContext): Promise<void> {
  const { ordered, called, decision } = scene.book.state;
  if (decision.order.kind === 'people' && blockedAtOf(scene.book.state) === null) return leaveToPeople(scene, decision.order.because);
  if (called || !ordered.includes('block-sign-in')) return;
  scene.book.change({ called: true });
  const { said, logs, policy } = scene.book.state;
  const approvable = isApprovable(scene, 'clean-up');
  await pagePerson(scene, { kind: 'block-under-way', said, logs, approvable, withinMs: policy.durations.ratifyMs }, 1);
}

async function leaveToPeople(scene: CaseContext, because: ManualDecisionReason): Promise<void> {
  const reason = { kind: 'left-to-people', because } as const;
  const { hold: held } = scene.book.state;
  if (held !== null && hasReason(held, reason)) return;
  await hold(scene, { reasons: [reason], by: null, endsWith: 'look' });
}

/** What is still open after the closing: somebody must decide it, or put right what failed. */
export async function askAboutOpenAccount(scene: CaseContext): Promise<void> {
  const { book } = scene;
  const { state } = book;
  const failures = requiredContainmentSteps(state.account.kind).flatMap((step): HoldReason[] => {
    const code = state.failed[step];
    return code === undefined ? [] : [{ kind: 'step-failed', step, code }];
  });
  if (failures.length > 0) return hold(scene, { reasons: failures, by: null, endsWith: 'look' });
  // More was ordered, or the logs are to be asked, before anything can be said.
  if (isContainmentDue(state)) return;
  if (blockedAtOf(state) !== null) {
    if (!state.cleanUpDrawn) requestEradication(scene);
    return;
  }
  const open = requiredContainmentSteps(state.account.kind).filter((step) => state.done[step] === undefined);
  if (open.length === 0 || state.wanted.some(({ group }) => group === 'contain')) return pageForPlan(scene);
  switch (state.decision.order.kind) {
    case 'people':
      return leaveToPeople(scene, state.decision.order.because);
    case 'ask-logs':
      if (requirementsFor(state.account.kind, 'contain', state.policy.stricter) === null) {
        return hold(scene, { reasons: [{ kind: 'still-open' }], by: null, endsWith: 'look' });
      }
      requestRemainingPlan(scene);
      return pageForPlan(scene);
    case 'contain':
      return hold(scene, { reasons: [{ kind: 'still-open' }], by: null, endsWith: 'look' });
  }
}
