// What somebody can do who is where they should not be: at the engine's port, or in
// the database with a role of ours. The tenant's own journal says whether anything
// came of it; the record says that it was tried.
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openRepositories } from '../../activities/people/repositories.ts';
import type { DecisionEnvelope, SignedEnvelope } from '../../domain/action.ts';
import { NOTHING_STRICTER } from '../../domain/approval-requirements.ts';
import { type CaseId, caseId, caseWorkflowId, objectId, tenantChain, tenantId } from '../../domain/ids.ts';
import { planCode } from '../../domain/plan.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';
import { makeSigner, type Signer } from '../../inbox/envelope.ts';
import { initKeys, keyIdOf, loadMasterKey, loadPayloadKeys, loadSealingPublicKey, loadSigningKey } from '../../inbox/keys.ts';
import { receiveReport } from '../../inbox/receive.ts';
import { openInbox } from '../../inbox/store.ts';
import { grantLogin } from '../../ledger/database-roles.ts';
import { type Ledger, openLedger } from '../../ledger/ledger.ts';
import { startTemporal, type TemporalServer } from '../../tools/temporal-server.ts';
import { dataConverter, payloadCodec } from '../../worker/codec.ts';
import { type RunningWorker, startWorker } from '../../worker/compose.ts';
import { actionsReceived } from '../../workflows/messages.ts';
import { APP_PASSWORD } from '../ledger/ledger-harness.ts';
import { freshDatabase } from '../setup/database.ts';
import { openWorkerFixture, settingsOf, type WorkerFixture } from './worker-fixture.ts';

const TEAM = 'T0TEST';

let folder: string;
let company: WorkerFixture;
let engine: TemporalServer;
let worker: RunningWorker;
let ledger: Ledger;
let asSlackApp: Pool;
let asWorker: Pool;
let signer: Signer;
let about: CaseId;
let digest: string;
let stranger: Client;
let insider: Client;
let connection: Connection;
let pager: Server;
const rang: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
  const adminUrl = await freshDatabase();
  const databaseUrl = await grantLogin(adminUrl, APP_PASSWORD, 'worker');
  asWorker = new Pool({ connectionString: databaseUrl, max: 1 });
  asSlackApp = new Pool({ connectionString: await grantLogin(adminUrl, APP_PASSWORD, 'slack'), max: 1 });
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
  await worker.ready;
  ledger = openLedger({ databaseUrl, masterKey: await loadMasterKey(keys) });
  signer = makeSigner(await loadSigningKey(keys));
  connection = await Connection.connect({ address: engine.address });
  stranger = new Client({ connection, namespace: engine.namespace });
  insider = new Client({
    connection,
    namespace: engine.namespace,
    dataConverter: dataConverter(payloadCodec(await loadPayloadKeys(keys))),
  });

  const inbox = openInbox({ databaseUrl });
  const words = { contacted: null, more: null, reach: null };
  const report = { team: TEAM, person: 'U0ANA', viewId: 'V1', what: 'approved', when: 'today', about: null, words } as const;
  await receiveReport({ inbox, signer, sealingKey: await loadSealingPublicKey(keys) }, report);
  await inbox.close();
  const asked = async (): Promise<void> => {
    const kinds = (await theCase()).map(({ content }) => content.kind);
    expect(kinds).toEqual(expect.arrayContaining(['plan.made', 'account.blocked', 'history.exported']));
  };
  await vi.waitFor(asked, { timeout: 20_000 });
  digest = String((await theCase()).find(({ content }) => content.kind === 'plan.made')?.content.body['digest']);
});
afterAll(async () => {
  await worker.stop();
  await connection.close();
  await engine.stop();
  await Promise.all([ledger.close(), asWorker.end(), asSlackApp.end(), company.tenant.stop()]);
  pager.close();
  await rm(folder, { recursive: true });
});

/** Takes every page, as a pager does. */
function listening(): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      rang.push(String((JSON.parse(body) as { dedup_key?: unknown }).dedup_key));
      response
        .writeHead(202, { 'content-type': 'application/json' })
        .end(JSON.stringify({ status: 'success', message: 'ok', dedup_key: 'k' }));
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function theCase() {
  const { rows } = await asWorker.query<{ case_id: string }>('SELECT case_id FROM case_file ORDER BY number LIMIT 1');
  if (rows[0] === undefined) return [];
  about = caseId(rows[0].case_id);
  return ledger.entries(about);
}

const workflowId = (): string => caseWorkflowId(tenantId(company.tenant.company.tenantId), objectId(company.ana));
const refusals = async (): Promise<unknown[]> =>
  (await ledger.entries(tenantChain(tenantId(company.tenant.company.tenantId))))
    .filter(({ content }) => content.kind === 'envelope.refused')
    .map(({ content }) => content.body['code']);
const writes = (): number =>
  company.tenant.journal.records().filter(({ method, path }) => method !== 'GET' && !path.endsWith('/token')).length;
const decided = async (): Promise<number> => (await theCase()).filter(({ content }) => content.kind === 'decision.received').length;

const approval = (part: Partial<DecisionEnvelope> = {}): DecisionEnvelope =>
  ({
    version: 1,
    key: `slack:V9:${randomBytes(32).toString('hex')}`,
    channel: 'slack',
    team: TEAM,
    person: 'U0BEA',
    act: 'approve',
    values: { case: about, wordsSha256: null, plan: digest, code: planCode(digest) },
    at: new Date().toISOString(),
    nonce: randomBytes(18).toString('base64url'),
    ...part,
  }) as DecisionEnvelope;

/** Signed for something else, and then turned into an approval of this plan. */
function altered(): SignedEnvelope {
  const signed = signer.sign(approval({ values: { case: about, wordsSha256: null, plan: 'f'.repeat(64), code: '1000' } }));
  return { ...signed, envelope: approval({ key: signed.envelope.key }) };
}

function foreign(): SignedEnvelope {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return makeSigner({ keyId: keyIdOf(publicKey), privateKey }).sign(approval());
}

/** Puts a row into the inbox as a process of ours does. */
const put = (pool: Pool, { key, signed }: { readonly key: string; readonly signed: SignedEnvelope }) =>
  pool.query(`INSERT INTO inbox (key, channel, person, act, envelope) VALUES ($1, 'slack', 'U0BEA', 'approve', $2)`, [
    key,
    JSON.stringify(signed),
  ]);

/** Nothing was done in the tenant, nobody's decision was counted, the record says that it was tried, and somebody was told. */
async function expectRefused(code: string, attack: () => Promise<unknown>): Promise<void> {
  const [before, decisions, told, tried] = [writes(), await decided(), rang.length, (await refusals()).length];
  await attack();
  await expect.poll(async () => (await refusals()).length).toBe(tried + 1);
  expect((await refusals()).at(-1)).toBe(code);
  await expect.poll(() => rang.length).toBeGreaterThan(told);
  expect(writes()).toBe(before);
  expect(await decided()).toBe(decisions);
}

describe('an approval that nobody gave', () => {
  it('sent to the case through the engine’s port, in clear, is refused', async () => {
    await expectRefused('unsigned', async () => {
      const update = stranger.workflow.getHandle(workflowId()).executeUpdate(actionsReceived, { args: [[signer.sign(approval())]] });
      await expect(update).rejects.toThrow();
    });
  });

  it('sent with the payload key, but signed by nobody for this, is refused', async () => {
    const send = (act: SignedEnvelope) => insider.workflow.getHandle(workflowId()).executeUpdate(actionsReceived, { args: [[act]] });
    await expectRefused('altered', () => send(altered()));
    await expectRefused('unknown-key', () => send(foreign()));
    await expectRefused('unreadable', () => send({ ...signer.sign(approval()), signature: '-' }));
  });

  it.each([
    ['the Slack app', () => asSlackApp],
    ['the worker', () => asWorker],
  ])('put into the inbox with the role of %s is refused', async (_, pool) => {
    const [one, two] = [altered(), foreign()];
    await expectRefused('altered', () => put(pool(), { key: one.envelope.key, signed: one }));
    await expectRefused('unknown-key', () => put(pool(), { key: two.envelope.key, signed: two }));
  });

  it('written into the record itself starts nothing', async () => {
    const before = writes();
    const signed = altered();
    const approver = { person: company.approver, inGroup: true, inBaseline: true, guest: false, enabled: true, ownCaseConfirmed: false };
    await ledger.append([
      {
        chain: about,
        key: `act/${signed.envelope.key}`,
        actor: `person/${company.approver}`,
        event: {
          kind: 'decision.received',
          schemaVersion: 1,
          act: 'approve',
          person: objectId(company.approver),
          approver: { ...approver, person: objectId(company.approver) },
          plan: digest,
          signed,
        },
      },
      {
        chain: about,
        key: `plan/${digest}/approved`,
        actor: 'runbook',
        event: { kind: 'plan.approved', schemaVersion: 1, digest, by: [objectId(company.approver)] },
      },
    ]);
    // The case is asked for something, so that it has looked at what it has to do.
    await insider.workflow.getHandle(workflowId()).executeUpdate(actionsReceived, {
      args: [[signer.sign(approval({ act: 'acknowledge', values: { case: about, wordsSha256: null } }))]],
    });
    await expect.poll(async () => (await theCase()).map(({ content }) => content.kind)).toContain('page.acknowledged');
    expect(writes()).toBe(before);
  });
});

describe('an approval that was given once', () => {
  it('counts once, however it is sent again: under another key, or to the case itself', async () => {
    const signed = signer.sign(approval());
    await put(asSlackApp, { key: signed.envelope.key, signed });
    await expect.poll(async () => (await theCase()).map(({ content }) => content.kind)).toContain('plan.done');
    const before = writes();
    await expectRefused('replayed', () => put(asSlackApp, { key: `slack:V9:${randomUUID().replaceAll('-', '').repeat(2)}`, signed }));
    await insider.workflow.getHandle(workflowId()).executeUpdate(actionsReceived, { args: [[signed]] });
    expect(writes()).toBe(before);
    expect((await theCase()).filter(({ content }) => content.kind === 'plan.approved')).toHaveLength(1);
  });
});
