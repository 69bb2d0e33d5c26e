// The worker as a process: it is ready when it has used everything it needs, says what it waits for until then, and
// stops in order at any time.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { initKeys } from '../../inbox/keys.ts';
import { grantLogin } from '../../ledger/database-roles.ts';
import { freePort } from '../../tools/free-port.ts';
import { APP_PASSWORD } from '../ledger/ledger-harness.ts';
import { freshDatabase } from '../setup/database.ts';
import { practiceCertificate } from '../setup/practice-ca.ts';
import { openWorkerFixture, settingsOf, type WorkerFixture } from './worker-fixture.ts';

let folder: string;
let company: WorkerFixture;
let good: Record<string, string>;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
  company = await openWorkerFixture(folder);
  const keys = join(folder, 'keys');
  await initKeys(keys);
  const { UNAPPROVE_POLICY_FILE: _none, ...settings } = settingsOf(company);
  good = {
    PATH: process.env['PATH'] ?? '',
    NODE_EXTRA_CA_CERTS: (await practiceCertificate()).trustedFile,
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
    UNAPPROVE_HOME: folder,
    UNAPPROVE_KEYS: keys,
    DATABASE_URL: await grantLogin(await freshDatabase(), APP_PASSWORD),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: inject('temporalNamespace'),
    UNAPPROVE_PAGER_URL: 'http://127.0.0.1:9',
    SLACK_TEAM_ID: 'T0TEST',
    SLACK_RESPONDER_CHANNEL: 'C0RESPOND',
  };
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  company.tenant.faults.clear();
});
afterAll(async () => {
  await company.tenant.stop();
  await rm(folder, { recursive: true });
});

interface Ran {
  readonly child: ChildProcess;
  readonly out: () => string;
  /** The codes of what it waits for, as it said last. */
  readonly waitsFor: () => readonly { readonly need: string; readonly code: string; readonly problem: string; readonly next: string }[];
  readonly err: () => string;
  readonly ended: Promise<number | null>;
}

function run(different: Record<string, string> = {}): Ran {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('../../worker/main.ts', import.meta.url))], {
    env: { ...good, ...different },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const heard = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.err += text));
  return {
    child,
    out: () => heard.out,
    err: () => heard.err,
    waitsFor() {
      const said = heard.err.split('\n').filter((line) => line.includes('"event":"not-ready"') && line.endsWith('}'));
      return said.length === 0 ? [] : JSON.parse(said.at(-1) ?? '').waitsFor;
    },
    ended: once(child, 'close').then(() => child.exitCode),
  };
}

function withPassword(address: string | undefined, password: string): string {
  const url = new URL(address ?? '');
  url.password = password;
  return url.href;
}

const START = { timeout: 45_000 };

describe('a worker', () => {
  it('whose acting app has a wrong certificate is not ready, says why and what to do, and is ready once the file is mended', async () => {
    const certificate = join(folder, 'actor-at-work.pem');
    await copyFile(company.apps.reader.certificatePath, certificate);
    const worker = run({ UNAPPROVE_ACTOR_CERTIFICATE: certificate });
    await expect.poll(worker.waitsFor, START).toEqual([
      expect.objectContaining({
        need: 'the credential of the acting app',
        code: 'GRAPH_TOKEN_REFUSED',
        problem: expect.stringContaining('AADSTS700027'),
        next: expect.stringContaining('UNAPPROVE_ACTOR_CERTIFICATE'),
      }),
    ]);
    expect(worker.out()).toBe('');
    await copyFile(company.apps.actor.certificatePath, certificate);
    await expect.poll(worker.out, START).toContain('{"ready":"worker"');
    expect(worker.waitsFor()).toEqual([]);
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
  });

  it.each<[string, () => Promise<Record<string, string>> | Record<string, string>, string, RegExp]>([
    [
      'certificate file of the reading app is missing',
      () => ({ UNAPPROVE_READER_CERTIFICATE: join(folder, 'nowhere.pem') }),
      'GRAPH_TOKEN_REFUSED',
      /ENOENT/,
    ],
    [
      'password for the database is wrong',
      () => ({ DATABASE_URL: withPassword(good['DATABASE_URL'], 'another') }),
      'LEDGER_UNAVAILABLE',
      /password/,
    ],
    ['Temporal namespace does not exist', () => ({ TEMPORAL_NAMESPACE: 'nowhere' }), 'TEMPORAL_NAMESPACE_MISSING', /the namespace nowhere/],
    ['Temporal server is away', async () => ({ TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` }), 'TEMPORAL_UNAVAILABLE', /to answer/],
  ])('whose %s is not ready and says so, and stops within seconds when it is told to', async (_, different, code, problem) => {
    const worker = run(await different());
    await expect.poll(() => worker.waitsFor().map((unmet) => unmet.code), START).toContain(code);
    expect(worker.waitsFor().find((unmet) => unmet.code === code)?.problem).toMatch(problem);
    const before = Date.now();
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
    expect(Date.now() - before).toBeLessThan(5_000);
    expect(worker.out()).toBe('');
    expect(worker.err()).not.toContain('    at ');
  });

  it('whose database refuses it names the refusal in one sentence for every need, without an excerpt of source code', async () => {
    const worker = run({ DATABASE_URL: withPassword(good['DATABASE_URL'], 'another') });
    await expect
      .poll(() => worker.waitsFor().map(({ need }) => need), START)
      .toEqual(expect.arrayContaining(['the database', 'the baseline of the directory']));
    for (const { code, problem } of worker.waitsFor()) {
      expect(code).toBe('LEDGER_UNAVAILABLE');
      expect(problem).toMatch(/^expected .* to answer, got: .*(password|credentials)/);
    }
    expect(worker.err()).not.toMatch(/P1000|invocation in|\.ts:/);
  });

  it('whose directory gives no baseline is not ready and names the refusal', async () => {
    // The first baseline of this database has not been made: another directory begins without one.
    const other = await grantLogin(await freshDatabase(), APP_PASSWORD);
    company.tenant.faults.add({
      operation: 'groups.transitiveMembers',
      occurrence: { from: 1 },
      kind: 'status',
      status: 403,
      code: 'Authorization_RequestDenied',
    });
    const worker = run({ DATABASE_URL: other });
    await expect
      .poll(worker.waitsFor, START)
      .toEqual([expect.objectContaining({ need: 'the baseline of the directory', code: 'GRAPH_FORBIDDEN' })]);
    company.tenant.faults.clear();
    await expect.poll(worker.out, START).toContain('{"ready":"worker"');
  });

  it('whose policy file is wrong ends with 2 and a sentence', async () => {
    const file = join(folder, 'policy.json');
    await writeFile(file, '{"durations": {"coffeeMs": 1}}');
    const worker = run({ UNAPPROVE_POLICY_FILE: file });
    expect(await worker.ended).toBe(2);
    expect(worker.err()).toContain('UNAPPROVE_POLICY_FILE');
  });
});
