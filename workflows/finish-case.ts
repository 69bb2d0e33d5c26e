// Completes the ledger of a closed case: exports the history while Temporal still has it, writes the last entry and
// the bundle. It is a workflow of its own, because no workflow can export its own end.
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { keptOpen } from './activity-failures.ts';
import { type FinishInput, taskQueuesOf } from './messages.ts';

export async function finishCase(input: FinishInput): Promise<void> {
  const { attemptMs, ...finish } = input;
  const activities = proxyActivities<Activities>({
    // On the task queue of its case: a child workflow runs where its parent runs.
    taskQueue: taskQueuesOf(workflowInfo().taskQueue).rest,
    startToCloseTimeout: attemptMs,
    retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: '30s' },
  });
  await keptOpen(() => activities['case.finish'](finish));
}
