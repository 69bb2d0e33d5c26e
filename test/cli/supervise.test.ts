// What `unapprove up` does about a part that is not ready: real children, the practice pager, and times of a test.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Part, SUPERVISOR_TIMES, supervise } from '../../cli/supervise.ts';
import { type Pager, startPager } from '../../drill/pager/start.ts';
import { openAlarms } from '../../pager/alarms.ts';
import { openPager } from '../../pager/pager.ts';
import { type Child, startChild } from '../../tools/children.ts';
import { scratchFolder } from '../tools/scratch.ts';

const TIMES = { ...SUPERVISOR_TIMES, pageAfterMs: 1_500, firstPauseMs: 20, longestPauseMs: 200 };
const READY = (part: Part): string => `console.log(JSON.stringify({ ready: '${part}', pid: process.pid })); setInterval(() => {}, 1000);`;

let practice: Pager;
let folder: string;

beforeEach(async () => {
  folder = await scratchFolder();
  practice = await startPager();
  onTestFinished(() => practice.stop());
});

interface Supervised {
  readonly said: readonly object[];
  readonly reported: readonly string[];
  readonly started: readonly Part[];
  /** Of each part: the child that runs now. */
  readonly running: ReadonlyMap<Part, Child>;
  stop(): Promise<void>;
}

/** @param programs what each part does, as JavaScript; `FOLDER` is a folder of the test */
function watchOver(programs: Partial<Record<Part, string>>, times = TIMES): Supervised {
  const said: object[] = [];
  const reported: string[] = [];
  const started: Part[] = [];
  const running = new Map<Part, Child>();
  const ending = new AbortController();
  const pager = openPager({ url: practice.url, routingKeys: ['a'.repeat(32)], timeoutMs: 1_000, onFailure: () => undefined });
  const done = supervise(
    Object.keys(programs) as Part[],
    {
      async start(part, onLine) {
        started.push(part);
        const child = await startChild({
          name: part,
          file: process.execPath,
          args: ['-e', `const FOLDER = ${JSON.stringify(folder)};${programs[part] ?? ''}`],
          env: {},
          logFile: join(folder, `${part}.log`),
          onLine,
        });
        running.set(part, child);
        return child;
      },
      alarms: openAlarms(pager, { onGivenUp: () => undefined }),
      say: (what) => said.push(what),
      report: (line) => reported.push(line),
      signal: ending.signal,
    },
    times,
  );
  const stop = async (): Promise<void> => {
    ending.abort();
    await Promise.all([...running.values()].map((child) => child.stop()));
    await done;
  };
  onTestFinished(stop);
  return { said, reported, started, running, stop };
}

/** Ends with 2 until the folder holds a key. */
const NEEDS_KEY = `if (!require('node:fs').existsSync(FOLDER + '/key')) { console.error('There is no payload key.'); process.exit(2); }`;

describe('a part that ends with 2 because its keys or settings are wrong', () => {
  it('is started again with a growing pause, a person is paged, nothing says ready, and all of it ends once it is mended', async () => {
    const up = watchOver({ worker: NEEDS_KEY + READY('worker'), 'slack-app': READY('slack-app') });
    const page = await practice.until(() => true);
    expect(page).toMatchObject({ dedupKey: 'part-not-ready/worker', severity: 'critical', state: 'ringing' });
    expect(page.summary).toContain('no account is blocked automatically');
    expect(page.summary).toContain('exit code 2');
    expect(up.said).toEqual([expect.objectContaining({ ready: 'slack-app' })]);
    expect(up.reported).toContain('There is no payload key.');
    expect(up.started.filter((part) => part === 'worker').length).toBeGreaterThan(2);
    const pauses = up.reported.filter((line) => line.includes('part-ended')).map((line) => JSON.parse(line).againInMs as number);
    expect(pauses.slice(0, 3)).toEqual([20, 40, 80]);

    await writeFile(join(folder, 'key'), '');
    await expect.poll(() => up.said.at(-1)).toEqual({ ready: 'all' });
    await practice.until(({ state }) => state === 'resolved');
    expect(practice.pages()).toHaveLength(1);
  });
});

describe('a part that runs and is not ready', () => {
  it('pages what it waits for, by name and code, and no address or path', async () => {
    const waitsFor = [
      { need: 'the credential of the acting app', code: 'GRAPH_TOKEN_REFUSED', problem: 'not found at /etc/secret.pem', next: '' },
    ];
    const line = JSON.stringify({ level: 40, event: 'not-ready', part: 'worker', waitsFor });
    watchOver({ worker: `console.error(${JSON.stringify(line)}); setInterval(() => {}, 1000);` });
    const { summary } = await practice.until(() => true);
    expect(summary).toContain('the credential of the acting app (GRAPH_TOKEN_REFUSED)');
    expect(summary).not.toContain('/etc/');
  });

  it('pages also when it says nothing at all', async () => {
    watchOver({ 'slack-app': 'setInterval(() => {}, 1000);' });
    expect((await practice.until(() => true)).summary).toContain('Slack app of unapprove is not ready');
  });
});

describe('a part that was ready and ends', () => {
  it('is restarted, and no one is paged when it is ready in time', async () => {
    const up = watchOver({ worker: READY('worker') }, { ...TIMES, pageAfterMs: 60_000 });
    await expect.poll(() => up.said).toHaveLength(2);
    const first = up.running.get('worker');
    first?.kill('SIGKILL');
    await expect.poll(() => up.said.filter((what) => 'ready' in what && what.ready === 'all')).toHaveLength(2);
    expect(up.running.get('worker')?.pid).not.toBe(first?.pid);
    expect(practice.pages()).toEqual([]);
  });

  it('again and again is a person’s business, though each start says ready', async () => {
    watchOver({ worker: `${READY('worker')} setTimeout(() => process.exit(1), 50);` }, { ...TIMES, pageAfterMs: 60_000 });
    expect((await practice.until(() => true)).summary).toContain('exit code 1');
  });
});

it('nothing is started once everything is being stopped', async () => {
  const up = watchOver({ worker: READY('worker'), 'slack-app': 'process.exit(2);' });
  await expect.poll(() => up.started.filter((part) => part === 'slack-app').length).toBeGreaterThan(2);
  await expect.poll(() => up.said).toHaveLength(1);
  await up.stop();
  // `stop` waits until supervision has ended: a part that is not running now is never started.
  const starts = up.started.filter((part) => part === 'slack-app').length;
  expect(up.reported.filter((line) => line.includes('part-ended')).length).toBeGreaterThanOrEqual(starts - 1);
  expect(up.started.filter((part) => part === 'worker')).toHaveLength(1);
  expect(practice.pages()).toEqual([]);
});
