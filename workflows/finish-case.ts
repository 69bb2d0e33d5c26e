// Finishes the record of a case whose workflow has closed: exports its history
// while the engine still has it, writes the last entry, and lays the bundle
// down. A workflow of its own, because no workflow can see its own end.
import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { FinishInput } from './messages.ts';

export async function finishCase(input: FinishInput): Promise<void> {
  const { queue, attemptMs, ...finish } = input;
  const activities = proxyActivities<Activities>({
    taskQueue: queue,
    startToCloseTimeout: attemptMs,
    retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: '30s' },
  });
  await activities['case.finish'](finish);
}
