/** What `unapprove drill` does before anything is started. A whole drill is played by `npm run drill`. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { durationsAt } from '../../cli/drill-product.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unapprove-drill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const drill = (...args: readonly string[]): Promise<Ended> => drillWith({}, ...args);

const drillWith = (more: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...more, PATH: process.env['PATH'] ?? '', UNAPPROVE_HOME: join(folder, 'home') };
    execFile(process.execPath, ['--import', 'tsx', MAIN, 'drill', ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });

describe('a scenario that cannot be played', () => {
  it('ends with 2, names every problem on standard error, and starts nothing', async () => {
    const file = join(folder, 'bad.json');
    await writeFile(file, JSON.stringify({ name: 'bad', people: { ana: { account: 'king' } }, faults: [{ in: 'moon' }] }));
    const { code, stdout, stderr } = await drill('--scenario', file, '--json');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    for (const part of ['"story" is missing', '/people/ana/account: expected one of', '/faults/0/in: expected one of'])
      expect(stderr).toContain(part);
    expect(await readdir(folder)).toEqual(['bad.json']);
  });

  it('because it would kill a server that is not ours is refused in words', async () => {
    const file = join(folder, 'kills.json');
    const faults = ['kill-engine', 'kill-database'].map((kind) => ({ in: 'process', kind, at: '1m' }));
    await writeFile(file, JSON.stringify({ name: 'kills', story: 'x', people: { ana: {} }, faults }));
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:7233', DATABASE_URL: 'postgresql://somebody@127.0.0.1/x' };
    const { code, stderr } = await drillWith(env, '--scenario', file);
    expect(code).toBe(2);
    expect(stderr).toContain('/faults/0: kill-engine would kill the server that TEMPORAL_ADDRESS names; unset it');
    expect(stderr).toContain('/faults/1: kill-database would kill the server that DATABASE_URL names; unset it');
    await rm(file);
  });

  it('that is not there is said in words, not as a stack', async () => {
    const { code, stderr } = await drill('--scenario', join(folder, 'missing.json'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^.*missing\.json cannot be played:\n {2}- there is no such file: give the path of a scenario/);
    expect(stderr).not.toContain('    at ');
  });
});

describe('the durations of a drill', () => {
  it('are the policy itself at the speed of real life', () => {
    const real = durationsAt(1);
    for (const [name, ms] of Object.entries(real)) expect([name, ms]).toEqual([name, DEFAULT_DURATIONS[name as keyof typeof real]]);
  });

  it('shrink with the scale, but leave machines the time that machines need', () => {
    const fast = durationsAt(200);
    expect(fast.accessTokenMs).toBe(DEFAULT_DURATIONS.accessTokenMs / 200);
    expect(fast.containAttemptMs).toBeGreaterThanOrEqual(5_000);
    for (const [name, ms] of Object.entries(durationsAt(2000)))
      expect(ms).toBeLessThanOrEqual(DEFAULT_DURATIONS[name as keyof typeof fast]);
  });
});
