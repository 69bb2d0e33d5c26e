// Starts the Temporal workers, each kind of work on its own task queue: a containment write never waits behind a log read.
import { fileURLToPath } from 'node:url';
import { type ActivityInterceptorsFactory, type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../activities/index.ts';
import type { PayloadKeys } from '../inbox/keys.ts';
import { type TaskQueues, taskQueuesOf } from '../workflows/messages.ts';
import { caseCodec, dataConverter, payloadCodec, type Refusal } from './codec.ts';
import { containmentPriority } from './containment-priority.ts';
import { failingAsOurs, mapFailures } from './failures.ts';
import { heartbeatInterceptor } from './heartbeat-interceptor.ts';

export const TASK_QUEUES: TaskQueues = taskQueuesOf('cases');

export interface WorkersSettings {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly activities: Activities;
  readonly payloadKeys: PayloadKeys;
  /** A case received a payload that was not written with our keys for it; called again at each retry. */
  readonly onPayloadRefused: (refusal: Refusal) => void;
  /** Sees every failing activity first. */
  readonly failing?: ActivityInterceptorsFactory;
  readonly lanes?: TaskQueues;
  /** A workflow bundle with our failure converter; without it the workflows are bundled at the start. */
  readonly workflowBundle?: { readonly codePath: string } | { readonly code: string };
  /** How long the sticky queue of a dead worker may delay a case. */
  readonly stickyMs?: number;
}

export interface Workers {
  /** Resolves when the Temporal workers have stopped. @throws when one of them fails */
  readonly done: Promise<void>;
  stop(): void;
}

export async function startWorkers(settings: WorkersSettings): Promise<Workers> {
  const queues = settings.lanes ?? TASK_QUEUES;
  const shared = { connection: settings.connection, namespace: settings.namespace, shutdownGraceTime: '15s' } as const;
  const codec = payloadCodec(settings.payloadKeys);
  const activities: Pick<WorkerOptions, 'activities' | 'interceptors' | 'dataConverter'> = {
    activities: { ...settings.activities },
    interceptors: {
      activity: [heartbeatInterceptor, ...(settings.failing === undefined ? [] : [settings.failing]), mapFailures, containmentPriority()],
    },
    dataConverter: dataConverter(failingAsOurs(codec)),
  };
  const workers = await Promise.all([
    Worker.create({
      ...shared,
      taskQueue: queues.cases,
      dataConverter: dataConverter(caseCodec(codec, settings.onPayloadRefused)),
      stickyQueueScheduleToStartTimeout: settings.stickyMs ?? 5_000,
      ...(settings.workflowBundle === undefined
        ? { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) }
        : { workflowBundle: settings.workflowBundle }),
    }),
    Worker.create({ ...shared, ...activities, taskQueue: queues.contain }),
    Worker.create({ ...shared, ...activities, taskQueue: queues.rest }),
  ]);
  const done = Promise.all(workers.map((worker) => worker.run())).then(() => undefined);
  return {
    done,
    stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
  };
}
