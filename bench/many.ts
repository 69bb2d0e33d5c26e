// Twenty accounts reported at the same moment, on one worker, beside accounts
// reported one after the other: how much longer does the slowest of the twenty stay
// open? Measured to the fresh read that shows it blocked and revoked. Prints the
// ratio and the processor time of the worker. Neither has a limit, because the
// practice tenant runs on the same cores.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOnSignals, stopEverything } from '../tools/shutdown.ts';
import { type BenchCompany, mediansOf, openBenchCompany, openBenchServices, type Phases, phasesOf, type Side, side } from './world.ts';

const AT_ONCE = 20;
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const SINGLES = 20;
const WARM_UP = 5;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

endOnSignals();
const folder = await mkdtemp(join(tmpdir(), 'unapprove-bench-'));
try {
  const services = await openBenchServices(say);
  const world = await openBenchCompany({ folder, services, latency: 'default', people: WARM_UP + ROUNDS * (AT_ONCE + SINGLES) });
  const people = [...world.people];
  const take = (count: number) => people.splice(0, count);
  const one: Contained[] = [];
  const many: Contained[] = [];
  const cpuMs: (number | null)[] = [];
  try {
    for (const person of take(WARM_UP)) await contain(world, person);
    cpuMs.push(await world.workerCpuMs());
    for (let round = 1; round <= ROUNDS; round += 1) {
      say(`round ${round} of ${ROUNDS}`);
      for (const person of take(SINGLES)) one.push(await contain(world, person));
      many.push(...(await Promise.all(take(AT_ONCE).map((person) => contain(world, person)))));
    }
    cpuMs.push(await world.workerCpuMs());
  } finally {
    await world.stop();
  }
  await services.stop();
  const [single, together] = [one, many].map((all) => side(all.map(({ ms }) => ms))) as [Side, Side];
  // p99 of the many over p50 of a single one.
  const ratio = together.p99 / single.p50;
  process.stdout.write(`report accepted → read back blocked and revoked, ${AT_ONCE} at once, ${ROUNDS} rounds\n`);
  process.stdout.write(
    `  ratio ${ratio.toFixed(2)}   p99 of many ${together.p99.toFixed(0)} ms   p50 of one ${single.p50.toFixed(0)} ms\n`,
  );
  process.stdout.write(`  worker: ${cpuPerCase(cpuMs, one.length + many.length)}\n`);
  // Microsoft's slow answers make a tail also with few cases.
  process.stdout.write(
    `  one: p95 ${single.p95.toFixed(0)} ms, p99 ${single.p99.toFixed(0)} ms, ${(single.p99 / single.p50).toFixed(2)} times its p50\n`,
  );
  process.stdout.write(`  many: p50 ${together.p50.toFixed(0)} ms, p95 ${together.p95.toFixed(0)} ms\n`);
  process.stdout.write(`  median ms after the report, one: ${mediansOf(one.map(({ phases }) => phases))}\n`);
  process.stdout.write(`  median ms after the report, many: ${mediansOf(many.map(({ phases }) => phases))}\n`);
} finally {
  await stopEverything();
  await rm(folder, { recursive: true, force: true });
}

/** @param readings before the first case and after the last */
function cpuPerCase([before, after]: readonly (number | null | undefined)[], cases: number): string {
  if (before == null || after == null) return 'processor time is not known on this system';
  return `${((after - before) / cases).toFixed(0)} ms of processor time per case`;
}

interface Contained {
  readonly ms: number;
  readonly phases: Phases;
}

async function contain(world: BenchCompany, person: BenchCompany['people'][number]): Promise<Contained> {
  const startedAt = Date.now();
  await world.report(person);
  const ms = (await world.closed(person)) - startedAt;
  return { ms, phases: await phasesOf(world, await world.caseOf(person), startedAt) };
}
