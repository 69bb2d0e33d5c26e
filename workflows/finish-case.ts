// Finishes the record of a case whose workflow has closed: exports its history
// while the engine still has it, writes the last entry, and lays the bundle
// down. A workflow of its own, because no workflow can see its own end.
import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { keptOpen } from './activity-failures.ts';
import { type FinishInput, taskQueuesOf } from './messages.ts';

export async function finishCase(input: FinishInput): Promise<void> {
  const { attemptMs, ...finish } = input;
  const activities = proxyActivities<Activities>({
    // On the lane of its case: a child runs where its parent does.
    taskQueue: taskQueuesOf(workflowInfo().taskQueue).rest,
    startToCloseTimeout: attemptMs,
    retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: '30s' },
  });
  await keptOpen(() => activities['case.finish'](finish));
}
