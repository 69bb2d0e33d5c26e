// The worker process. It prints one line on standard output when it is ready; all else is JSON lines on standard error.

import { setTimeout as pause } from 'node:timers/promises';
import { loadSettings, SettingsError } from '../config/load.ts';
import { loadPolicy } from '../config/policy-file.ts';
import { KeyProblem } from '../inbox/keys.ts';
import { type RunningWorker, startWorker, WORKER_SETTINGS } from './compose.ts';

/** Running activities get time to end; a worker that is not ready has none. */
const STOP_WITHIN_MS = { ready: 18_000, notReady: 3_000 } as const;

let worker: RunningWorker | undefined;
let isReady = false;
let stopping = false;
const stop = async (): Promise<never> => {
  await Promise.race([worker?.stop(), pause(isReady ? STOP_WITHIN_MS.ready : STOP_WITHIN_MS.notReady)]);
  process.exit(0);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    void stop();
  });
}

try {
  const settings = loadSettings(WORKER_SETTINGS, process.env);
  worker = await startWorker(settings, await loadPolicy(settings.UNAPPROVE_POLICY_FILE));
  await Promise.race([worker.ready, worker.done]);
  if (!stopping) {
    isReady = true;
    process.stdout.write(`${JSON.stringify({ ready: 'worker', pid: process.pid })}\n`);
  }
  await worker.done;
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof KeyProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
