// `unapprove up` as a process, with the product's real parts.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { startPager } from '../../drill/pager/start.ts';
import { initKeys } from '../../inbox/keys.ts';
import { freePort } from '../../tools/free-port.ts';
import { processExists } from '../../tools/process-identity.ts';

const ANY_ID = '3f2a9c10-5b7e-4d21-8a64-0c9e1f7b2d35';

let folder: string;
let env: Record<string, string>;
let pager: Awaited<ReturnType<typeof startPager>>;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
  pager = await startPager();
  const away = `127.0.0.1:${await freePort()}`;
  env = {
    PATH: process.env['PATH'] ?? '',
    UNAPPROVE_HOME: folder,
    DATABASE_URL: `postgresql://unapprove_worker:pw@${away}/unapprove`,
    SLACK_DATABASE_URL: `postgresql://unapprove_slack:pw@${away}/unapprove`,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    UNAPPROVE_TENANT_ID: ANY_ID,
    GRAPH_BASE_URL: `https://${away}/`,
    AZURE_AUTHORITY_HOST: `https://${away}/`,
    UNAPPROVE_READER_CLIENT_ID: ANY_ID,
    UNAPPROVE_READER_CERTIFICATE: join(folder, 'reader.pem'),
    UNAPPROVE_ACTOR_CLIENT_ID: ANY_ID,
    UNAPPROVE_ACTOR_CERTIFICATE: join(folder, 'actor.pem'),
    UNAPPROVE_APPROVER_GROUP_ID: ANY_ID,
    UNAPPROVE_PAGER_URL: pager.url,
    UNAPPROVE_PAGER_ROUTING_KEY: 'a'.repeat(32),
    UNAPPROVE_CALL_BACK_NUMBER: '+44 20 7946 0000',
    SLACK_API_URL: `http://${away}/api/`,
    SLACK_BOT_TOKEN: 'xoxb-test',
    SLACK_APP_TOKEN: 'xapp-test',
    SLACK_TEAM_ID: 'T0TEST',
    SLACK_RESPONDER_CHANNEL: 'C0RESPOND',
  };
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await pager.stop();
  await rm(folder, { recursive: true, maxRetries: 5 });
});

function up(args: readonly string[], different: Record<string, string> = {}) {
  const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', main, 'up', ...args], {
    env: { ...env, ...different },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const heard = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.err += text));
  return { child, out: () => heard.out, err: () => heard.err, ended: once(child, 'close').then(() => child.exitCode) };
}

const ends = (text: string, part: string): number => text.split(`"event":"part-ended","part":"${part}"`).length - 1;
const START = { timeout: 45_000 };

describe('unapprove up', () => {
  it('ends with 2 before anything is started when settings are wrong, those of its own pager among them', async () => {
    const running = up(['--only', 'slack-app'], { UNAPPROVE_PAGER_URL: 'http://events.example.com', SLACK_TEAM_ID: '' });
    expect(await running.ended).toBe(2);
    expect(running.err()).toContain('UNAPPROVE_PAGER_URL is wrong');
    expect(running.err()).toContain('SLACK_TEAM_ID is not set');
    expect(running.err()).not.toContain('part-ended');
  });

  it('starts a part again that ends with 2, never says ready, and stops at once without starting it again', async () => {
    const file = join(folder, 'policy.json');
    await writeFile(file, '{"durations": {"coffeeMs": 1}}');
    const running = up([], { UNAPPROVE_POLICY_FILE: file });
    await expect.poll(() => ends(running.err(), 'worker'), START).toBeGreaterThanOrEqual(2);
    expect(running.err()).toContain('"part":"worker","code":2');
    expect(running.err()).toContain('UNAPPROVE_POLICY_FILE');

    const before = Date.now();
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(143);
    expect(Date.now() - before).toBeLessThan(5_000);
    expect(running.err().split('Stopping what was started')[1]).not.toContain('part-ended');
    expect(running.out()).toBe('');
  });

  it('stops a worker that is not ready within seconds', async () => {
    await initKeys(join(folder, 'keys'));
    const running = up(['--only', 'worker']);
    await expect.poll(running.err, START).toContain('"event":"not-ready"');
    const before = Date.now();
    running.child.kill('SIGTERM');
    expect(await running.ended).toBe(143);
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it('ends, and its parts with it, when no process reads its output', async () => {
    const running = up([]);
    await expect.poll(running.err, START).toContain('"event":"not-ready"');
    running.child.stdout.destroy();
    running.child.stderr.destroy();
    expect(await running.ended).toBe(141);
    expect(processExists(running.child.pid ?? 0)).toBe(false);
  });
});
