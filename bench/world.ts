// What the benches share: a practice tenant, the product's worker as a process of
// its own, and the inbox. Everything is real except Microsoft.
import { randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { permissionsOf } from '../activities/microsoft/endpoints.ts';
import { openRepositories } from '../activities/people/repositories.ts';
import { type CaseId, caseId } from '../domain/ids.ts';
import { makePracticeCa } from '../drill/microsoft/certificates.ts';
import type { PersonSeed } from '../drill/microsoft/company.ts';
import { type AppRights, employee, type FixtureApp, fixtureCompany, makeApps } from '../drill/microsoft/fixture.ts';
import { startTenant, type Tenant } from '../drill/microsoft/start.ts';
import { startPager } from '../drill/pager/start.ts';
import { makeSigner } from '../inbox/envelope.ts';
import { initKeys, loadMasterKey, loadSealingPublicKey, loadSigningKey } from '../inbox/keys.ts';
import { type ReceivingTools, receiveReport } from '../inbox/receive.ts';
import { openInbox } from '../inbox/store.ts';
import { grantLogin } from '../ledger/database-roles.ts';
import { type Ledger, openLedger } from '../ledger/ledger.ts';
import { type Child, plainEnvironment, startChild } from '../tools/children.ts';
import { applyMigrations } from '../tools/migrate.ts';
import { openServices, type Services } from '../tools/services.ts';
import { cpuMsOf } from './cpu.ts';

export const TEAM = 'T0BENCH';

const READER: AppRights = { permissions: permissionsOf('reader'), roles: [] };
const ACTOR: AppRights = { permissions: permissionsOf('actor'), roles: ['User Administrator', 'Authentication Administrator'] };
const STAFF = [
  ...['admin-1', 'admin-2', 'admin-3', 'glass'].map((key) => employee(key, { roles: ['Global Administrator'] })),
  ...['approver-1', 'approver-2', 'approver-3'].map((key) => employee(key)),
];

export interface BenchCompanyOptions {
  /** Ours alone; a subfolder is made. */
  readonly folder: string;
  readonly services: Services;
  readonly latency: 'default' | 'none';
  /** How many employees there are to be closed. */
  readonly people: number;
  /** Apps besides the product's own two. */
  readonly apps?: Readonly<Record<string, 'reader' | 'actor'>>;
  /** Of the policy file. */
  readonly durations?: Readonly<Record<string, number>>;
}

export interface BenchCompany {
  readonly home: string;
  readonly keys: string;
  /** Of a child process that talks to this tenant. */
  readonly env: Readonly<Record<string, string>>;
  readonly tenant: Tenant;
  readonly apps: Readonly<Record<string, FixtureApp>>;
  readonly people: readonly PersonSeed[];
  readonly approvers: readonly PersonSeed[];
  readonly ledger: Ledger;
  readonly receiving: ReceivingTools;
  /** One employee's own report, as the Slack app puts it into the inbox. */
  report(person: PersonSeed): Promise<void>;
  /** Milliseconds (database clock) when a fresh read showed the account blocked and revoked. */
  closed(person: PersonSeed): Promise<number>;
  /** The case of an account, once it is open. */
  caseOf(person: PersonSeed): Promise<CaseId>;
  /** Resolves as soon as the ledger of a case satisfies the question. */
  until(id: CaseId, question: (kinds: readonly string[]) => boolean): Promise<void>;
  /** Processor time that the worker has used so far; null where it cannot be read. */
  workerCpuMs(): Promise<number | null>;
  stop(): Promise<void>;
}

/** Both services, migrated, with roles for both processes. */
export async function openBenchServices(onProgress: (line: string) => void): Promise<Services> {
  const services = await openServices({ purpose: 'bench', stateDir: join(import.meta.dirname, '..', '.unapprove', 'bench'), onProgress });
  await applyMigrations(services.databaseUrl);
  return services;
}

export async function openBenchCompany(options: BenchCompanyOptions): Promise<BenchCompany> {
  const { services } = options;
  const home = join(options.folder, randomUUID());
  await mkdir(home, { recursive: true });
  const databaseUrl = await grantLogin(services.databaseUrl, randomBytes(18).toString('hex'), 'worker');
  const ca = await makePracticeCa();
  const rights: Record<string, AppRights> = { reader: READER, actor: ACTOR };
  for (const [name, like] of Object.entries(options.apps ?? {})) rights[name] = like === 'reader' ? READER : ACTOR;
  const apps = await makeApps(home, ca, rights);
  const trusted = join(home, 'trusted.pem');
  const already = process.env['NODE_EXTRA_CA_CERTS'];
  await writeFile(trusted, `${already ? await readFile(already, 'utf8') : ''}\n${ca.caPem}`);

  const people = Array.from({ length: options.people }, (_, index) => employee(`employee-${index}`, { methods: [] }));
  const approvers = STAFF.filter(({ key }) => key.startsWith('approver-'));
  const company = fixtureCompany(
    [...STAFF, ...people],
    approvers.map(({ key }) => key),
    Object.values(apps),
  );
  const tenant = await startTenant({
    company,
    seed: 7,
    timeScale: 1,
    latency: options.latency,
    lag: 'none',
    certificate: await ca.issueServer(['localhost', '127.0.0.1']),
  });
  const pager = await startPager();
  const keys = join(home, 'keys');
  await initKeys(keys);
  const env = { ...plainEnvironment(), NODE_EXTRA_CA_CERTS: trusted };
  // Without the automatic block limit: a bench blocks more accounts in ten minutes than any policy would.
  const policy = join(home, 'policy.json');
  await writeFile(policy, JSON.stringify({ durations: { blockLimitWindowMs: 1, ...options.durations } }));
  const inbox = openInbox({ databaseUrl });
  const ledger = openLedger({ databaseUrl, masterKey: await loadMasterKey(keys) });
  const tables = openRepositories(databaseUrl);
  const receiving = { inbox, signer: makeSigner(await loadSigningKey(keys)), sealingKey: await loadSealingPublicKey(keys) };
  await tables.people.confirm(
    [...approvers, ...people].map((person) => ({
      slackTeam: TEAM,
      slackUser: slackOf(person),
      objectId: person.id,
      name: person.displayName,
      phone: null,
    })),
    'bench',
  );
  const worker = await startReady('worker', home, {
    ...env,
    UNAPPROVE_HOME: home,
    UNAPPROVE_KEYS: keys,
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: services.temporalAddress,
    UNAPPROVE_TENANT_ID: company.tenantId,
    GRAPH_BASE_URL: tenant.graphBaseUrl,
    AZURE_AUTHORITY_HOST: tenant.authorityHost,
    UNAPPROVE_DISABLE_INSTANCE_DISCOVERY: 'true',
    UNAPPROVE_READER_CLIENT_ID: apps['reader']?.clientId ?? '',
    UNAPPROVE_READER_CERTIFICATE: apps['reader']?.certificatePath ?? '',
    UNAPPROVE_ACTOR_CLIENT_ID: apps['actor']?.clientId ?? '',
    UNAPPROVE_ACTOR_CERTIFICATE: apps['actor']?.certificatePath ?? '',
    UNAPPROVE_APPROVER_GROUP_ID: company.groups[0]?.id ?? '',
    UNAPPROVE_BREAK_GLASS_IDS: STAFF.find((person) => person.key === 'glass')?.id ?? '',
    UNAPPROVE_POLICY_FILE: policy,
    UNAPPROVE_PAGER_URL: pager.url,
    UNAPPROVE_PAGER_ROUTING_KEY: 'a'.repeat(32),
    SLACK_TEAM_ID: TEAM,
    SLACK_RESPONDER_CHANNEL: 'C0RESPONDERS',
  });
  const news = await openNews(ledger);
  const caseOf: BenchCompany['caseOf'] = (person) => news.about(person.id);

  return {
    home,
    keys,
    env,
    tenant,
    apps,
    people,
    approvers,
    ledger,
    receiving,
    async report(person) {
      await receiveReport(receiving, {
        team: TEAM,
        person: slackOf(person),
        viewId: `V${randomBytes(6).toString('hex').toUpperCase()}`,
        what: 'approved',
        when: 'last-15-minutes',
        about: null,
        words: { contacted: null, more: null, reach: null },
      });
    },
    caseOf,
    until: (id, question) => news.until(id, question),
    async closed(person) {
      const id = await caseOf(person);
      await news.until(id, (kinds) => kinds.filter((kind) => kind === 'step.verified').length >= 2);
      const entries = await ledger.entries(id);
      return Math.max(...entries.filter(({ content }) => content.kind === 'step.verified').map(({ storedAt }) => storedAt));
    },
    workerCpuMs: () => cpuMsOf(worker.pid),
    async stop() {
      await worker.stop();
      await news.stop();
      await Promise.all([inbox.close(), ledger.close(), tables.close()]);
      await Promise.all([tenant.stop(), pager.stop()]);
    },
  };
}

/** The Slack id that a bench gives a person. */
export const slackOf = (person: PersonSeed): string => `U${person.id.replaceAll('-', '').slice(0, 12).toUpperCase()}`;

/** One of the product's processes, ready. @throws with the end of its log when it ends instead */
export async function startReady(part: 'worker' | 'slack-app', home: string, env: Readonly<Record<string, string>>): Promise<Child> {
  let ready: () => void = () => undefined;
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const child = await startChild({
    name: part,
    file: process.execPath,
    args: ['--import', 'tsx', join(import.meta.dirname, '..', part, 'main.ts')],
    logFile: join(home, `${part}.log`),
    onLine: (line) => line.startsWith('{"ready"') && ready(),
    env: { ...env },
  });
  const ended = child.exited.then(async () => {
    throw new Error(`the ${part} ended: ${(await readFile(child.logFile, 'utf8')).slice(-2000)}`);
  });
  ended.catch(() => undefined);
  await Promise.race([isReady, ended]);
  return child;
}

interface News {
  about(subject: string): Promise<CaseId>;
  until(id: CaseId, question: (kinds: readonly string[]) => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** All times are the database's, so a late read is harmless. A read at every entry would slow what is measured. */
const REREAD_AFTER_MS = 500;

/** Follows the ledger; a wait for one case is not woken by other cases. */
async function openNews(ledger: Ledger): Promise<News> {
  const grown = new EventEmitter<Record<string, []>>();
  grown.setMaxListeners(0);
  const subjects = new Map<string, CaseId>();
  const stopListening = await ledger.listen((chain) => {
    if (chain.startsWith('tenant/')) return;
    if (![...subjects.values()].some((id) => id === chain)) void meet(caseId(chain));
    grown.emit(chain);
  });
  async function meet(id: CaseId): Promise<void> {
    const [opened] = await ledger.entries(id);
    const subject = String(opened?.content.body['subject']);
    subjects.set(subject, id);
    grown.emit(subject);
  }
  return {
    async about(subject) {
      for (;;) {
        const next = once(grown, subject);
        const id = subjects.get(subject);
        if (id !== undefined) return id;
        await next;
      }
    },
    async until(id, question) {
      for (;;) {
        const next = once(grown, id);
        const entries = await ledger.entries(id);
        if (question(entries.map(({ content }) => content.kind))) return;
        await Promise.all([next, pause(REREAD_AFTER_MS)]);
      }
    },
    stop: () => stopListening(),
  };
}

export interface Side {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export function side(times: readonly number[]): Side {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** When each part of one case was in the ledger, in ms after the report. */
export type Phases = Readonly<Record<'triaged' | 'intended' | 'applied' | 'verified', number>>;

export async function phasesOf({ ledger }: BenchCompany, id: CaseId, startedAt: number): Promise<Phases> {
  const entries = await ledger.entries(id);
  const last = (kind: string): number =>
    Math.max(...entries.filter(({ content }) => content.kind === kind).map(({ storedAt }) => storedAt)) - startedAt;
  return { triaged: last('case.opened'), intended: last('step.intended'), applied: last('step.applied'), verified: last('step.verified') };
}

export function mediansOf(phases: readonly Phases[]): string {
  const median = (name: keyof Phases): string => side(phases.map((each) => each[name])).p50.toFixed(0);
  return `triaged ${median('triaged')}, intended ${median('intended')}, applied ${median('applied')}, read back ${median('verified')}`;
}
