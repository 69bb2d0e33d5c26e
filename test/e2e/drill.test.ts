// The whole company, played through the front door: the `unapprove drill`
// command as a child process, with real parts from PostgreSQL to Socket Mode.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainEnvironment } from '../../tools/children.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'unapprove.mjs');

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function drill(scenario: string): Promise<Record<string, unknown>> {
  const env = {
    ...plainEnvironment(),
    UNAPPROVE_HOME: home,
    ...(process.env['UNAPPROVE_CACHE'] ? { UNAPPROVE_CACHE: process.env['UNAPPROVE_CACHE'] } : {}),
  };
  const { stdout } = await run(process.execPath, [PROGRAM, 'drill', '--json', '--scenario', join(import.meta.dirname, scenario)], { env });
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('a drill', () => {
  it('goes on by itself though the worker is killed at every cut, and its record stays true', { timeout: 180_000 }, async () => {
    expect(await drill('quick-kills.json')).toMatchObject({
      passed: true,
      outcome: 'contained',
      failures: [],
      falseClaims: [],
      secretsFound: 0,
      ledger: { verified: true },
    });
  });
});
