import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AccountActor, accountActor } from '../../../activities/graph/actor.ts';
import { openGraph } from '../../../activities/graph/client.ts';
import { type DirectoryReader, directoryReader } from '../../../activities/graph/directory.ts';
import { tokenSource } from '../../../activities/graph/tokens.ts';
import { blockSignIn } from '../../../activities/steps/block-sign-in.ts';
import { revokeSessions } from '../../../activities/steps/revoke-sessions.ts';
import { applyStep, type StepRun } from '../../../activities/steps/runner.ts';
import type { Baseline } from '../../../domain/account.ts';
import { caseId, type ObjectId, objectId } from '../../../domain/ids.ts';
import { makePracticeCa } from '../../../drill/tenant/certificates.ts';
import type { CompanySeed, PersonSeed } from '../../../drill/tenant/company.ts';
import { startTenant, type Tenant } from '../../../drill/tenant/start.ts';
import type { Intent } from '../../../ledger/intent.ts';
import { type Ledger, openLedger } from '../../../ledger/open-ledger.ts';
import { freshDatabase } from '../../setup/database.ts';
import { practiceCertificate } from '../../setup/practice-ca.ts';
import { openCase } from '../open-case.ts';

const people = {
  ana: objectId('eeeeeeee-0000-4000-8000-000000000001'),
  vera: objectId('eeeeeeee-0000-4000-8000-000000000002'),
  rita: objectId('eeeeeeee-0000-4000-8000-000000000003'),
  gus: objectId('eeeeeeee-0000-4000-8000-000000000004'),
  lena: objectId('eeeeeeee-0000-4000-8000-000000000005'),
};
const nobody = objectId('eeeeeeee-0000-4000-8000-0000000000ff');

let folder: string;
let tenant: Tenant;
let reader: DirectoryReader;
let door: AccountActor;
let ledger: Ledger;
let baseline: Baseline = {
  digest: 'd',
  storedAt: 's',
  breakGlass: [],
  provenBreakGlass: [],
  syncAccounts: [],
  administrators: [],
  approvers: [],
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
  const ca = await makePracticeCa();
  const apps = {
    reader: { id: randomUUID(), file: join(folder, 'reader.pem') },
    actor: { id: randomUUID(), file: join(folder, 'actor.pem') },
  };
  const certificates = { reader: await ca.issueApp('reader'), actor: await ca.issueApp('actor') };
  for (const name of ['reader', 'actor'] as const) {
    await writeFile(apps[name].file, `${certificates[name].keyPem}\n${certificates[name].certPem}`, { mode: 0o600 });
  }
  const company = companyOf(apps, { reader: certificates.reader.certPem, actor: certificates.actor.certPem });
  tenant = await startTenant({ company, seed: 3, timeScale: 1, latency: 'none', lag: 'none', certificate: await practiceCertificate() });
  const graph = (name: 'reader' | 'actor') =>
    openGraph({
      baseUrl: tenant.graphBaseUrl,
      timeoutMs: 1_000,
      // The meters have tests of their own.
      meter: { take: async () => ({ settle: () => undefined }) },
      tokens: tokenSource(
        { kind: 'certificate', tenantId: company.tenantId, clientId: apps[name].id, certificatePath: apps[name].file },
        {
          authorityHost: tenant.authorityHost,
          instanceDiscovery: false,
          graphOrigin: new URL(tenant.graphBaseUrl).origin,
          timeoutMs: 2_000,
        },
      ),
    });
  reader = directoryReader(graph('reader'));
  door = accountActor(graph('actor'), async () => baseline);
  ledger = openLedger({ databaseUrl: await freshDatabase(), masterKey: new Uint8Array(32).fill(9) });
});
afterEach(() => {
  tenant.faults.clear();
  baseline = { ...baseline, breakGlass: [] };
});
afterAll(async () => {
  await ledger.close();
  await tenant.stop();
  await rm(folder, { recursive: true });
});

async function run(subject: ObjectId): Promise<StepRun> {
  const id = caseId(randomUUID());
  await openCase(ledger, id, subject);
  return { caseId: id, subject, generation: 1, notes: [], readBackEveryMs: 20, readBackWithinMs: 2_000 };
}
const tools = () => ({ ledger, door, pause: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) });
const effectsOn = (subject: string, what: string) =>
  tenant.journal.records().flatMap((record) => record.effects.filter((effect) => effect.target === subject && effect.what === what));

describe('the doors to Microsoft, over real HTTPS', () => {
  it('close an account and read it back, with one effect each, named by the intent', async () => {
    const here = await run(people.ana);
    await expect(applyStep(tools(), blockSignIn, here)).resolves.toMatchObject({ kind: 'verified', changed: true });
    await expect(applyStep(tools(), revokeSessions, here)).resolves.toMatchObject({ kind: 'verified', changed: true });
    expect(tenant.truth.account('ana').enabled).toBe(false);
    expect(effectsOn(people.ana, 'accountEnabled')).toHaveLength(1);
    expect(effectsOn(people.ana, 'signInSessionsValidFrom')).toHaveLength(1);
    const written = tenant.journal.records().filter((record) => record.effects.length > 0 && record.path.includes(people.ana));
    const intents = await Promise.all(
      (['block-sign-in', 'revoke-sessions'] as const).map((step) =>
        ledger.intentOf({ caseId: here.caseId, generation: 1, step, target: { kind: 'account', id: people.ana } }),
      ),
    );
    expect(new Set(written.map((record) => record.clientRequestId))).toEqual(new Set(intents.map((intent) => intent?.id)));
  });

  it('make an act that died after its effect count once, and keep its "from"', async () => {
    const here = await run(people.vera);
    tenant.faults.add({ operation: 'user.disable', occurrence: 1, kind: 'timeout-after', hangMs: 3_000 });
    await expect(applyStep(tools(), blockSignIn, here)).rejects.toMatchObject({ code: 'GRAPH_TIMED_OUT' });
    await expect(applyStep(tools(), blockSignIn, here)).resolves.toMatchObject({ kind: 'verified' });
    expect(effectsOn(people.vera, 'accountEnabled')).toHaveLength(1);
    const intent = await ledger.intentOf({
      caseId: here.caseId,
      generation: 1,
      step: 'block-sign-in',
      target: { kind: 'account', id: people.vera },
    });
    expect(intent?.change.from).toBe(true);
  });

  it('refuse a protected account themselves, and no request leaves the house', async () => {
    baseline = { ...baseline, breakGlass: [people.gus] };
    const before = tenant.journal.records().filter((record) => record.method !== 'GET').length;
    await expect(applyStep(tools(), blockSignIn, await run(people.gus))).rejects.toMatchObject({ code: 'PROTECTED_ACCOUNT' });
    expect(tenant.journal.records().filter((record) => record.method !== 'GET')).toHaveLength(before);
    // Without the guard the same request goes out and the account is closed: the guard is what held it.
    baseline = { ...baseline, breakGlass: [] };
    await expect(applyStep(tools(), blockSignIn, await run(people.gus))).resolves.toMatchObject({ kind: 'verified' });
  });

  it('take no look-alike of an intent', async () => {
    const alike = { id: 'x', change: { target: { kind: 'account', id: people.lena } } };
    await expect(door.blockSignIn(alike as unknown as Intent)).rejects.toMatchObject({ code: 'INTENT_MISSING' });
    expect(tenant.truth.account('lena').enabled).toBe(true);
  });

  it('say that an administrator is above our rights, as something only a person can mend', async () => {
    await expect(applyStep(tools(), blockSignIn, await run(people.rita))).rejects.toMatchObject({
      code: 'GRAPH_FORBIDDEN',
      details: { status: 403 },
    });
  });

  it.each([
    ['GRAPH_FORBIDDEN', { kind: 'status', status: 403, code: 'Authorization_RequestDenied' }],
    ['GRAPH_CONFLICT', { kind: 'status', status: 409, code: 'Conflict' }],
    ['GRAPH_UNAVAILABLE', { kind: 'status', status: 503, code: 'ServiceUnavailable' }],
    ['GRAPH_UNAVAILABLE', { kind: 'status', status: 500, code: 'InternalServerError' }],
    ['GRAPH_REFUSED', { kind: 'status', status: 400, code: 'Request_BadRequest' }],
    ['GRAPH_TIMED_OUT', { kind: 'timeout-before', hangMs: 3_000 }],
    ['GRAPH_UNAVAILABLE', { kind: 'reset' }],
  ] as const)('call a failure %s (%o)', async (code, fault) => {
    tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, ...fault });
    await expect(reader.methods(people.lena)).rejects.toMatchObject({ code });
  });

  it('keep the pause that Microsoft names, and have one of their own when none is named', async () => {
    tenant.faults.add({
      operation: 'auth.methods.list',
      occurrence: 1,
      kind: 'status',
      status: 429,
      code: 'TooManyRequests',
      retryAfter: 7,
    });
    await expect(reader.methods(people.lena)).rejects.toMatchObject({ code: 'GRAPH_THROTTLED', details: { retryAfterMs: 7_000 } });
    tenant.faults.clear();
    tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, kind: 'status', status: 429, code: 'TooManyRequests' });
    await expect(reader.methods(people.lena)).rejects.toMatchObject({ code: 'GRAPH_THROTTLED', details: { retryAfterMs: 2_000 } });
  });

  it('try once more with a new token after one was refused, and not a second time', async () => {
    const tokens = () => tenant.journal.records().filter((record) => record.path.endsWith('/oauth2/v2.0/token')).length;
    const before = tokens();
    tenant.faults.add({ operation: 'user.get', occurrence: 1, kind: 'status', status: 401, code: 'InvalidAuthenticationToken' });
    await expect(reader.isEnabled(people.lena)).resolves.toMatchObject({ value: true });
    expect(tokens()).toBe(before + 1);
    tenant.faults.add({
      operation: 'user.get',
      occurrence: { from: 1, to: 2 },
      kind: 'status',
      status: 401,
      code: 'InvalidAuthenticationToken',
    });
    await expect(reader.isEnabled(people.lena)).rejects.toMatchObject({ code: 'GRAPH_UNAUTHORIZED' });
    expect(tokens()).toBe(before + 2);
  });

  it('say that somebody is not there', async () => {
    await expect(reader.isEnabled(nobody)).rejects.toMatchObject({ code: 'GRAPH_NOT_FOUND' });
  });

  it('learn what kind of account it is, roles through groups and eligible ones included', async () => {
    const learned = await reader.learnAccount(people.rita, [], 'none');
    expect(learned.value).toMatchObject({
      facts: { roles: [expect.stringMatching(/^[0-9a-f-]{36}$/)], userType: 'Member' },
      blindSpots: [],
    });
  });

  it('take roles that cannot be read for a blind spot only when there is no patience left', async () => {
    tenant.faults.add({ operation: 'roles.assignments.list', occurrence: { from: 1 }, kind: 'status', status: 503 });
    await expect(reader.learnAccount(people.lena, [], 'more')).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    const learned = await reader.learnAccount(people.lena, [], 'none');
    expect(learned.value.blindSpots).toEqual([{ what: 'roles', why: 'no answer' }]);
  });

  it('send nothing but object ids in a path', async () => {
    await expect(reader.isEnabled('ana#EXT#@contoso.example' as typeof nobody)).rejects.toThrow('takes an object id');
  });
});

function companyOf(apps: Record<'reader' | 'actor', { id: string }>, certificates: Record<'reader' | 'actor', string>): CompanySeed {
  const person = (key: keyof typeof people, roles: readonly string[] = []): PersonSeed => ({
    key,
    id: people[key],
    displayName: key,
    upn: `${key}@contoso.example`,
    userType: 'Member',
    enabled: true,
    synced: false,
    restricted: false,
    roles,
    eligibleRoles: [],
    password: `Password-of-${key}-1`,
    methods: [{ kind: 'authenticator', displayName: 'phone' }],
    mailbox: 'cloud',
  });
  const app = (key: 'reader' | 'actor', permissions: readonly string[], roles: readonly string[] = []) => ({
    key,
    appId: apps[key].id,
    servicePrincipalId: randomUUID(),
    name: key,
    permissions,
    roles,
    certificatePem: certificates[key],
  });
  return {
    tenantId: randomUUID(),
    name: 'Contoso',
    licences: { p1: true, p2: true },
    domains: [{ name: 'contoso.example', authentication: 'Managed', isDefault: true }],
    people: [person('ana'), person('vera'), person('rita', ['Global Administrator']), person('gus'), person('lena')],
    groups: [],
    apps: [
      app('reader', ['User.Read.All', 'Directory.Read.All', 'RoleManagement.Read.Directory', 'UserAuthenticationMethod.Read.All']),
      app('actor', ['User.Read.All', 'User.EnableDisableAccount.All', 'User.RevokeSessions.All'], ['User Administrator']),
    ],
  };
}
