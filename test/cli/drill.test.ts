/** What `unapprove drill` does before anything is started. A whole drill is played by `npm run drill`. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
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

/** A drill that never ends is killed, and then has no exit code. */
const MUST_END_MS = 45_000;

const drillWith = (more: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '', UNAPPROVE_HOME: join(folder, 'home'), ...more };
    const limits = { env, timeout: MUST_END_MS, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, ['--import', 'tsx', MAIN, 'drill', ...args], limits, (error, stdout, stderr) => {
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

  it('because it would kill a server that is not ours is refused with a sentence', async () => {
    const file = join(folder, 'kills.json');
    const faults = ['kill-engine', 'kill-database'].map((kind) => ({ in: 'process', kind, at: '1m' }));
    await writeFile(file, JSON.stringify({ name: 'kills', story: 'x', people: { ana: {} }, faults }));
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:7233', DATABASE_URL: 'postgresql://operator@127.0.0.1/x' };
    const { code, stderr } = await drillWith(env, '--scenario', file);
    expect(code).toBe(2);
    expect(stderr).toContain('/faults/0: kill-engine would kill the server that TEMPORAL_ADDRESS names; unset it');
    expect(stderr).toContain('/faults/1: kill-database would kill the server that DATABASE_URL names; unset it');
    await rm(file);
  });

  it('that does not exist is reported as a sentence, not as a stack', async () => {
    const { code, stderr } = await drill('--scenario', join(folder, 'missing.json'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^.*missing\.json cannot be played:\n {2}- there is no such file: give the path of a scenario/);
    expect(stderr).not.toContain('    at ');
  });
});

describe('a drill whose services cannot be started ends with 2 and says what to do', () => {
  const given = { DATABASE_URL: inject('databaseAdminUrl'), TEMPORAL_ADDRESS: inject('temporalAddress') };
  const stackLine = /^ +at /m;

  async function refused(more: Readonly<Record<string, string>>): Promise<string> {
    const { code, stderr } = await drillWith(more);
    expect([code, stderr.match(stackLine)]).toEqual([2, null]);
    return stderr;
  }

  it('when DATABASE_URL names no server', async () => {
    const said = await refused({ ...given, DATABASE_URL: 'postgresql://someone@127.0.0.1:1/none' });
    expect(said).toContain('Correct DATABASE_URL');
  });

  it('when TEMPORAL_ADDRESS names no server', async () => {
    const said = await refused({ ...given, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(said).toContain('correct TEMPORAL_ADDRESS');
  });

  it('when the Temporal server cannot be fetched', async () => {
    const cache = join(folder, 'cache-is-a-file');
    await writeFile(cache, '');
    const said = await refused({ DATABASE_URL: given.DATABASE_URL, PATH: '', UNAPPROVE_CACHE: cache });
    expect(said).toContain('set TEMPORAL_ADDRESS to a Temporal server you already have');
  });

  it('when the state folder cannot be written', async () => {
    const file = join(folder, 'state-is-a-file');
    await writeFile(file, '');
    const said = await refused({ ...given, UNAPPROVE_HOME: join(file, 'home') });
    expect(said).toContain('There is a file where a folder is expected');
    expect(said).toContain('UNAPPROVE_HOME');
  });

  it('when the data folder of PostgreSQL belongs to another user, as in a copied clone', { timeout: 90_000 }, async () => {
    const data = join(folder, 'copied', 'postgresql', 'data');
    await mkdir(data, { recursive: true });
    // Where root's other user may pass, so that no stand-in folder is used.
    for (const each of [folder, join(folder, 'copied'), join(folder, 'copied', 'postgresql')]) await chmod(each, 0o755);
    await writeFile(join(data, 'PG_VERSION'), '18\n');
    await chmod(data, 0o700);
    const said = await refused({ TEMPORAL_ADDRESS: given.TEMPORAL_ADDRESS, UNAPPROVE_HOME: join(folder, 'copied') });
    // Only root runs PostgreSQL as another user; for everyone else the folder is merely damaged.
    expect(said).toContain(process.getuid?.() === 0 ? 'Was it copied with the clone?' : 'PostgreSQL did not start on');
    expect(said).toContain(data);
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
    // Nothing of people or of Microsoft's clocks stays as long as in real life: what lies outside a window can be played.
    for (const [name, ms] of Object.entries(fast)) {
      const real = DEFAULT_DURATIONS[name as keyof typeof fast];
      if (real >= 60 * 60_000) expect([name, ms]).toEqual([name, real / 200]);
    }
    for (const [name, ms] of Object.entries(durationsAt(2000)))
      expect(ms).toBeLessThanOrEqual(DEFAULT_DURATIONS[name as keyof typeof fast]);
  });
});
