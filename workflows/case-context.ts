// What every move of the runbook works with: the case, its store, and the
// activities by the lane and the patience they need.
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { CaseState } from '../domain/case/state.ts';
import type { FailureCode } from '../domain/errors.ts';
import type { CaseId } from '../domain/ids.ts';
import { DEFAULT_DURATIONS, type Durations } from '../domain/policy.ts';
import type { CaseStore } from './case-store.ts';
import { type CaseInput, taskQueuesOf } from './messages.ts';

export interface CaseContext {
  readonly input: CaseInput;
  readonly caseId: CaseId;
  readonly store: CaseStore;
}

/** Activities that write, on the queue where no read stands before them. */
export const containActivities = ({ policy }: CaseState): Activities =>
  proxyActivities<Activities>({
    taskQueue: lanes().contain,
    startToCloseTimeout: policy.durations.containAttemptMs,
    scheduleToCloseTimeout: policy.durations.giveUpMs,
    retry: retryOf(policy.durations),
  });

/** Activities that change many things one after another. */
export const bulkActivities = ({ policy }: CaseState): Activities =>
  proxyActivities<Activities>({
    taskQueue: lanes().contain,
    startToCloseTimeout: policy.durations.giveUpMs,
    heartbeatTimeout: policy.durations.containAttemptMs,
    scheduleToCloseTimeout: policy.durations.giveUpMs,
    retry: retryOf(policy.durations),
  });

/** Fresh reads for a step whose effect does not show yet. */
export const readBackActivities = ({ policy }: CaseState): Activities =>
  proxyActivities<Activities>({
    taskQueue: lanes().contain,
    startToCloseTimeout: policy.durations.containAttemptMs,
    scheduleToCloseTimeout: policy.durations.readBackMs,
    retry: retryOf(policy.durations),
  });

/** Activities that read or write down. */
export const readActivities = ({ policy }: CaseState): Activities =>
  proxyActivities<Activities>({
    taskQueue: lanes().rest,
    startToCloseTimeout: policy.durations.readAttemptMs,
    heartbeatTimeout: policy.durations.containAttemptMs,
    scheduleToCloseTimeout: policy.durations.giveUpMs,
    retry: retryOf(policy.durations),
  });

/** Calls people. A page that the pager does not take is the case's own to try again: it has other things to do meanwhile. */
export const pagingActivities = ({ policy }: CaseState): Activities =>
  proxyActivities<Activities>({
    taskQueue: lanes().rest,
    startToCloseTimeout: policy.durations.readAttemptMs,
    heartbeatTimeout: policy.durations.containAttemptMs,
    scheduleToCloseTimeout: policy.durations.giveUpMs,
    retry: { ...retryOf(policy.durations), nonRetryableErrorTypes: ['PAGER_UNAVAILABLE' satisfies FailureCode] },
  });

/** The record and the finding of who is who are not given up: without them nothing may go on. */
export const untimedActivities = (durations: Durations = DEFAULT_DURATIONS): Activities =>
  proxyActivities<Activities>({
    taskQueue: lanes().rest,
    startToCloseTimeout: durations.readAttemptMs,
    heartbeatTimeout: durations.containAttemptMs,
    retry: retryOf(durations),
  });

const lanes = () => taskQueuesOf(workflowInfo().taskQueue);

const retryOf = ({ retryFirstMs, retryCapMs }: Durations) => ({
  initialInterval: retryFirstMs,
  backoffCoefficient: 2,
  maximumInterval: retryCapMs,
});

/** Writes down what waits, when nothing else is about to. */
export async function flushPending({ store, caseId }: CaseContext): Promise<void> {
  if (!store.unwritten) return;
  await store.carry((notes) => untimedActivities(store.state.policy.durations)['decision.record']({ caseId, notes, decline: null }));
}
