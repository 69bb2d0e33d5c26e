// Never more than Microsoft takes, and never a closing call behind a reading one.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openGraph } from '../../../activities/microsoft/client.ts';
import { type DirectoryReader, directoryReader } from '../../../activities/microsoft/directory-reader.ts';
import { ENDPOINTS, type Endpoint } from '../../../activities/microsoft/endpoints.ts';
import {
  openRateLimits,
  type Permit,
  type RateLimiter,
  type RateLimitSettings,
  type RateLimits,
} from '../../../activities/microsoft/rate-limits.ts';
import { tokenSource } from '../../../activities/microsoft/tokens.ts';
import { RunbookError } from '../../../domain/errors.ts';
import { objectId } from '../../../domain/ids.ts';
import { makePracticeCa } from '../../../drill/microsoft/certificates.ts';
import type { CompanySeed } from '../../../drill/microsoft/company.ts';
import { OPERATIONS } from '../../../drill/microsoft/operations.ts';
import { startTenant, type Tenant } from '../../../drill/microsoft/start.ts';
import { grantLogin } from '../../../ledger/database-roles.ts';
import { roleOf } from '../../../prisma/roles.ts';
import { APP_PASSWORD } from '../../ledger/ledger-harness.ts';
import { freshDatabase } from '../../setup/database.ts';
import { practiceCertificate } from '../../setup/practice-ca.ts';

const WINDOW_MS = 150;
const logRead: Endpoint = ENDPOINTS.signIns;
const urgentRead: Endpoint = ENDPOINTS.readAccount;
const urgentLogRead: Endpoint = { ...logRead, urgent: true };

const ownerUrl = await freshDatabase();
const databaseUrl = await grantLogin(ownerUrl, APP_PASSWORD);
const owner = new Pool({ connectionString: ownerUrl });
owner.on('error', () => undefined);
afterAll(() => owner.end());
const opened: RateLimits[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((meters) => meters.close()));
});

/** The meters of one worker. A tenant of its own each time, unless two are to share one. */
function worker(part: Partial<Omit<RateLimitSettings, 'durations'>> & { readonly waitMs?: number } = {}): RateLimits {
  const { waitMs = 20_000, ...settings } = part;
  const meters = openRateLimits({
    databaseUrl,
    tenantId: randomUUID(),
    durations: {
      reportsWindowMs: WINDOW_MS,
      identityWindowMs: WINDOW_MS,
      identityWritesWindowMs: WINDOW_MS,
      protectionWindowMs: WINDOW_MS,
      meterWaitMs: waitMs,
    },
    timeoutMs: 1_000,
    log: () => undefined,
    ...settings,
  });
  opened.push(meters);
  return meters;
}

const take = (meter: RateLimiter, call: Endpoint, count: number): Promise<Permit[]> =>
  Promise.all(Array.from({ length: count }, () => meter.take(call, 'first')));

async function inStore(query: string, values: readonly unknown[]): Promise<number> {
  const { rows } = await owner.query<{ result: number }>(query, [...values]);
  return rows[0]?.result ?? 0;
}

/** @returns when to come back, in ms */
async function refusal(taking: Promise<Permit>): Promise<number> {
  try {
    await taking;
  } catch (error) {
    if (error instanceof RunbookError && error.code === 'GRAPH_THROTTLED') return error.details.retryAfterMs ?? 0;
    throw error;
  }
  throw new Error('expected no room, found some');
}

describe('a bucket of five', () => {
  it('never holds a sixth in any window, however late the answers come, with two workers', async () => {
    const tenantId = randomUUID();
    // Answers may be later than a window and the allowance for clocks together. None is later than the time-out: such a call is given up.
    const latestMs = 300;
    const meters = [worker({ tenantId }), worker({ tenantId })].map((each) => each.of('reader'));
    const calls: { readonly from: number; readonly to: number }[] = [];
    const call = async (index: number): Promise<void> => {
      const permit = await meters[index % 2]?.take(index % 7 === 0 ? urgentLogRead : logRead, 'first');
      const from = Date.now();
      await pause((index * 37) % latestMs);
      calls.push({ from, to: Date.now() });
      permit?.settle();
    };
    // Urgent calls do not wait: those that find no room come back like any other.
    const insist = (index: number): Promise<void> =>
      call(index).catch(async (error: unknown) => {
        await pause((error as RunbookError).details.retryAfterMs ?? 1);
        return insist(index);
      });
    await Promise.all(Array.from({ length: 30 }, (_, index) => insist(index)));

    expect(calls).toHaveLength(30);
    // Microsoft counts a call somewhere between its departure and its answer: at the worst all of these fall into one window.
    for (const { from } of calls) {
      const atWorst = calls.filter((other) => other.from <= from && other.to > from - WINDOW_MS);
      expect(atWorst.length).toBeLessThanOrEqual(5);
    }
  });

  it('keeps one for a call that closes doors, which waits behind nobody', async () => {
    const meter = worker().of('actor');
    await take(meter, logRead, 4);
    const order: string[] = [];
    const waiting = meter.take(logRead, 'first').then((permit) => {
      order.push('log read');
      return permit;
    });
    await meter.take(urgentLogRead, 'first').then(() => order.push('urgent'));
    await waiting;
    expect(order).toEqual(['urgent', 'log read']);
  });

  it('says when to come back, and then there is room', async () => {
    const meter = worker({ waitMs: 0 }).of('actor');
    const permits = await take(meter, urgentLogRead, 5);
    for (const permit of permits) permit.settle();
    const afterMs = await refusal(meter.take(urgentLogRead, 'first'));
    expect(afterMs).toBeGreaterThan(0);
    expect(afterMs).toBeLessThanOrEqual(WINDOW_MS + 200);
    await pause(afterMs);
    await expect(take(meter, urgentLogRead, 5)).resolves.toHaveLength(5);
  });

  it('is one bucket for all workers, and another for each app', async () => {
    const tenantId = randomUUID();
    const [here, there] = [worker({ tenantId, waitMs: 0 }), worker({ tenantId, waitMs: 0 })];
    await take(here.of('reader'), logRead, 4);
    expect(await refusal(there.of('reader').take(logRead, 'first'))).toBeGreaterThan(0);
    await there.of('reader').take(urgentLogRead, 'first');
    expect(await refusal(here.of('reader').take(urgentLogRead, 'first'))).toBeGreaterThan(0);
    await expect(take(here.of('actor'), logRead, 4)).resolves.toHaveLength(4);
  });

  it('lets only those wait who will have their turn in time, and gives each of the others a time of its own', async () => {
    const meter = worker({ waitMs: WINDOW_MS + 1_300, timeoutMs: 100 }).of('reader');
    const told: string[] = [];
    const times: number[] = [];
    const call = async (): Promise<void> => {
      try {
        (await meter.take(logRead, 'first')).settle();
        told.push('go');
      } catch (error) {
        told.push('come back');
        times.push((error as RunbookError).details.retryAfterMs ?? 0);
      }
    };
    await Promise.all(Array.from({ length: 40 }, call));
    // Four go, sixteen have their turn in time; the others know at once, before the first answer of the store.
    expect(told.slice(0, 24)).toEqual([...Array.from({ length: 20 }, () => 'come back'), ...Array.from({ length: 4 }, () => 'go')]);
    expect(new Set(times).size).toBe(times.length);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(1_000);
  });

  it('lets nobody wait for whom it would be too late anyway', async () => {
    const meter = worker({ patienceMs: () => 1_010 }).of('reader');
    await take(meter, logRead, 4);
    expect(await refusal(meter.take(logRead, 'first'))).toBeGreaterThan(0);
  });

  it('goes on with a list that has begun before it begins another', async () => {
    const meter = worker().of('reader');
    for (const permit of await take(meter, logRead, 4)) permit.settle();
    const order: string[] = [];
    const then = (name: string) => () => order.push(name);
    await Promise.all([
      ...Array.from({ length: 5 }, () => meter.take(logRead, 'first').then(then('first'))),
      meter.take(logRead, 'further').then(then('further')),
    ]);
    expect(order.indexOf('further')).toBeLessThan(4);
  });

  it('is shut for everybody but urgent calls when Microsoft refuses all the same, and for as long as it says', async () => {
    const tenantId = randomUUID();
    const here = worker({ tenantId, waitMs: 0 }).of('reader');
    const there = worker({ tenantId, waitMs: 0 }).of('reader');
    (await here.take(logRead, 'first')).settle(5_000);
    expect(await refusal(here.take(logRead, 'first'))).toBeGreaterThan(4_000);
    // The news travels beside the calls.
    const shut = 'SELECT count(*)::int AS result FROM meter WHERE key LIKE $1 AND expire > $2';
    await expect.poll(() => inStore(shut, [`reports/${tenantId}/%`, Date.now() + 3_000])).toBe(4);
    expect(await refusal(there.take(logRead, 'first'))).toBeGreaterThan(4_000);
    await there.take(urgentLogRead, 'first');
  });
});

describe('a bucket of thousands', () => {
  it('lets ordinary calls have less than half, and the rest is there for urgent ones', async () => {
    const meter = worker().of('reader');
    const heavy: Endpoint = { ...ENDPOINTS.memberships, urgent: false, units: 700 };
    await take(meter, heavy, 2);
    const afterMs = await refusal(meter.take(heavy, 'first'));
    expect(afterMs).toBeGreaterThan(0);
    expect(afterMs).toBeLessThanOrEqual(WINDOW_MS + 1_200);
    await expect(take(meter, urgentRead, 100)).resolves.toHaveLength(100);
    await pause(afterMs);
    await expect(take(meter, heavy, 2)).resolves.toHaveLength(2);
  });

  it('tells urgent calls too when to come back, once even what was kept is used up', async () => {
    const meter = worker().of('actor');
    const heavy: Endpoint = { ...urgentRead, units: 1_000 };
    // Counted, not asked: the first ones are out before the store has said anything.
    await take(meter, heavy, 3);
    await expect.poll(() => refusal(meter.take(heavy, 'first')).catch(() => 0)).toBeGreaterThan(0);
  });

  it('counts writes a second time, under their own limit', async () => {
    const tenantId = randomUUID();
    const meter = worker({ tenantId }).of('actor');
    await take(meter, { ...ENDPOINTS.blockSignIn, urgent: false }, 3);
    await take(meter, { ...ENDPOINTS.readAccount, urgent: false }, 3);
    const points = 'SELECT points AS result FROM meter WHERE key = $1';
    expect(await inStore(points, [`identity-writes/${tenantId}/actor`])).toBe(3);
    expect(await inStore(points, [`identity/${tenantId}/actor`])).toBe(6);
  });

  it('is shut for everybody but urgent calls when Microsoft refuses all the same', async () => {
    const tenantId = randomUUID();
    const here = worker({ tenantId }).of('reader');
    const there = worker({ tenantId }).of('reader');
    (await here.take(ENDPOINTS.domains, 'first')).settle(5_000);
    expect(await refusal(here.take(ENDPOINTS.domains, 'first'))).toBeGreaterThan(4_000);
    const until = 'SELECT expire::float8 AS result FROM meter WHERE key = $1';
    await expect.poll(() => inStore(until, [`identity/${tenantId}/reader`])).toBeGreaterThan(Date.now() + 3_000);
    expect(await refusal(there.take(ENDPOINTS.domains, 'first'))).toBeGreaterThan(4_000);
    await Promise.all([here.take(urgentRead, 'first'), there.take(urgentRead, 'first')]);
  });
});

describe('a store that is away', () => {
  it('lets every call through, and is said once', async () => {
    const said: string[] = [];
    const meter = worker({ databaseUrl: 'postgresql://nobody:nothing@127.0.0.1:9/none', log: ({ event }) => said.push(event) }).of(
      'reader',
    );
    await take(meter, urgentRead, 20);
    await expect(take(meter, logRead, 20)).resolves.toHaveLength(20);
    await expect(take(meter, ENDPOINTS.domains, 20)).resolves.toHaveLength(20);
    expect(said).toEqual(['meters-away']);
  });

  it('lets those go who were waiting', async () => {
    const said: string[] = [];
    const meter = worker({ log: ({ event }) => said.push(event) }).of('reader');
    for (const permit of await take(meter, logRead, 4)) permit.settle();
    const waiting = take(meter, logRead, 12);
    const role = roleOf(new URL(ownerUrl).pathname.slice(1), 'worker');
    onTestFinished(async () => void (await owner.query(`GRANT SELECT, INSERT, UPDATE ON meter TO ${role}`)));
    await owner.query(`REVOKE ALL ON meter FROM ${role}`);
    await expect(waiting).resolves.toHaveLength(12);
    expect(said).toEqual(['meters-away']);
  });
});

describe('the risk service', () => {
  it('takes one call a second from the whole tenant, whichever app asks', async () => {
    const risk: Endpoint = { ...logRead, bucket: 'identityProtection' };
    const meters = worker({ waitMs: 0 });
    await meters.of('reader').take(risk, 'first');
    expect(await refusal(meters.of('actor').take(risk, 'first'))).toBeGreaterThan(0);
  });
});

it.each(Object.entries<Endpoint>(ENDPOINTS))('%s is counted as the practice tenant counts it', (_, call) => {
  const there = OPERATIONS.find((operation) => operation.id === call.id);
  const units = Math.max(1, (there?.units ?? 0) - (call.query?.['$select'] === undefined ? 0 : 1));
  expect({ bucket: call.bucket, units: call.units ?? 1 }).toEqual({ bucket: there?.bucket, units });
});

describe('a storm of forty log reads, over real HTTPS', () => {
  const ana = objectId('eeeeeeee-0000-4000-8000-000000000001');
  const app = randomUUID();
  let folder: string;
  let company: CompanySeed;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
    const ca = await makePracticeCa();
    const { keyPem, certPem } = await ca.issueApp('reader');
    await writeFile(join(folder, 'reader.pem'), `${keyPem}\n${certPem}`, { mode: 0o600 });
    company = companyOf(ana, app, certPem);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const SCALE = 20;
  const start = async (latency: 'default' | 'none', timeScale = SCALE): Promise<Tenant> =>
    startTenant({ company, seed: 3, timeScale, latency, lag: 'none', certificate: await practiceCertificate() });

  function readerOf(tenant: Tenant, meter: RateLimiter): DirectoryReader {
    const credential = {
      kind: 'certificate',
      tenantId: company.tenantId,
      clientId: app,
      certificatePath: join(folder, 'reader.pem'),
    } as const;
    const authority = {
      authorityHost: tenant.authorityHost,
      instanceDiscovery: false,
      graphOrigin: new URL(tenant.graphBaseUrl).origin,
      timeoutMs: 5_000,
    };
    return directoryReader(
      openGraph({ baseUrl: tenant.graphBaseUrl, timeoutMs: 8_000, meter, tokens: tokenSource(credential, authority) }),
    );
  }

  const workers = (count: number, timeoutMs = 1_000): RateLimiter[] => {
    const durations = {
      reportsWindowMs: 10_000 / SCALE,
      identityWindowMs: 10_000 / SCALE,
      identityWritesWindowMs: 150_000 / SCALE,
      protectionWindowMs: 1_000 / SCALE,
      meterWaitMs: 50_000,
    };
    return Array.from({ length: count }, () => {
      const meters = openRateLimits({ databaseUrl, tenantId: company.tenantId, durations, timeoutMs, log: () => undefined });
      opened.push(meters);
      return meters.of(app);
    });
  };

  const since = new Date(Date.now() - 60_000).toISOString();
  const storm = (readers: readonly DirectoryReader[], count: number) =>
    Array.from({ length: count }, (_, index) => {
      const reader = readers[index % readers.length] as DirectoryReader;
      return index % 3 === 0 ? reader.methods(ana) : index % 3 === 1 ? reader.signInsSince(ana, since) : reader.activitySince(ana, since);
    });
  const logReads = (tenant: Tenant) => tenant.journal.records().filter(({ operation }) => /^(auth\.|signins\.|audit\.)/.test(operation));
  const refused = (tenant: Tenant) => logReads(tenant).filter(({ status }) => status === 429).length;

  it('gets no refusal worth naming, is read to the end, and no urgent read waits for it', async () => {
    const tenant = await start('none');
    const readers = workers(2).map((meter) => readerOf(tenant, meter));
    let left = 40;
    const reads = storm(readers, left).map((read) => read.finally(() => (left -= 1)));
    await tenant.journal.until(({ operation }) => operation === 'signins.list.beta');

    await Promise.all(readers.flatMap((reader) => [reader.isEnabled(ana), reader.learnAccount(ana, [], 'none'), reader.isEnabled(ana)]));
    expect(left).toBeGreaterThan(20);

    await Promise.all(reads);
    // Thirteen of the forty read the sign-in log: a request for each of its two kinds.
    expect(logReads(tenant)).toHaveLength(40 + 13);
    expect(refused(tenant)).toBeLessThanOrEqual(0.02 * 53);
    await tenant.stop();
  });

  it('gets none either where a log takes seconds to answer', async () => {
    const tenant = await start('default');
    await Promise.all(
      storm(
        workers(2, 8_000).map((meter) => readerOf(tenant, meter)),
        16,
      ),
    );
    expect(refused(tenant)).toBe(0);
    await tenant.stop();
  });

  it('is refused more often than not without the meter', async () => {
    const tenant = await start('none', 1);
    const reader = readerOf(tenant, { take: async () => ({ settle: () => undefined }) });
    await Promise.allSettled(storm([reader], 40));
    expect(refused(tenant)).toBeGreaterThan(20);
    await tenant.stop();
  });
});

function companyOf(ana: string, appId: string, certificatePem: string): CompanySeed {
  return {
    tenantId: randomUUID(),
    name: 'Contoso',
    licences: { p1: true, p2: true },
    domains: [{ name: 'contoso.example', authentication: 'Managed', isDefault: true }],
    people: [
      {
        key: 'ana',
        id: ana,
        displayName: 'Ana',
        upn: 'ana@contoso.example',
        userType: 'Member',
        enabled: true,
        synced: false,
        restricted: false,
        roles: [],
        eligibleRoles: [],
        password: 'Password-of-ana-1',
        methods: [{ kind: 'authenticator', displayName: 'phone' }],
        mailbox: 'cloud',
      },
    ],
    groups: [],
    apps: [
      {
        key: 'reader',
        appId,
        servicePrincipalId: randomUUID(),
        name: 'reader',
        permissions: [
          'User.Read.All',
          'Directory.Read.All',
          'RoleManagement.Read.Directory',
          'RoleEligibilitySchedule.Read.Directory',
          'UserAuthenticationMethod.Read.All',
          'AuditLog.Read.All',
        ],
        roles: [],
        certificatePem,
      },
    ],
  };
}
