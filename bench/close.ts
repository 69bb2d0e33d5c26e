// From an accepted report to a fresh read that shows the account blocked and
// revoked: the whole product (inbox, engine, record, doors) beside a bare script
// that makes the same calls. One case after the other, the two sides in turn,
// with the practice tenant's default latency and without any. Prints ratios;
// ends with exit code 1 when a ratio with latency misses its figure.
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTables } from '../activities/people/tables.ts';
import { caseId } from '../domain/ids.ts';
import { makePracticeCa } from '../drill/tenant/certificates.ts';
import type { CompanySeed, PersonSeed } from '../drill/tenant/company.ts';
import { startTenant, type Tenant } from '../drill/tenant/start.ts';
import { makeSigner } from '../inbox/envelope.ts';
import { initKeys, loadMasterKey, loadSealingPublicKey, loadSigningKey } from '../inbox/keys.ts';
import { receiveReport } from '../inbox/receive.ts';
import { openInbox } from '../inbox/store.ts';
import { grantLogin } from '../ledger/login.ts';
import { openLedger } from '../ledger/open-ledger.ts';
import { plainEnvironment, startChild } from '../tools/children.ts';
import { applyMigrations } from '../tools/migrate.ts';
import { openServices } from '../tools/services.ts';
import { endOnSignals, stopEverything } from '../tools/stopping.ts';

const FIGURES = { p50: 1.35, p95: 1.5 };
const CASES = Number(process.env['BENCH_CASES'] ?? 100);
const WARM_UP = 5;
const TEAM = 'T0BENCH';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

interface Side {
  readonly p50: number;
  readonly p95: number;
}

endOnSignals();
const folder = await mkdtemp(join(tmpdir(), 'unapprove-bench-'));
try {
  const services = await openServices({
    purpose: 'bench',
    stateDir: join(import.meta.dirname, '..', '.unapprove', 'bench'),
    onProgress: say,
  });
  await applyMigrations(services.databaseUrl);
  const databaseUrl = await grantLogin(services.databaseUrl, randomBytes(18).toString('hex'));
  const withLatency = await measure('default', databaseUrl, services.temporalAddress);
  const without = await measure('none', databaseUrl, services.temporalAddress);
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

/** When each part of one case was on the record, in ms after the report. */
type Phases = Readonly<Record<'weighed' | 'intended' | 'applied' | 'verified', number>>;

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
  const median = (name: keyof Phases): string => side(phases.map((each) => each[name])).p50.toFixed(0);
  process.stdout.write(
    `  ours, median ms after the report: weighed ${median('weighed')}, intended ${median('intended')}, applied ${median('applied')}, read back ${median('verified')}\n`,
  );
  return reached;
}

async function measure(latency: 'default' | 'none', databaseUrl: string, temporalAddress: string): Promise<Measured> {
  const run = randomUUID();
  const home = join(folder, run);
  await mkdir(home, { recursive: true });
  const ca = await makePracticeCa();
  const apps = Object.fromEntries(
    await Promise.all(
      ['reader', 'actor', 'bare-reader', 'bare-actor'].map(async (name) => {
        const { keyPem, certPem } = await ca.issueApp(name);
        const certificatePath = join(home, `${name}.pem`);
        await writeFile(certificatePath, `${keyPem}\n${certPem}`, { mode: 0o600 });
        return [name, { clientId: randomUUID(), certificatePath, certPem }] as const;
      }),
    ),
  ) as Record<'reader' | 'actor' | 'bare-reader' | 'bare-actor', { clientId: string; certificatePath: string; certPem: string }>;
  const trusted = join(home, 'trusted.pem');
  const already = process.env['NODE_EXTRA_CA_CERTS'];
  await writeFile(trusted, `${already ? await readFile(already, 'utf8') : ''}\n${ca.caPem}`);

  const company = companyOf(apps);
  const tenant = await startTenant({
    company,
    seed: 7,
    timeScale: 1,
    latency,
    lag: 'none',
    certificate: await ca.issueServer(['localhost', '127.0.0.1']),
  });
  const keys = join(home, 'keys');
  await initKeys(keys);
  const env = { ...plainEnvironment(), NODE_EXTRA_CA_CERTS: trusted };
  const worker = await startWorker(env, { home, keys, databaseUrl, temporalAddress, tenant, company, apps });
  const bare = await startBare(env, tenant, apps);
  const inbox = openInbox({ databaseUrl });
  const ledger = openLedger({ databaseUrl, masterKey: await loadMasterKey(keys) });
  const tables = openTables(databaseUrl);
  const signer = makeSigner(await loadSigningKey(keys));
  const sealingKey = await loadSealingPublicKey(keys);
  // One case after the other: the chain that is new is the case that was just opened; earlier ones may still be surveyed.
  const finished = new Set<string>();
  let current: string | null = null;
  let news: () => void = () => undefined;
  const stopListening = await ledger.listen((chain) => {
    if (!chain.startsWith('tenant/') && !finished.has(chain)) current = chain;
    news();
  });

  const ours: number[] = [];
  const theirs: number[] = [];
  const phases: Phases[] = [];
  try {
    const people = company.people.filter((person) => person.key.startsWith('case-'));
    await tables.people.confirm(
      people.map((person) => ({ slackTeam: TEAM, slackUser: slackOf(person), objectId: person.id, name: person.displayName, phone: null })),
      'bench',
    );
    for (let index = 0; index < WARM_UP + CASES; index += 1) {
      const [mine, other] = [people[2 * index], people[2 * index + 1]];
      if (mine === undefined || other === undefined) throw new Error('too few people');
      const oursMs = await closeWithProduct(slackOf(mine));
      const bareMs = await closeBare(bare, other.id);
      if (index >= WARM_UP) {
        ours.push(oursMs);
        theirs.push(bareMs);
      }
    }
  } finally {
    bare.kill();
    await worker.stop();
    await stopListening();
    await Promise.all([inbox.close(), ledger.close(), tables.close()]);
    await tenant.stop();
  }
  return { ours: side(ours), bare: side(theirs), figures: latency === 'default' ? FIGURES : null, phases };

  async function closeWithProduct(slackUser: string): Promise<number> {
    const startedAt = Date.now();
    await receiveReport(
      { inbox, signer, sealingKey },
      {
        team: TEAM,
        person: slackUser,
        viewId: `V${randomBytes(6).toString('hex').toUpperCase()}`,
        what: 'approved',
        when: 'last-15-minutes',
        about: null,
        words: { contacted: null, more: null, reach: null },
      },
    );
    for (;;) {
      const grown = new Promise<void>((resolve) => {
        news = resolve;
      });
      const at = current === null ? null : await closedAt(current, startedAt);
      if (at !== null) return at - startedAt;
      await grown;
    }
  }

  async function closedAt(chain: string, startedAt: number): Promise<number | null> {
    const entries = await ledger.entries(caseId(chain));
    const last = (kind: string): number =>
      Math.max(...entries.filter(({ content }) => content.kind === kind).map(({ storedAt }) => storedAt)) - startedAt;
    if (entries.filter(({ content }) => content.kind === 'step.verified').length < 2) return null;
    finished.add(chain);
    current = null;
    phases.push({
      weighed: last('case.opened'),
      intended: last('step.intended'),
      applied: last('step.applied'),
      verified: last('step.verified'),
    });
    return startedAt + last('step.verified');
  }
}

function side(times: readonly number[]): Side {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95) };
}

function slackOf(person: PersonSeed): string {
  return `U${person.id.replaceAll('-', '').slice(0, 12).toUpperCase()}`;
}

type Apps = Readonly<
  Record<
    'reader' | 'actor' | 'bare-reader' | 'bare-actor',
    { readonly clientId: string; readonly certificatePath: string; readonly certPem: string }
  >
>;

function companyOf(apps: Apps): CompanySeed {
  const person = (key: string, roles: readonly string[] = []): PersonSeed => ({
    key,
    id: randomUUID(),
    displayName: key,
    upn: `${key}@contoso.example`,
    userType: 'Member',
    enabled: true,
    synced: false,
    restricted: false,
    roles: [...roles],
    eligibleRoles: [],
    password: randomBytes(12).toString('base64url'),
    methods: [],
    mailbox: 'cloud',
  });
  const people = [
    ...['admin-1', 'admin-2', 'admin-3', 'glass'].map((key) => person(key, ['Global Administrator'])),
    ...['approver-1', 'approver-2', 'approver-3'].map((key) => person(key)),
    ...Array.from({ length: 2 * (WARM_UP + CASES) }, (_, index) => person(`case-${index}`)),
  ];
  const reader = [
    'User.Read.All',
    'Directory.Read.All',
    'RoleManagement.Read.Directory',
    'RoleEligibilitySchedule.Read.Directory',
    'GroupMember.Read.All',
    'Domain.Read.All',
    'UserAuthenticationMethod.Read.All',
    'AuditLog.Read.All',
  ];
  const actor = ['User.Read.All', 'User.EnableDisableAccount.All', 'User.RevokeSessions.All'];
  return {
    tenantId: randomUUID(),
    name: 'Contoso',
    licences: { p1: true, p2: true },
    domains: [{ name: 'contoso.example', authentication: 'Managed', isDefault: true }],
    people,
    groups: [{ key: 'approvers', id: randomUUID(), name: 'Approvers', members: ['approver-1', 'approver-2', 'approver-3'] }],
    apps: (Object.keys(apps) as (keyof Apps)[]).map((key) => ({
      key,
      appId: apps[key].clientId,
      servicePrincipalId: randomUUID(),
      name: key,
      permissions: key.endsWith('reader') ? reader : actor,
      roles: key.endsWith('actor') ? ['User Administrator'] : [],
      certificatePem: apps[key].certPem,
    })),
  };
}

interface WorkerPlace {
  readonly home: string;
  readonly keys: string;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly tenant: Tenant;
  readonly company: CompanySeed;
  readonly apps: Apps;
}

async function startWorker(env: Record<string, string>, place: WorkerPlace) {
  const { tenant, company, apps } = place;
  let ready: () => void = () => undefined;
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const child = await startChild({
    name: 'worker',
    file: process.execPath,
    args: ['--import', 'tsx', join(import.meta.dirname, '..', 'worker', 'main.ts')],
    logFile: join(place.home, 'worker.log'),
    onLine: (line) => line.startsWith('{"ready"') && ready(),
    env: {
      ...env,
      UNAPPROVE_HOME: place.home,
      UNAPPROVE_KEYS: place.keys,
      DATABASE_URL: place.databaseUrl,
      TEMPORAL_ADDRESS: place.temporalAddress,
      UNAPPROVE_TENANT_ID: company.tenantId,
      GRAPH_BASE_URL: tenant.graphBaseUrl,
      AZURE_AUTHORITY_HOST: tenant.authorityHost,
      UNAPPROVE_DISABLE_INSTANCE_DISCOVERY: 'true',
      UNAPPROVE_READER_CLIENT_ID: apps.reader.clientId,
      UNAPPROVE_READER_CERTIFICATE: apps.reader.certificatePath,
      UNAPPROVE_ACTOR_CLIENT_ID: apps.actor.clientId,
      UNAPPROVE_ACTOR_CERTIFICATE: apps.actor.certificatePath,
      UNAPPROVE_APPROVER_GROUP_ID: company.groups[0]?.id ?? '',
      UNAPPROVE_BREAK_GLASS_IDS: company.people.find((person) => person.key === 'glass')?.id ?? '',
      // Nobody is paged in a bench; a page would show as a failure in the worker's log.
      UNAPPROVE_PAGER_URL: 'http://127.0.0.1:9',
      UNAPPROVE_PAGER_ROUTING_KEY: 'bench',
      SLACK_TEAM_ID: TEAM,
    },
  });
  const ended = child.exited.then(async () => {
    throw new Error(`the worker ended: ${(await readFile(child.logFile, 'utf8')).slice(-2000)}`);
  });
  ended.catch(() => undefined);
  await Promise.race([isReady, ended]);
  return child;
}

async function startBare(env: Record<string, string>, tenant: Tenant, apps: Apps): Promise<ChildProcess> {
  const settings = {
    graphBaseUrl: tenant.graphBaseUrl,
    authorityHost: tenant.authorityHost,
    tenantId: tenant.company.tenantId,
    reader: apps['bare-reader'],
    actor: apps['bare-actor'],
  };
  const child = fork(join(import.meta.dirname, 'bare.ts'), [JSON.stringify(settings)], { env, execArgv: ['--import', 'tsx'] });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`the bare script ended (${String(code)})`)));
  });
  return child;
}

function closeBare(child: ChildProcess, subject: string): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (message: { readonly ms: number }) => resolve(message.ms));
    child.send(subject);
  });
}
