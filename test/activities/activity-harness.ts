// The worker's rooms without the engine: real record, real doors to a practice
// tenant over HTTPS, real signatures. A test plays the workflow.
import { createHash, createPublicKey, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import canonicalize from 'canonicalize';
import { Pool } from 'pg';
import { afterAll } from 'vitest';
import { accountWriter } from '../../activities/microsoft/account-writer.ts';
import { type GraphClient, openGraph } from '../../activities/microsoft/client.ts';
import { directoryReader } from '../../activities/microsoft/directory-reader.ts';
import { type App, permissionsOf } from '../../activities/microsoft/endpoints.ts';
import { methodWriter } from '../../activities/microsoft/method-writer.ts';
import { tokenSource } from '../../activities/microsoft/tokens.ts';
import {
  type BaselineSettings,
  type BaselineTools,
  baselineByDigest,
  latestBaseline,
  storeBaseline,
} from '../../activities/people/baseline.ts';
import { openRepositories, type Person } from '../../activities/people/repositories.ts';
import type { TriageRun, TriageTools } from '../../activities/people/triage-types.ts';
import { type VerifiedActions, verifyActions } from '../../activities/people/verify-actions.ts';
import { makePlan, type PlanResult, type PlanRun } from '../../activities/plans/index.ts';
import type { MadePlan, PlanTools } from '../../activities/plans/make-plan.ts';
import type { RunnerTools, StepRun } from '../../activities/steps/step-context.ts';
import type { DecisionEnvelope, DecisionValues, ReportEnvelope, SignedEnvelope } from '../../domain/action.ts';
import type { DecisionAction } from '../../domain/approval.ts';
import { NOTHING_STRICTER } from '../../domain/approval-requirements.ts';
import type { LedgerEvent } from '../../domain/case/events.ts';
import { type CaseId, caseId, type ObjectId, objectId, type TenantChain, tenantId } from '../../domain/ids.ts';
import { type PlanKind, planCode } from '../../domain/plan.ts';
import { DEFAULT_DURATIONS, type PolicySnapshot } from '../../domain/policy.ts';
import { makePracticeCa } from '../../drill/microsoft/certificates.ts';
import type { DomainSeed, PersonSeed } from '../../drill/microsoft/company.ts';
import type { Fault, Faults } from '../../drill/microsoft/faults.ts';
import { type FixtureApp, fixtureCompany, makeApps } from '../../drill/microsoft/fixture.ts';
import type { JournalRecord } from '../../drill/microsoft/journal.ts';
import { type HeldSession, type Holder, openPeopleClient, type PeopleClient } from '../../drill/microsoft/people-client.ts';
import { startTenant, type Tenant } from '../../drill/microsoft/start.ts';
import { makeSigner, type Signer, verifySigned } from '../../inbox/envelope.ts';
import { keyIdOf, makeKeys } from '../../inbox/keys.ts';
import { grantLogin } from '../../ledger/database-roles.ts';
import { type Ledger, openLedger } from '../../ledger/ledger.ts';
import { APP_PASSWORD } from '../ledger/ledger-harness.ts';
import { freshDatabase } from '../setup/database.ts';
import { practiceCertificate } from '../setup/practice-ca.ts';

export const TEAM = 'T0TEST';

export type ActivityHarnessTools = TriageTools & PlanTools & RunnerTools;

export interface ActivityHarness {
  readonly tenant: Tenant;
  readonly ledger: Ledger;
  /** As the owner of the database. */
  readonly databaseUrl: string;
  readonly tools: ActivityHarnessTools;
  readonly alarms: string[];
  readonly signer: Signer;
  readonly policy: PolicySnapshot;
  readonly door: (app: App) => GraphClient;
  /** What people do, in a browser, on a phone or in the portal. */
  readonly hands: PeopleClient;
  /** Of the approvers. */
  readonly group: ObjectId;
  id(key: string): ObjectId;
  slack(key: string): string;
  /** Reports the person's account, by themselves unless said otherwise, and opens the case. */
  report(key: string, part?: Partial<ReportEnvelope['values']>, how?: HowReported): Promise<CaseId>;
  /** One more report about the account of an open case. */
  reportAgain(about: CaseId, key: string, by: string): Promise<VerifiedActions>;
  /** Signs in as that person from an address; where a phone is asked, its owner says yes. */
  signIn(key: string, holder: Holder, ip: string): Promise<HeldSession>;
  /** Every request so far that could have changed something. */
  writes(): readonly JournalRecord[];
  /** Puts an entry into the record through the database, as whoever holds the application's role can. */
  forge(about: CaseId | TenantChain, entry: { readonly key: string; readonly kind: string; readonly body: unknown }): Promise<void>;
  /** One signed decision, weighed as the worker does. */
  decide<Act extends DecisionAction>(
    about: CaseId,
    subject: string,
    by: string,
    act: Act,
    values?: Partial<DecisionValues[Act]>,
  ): Promise<VerifiedActions>;
  sign(by: string, part: Partial<DecisionEnvelope>): SignedEnvelope;
  /** Weighs actions of an open case as they are. */
  weigh(
    about: CaseId,
    subject: string,
    actions: readonly SignedEnvelope[],
    part?: Partial<TriageRun>,
    other?: Partial<TriageTools>,
  ): Promise<VerifiedActions>;
  /** Stores a newer baseline, from what the directory says now. */
  rebase(): Promise<void>;
  /** What the worker's baseline job works with. */
  readonly baselines: BaselineTools;
  readonly installation: BaselineSettings;
  /** Says who is who. */
  confirm(people: readonly Person[]): Promise<void>;
  plan(about: CaseId, subject: string, group: PlanKind, part?: Partial<PlanRun>): Promise<PlanResult>;
  /** The same, where one must come of it. */
  planned(about: CaseId, subject: string, group: PlanKind, part?: Partial<PlanRun>): Promise<MadePlan>;
  /** Approves a plan with its own code, one person after another. */
  approve(about: CaseId, subject: string, digest: string, by: readonly string[]): Promise<void>;
  /** Makes a plan and has it approved. */
  approved(about: CaseId, subject: string, group: PlanKind, by?: readonly string[], part?: Partial<PlanRun>): Promise<MadePlan>;
  run(about: CaseId, subject: string, order: StepRun['order'], attempt?: number): StepRun;
  entries(
    about: CaseId,
  ): Promise<readonly { readonly kind: string; readonly key: string; readonly body: Readonly<Record<string, unknown>> }[]>;
}

export async function openActivityHarness(
  people: readonly PersonSeed[],
  { approvers, breakGlass = [], actorRoles = ['User Administrator', 'Authentication Administrator'], domains = [] }: HouseOptions,
): Promise<ActivityHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
  const ca = await makePracticeCa();
  const apps = await makeApps(folder, ca, {
    reader: { permissions: permissionsOf('reader'), roles: [] },
    actor: { permissions: permissionsOf('actor'), roles: actorRoles },
  });
  const small = fixtureCompany(people, approvers, Object.values(apps));
  const company = { ...small, domains: [...small.domains, ...domains] };
  // Time runs fast, so that Microsoft's quotas (five methods requests in ten seconds) do not decide what a test can show.
  const started = await startTenant({
    company,
    seed: 5,
    timeScale: 5_000,
    latency: 'none',
    lag: 'none',
    certificate: await practiceCertificate(),
  });
  const { faults, silent } = notingSilence(started.faults);
  const tenant: Tenant = { ...started, faults };
  const door = (app: App): GraphClient => doorOf(tenant, apps[app], silent);

  const databaseUrl = await freshDatabase();
  const appUrl = await grantLogin(databaseUrl, APP_PASSWORD);
  const keys = makeKeys();
  const ledger = openLedger({ databaseUrl: appUrl, masterKey: keys.masterKey });
  const tables = openRepositories(appUrl);
  const forger = new Pool({ connectionString: appUrl, max: 1 });
  forger.on('error', () => undefined);
  const hands = openPeopleClient({ baseUrl: tenant.url, tenantId: company.tenantId });
  const publicKey = createPublicKey(keys.signing.privateKey);
  const publicKeys = new Map([[keyIdOf(publicKey), publicKey]]);
  const signer = makeSigner(keys.signing);
  const alarms: string[] = [];
  const reader = directoryReader(door('reader'));
  const policy: PolicySnapshot = { version: 'test', durations: { ...DEFAULT_DURATIONS, logDelayMs: 0 }, stricter: NOTHING_STRICTER };
  const tenantOf = tenantId(company.tenantId);
  const approverGroup = objectId(company.groups[0]?.id ?? '');
  const stored = { ledger, rows: tables.baselines };
  const settings = { tenant: tenantOf, breakGlass: breakGlass.map((key) => idOf(people, key)), approverGroup };
  await storeBaseline({ ...stored, reader }, settings);
  await tables.people.confirm(
    people.map(({ key, id, displayName }) => ({ slackTeam: TEAM, slackUser: slackOf(key), objectId: id, name: displayName, phone: null })),
    'test',
  );
  const current = async () => (await latestBaseline(stored, tenantOf)).baseline;
  const tools: ActivityHarnessTools = {
    ledger,
    reader,
    doors: { account: accountWriter(door('actor'), current), methods: methodWriter(door('actor'), current) },
    people: tables.people,
    display: tables.display,
    baseline: { latest: () => latestBaseline(stored, tenantOf), byDigest: (digest) => baselineByDigest(stored, tenantOf, digest) },
    approverGroup,
    policy,
    alarm: async ({ reason }) => void alarms.push(reason),
    pause: (ms) => sleep(ms),
    inbox: { verify: (act) => verifySigned(act, publicKeys), words: async () => null, empty: async () => undefined },
  };
  afterAll(async () => {
    await Promise.all([ledger.close(), tables.close(), forger.end(), hands.close()]);
    await tenant.stop();
    await rm(folder, { recursive: true });
  });

  const signedReport = (
    key: string,
    by: string,
    part: Partial<ReportEnvelope['values']>,
    at = new Date().toISOString(),
  ): SignedEnvelope => {
    const about = by === key ? null : slackOf(key);
    const values = { what: 'approved', when: 'today', about, wordsSha256: null, ...part } as const;
    return signer.sign({ ...frame(slackOf(by)), at, act: 'report', values });
  };
  let attempt = 1;
  const harness: ActivityHarness = {
    tenant,
    ledger,
    databaseUrl,
    tools,
    alarms,
    signer,
    policy,
    door,
    id: (key) => idOf(people, key),
    slack: slackOf,
    hands,
    group: approverGroup,
    baselines: { ...stored, reader },
    installation: settings,
    async report(key, part = {}, { by = key, at, policy: ofCase = policy } = {}) {
      const id = caseId(randomUUID());
      const run = {
        tenant: tenantOf,
        subject: harness.id(key),
        caseId: id,
        actions: [signedReport(key, by, part, at)],
        opening: true,
        lastTry: true,
      };
      await verifyActions({ ...tools, policy: ofCase }, run);
      return id;
    },
    reportAgain: (about, key, by) => harness.weigh(about, key, [signedReport(key, by, {})]),
    async signIn(key, holder, ip) {
      const { upn, password } = personOf(people, key);
      const who = { holder, from: { ip, city: 'Utrecht', country: 'NL', asn: 64_500, app: 'Browser', cae: false } };
      const begun = await hands.signIn({ upn, password, ...who });
      if (begun.kind === 'waiting') for (const { id } of await hands.prompts(key)) await hands.approvePrompt(id);
      const decided = await hands.untilDecided(begun, who);
      if (decided.kind === 'refused')
        throw new Error(`expected ${holder} of ${key} to be let in, was told ${decided.code} ${decided.said}`);
      return decided.session;
    },
    writes: () => tenant.journal.records().filter(({ method, path }) => method !== 'GET' && path.startsWith('/v1.0/')),
    async forge(about, { key, kind, body }) {
      const content = { case: about, key, at: new Date().toISOString(), kind, schemaVersion: 1, actor: 'worker', body, attachments: [] };
      await forger.query('SELECT * FROM ledger_append(ARRAY[$1::bytea])', [Buffer.from(canonicalize(content) ?? '')]);
    },
    sign: (by, part) => signer.sign({ ...frame(slackOf(by)), ...part } as DecisionEnvelope),
    weigh: (about, subject, actions, part = {}, other = {}) =>
      verifyActions(
        { ...tools, ...other },
        { tenant: tenantOf, subject: harness.id(subject), caseId: about, actions, opening: false, lastTry: true, ...part },
      ),
    async rebase() {
      await storeBaseline({ ...stored, reader }, settings);
    },
    confirm: (confirmed) => tables.people.confirm(confirmed, 'test'),
    decide(about, subject, by, act, values = {}) {
      const signed = harness.sign(by, { act, values: { case: about, wordsSha256: null, ...values } } as Partial<DecisionEnvelope>);
      return harness.weigh(about, subject, [signed]);
    },
    async plan(about, subject, group, part = {}) {
      attempt += 1;
      const place = { group, round: 1, attempt, because: 'account-blocked', askedBy: null, ...part } as const;
      return makePlan(tools, { caseId: about, subject: harness.id(subject), notes: [], lastTry: true, ...place });
    },
    async planned(about, subject, group, part = {}) {
      const result = await harness.plan(about, subject, group, part);
      if (result.kind !== 'made') throw new Error(`expected a plan, got ${JSON.stringify(result)}`);
      return result.plan;
    },
    async approve(about, subject, digest, by) {
      for (const key of by) await harness.decide(about, subject, key, 'approve', { plan: digest, code: planCode(digest) });
    },
    async approved(about, subject, group, by = approvers.slice(0, 1), part = {}) {
      const plan = await harness.planned(about, subject, group, part);
      await harness.approve(about, subject, plan.digest, by);
      return plan;
    },
    run: (about, subject, order, runAttempt = 1) => ({
      caseId: about,
      subject: harness.id(subject),
      attempt: runAttempt,
      order,
      notes: [],
      readBackEveryMs: 5,
      readBackWithinMs: 100,
    }),
    async entries(about) {
      return (await ledger.entries(about)).map(({ content: { kind, key, body } }) => ({ kind, key, body }));
    },
  };
  return harness;
}

interface HouseOptions {
  /** Keys of people. */
  readonly approvers: readonly string[];
  readonly breakGlass?: readonly string[];
  /** Directory roles of the app that actions. */
  readonly actorRoles?: readonly string[];
  /** Beside contoso.example. */
  readonly domains?: readonly DomainSeed[];
}

interface HowReported {
  /** Key of whoever reports. */
  readonly by?: string;
  /** ISO: when it was received, if it had to wait since. */
  readonly at?: string;
  /** The policy that the case runs under. */
  readonly policy?: PolicySnapshot;
}

const personOf = (people: readonly PersonSeed[], key: string): PersonSeed => {
  const person = people.find((each) => each.key === key);
  if (person === undefined) throw new Error(`expected somebody called ${key}`);
  return person;
};

const idOf = (people: readonly PersonSeed[], key: string): ObjectId => objectId(personOf(people, key).id);

const slackOf = (key: string): string => `U${key.toUpperCase().replaceAll(/[^A-Z0-9]/g, '0')}`;

const frame = (person: string) =>
  ({
    version: 1,
    key: `slack:V1:${createHash('sha256').update(randomUUID()).digest('hex')}`,
    channel: 'slack',
    team: TEAM,
    person,
    at: new Date().toISOString(),
    nonce: randomBytes(18).toString('base64url'),
  }) as const;

/** A slow machine is waited for, however slow it is. */
const PATIENT_MS = 30_000;
/** A silence that a test plays is not: it is held longer than this, and ends as Microsoft's does. */
const IMPATIENT_MS = 2_000;

/** Whether a call that is never answered has been ordered. */
function notingSilence(faults: Faults): { readonly faults: Faults; readonly silent: () => boolean } {
  const ordered = new Set<Fault>();
  return {
    silent: () => ordered.size > 0,
    faults: {
      add(fault) {
        const takeAway = faults.add(fault);
        if (fault.kind === 'timeout-before' || fault.kind === 'timeout-after') ordered.add(fault);
        return () => {
          ordered.delete(fault);
          takeAway();
        };
      },
      clear() {
        ordered.clear();
        faults.clear();
      },
    },
  };
}

function doorOf(tenant: Tenant, app: FixtureApp, silent: () => boolean): GraphClient {
  const [patient, impatient] = [PATIENT_MS, IMPATIENT_MS].map((timeoutMs) => doorWithin(timeoutMs, tenant, app));
  if (patient === undefined || impatient === undefined) throw new Error('expected two doors');
  return new Proxy(patient, { get: (_, name) => Reflect.get(silent() ? impatient : patient, name) as unknown });
}

function doorWithin(timeoutMs: number, tenant: Tenant, app: FixtureApp): GraphClient {
  const credential = {
    kind: 'certificate',
    tenantId: tenant.company.tenantId,
    clientId: app.clientId,
    certificatePath: app.certificatePath,
  } as const;
  return openGraph({
    baseUrl: tenant.graphBaseUrl,
    timeoutMs,
    // The meters have tests of their own.
    meter: { take: async () => ({ settle: () => undefined }) },
    tokens: tokenSource(credential, {
      authorityHost: tenant.authorityHost,
      instanceDiscovery: false,
      graphOrigin: new URL(tenant.graphBaseUrl).origin,
      timeoutMs: PATIENT_MS,
    }),
  });
}

/** Every kind of entry, for a story told in kinds. */
export const kindsOf = (entries: readonly { readonly kind: string }[]): LedgerEvent['kind'][] =>
  entries.map(({ kind }) => kind as LedgerEvent['kind']);
