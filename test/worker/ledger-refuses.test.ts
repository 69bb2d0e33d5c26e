// The database refuses the worker while a case is open: its password is changed,
// or its privileges are withdrawn. The case waits, a person is paged, and nothing
// is lost.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, Client as EngineClient } from '@temporalio/client';
import { Client, escapeIdentifier } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openRepositories } from '../../activities/people/repositories.ts';
import type { DecisionEnvelope, SignedEnvelope } from '../../domain/action.ts';
import { NOTHING_STRICTER } from '../../domain/approval-requirements.ts';
import { type CaseId, caseId, caseWorkflowId, objectId, tenantId } from '../../domain/ids.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';
import { makeSigner, type Signer } from '../../inbox/envelope.ts';
import { initKeys, loadMasterKey, loadPayloadKeys, loadSealingPublicKey, loadSigningKey } from '../../inbox/keys.ts';
import { receiveReport } from '../../inbox/receive.ts';
import { openInbox } from '../../inbox/store.ts';
import { grantLogin } from '../../ledger/database-roles.ts';
import { type Ledger, openLedger } from '../../ledger/ledger.ts';
import { connectionTo } from '../../prisma/connection.ts';
import { roleOf } from '../../prisma/roles.ts';
import { startTemporal, type TemporalServer } from '../../tools/temporal-server.ts';
import { dataConverter, payloadCodec } from '../../worker/codec.ts';
import { type RunningWorker, startWorker } from '../../worker/compose.ts';
import { actionsReceived } from '../../workflows/messages.ts';
import { freshDatabase } from '../setup/database.ts';
import { openWorkerFixture, settingsOf, type WorkerFixture } from './worker-fixture.ts';

const TEAM = 'T0TEST';
const PASSWORD = 'of the worker';
/** Retries pause 30 seconds at most, and the page comes after 30. */
const PAGED_WITHIN_MS = 90_000;

interface Rung {
  readonly action: string;
  readonly dedupKey: string;
  readonly at: number;
}

let folder: string;
let company: WorkerFixture;
let engine: TemporalServer;
let worker: RunningWorker;
let ledger: Ledger;
let owner: Client;
let role: string;
let signer: Signer;
let about: CaseId;
let insider: EngineClient;
let connection: Connection;
let pager: Server;
let adminUrl: string;
const rang: Rung[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
  adminUrl = await freshDatabase();
  const databaseUrl = await grantLogin(adminUrl, PASSWORD, 'worker');
  owner = new Client(connectionTo(adminUrl));
  await owner.connect();
  role = escapeIdentifier(roleOf(new URL(adminUrl).pathname.slice(1), 'worker'));
  const keys = join(folder, 'keys');
  await initKeys(keys);
  [company, engine, pager] = await Promise.all([
    openWorkerFixture(folder),
    startTemporal({ stateDir: folder, env: { ...process.env, TEMPORAL_ADDRESS: '' } }),
    listening(),
  ]);
  const tables = openRepositories(databaseUrl);
  await tables.people.confirm(
    [
      { slackTeam: TEAM, slackUser: 'U0ANA', objectId: company.ana, name: 'Ana', phone: null },
      { slackTeam: TEAM, slackUser: 'U0BEA', objectId: company.approver, name: 'Bea', phone: null },
    ],
    'test',
  );
  await tables.close();
  worker = await startWorker(
    {
      UNAPPROVE_HOME: folder,
      UNAPPROVE_KEYS: keys,
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: engine.address,
      TEMPORAL_NAMESPACE: engine.namespace,
      ...settingsOf(company),
      UNAPPROVE_PAGER_URL: `http://127.0.0.1:${(pager.address() as AddressInfo).port}`,
      SLACK_TEAM_ID: TEAM,
      SLACK_RESPONDER_CHANNEL: 'C0RESPOND',
      SLACK_RESPONDER_CHANNEL_NAME: 'responders',
      SLACK_STANDBY_CHANNEL: null,
    },
    { version: 'test', durations: DEFAULT_DURATIONS, stricter: NOTHING_STRICTER },
  );
  // As the owner: it reads the record whatever the worker's role may do.
  ledger = openLedger({ databaseUrl: adminUrl, masterKey: await loadMasterKey(keys) });
  signer = makeSigner(await loadSigningKey(keys));
  connection = await Connection.connect({ address: engine.address });
  insider = new EngineClient({
    connection,
    namespace: engine.namespace,
    dataConverter: dataConverter(payloadCodec(await loadPayloadKeys(keys))),
  });
  const inbox = openInbox({ databaseUrl: adminUrl });
  const words = { contacted: null, more: null, reach: null };
  const report = { team: TEAM, person: 'U0ANA', viewId: 'V1', what: 'approved', when: 'today', about: null, words } as const;
  await receiveReport({ inbox, signer, sealingKey: await loadSealingPublicKey(keys) }, report);
  await inbox.close();
  await vi.waitFor(
    async () => expect(await kinds()).toEqual(expect.arrayContaining(['plan.made', 'account.blocked', 'history.exported'])),
    {
      timeout: 30_000,
    },
  );
});
afterAll(async () => {
  await worker.stop();
  await connection.close();
  await engine.stop();
  await Promise.all([ledger.close(), owner.end(), company.tenant.stop()]);
  pager.close();
  await rm(folder, { recursive: true });
});

/** Takes every event, as a pager does. */
function listening(): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      const event = JSON.parse(body) as { event_action: string; dedup_key: string };
      rang.push({ action: event.event_action, dedupKey: event.dedup_key, at: Date.now() });
      response
        .writeHead(202, { 'content-type': 'application/json' })
        .end(JSON.stringify({ status: 'success', message: 'ok', dedup_key: 'k' }));
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function kinds(): Promise<string[]> {
  const { rows } = await owner.query<{ case_id: string }>('SELECT case_id FROM case_file ORDER BY number LIMIT 1');
  if (rows[0] === undefined) return [];
  about = caseId(rows[0].case_id);
  return (await ledger.entries(about)).map(({ content }) => content.kind);
}

const handle = () => insider.workflow.getHandle(caseWorkflowId(tenantId(company.tenant.company.tenantId), objectId(company.ana)));
const status = async (): Promise<string> => (await handle().describe()).status.name;
const aboutLedger = (action: string): Rung[] =>
  rang.filter((event) => event.action === action && event.dedupKey.startsWith('activity-failing/ledger/'));

function said(act: 'hold' | 'acknowledge'): SignedEnvelope {
  const envelope: DecisionEnvelope = {
    version: 1,
    key: `slack:V9:${randomBytes(32).toString('hex')}`,
    channel: 'slack',
    team: TEAM,
    person: 'U0BEA',
    act,
    values: { case: about, wordsSha256: null },
    at: new Date().toISOString(),
    nonce: randomBytes(18).toString('base64url'),
  };
  return signer.sign(envelope);
}

/** Sends an action of a person to the case itself, as the delivery does. */
const send = (act: SignedEnvelope): Promise<unknown> => handle().executeUpdate(actionsReceived, { args: [[act]] });

/** Connections that are open keep what they may do; a server that is restarted has none. */
const cutConnections = (): Promise<unknown> =>
  owner.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role.replaceAll('"', '')]);

it(
  'after its password was changed, a person is paged, and what was sent meanwhile counts once the password is right again',
  async () => {
    await owner.query(`ALTER ROLE ${role} PASSWORD 'another'`);
    await cutConnections();
    const begun = Date.now();
    await send(said('hold'));
    await expect.poll(() => aboutLedger('trigger').length, { timeout: PAGED_WITHIN_MS }).toBe(1);
    expect((aboutLedger('trigger')[0]?.at ?? 0) - begun).toBeLessThan(PAGED_WITHIN_MS);
    expect(await status()).toBe('RUNNING');
    expect(await kinds()).not.toContain('case.held');

    await grantLogin(adminUrl, PASSWORD, 'worker');

    await expect.poll(() => kinds(), { timeout: PAGED_WITHIN_MS }).toContain('case.held');
    await expect.poll(() => aboutLedger('resolve').length, { timeout: PAGED_WITHIN_MS }).toBeGreaterThan(0);
    expect(aboutLedger('trigger')).toHaveLength(1);
    expect(await status()).toBe('RUNNING');
  },
  3 * PAGED_WITHIN_MS,
);

it(
  'after its privileges were withdrawn, the case waits and continues once they are granted again',
  async () => {
    await owner.query(`REVOKE ALL ON ledger_entry, case_file, inbox FROM ${role}`);
    const failedBefore = company.tenant.journal.records().length;
    await send(said('acknowledge'));
    const pending = async (): Promise<number> =>
      Math.max(0, ...((await handle().describe()).raw.pendingActivities ?? []).map(({ attempt }) => Number(attempt)));
    await expect.poll(pending).toBeGreaterThan(2);
    expect(await status()).toBe('RUNNING');
    expect(company.tenant.journal.records().length).toBeGreaterThanOrEqual(failedBefore);

    await grantLogin(adminUrl, PASSWORD, 'worker');

    await expect.poll(() => kinds(), { timeout: PAGED_WITHIN_MS }).toContain('page.acknowledged');
    expect(await status()).toBe('RUNNING');
  },
  2 * PAGED_WITHIN_MS,
);
