// Time from an accepted report to a fresh read that shows the account blocked and
// revoked: the whole product (inbox, Temporal, ledger, Graph client) beside a bare
// script that makes the same calls. Cases run one after the other, the two sides in
// turn, with the practice tenant's default latency and without latency. Prints
// ratios; the exit code is 1 when a ratio with latency misses its limit.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Services } from '../tools/services.ts';
import { endOnSignals, stopEverything } from '../tools/shutdown.ts';
import { type BenchCompany, mediansOf, openBenchCompany, openBenchServices, type Phases, phasesOf, type Side, side } from './world.ts';

const FIGURES = { p50: 1.35, p95: 1.5 };
const CASES = Number(process.env['BENCH_CASES'] ?? 100);
const WARM_UP = 5;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

endOnSignals();
const folder = await mkdtemp(join(tmpdir(), 'unapprove-bench-'));
try {
  const services = await openBenchServices(say);
  const withLatency = await measure('default', services);
  const without = await measure('none', services);
  const reached = [report('with the default latency', withLatency), report('without latency', without)];
  await services.stop();
  process.exitCode = reached.every(Boolean) ? 0 : 1;
} finally {
  await stopEverything();
  await rm(folder, { recursive: true, force: true });
}

interface Measured {
  readonly ours: Side;
  readonly bare: Side;
  readonly figures: typeof FIGURES | null;
  readonly phases: readonly Phases[];
}

function report(title: string, { ours, bare, figures, phases }: Measured): boolean {
  const line = (name: 'p50' | 'p95'): boolean => {
    const ratio = ours[name] / bare[name];
    const bound = figures === null ? '' : `  (at most ${figures[name]})`;
    process.stdout.write(
      `  ${name}  ratio ${ratio.toFixed(2)}   ours ${ours[name].toFixed(0)} ms   bare ${bare[name].toFixed(0)} ms${bound}\n`,
    );
    return figures === null || ratio <= figures[name];
  };
  process.stdout.write(`report accepted → read back blocked and revoked, ${CASES} cases, ${title}\n`);
  const reached = [line('p50'), line('p95')].every(Boolean);
  process.stdout.write(`  ours, median ms after the report: ${mediansOf(phases)}\n`);
  return reached;
}

async function measure(latency: 'default' | 'none', services: Services): Promise<Measured> {
  const apps = { 'bare-reader': 'reader', 'bare-actor': 'actor' } as const;
  const world = await openBenchCompany({ folder, services, latency, people: 2 * (WARM_UP + CASES), apps });
  const bare = await startBare(world);
  const ours: number[] = [];
  const theirs: number[] = [];
  const phases: Phases[] = [];
  try {
    for (let index = 0; index < WARM_UP + CASES; index += 1) {
      const [mine, other] = [world.people[2 * index], world.people[2 * index + 1]];
      if (mine === undefined || other === undefined) throw new Error('too few people');
      const startedAt = Date.now();
      await world.report(mine);
      const oursMs = (await world.closed(mine)) - startedAt;
      const bareMs = await containBare(bare, other.id);
      if (index < WARM_UP) continue;
      ours.push(oursMs);
      theirs.push(bareMs);
      phases.push(await phasesOf(world, await world.caseOf(mine), startedAt));
    }
  } finally {
    bare.kill();
    await world.stop();
  }
  return { ours: side(ours), bare: side(theirs), figures: latency === 'default' ? FIGURES : null, phases };
}

async function startBare({ env, tenant, apps }: BenchCompany): Promise<ChildProcess> {
  const settings = {
    graphBaseUrl: tenant.graphBaseUrl,
    authorityHost: tenant.authorityHost,
    tenantId: tenant.company.tenantId,
    reader: apps['bare-reader'],
    actor: apps['bare-actor'],
  };
  const child = fork(join(import.meta.dirname, 'bare.ts'), [JSON.stringify(settings)], { env: { ...env }, execArgv: ['--import', 'tsx'] });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`the bare script ended (${String(code)})`)));
  });
  return child;
}

function containBare(child: ChildProcess, subject: string): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (message: { readonly ms: number }) => resolve(message.ms));
    child.send(subject);
  });
}
