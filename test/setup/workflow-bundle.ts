/**
 * The workflows as the worker runs them, bundled once per run: by the first test file that asks, for all.
 */
import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { inject } from 'vitest';
import { tryLock } from '../../tools/lock.ts';
import { FAILURE_CONVERTER } from '../../worker/codec.ts';

const WORKFLOWS = join(import.meta.dirname, '..', '..', 'workflows', 'index.ts');
const POLL_MS = 50;

/** For `Worker.create`: `workflowBundle: await workflowBundle()`. */
export async function workflowBundle(): Promise<{ readonly codePath: string }> {
  const codePath = inject('workflowBundlePath');
  while (!existsSync(codePath)) {
    const attempt = await tryLock(`${codePath}.lock`, 'bundling the workflows');
    if (attempt.kind === 'busy') {
      await pause(POLL_MS);
      continue;
    }
    try {
      if (existsSync(codePath)) break;
      const { code } = await bundleWorkflowCode({
        workflowsPath: WORKFLOWS,
        failureConverterPath: FAILURE_CONVERTER,
        logger: new DefaultLogger('WARN'),
      });
      await writeFile(`${codePath}.draft`, code);
      await rename(`${codePath}.draft`, codePath);
    } finally {
      await attempt.lock.release();
    }
  }
  return { codePath };
}
