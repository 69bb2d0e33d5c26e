/** What `npm run drills` makes of its scenarios, each played by a child process that stands in for a drill. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { playInChild } from '../../tools/drill-child.ts';
import { killsServices } from '../../tools/drill-services.ts';
import { outcomeOf, type Played } from '../../tools/drill-verdict.ts';
import { type DrillsResult, playDrills } from '../../tools/play-drills.ts';
import { scratchFolder } from './scratch.ts';

const SCENARIOS = join(import.meta.dirname, '..', '..', 'drill', 'scenarios');
const FAKE = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'programs', 'fake-drill.ts')] as const;

/** Plays scenarios of these names; each does at its playings what the list says. */
async function drillsOf(scenarios: Readonly<Record<string, readonly string[]>>, atOnce = 1) {
  const folder = await scratchFolder();
  const files: string[] = [];
  for (const [name, plays] of Object.entries(scenarios)) {
    files.push(join(folder, `${name}.json`));
    await writeFile(files.at(-1) ?? '', JSON.stringify({ plays }));
  }
  const lines: string[] = [];
  const result = await playDrills({
    scenarios: files,
    atOnce,
    say: (line) => void lines.push(line),
    play: (scenario) => playInChild({ command: FAKE, env: process.env }, scenario),
  });
  const playings = (name: string): number => readFileSync(join(folder, `${name}.json.played`), 'utf8').length;
  return { result, said: lines.join('\n'), playings };
}

describe('the verdict over a scenario', () => {
  const play = (passed: boolean): Played => ({ passed, failures: [], card: '', seconds: 1 });

  it.each([
    ['passed', [true]],
    ['flaky', [false, true]],
    ['failed', [false, false]],
    ['failed', [false]],
    ['failed', []],
  ])('is "%s" after %j', (verdict, passes) => {
    expect(outcomeOf(passes.map(play)).verdict).toBe(verdict);
  });
});

describe('the drills', () => {
  it('play once what passes, and once more what fails', async () => {
    const { result, playings } = await drillsOf({ good: ['passes'], shaky: ['fails', 'passes'], bad: ['fails', 'fails', 'passes'] });
    expect([playings('good'), playings('shaky'), playings('bad')]).toEqual([1, 2, 2]);
    expect(result).toMatchObject({ passed: false, played: 3, failed: ['bad.json'], flaky: ['shaky.json'] } satisfies Partial<DrillsResult>);
  });

  it('pass when a scenario passes the second time, and name it as flaky with both score cards', async () => {
    const { result, said } = await drillsOf({ good: ['passes'], shaky: ['fails', 'passes'] });
    expect(result.passed).toBe(true);
    expect(said).toMatch(/^FLAKY {3}2 of 2 {2}shaky\.json \(\d+ s, then \d+ s\)$/m);
    expect(said).toContain('Flaky (failed once, passed when played again; a defect to correct): shaky.json');
    for (const line of ['failure of playing 1', 'FAILED  fake', 'of playing 1', 'PASSED  fake', 'of playing 2'])
      expect(said).toContain(line);
  });

  it('say of a passing scenario one line with how long it took, and no card', async () => {
    const { said } = await drillsOf({ good: ['passes'] });
    expect(said).toMatch(/^passed {2}1 of 1 {2}good\.json \(\d+ s\)\n1 played in 0 min \d+ s: 1 passed, 0 flaky, 0 failed$/);
  });

  it('fail with the last output of a scenario that cannot be played', async () => {
    const { result, said } = await drillsOf({ none: ['cannot'] });
    expect(result).toMatchObject({ passed: false, failed: ['none.json'] });
    expect(said).toContain('it could not be played (exit code 2):');
    expect(said).toContain('The PostgreSQL server that DATABASE_URL names cannot be used.');
  });

  it('play every scenario once also when two are played at a time, and report them in their order', async () => {
    const { result } = await drillsOf({ a: ['passes'], b: ['passes'], c: ['passes'] }, 2);
    expect(result.scenarios.map(({ scenario, verdict }) => [scenario, verdict])).toEqual(
      ['a.json', 'b.json', 'c.json'].map((name) => [name, 'passed']),
    );
  });

  it('end on a signal, with the running scenario, and play no other', async () => {
    const folder = await scratchFolder();
    const files = ['one', 'two'].map((name) => join(folder, `${name}.json`));
    for (const file of files) await writeFile(file, JSON.stringify({ plays: ['hangs'] }));
    const program = join(import.meta.dirname, 'programs', 'play-drills.ts');
    const drills = spawn(process.execPath, ['--import', 'tsx', program, ...files], { stdio: 'ignore' });
    const ended = once(drills, 'exit');
    await expect.poll(() => existsSync(`${files[0] ?? ''}.played`)).toBe(true);
    drills.kill('SIGTERM');
    expect((await ended)[0]).toBe(143);
    expect(readdirSync(folder).filter((name) => name.endsWith('.played'))).toEqual(['one.json.played']);
    expect(readFileSync(`${files[0] ?? ''}.played`, 'utf8')).toHaveLength(1);
  });

  it('give services of their own to the scenarios that kill PostgreSQL or Temporal, and to no others', () => {
    const names = readdirSync(SCENARIOS).filter((name) => name.endsWith('.json') && name !== 'schema.json');
    const killing = names.filter((name) => /"kill-(engine|database)"/.test(readFileSync(join(SCENARIOS, name), 'utf8')));
    expect(killing.length).toBeGreaterThan(0);
    expect(names.filter((name) => killsServices(join(SCENARIOS, name))).map((name) => basename(name))).toEqual(killing);
  });
});
