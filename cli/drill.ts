// One scenario in the practice company, from prompt to closed case, with the
// real Temporal server, database, Slack client and Graph client. It starts product
// and practice company, gives the score what they left behind, and stops what it
// started, also when it fails or is interrupted.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type Company, runScenario, startCompany } from '../drill/run/run-scenario.ts';
import { BadScenario, DEFAULT_SCENARIO, loadScenario } from '../drill/scenarios/scenario.ts';
import type { Scenario } from '../drill/scenarios/types.ts';
import type { BundleFound, Needle } from '../drill/score/input.ts';
import { score } from '../drill/score/score.ts';
import { scoreCard } from '../drill/score/score-card.ts';
import { loadPayloadKeys } from '../inbox/keys.ts';
import { grantLogin } from '../ledger/database-roles.ts';
import { changeAddress, readAddress } from '../prisma/address.ts';
import { ROLE_PARTS, type RolePart, roleOf } from '../prisma/roles.ts';
import { openServices, type Services } from '../tools/services.ts';
import { machineProblem, SetupProblem } from '../tools/setup-problem.ts';
import { endOnSignals, endWithParent, stopEverything, whenStopping } from '../tools/shutdown.ts';
import { findTemporal } from '../tools/temporal-program.ts';
import { gather, keepHistories, readHistories, secretsOfHome } from './drill-collect.ts';
import { durationsAt, openProduct, type Place, type Product, productEnvironment, type Running } from './drill-product.ts';
import { openProgressReporter, type ProgressReporter } from './drill-progress.ts';
import { untilSettled } from './drill-wait.ts';
import { type LedgerWatch, progressOf, watchLedger } from './ledger-watch.ts';

export interface DrillOptions {
  readonly scenario?: string;
  readonly json?: boolean;
  readonly keep?: boolean;
  readonly out?: string;
  /** Where to write Temporal's histories, for replay tests. */
  readonly histories?: string;
}

/** Plays a scenario. @returns 0 when the score passes, 1 when it fails, 2 for a wrong scenario or setting */
export async function drill(options: DrillOptions, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const reporter = openProgressReporter();
  let scenario: Scenario;
  try {
    const file = options.scenario === undefined ? DEFAULT_SCENARIO : resolve(options.scenario);
    scenario = loadScenario(file);
    refuseKillingOthers(scenario, String(file), env);
  } catch (error) {
    if (!(error instanceof BadScenario)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  endOnSignals();
  endWithParent();
  const startedAt = performance.now();
  const stateDir = resolve(env['UNAPPROVE_HOME'] ?? '.unapprove');
  const run = `${new Date().toISOString().replace(/[-:]|\.\d+Z$/g, '')}-${randomBytes(2).toString('hex')}`;
  const folder = join(stateDir, 'drills', `${run}-${scenario.name}`);
  reporter.say('drill', `${scenario.name}: ${scenario.story}`);
  // Registered first, hence done last: an interrupted run leaves nothing; a failed one leaves everything.
  const keepFolder = whenStopping('folder of this run', {
    stop: () => rm(folder, { recursive: true, force: true }),
    abandon: () => undefined,
  });
  try {
    const { card, evidence } = await playAll({
      scenario,
      stateDir,
      run,
      folder,
      out: resolve(options.out ?? folder),
      reporter,
      env,
      histories: options.histories === undefined ? null : resolve(options.histories),
    });
    keepFolder();
    const playedInMs = Math.round(performance.now() - startedAt);
    process.stderr.write(scoreCard(card, { playedInMs, story: scenario.story }));
    if (options.json === true) process.stdout.write(`${JSON.stringify({ ...card, playedInMs })}\n`);
    await tidy(folder, options.keep === true || !card.passed, evidence, reporter);
    return card.passed ? 0 : 1;
  } catch (error) {
    keepFolder();
    const problem = machineProblem(error);
    if (problem === undefined) throw error;
    process.stderr.write(`${problem.message}\nThe logs of this run are in ${folder}.\n`);
    return 2;
  } finally {
    for (const problem of await stopEverything()) process.stderr.write(`${problem}\n`);
  }
}

/** By database role. */
type Passwords = Readonly<Record<RolePart, string>>;

/** @throws BadScenario when it kills a server that is not ours */
function refuseKillingOthers({ faults }: Scenario, file: string, env: NodeJS.ProcessEnv): void {
  const ours = { 'kill-engine': 'TEMPORAL_ADDRESS', 'kill-database': 'DATABASE_URL' } as const;
  const problems = faults.flatMap((fault, index) => {
    if (fault.in !== 'process' || fault.kind === 'kill-worker' || (env[ours[fault.kind]] ?? '') === '') return [];
    return [
      `/faults/${index}: ${fault.kind} would kill the server that ${ours[fault.kind]} names; unset it, so that the drill starts and kills its own`,
    ];
  });
  if (problems.length > 0) throw new BadScenario(file, problems);
}

interface Run {
  readonly scenario: Scenario;
  readonly stateDir: string;
  readonly run: string;
  readonly folder: string;
  readonly out: string;
  readonly reporter: ProgressReporter;
  readonly env: NodeJS.ProcessEnv;
  readonly histories: string | null;
}

async function playAll(all: Run): Promise<{ card: ReturnType<typeof score>; evidence: readonly string[] }> {
  const { scenario, stateDir, run, folder, out, reporter, env } = all;
  const journals = join(folder, 'journals');
  await mkdir(journals, { recursive: true, mode: 0o700 });
  reporter.setUp('starting PostgreSQL, the Temporal server and the practice company');
  const routingKeys = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')] as const;
  const onProgress = (line: string): void => reporter.setUp(line);
  const starting = [
    openServices({ purpose: 'drill', stateDir, env, onProgress, ...(await temporalOptions(all)) }).then(
      stoppedAtTheEnd('services of this run'),
    ),
    startCompany(scenario, { run, folder: journals, routingKeys }).then(stoppedAtTheEnd('practice company')),
  ] as const;
  // When one of them fails, the other is stopped too, and it must have started before it can be.
  await Promise.allSettled(starting);
  const [services, company] = await Promise.all(starting);
  const passwords = { worker: randomBytes(18).toString('base64url'), slack: randomBytes(18).toString('base64url') };
  const place = await writeSetUpFiles(all, company, services, passwords);
  const product = openProduct(productEnvironment(company, place), place, scenario.company.slackClockAheadMs);

  reporter.setUp('setting up the product with its own commands: keys, database, people');
  await Promise.all([product.run('keys', 'init'), product.run('migrate')]);
  for (const part of ROLE_PARTS) await grantLogin(services.databaseUrl, passwords[part], part);
  const ledger = await watchLedger(services.databaseUrl).then(stoppedAtTheEnd('ledger watch'));
  reporter.setUp('starting the worker and the Slack app');
  const [running] = await Promise.all([product.up(), product.run('people', 'import', place.files.people)]);
  await firstBaseline(ledger, running);
  reporter.setUp(`ready; the scenario plays ${scenario.timeScale} times faster than real life`);

  const play = runScenario(company, runnerTools(running, ledger, services), {
    folder: journals,
    onActor: (actors) => reporter.follow(company, actors, ledger, () => play.timeline.now()),
  });
  // Actors that still wait would keep the process alive.
  whenStopping('scenario', { stop: () => play.end(), abandon: () => undefined });
  const troubles = [...(await untilSettled({ scenario, play, ledger, company }))];
  reporter.say('drill', 'settled; collecting evidence for the score');
  troubles.push(...(await play.end()));
  if (running.child.exit() !== undefined) troubles.push('the product ended by itself while the scenario was played');
  await running.stop();

  const card = score(await collectAll({ all, company, ledger, services, product, place, passwords, out, troubles }));
  await ledger.stop();
  await company.stop();
  await services.stop();
  return { card, evidence: [journals, place.logs, place.home, temporalFolder(all)] };
}

const BASELINE_WITHIN_MS = 60_000;

/** @throws SetupProblem when the product ends before it has stored its first baseline, or does not store one in time */
async function firstBaseline(ledger: LedgerWatch, running: Running): Promise<void> {
  const stored = ledger.until((row) => row.kind === 'baseline.stored').then(() => 'stored' as const);
  const ended = running.child.exited.then(() => 'ended' as const);
  const late = new Promise<'late'>((done) => setTimeout(done, BASELINE_WITHIN_MS, 'late').unref());
  const came = await Promise.race([stored, ended, late]);
  if (came === 'stored') return;
  const what = came === 'ended' ? 'ended' : `did not store a baseline within ${String(BASELINE_WITHIN_MS / 1000)} s`;
  throw new SetupProblem(`The product was ready and then ${what}. Its log says why: ${running.child.logFile}`);
}

const stoppedAtTheEnd =
  (name: string) =>
  <T extends { stop(): Promise<unknown> }>(started: T): T => {
    whenStopping(name, { stop: () => started.stop(), abandon: () => undefined });
    return started;
  };

const temporalFolder = ({ folder }: Run): string => join(folder, 'temporal');

/** A Temporal server that is killed must keep its cases in a file; any other is faster in memory. */
async function temporalOptions(all: Run): Promise<{ readonly temporalFile?: string }> {
  if (!all.scenario.faults.some((fault) => fault.in === 'process' && fault.kind === 'kill-engine')) return {};
  await mkdir(temporalFolder(all), { recursive: true, mode: 0o700 });
  return { temporalFile: join(temporalFolder(all), 'temporal.db') };
}

/** Writes the files an operator would have: certificates, policy, the personnel file. */
async function writeSetUpFiles({ folder, scenario, env }: Run, company: Company, services: Services, passwords: Passwords): Promise<Place> {
  const { cast, caPem, apps, routingKeys } = company;
  const file = (name: string): string => join(folder, 'set-up', name);
  await mkdir(join(folder, 'set-up'), { recursive: true, mode: 0o700 });
  const already = env['NODE_EXTRA_CA_CERTS'];
  const others = already === undefined || already === '' ? '' : await readFile(already, 'utf8');
  const files = {
    readerPem: file('reader.pem'),
    actorPem: file('actor.pem'),
    policy: file('policy.json'),
    people: file('people.json'),
    trusted: file('trusted.pem'),
  };
  const write = (path: string, text: string): Promise<void> => writeFile(path, text, { mode: 0o600 });
  await Promise.all([
    write(files.readerPem, `${apps.reader.keyPem.trimEnd()}\n${apps.reader.certPem}`),
    write(files.actorPem, `${apps.actor.keyPem.trimEnd()}\n${apps.actor.certPem}`),
    write(files.policy, JSON.stringify({ durations: durationsAt(scenario.timeScale), ...stricterPolicy(scenario) })),
    write(files.people, JSON.stringify(cast.peopleTable)),
    write(files.trusted, `${others.trimEnd()}\n${caPem}`),
  ]);
  const database = readAddress(services.databaseUrl)?.database ?? '';
  const as = (part: RolePart): string => changeAddress(services.databaseUrl, { user: roleOf(database, part), password: passwords[part] });
  return {
    home: join(folder, 'home'),
    logs: join(folder, 'logs'),
    files,
    database: { worker: as('worker'), slack: as('slack'), admin: services.databaseUrl },
    temporal: { address: services.temporalAddress, namespace: services.temporalNamespace },
    routingKeys,
  };
}

const stricterPolicy = ({ company: { policy } }: Scenario): object =>
  policy.twoApprovers.length === 0 ? {} : { stricter: { twoApprovers: policy.twoApprovers } };

function runnerTools(running: Running, ledger: LedgerWatch, services: Services): Parameters<typeof runScenario>[1] {
  const isOf = (chain: string, objectId: string): boolean =>
    ledger.rows().some((row) => row.chain === chain && row.kind === 'case.opened' && row.content.body['subject'] === objectId);
  return {
    killWorker() {
      const pid = running.workerPid();
      if (pid === undefined) return false;
      try {
        process.kill(pid, 'SIGKILL');
        return true;
      } catch {
        // The worker had just ended: there was nothing to kill.
        return false;
      }
    },
    killEngine: () => services.killEngine(),
    killDatabase: () => services.killDatabase(),
    async applied(step, objectId, sinceMs) {
      const row = await ledger.until(
        (each) =>
          each.kind === 'step.applied' && each.content.body['step'] === step && each.storedAt >= sinceMs && isOf(each.chain, objectId),
      );
      return row !== null;
    },
    async contained(objectId) {
      const row = await ledger.until((each) => each.kind === 'account.contained' && isOf(each.chain, objectId));
      return row !== null;
    },
  };
}

interface Ending {
  readonly all: Run;
  readonly company: Company;
  readonly ledger: LedgerWatch;
  readonly services: Services;
  readonly product: Product;
  readonly place: Place;
  readonly passwords: Passwords;
  readonly out: string;
  readonly troubles: string[];
}

async function collectAll({ all, company, ledger, services, product, place, passwords, out, troubles }: Ending): ReturnType<typeof gather> {
  const cases = progressOf(ledger.rows());
  await mkdir(out, { recursive: true });
  const bundles: BundleFound[] = [];
  for (const { number, state } of cases) {
    const bundle = await takeBundle(product, number, out, troubles);
    if (bundle === null) continue;
    bundles.push(bundle);
    if (state === 'closed') troubles.push(...(await missingAtHome(place.home, bundle.path)));
  }
  const program = services.temporal.path ?? (await findTemporal({ env: all.env })).path;
  const ids = new Set(cases.flatMap((each) => [each.workflowId, `finish/${each.caseId}`]));
  const read = await readHistories(
    { program, address: services.temporalAddress, namespace: services.temporalNamespace },
    await loadPayloadKeys(join(place.home, 'keys')),
    (workflowId) => ids.has(workflowId) || workflowId.includes(company.cast.company.tenantId),
  );
  troubles.push(...read.troubles);
  if (all.histories !== null) await keepHistories(all.histories, all.scenario.name, read);
  const databasePasswords: Needle[] = Object.entries(passwords).map(([part, value]) => ({
    name: `the database's password of the ${part}`,
    value,
  }));
  return gather({
    company,
    ledger,
    histories: read.histories,
    bundles,
    home: place.home,
    logs: place.logs,
    transcriptFile: join(all.folder, 'journals', 'workspace.jsonl'),
    secrets: [...(await secretsOfHome(join(place.home, 'keys'))), ...databasePasswords],
    control: `CONTROL-${randomBytes(12).toString('hex')}`,
    troubles,
  });
}

/** Takes a bundle as an operator would, and has it verified by a program of its own. */
async function takeBundle(product: Product, number: number, out: string, troubles: string[]): Promise<BundleFound | null> {
  const taken = await product.attempt('bundle', String(number), '--out', out);
  const path = taken.lines.findLast((line) => line.startsWith('/'));
  if (taken.code !== 0 || path === undefined) {
    troubles.push(`no bundle of case ${number} could be taken: ${taken.lines.slice(-3).join(' ')}`);
    return null;
  }
  const verified = await product.attempt('verify', path);
  return {
    path,
    entries: await readFile(join(path, 'entries.jsonl'), 'utf8'),
    verified: verified.code === 0,
    said: verified.lines.join(' '),
  };
}

/** A closed case writes its bundle itself. A bundle that is taken later is identical, so it has the same name. */
async function missingAtHome(home: string, path: string): Promise<string[]> {
  const names = await readdir(join(home, 'bundles')).catch((): string[] => []);
  return names.includes(basename(path))
    ? []
    : [`the closed case did not write its bundle ${basename(path)} (there is ${names.join(', ') || 'none'})`];
}

/** Removes keys and journals, unless the run is kept. The bundle stays. */
async function tidy(folder: string, keep: boolean, evidence: readonly string[], reporter: ProgressReporter): Promise<void> {
  if (keep) {
    reporter.say('drill', `everything of this run is kept in ${folder}`);
    return;
  }
  await Promise.all([...evidence, join(folder, 'set-up')].map((path) => rm(path, { recursive: true, force: true })));
  // When the bundle has a folder of its own, this folder is empty.
  if ((await readdir(folder)).length === 0) await rmdir(folder);
}
