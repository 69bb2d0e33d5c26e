// What every part of the runbook works with: the case, its store, and the
// activities by task queue and timeout.
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

/** Activities that write, on a task queue without slow reads. */
export const containActivities = ({ policy }: CaseState): Activities =>
  proxyActivities<Activities>({
    taskQueue: taskQueues().contain,
    startToCloseTimeout: policy.durations.containAttemptMs,
    scheduleToCloseTimeout: policy.durations.giveUpMs,
    retry: retryOf(policy.durations),
  });

/** Activities that change many items one after another. */
export const bulkActivities = ({ policy }: CaseState): Activities =>
  proxyActivities<Activities>({
    taskQueue: taskQueues().contain,
    startToCloseTimeout: policy.durations.giveUpMs,
    heartbeatTimeout: policy.durations.containAttemptMs,
    scheduleToCloseTimeout: policy.durations.giveUpMs,
    retry: retryOf(policy.durations),
  });

/** Fresh reads for a step whose effect does not show yet. */
export const readBackActivities = ({ policy }: CaseState): Activities =>
  proxyActivities<Activities>({
    taskQueue: taskQueues().contain,
    startToCloseTimeout: policy.durations.containAttemptMs,
    scheduleToCloseTimeout: policy.durations.readBackMs,
    retry: retryOf(policy.durations),
  });

/** Activities that read, or write to the ledger. */
export const readActivities = ({ policy }: CaseState): Activities =>
  proxyActivities<Activities>({
    taskQueue: taskQueues().rest,
    startToCloseTimeout: policy.durations.readAttemptMs,
    heartbeatTimeout: policy.durations.containAttemptMs,
    scheduleToCloseTimeout: policy.durations.giveUpMs,
    retry: retryOf(policy.durations),
  });

/** Pages a person. The case itself retries a page that the pager refuses, so that it can work meanwhile. */
export const pagingActivities = ({ policy }: CaseState): Activities =>
  proxyActivities<Activities>({
    taskQueue: taskQueues().rest,
    startToCloseTimeout: policy.durations.readAttemptMs,
    heartbeatTimeout: policy.durations.containAttemptMs,
    scheduleToCloseTimeout: policy.durations.giveUpMs,
    retry: { ...retryOf(policy.durations), nonRetryableErrorTypes: ['PAGER_UNAVAILABLE' satisfies FailureCode] },
  });

/** Activities without a time limit: the ledger and the verification of actions. The case cannot continue without them. */
export const untimedActivities = (durations: Durations = DEFAULT_DURATIONS): Activities =>
  proxyActivities<Activities>({
    taskQueue: taskQueues().rest,
    startToCloseTimeout: durations.readAttemptMs,
    heartbeatTimeout: durations.containAttemptMs,
    retry: retryOf(durations),
  });

const taskQueues = () => taskQueuesOf(workflowInfo().taskQueue);

const retryOf = ({ retryFirstMs, retryCapMs }: Durations) => ({
  initialInterval: retryFirstMs,
  backoffCoefficient: 2,
  maximumInterval: retryCapMs,
});

/** Writes the pending events when no other activity is about to carry them. */
export async function flushPending({ store, caseId }: CaseContext): Promise<void> {
  if (!store.unwritten) return;
  await store.carry((notes) => untimedActivities(store.state.policy.durations)['decision.record']({ caseId, notes, decline: null }));
}
