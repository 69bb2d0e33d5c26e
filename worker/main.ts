// The worker process. Says on its standard output when it is ready; everything
// else it has to say goes to standard error, as JSON lines.

import { loadSettings, SettingsError } from '../config/load.ts';
import { loadPolicy } from '../config/policy-file.ts';
import { KeyProblem } from '../inbox/keys.ts';
import { startWorker, WORKER_SETTINGS } from './start.ts';

try {
  const settings = loadSettings(WORKER_SETTINGS, process.env);
  const worker = await startWorker(settings, await loadPolicy(settings.UNAPPROVE_POLICY_FILE));
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void worker.stop().then(() => process.exit(0));
    });
  }
  process.stdout.write(`${JSON.stringify({ ready: 'worker', pid: process.pid })}\n`);
  await worker.done;
} catch (error) {
  if (!(error instanceof SettingsError || error instanceof KeyProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
