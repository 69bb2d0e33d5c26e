/**
 * `npm run drills [FILE...]`: plays the scenarios of the project, or the named ones, on one PostgreSQL and one Temporal
 * server, two at a time. `--json` prints the result as JSON. Ends with 0 when none failed twice, 1 when one did, 2 when nothing could
 * be played. For the details of one scenario use `npm run drill -- --scenario FILE`.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { playInChild } from './drill-child.ts';
import { openDrillServices } from './drill-services.ts';
import { playDrills } from './play-drills.ts';
import { errorMessage, machineProblem } from './setup-problem.ts';
import { endOnSignals, endWithParent, stopEverything, whenStopping } from './shutdown.ts';

const ROOT = join(import.meta.dirname, '..');
const SCENARIOS = join(ROOT, 'drill', 'scenarios');
/** A drill mostly waits for time to pass, and uses somewhat more than half of a core. */
const AT_ONCE = String(Math.min(2, availableParallelism()));

process.exitCode = await main();

async function main(): Promise<number> {
  const asked = requested();
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\nUse: npm run drills -- [--json] [--at-once N] [FILE...]\n`);
    return 2;
  }
  const { json, atOnce, files } = asked;
  // With --json, standard output belongs to the result.
  const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);
  endOnSignals();
  endWithParent();
  try {
    const stateDir = resolve(process.env['UNAPPROVE_HOME'] ?? '.unapprove');
    const services = await openDrillServices(stateDir, (line) => void process.stderr.write(`${line}\n`));
    whenStopping('services of the drills', { stop: () => services.stop(), abandon: () => undefined });
    const result = await playDrills({
      scenarios: files,
      atOnce,
      say,
      play: async (scenario) =>
        playInChild(
          { command: [process.execPath, join(ROOT, 'tools', 'run.mjs'), 'drill'], env: await services.environmentFor(scenario) },
          scenario,
        ),
    });
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    return result.passed ? 0 : 1;
  } catch (error) {
    const problem = machineProblem(error);
    if (problem === undefined) throw error;
    process.stderr.write(`${problem.message}\n`);
    return 2;
  } finally {
    for (const problem of await stopEverything()) process.stderr.write(`${problem}\n`);
  }
}

interface Asked {
  readonly json: boolean;
  readonly atOnce: number;
  readonly files: readonly string[];
}

/** What the command line asks for, or what is wrong with it. */
function requested(): Asked | string {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, 'at-once': { type: 'string', default: AT_ONCE } },
    });
    const atOnce = Number(values['at-once']);
    if (!Number.isInteger(atOnce) || atOnce < 1) return `Expected a whole number after --at-once, got ${values['at-once']}`;
    return { json: values.json, atOnce, files: positionals.length > 0 ? positionals.map((file) => resolve(file)) : allScenarios() };
  } catch (problem) {
    return errorMessage(problem);
  }
}

function allScenarios(): string[] {
  return readdirSync(SCENARIOS)
    .filter((name) => name.endsWith('.json') && name !== 'schema.json')
    .sort()
    .map((name) => join(SCENARIOS, name));
}
