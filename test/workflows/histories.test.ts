// Histories of cases that were played whole, as earlier versions wrote them. A case
// may run for days: whatever is changed in the runbook must still go along the
// same way with what has happened so far. They are added to and never edited:
//   npm run drill -- --scenario FILE --histories test/workflows/histories
//   (cd test/workflows/histories && sha256sum *.json > SHA256SUMS)
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const FOLDER = join(import.meta.dirname, 'histories');
const WORKFLOWS = join(import.meta.dirname, '..', '..', 'workflows', 'index.ts');
const LEAST = 10;

interface Kept {
  readonly workflowId: string;
  readonly history: {
    readonly events: readonly { readonly eventType: string; readonly activityTaskScheduledEventAttributes?: Scheduled }[];
  };
}

interface Scheduled {
  readonly activityType: { readonly name: string };
}

const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.json')).sort();
const read = async (file: string): Promise<Kept> => JSON.parse(await readFile(join(FOLDER, file), 'utf8')) as Kept;

let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  workflowBundle = await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: new DefaultLogger('WARN') });
});

describe('the kept histories', () => {
  it('are at least ten, and each is as it was recorded', async () => {
    const sums = (await readFile(join(FOLDER, 'SHA256SUMS'), 'utf8')).trim().split('\n').sort();
    const found = await Promise.all(
      files.map(
        async (file) =>
          `${createHash('sha256')
            .update(await readFile(join(FOLDER, file)))
            .digest('hex')}  ${file}`,
      ),
    );
    expect(found.sort()).toEqual(sums);
    expect(files.length).toBeGreaterThanOrEqual(LEAST);
  });

  it('tell nothing of the machine they were recorded on', async () => {
    for (const file of files) expect(await readFile(join(FOLDER, file), 'utf8'), file).not.toMatch(/"\d+@|node_modules|\/tmp\//);
  });

  it.each(files)('%s replays', async (file) => {
    const { workflowId, history } = await read(file);
    await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
  });

  it('would show a change that a running case cannot follow', async () => {
    const kept = await Promise.all(files.map(read));
    const [first] = kept.filter(({ history }) => history.events.some((event) => event.activityTaskScheduledEventAttributes !== undefined));
    if (first === undefined) throw new Error('expected a history with an activity in it');
    const events = first.history.events.map((event) =>
      event.activityTaskScheduledEventAttributes === undefined
        ? event
        : {
            ...event,
            activityTaskScheduledEventAttributes: {
              ...event.activityTaskScheduledEventAttributes,
              activityType: { name: 'something.else' },
            },
          },
    );
    await expect(Worker.runReplayHistory({ workflowBundle }, { events }, first.workflowId)).rejects.toThrow();
  });
});
