// What watches the inbox starts before what it watches: the worker itself, with real PostgreSQL and without Temporal.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, Client as TemporalClient } from '@temporalio/client';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NOTHING_STRICTER } from '../../domain/approval-requirements.ts';
import { objectId, tenantId } from '../../domain/ids.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';
import { referenceOf } from '../../domain/report.ts';
import { type Pager, startPager } from '../../drill/pager/start.ts';
import { makeSigner, verifySigned } from '../../inbox/envelope.ts';
import { initKeys, loadPublicKeys, loadSealingPublicKey, loadSigningKey } from '../../inbox/keys.ts';
import { receiveReport } from '../../inbox/receive.ts';
import { type Inbox, openInbox } from '../../inbox/store.ts';
import { openLedger } from '../../ledger/ledger.ts';
import { openPager } from '../../pager/pager.ts';
import { freePort } from '../../tools/free-port.ts';
import { startWorker, type WorkerSettings } from '../../worker/compose.ts';
import { startDelivery } from '../../worker/delivery-loop.ts';
import { watchInbox } from '../../worker/inbox-watch.ts';
import { freshDatabase } from '../setup/database.ts';
import { openWorkerFixture, settingsOf, type WorkerFixture } from './worker-fixture.ts';

const TIMES = { tooLongMs: 800, everyMs: 50, againMs: 1_500 };

let folder: string;
let company: WorkerFixture;
let databaseUrl: string;
let database: Client;
let inbox: Inbox;
let pager: Pager;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
  company = await openWorkerFixture(folder);
  await initKeys(join(folder, 'keys'));
  databaseUrl = await freshDatabase();
  database = new Client({ connectionString: databaseUrl });
  await database.connect();
  inbox = openInbox({ databaseUrl });
});
beforeEach(async () => {
  pager = await startPager();
});
afterEach(async () => {
  await pager.stop();
  await database.query('DELETE FROM inbox');
});
afterAll(async () => {
  await Promise.all([inbox.close(), database.end(), company.tenant.stop()]);
  await rm(folder, { recursive: true });
});

async function report(viewId: string): Promise<string> {
  const keys = join(folder, 'keys');
  const receiving = { inbox, signer: makeSigner(await loadSigningKey(keys)), sealingKey: await loadSealingPublicKey(keys) };
  const words = { contacted: null, more: null, reach: null };
  await receiveReport(receiving, { team: 'T0TEST', person: 'U0ANA', viewId, what: 'approved', when: 'today', about: null, words });
  const { rows } = await database.query<{ key: string }>('SELECT key FROM inbox ORDER BY seq DESC LIMIT 1');
  return rows[0]?.key ?? '';
}

const settings = async (different: Partial<WorkerSettings> = {}): Promise<WorkerSettings> => ({
  UNAPPROVE_HOME: folder,
  UNAPPROVE_KEYS: join(folder, 'keys'),
  DATABASE_URL: databaseUrl,
  TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
  TEMPORAL_NAMESPACE: 'default',
  ...settingsOf(company),
  UNAPPROVE_PAGER_ROUTING_KEY: 'a'.repeat(32),
  UNAPPROVE_PAGER_URL: pager.url,
  SLACK_TEAM_ID: 'T0TEST',
  SLACK_RESPONDER_CHANNEL: 'C0RESPOND',
  SLACK_RESPONDER_CHANNEL_NAME: 'responders',
  SLACK_STANDBY_CHANNEL: null,
  ...different,
});
const POLICY = { version: 'test', durations: DEFAULT_DURATIONS, stricter: NOTHING_STRICTER };

describe('a worker that starts while Temporal is away', () => {
  it('has a person paged about a report that waits, and says it is over when the report is taken', async () => {
    const key = await report('V1');
    const worker = await startWorker(await settings(), POLICY, TIMES);
    try {
      const page = await pager.until(({ state }) => state === 'ringing');
      expect(page.summary).toContain('One report or decision waits');
      expect(page.summary).toContain(referenceOf(key));
      expect(page.severity).toBe('critical');
      // Another worker takes it.
      await inbox.takeWaiting(10);
      await pager.until(({ state }) => state === 'resolved');
    } finally {
      await worker.stop();
    }
  });

  it('pages again when another report comes, and not for each of a flood', async () => {
    await report('V2');
    const worker = await startWorker(await settings(), POLICY, TIMES);
    try {
      await pager.until(() => true);
      for (let view = 3; view < 15; view += 1) await report(`V${view}`);
      const second = await pager.until(({ summary }) => summary.includes('reports and decisions wait'));
      expect(second.summary.length).toBeLessThan(1024);
      await pager.until(({ summary }) => summary.startsWith('13 reports'));
      expect(pager.pages().length).toBeLessThanOrEqual(6);
    } finally {
      await worker.stop();
    }
  });
});

it('a worker that starts while the database is away has a person paged', async () => {
  const worker = await startWorker(
    await settings({ DATABASE_URL: `postgresql://unapprove_worker:pw@127.0.0.1:${await freePort()}/x` }),
    POLICY,
    TIMES,
  );
  try {
    expect((await pager.until(() => true)).summary).toContain('database does not answer');
  } finally {
    await worker.stop();
  }
});

it('a page about waiting reports that the pager does not take is rung again', async () => {
  await report('V20');
  pager.faults.add({ kind: 'status', status: 400, occurrence: { from: 1, to: 3 } });
  const toPager = { url: pager.url, routingKeys: ['a'.repeat(32)] as const, timeoutMs: 1_000, onFailure: () => undefined };
  const watch = watchInbox({ inbox, pager: openPager(toPager), log: () => undefined }, TIMES);
  try {
    await pager.until(() => true);
  } finally {
    await watch.stop();
  }
});

it('a flood of reports that cannot be delivered is one page, which ends when the last of them is delivered', async () => {
  const keys: string[] = [];
  for (let view = 40; view < 52; view += 1) keys.push(await report(`V${view}`));
  await database.query(`UPDATE inbox SET stored_at = now() - interval '2 minutes'`);
  const publicKeys = await loadPublicKeys(join(folder, 'keys'));
  const ledger = openLedger({ databaseUrl, masterKey: new Uint8Array(randomBytes(32)) });
  const connection = Connection.lazy({ address: `127.0.0.1:${await freePort()}` });
  const toPager = { url: pager.url, routingKeys: ['a'.repeat(32)] as const, timeoutMs: 1_000, onFailure: () => undefined };
  // Every row is taken at once: the watch knows of them only from the delivery.
  const watch = watchInbox({ inbox, pager: openPager(toPager), log: () => undefined }, { ...TIMES, tooLongMs: 60_000 });
  const failed = new Set<string>();
  const delivery = startDelivery(
    {
      client: new TemporalClient({ connection }),
      ledger,
      inbox,
      people: { objectIdOf: () => Promise.reject(new Error('expected the table of people to answer, it does not')) },
      verify: (signed) => verifySigned(signed, publicKeys),
      alarm: () => Promise.reject(new Error('expected no page of the delivery itself')),
      cannotDeliver(key) {
        // All at once, as a flood comes: what is told meanwhile would be a second page.
        failed.add(key);
        if (failed.size === keys.length) for (const each of keys) watch.cannotDeliver(each);
      },
      log: () => undefined,
    },
    { tenant: tenantId('10000000-0000-4000-8000-000000000001'), cases: 'cases' },
  );
  try {
    const page = await pager.until(() => true);
    expect(page.summary).toMatch(/^12 reports and decisions wait/);
    expect(page.summary).toContain(referenceOf(keys[0] ?? ''));
    expect(page.severity).toBe('critical');
    await delivery.stop();
    for (const key of keys) {
      expect(pager.pages().map(({ state }) => state)).toEqual(['ringing']);
      await inbox.markDelivered(key, { workflowId: 'case/test', subject: objectId(company.ana) });
    }
    await pager.until(({ state }) => state === 'resolved');
    expect(pager.pages()).toHaveLength(1);
  } finally {
    await delivery.stop();
    await Promise.all([watch.stop(), ledger.close(), connection.close()]);
  }
});

it('a report that is put off because its person is not known is not paged as one that nothing takes', async () => {
  const key = await report('V30');
  await inbox.takeWaiting(1);
  await inbox.deferRow(key, 'test', 60_000);
  expect(await inbox.undelivered(0, [], 10)).toEqual([]);
});
