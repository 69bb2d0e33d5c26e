import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRepositories } from '../../activities/people/repositories.ts';
import { NOTHING_STRICTER } from '../../domain/approval-requirements.ts';
import { caseId } from '../../domain/ids.ts';
import { planCode } from '../../domain/plan.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';
import { makeSigner } from '../../inbox/envelope.ts';
import { initKeys, loadMasterKey, loadSealingPublicKey, loadSigningKey } from '../../inbox/keys.ts';
import { receiveDecision, receiveReport } from '../../inbox/receive.ts';
import { type Inbox, openInbox } from '../../inbox/store.ts';
import { type Ledger, openLedger } from '../../ledger/ledger.ts';
import { verifyBundle } from '../../ledger/verify.ts';
import { freePort } from '../../tools/free-port.ts';
import { startTemporal, type TemporalServer } from '../../tools/temporal-server.ts';
import { type RunningWorker, startWorker, type WorkerSettings } from '../../worker/compose.ts';
import { freshDatabase } from '../setup/database.ts';
import { openWorkerFixture, settingsOf, type WorkerFixture } from './worker-fixture.ts';

const TEAM = 'T0TEST';
const ANA = 'U0ANA';
const BEA = 'U0BEA';
const WORDS = 'a call from somebody who said he was Bernard of IT';

let folder: string;
let database: Client;
let company: WorkerFixture;
let inbox: Inbox;
let ledger: Ledger;
let settings: WorkerSettings;
let engine: TemporalServer | undefined;
let worker: RunningWorker | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
  const databaseUrl = await freshDatabase();
  database = new Client({ connectionString: databaseUrl });
  await database.connect();
  company = await openWorkerFixture(folder);
  const keys = join(folder, 'keys');
  await initKeys(keys);
  inbox = openInbox({ databaseUrl });
  ledger = openLedger({ databaseUrl, masterKey: await loadMasterKey(keys) });
  const tables = openRepositories(databaseUrl);
  await tables.people.confirm(
    [
      { slackTeam: TEAM, slackUser: ANA, objectId: company.ana, name: 'Ana', phone: null },
      { slackTeam: TEAM, slackUser: BEA, objectId: company.approver, name: 'Bea', phone: null },
    ],
    'test',
  );
  await tables.close();
  settings = {
    UNAPPROVE_HOME: folder,
    UNAPPROVE_KEYS: keys,
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
    TEMPORAL_NAMESPACE: 'default',
    ...settingsOf(company),
    UNAPPROVE_PAGER_URL: 'http://127.0.0.1:9',
    SLACK_TEAM_ID: TEAM,
    SLACK_RESPONDER_CHANNEL: 'C0RESPOND',
    SLACK_RESPONDER_CHANNEL_NAME: 'responders',
    SLACK_STANDBY_CHANNEL: null,
  };
});
afterAll(async () => {
  await worker?.stop();
  await engine?.stop();
  await Promise.all([inbox.close(), ledger.close(), database.end(), company.tenant.stop()]);
  await rm(folder, { recursive: true });
});

const cases = async (): Promise<string[]> =>
  (await database.query<{ case_id: string }>('SELECT case_id FROM case_file ORDER BY number')).rows.map((row) => row.case_id);

const kindsOf = async (id: string | undefined): Promise<string[]> =>
  id === undefined ? [] : (await ledger.entries(caseId(id))).map((entry) => entry.content.kind);

const onTenantChain = async (): Promise<string[]> =>
  (await ledger.entries(`tenant/${settings.UNAPPROVE_TENANT_ID}`)).map((entry) => entry.content.kind);

describe('a report that comes while the engine is away', () => {
  it('waits in the inbox, is delivered when the engine is back, and ends as one finished case once its plan is approved', async () => {
    const signer = makeSigner(await loadSigningKey(settings.UNAPPROVE_KEYS));
    const sealingKey = await loadSealingPublicKey(settings.UNAPPROVE_KEYS);
    const receiving = { inbox, signer, sealingKey };
    const words = { contacted: WORDS, more: null, reach: null };
    await receiveReport(receiving, { team: TEAM, person: ANA, viewId: 'V1', what: 'approved', when: 'today', about: null, words });

    const durations = { ...DEFAULT_DURATIONS, accessTokenMs: 300, propagationMs: 100, logDelayMs: 100 };
    worker = await startWorker(settings, { version: 'test', durations, stricter: NOTHING_STRICTER });
    await expect.poll(() => inbox.waiting()).toBe(1);
    expect(await cases()).toEqual([]);

    const port = Number(settings.TEMPORAL_ADDRESS.split(':')[1]);
    engine = await startTemporal({ stateDir: folder, port, env: { ...process.env, TEMPORAL_ADDRESS: '' } });
    settings = { ...settings, TEMPORAL_NAMESPACE: engine.namespace };
    await worker.ready;

    await expect.poll(async () => kindsOf((await cases())[0])).toContain('plan.made');
    const about = caseId((await cases())[0] ?? '');
    const plan = String((await ledger.entries(about)).find(({ content }) => content.kind === 'plan.made')?.content.body['digest']);
    const values = { case: about, plan, code: planCode(plan) };
    const said = { reason: null, shown: null };
    await receiveDecision(receiving, { team: TEAM, person: BEA, place: 'V2', act: 'approve', values, said });
    await expect.poll(() => onTenantChain()).toContain('case.exported');
    expect(await kindsOf((await cases())[0])).toContain('case.closed');
    expect(await inbox.waiting()).toBe(0);
    expect(company.tenant.truth.account('ana').enabled).toBe(false);
  });

  it('tells its story in this order, and its bundle verifies', async () => {
    const [id] = await cases();
    const kinds = await kindsOf(id);
    const first = (kind: string): number => kinds.indexOf(kind);
    expect(kinds.slice(0, 4)).toEqual(['case.opened', 'report.received', 'account.learned', 'order.made']);
    for (const kind of [
      'plan.made',
      'plan.approved',
      'plan.begun',
      'plan.done',
      'step.intended',
      'step.applied',
      'step.verified',
      'account.blocked',
      'recheck.made',
      'account.contained',
      'case.closed',
    ]) {
      expect(kinds, kind).toContain(kind);
    }
    expect(first('step.intended')).toBeLessThan(first('step.applied'));
    expect(kinds.at(-1)).toBe('case.closed');
    expect(kinds.filter((kind) => kind === 'history.exported')).toHaveLength(2);
    const entries = await ledger.entries(caseId(id ?? ''));
    const bundle = join(folder, 'bundles', `case-1001-${entries.at(-1)?.hash.slice(0, 12) ?? ''}`);
    expect(await verifyBundle(bundle)).toMatchObject({ ok: true, finished: true, entries: entries.length });
  });

  it('keeps its words sealed in the record, and the inbox forgets them', async () => {
    const entries = await ledger.entries(caseId((await cases())[0] ?? ''));
    const report = entries.find((entry) => entry.content.kind === 'report.received');
    const { content } = await ledger.attachment(caseId(report?.chain ?? ''), report?.seq ?? 0, 'words');
    expect(content).toMatchObject({ contacted: WORDS });
    const { rows } = await database.query<{ sealed: string | null }>('SELECT sealed FROM inbox');
    expect(rows).toEqual([{ sealed: null }, { sealed: null }]);
    const everything = await database.query<{ text: string }>(
      `SELECT convert_from(content, 'UTF8') AS text FROM ledger_entry UNION ALL SELECT envelope::text FROM inbox`,
    );
    expect(everything.rows.filter(({ text }) => text.includes('Bernard'))).toEqual([]);
  });

  it('opens nothing when it is delivered again after the end', async () => {
    await database.query(`UPDATE inbox SET state = 'waiting', delivered_at = NULL, next_attempt_at = now() WHERE act = 'report'`);
    await expect.poll(() => inbox.waiting()).toBe(0);
    expect(await cases()).toHaveLength(1);
    expect((await kindsOf((await cases())[0])).filter((kind) => kind === 'report.received')).toHaveLength(1);
  });

  it('is refused, recorded and raises no case when its row was changed', async () => {
    await database.query(
      `UPDATE inbox SET state = 'waiting', next_attempt_at = now(), envelope = jsonb_set(envelope, '{envelope,values,what}', '"not-sure"')
        WHERE act = 'report'`,
    );
    await expect
      .poll(async () =>
        (await database.query<{ state: string }>(`SELECT state FROM inbox WHERE act = 'report'`)).rows.map((row) => row.state),
      )
      .toEqual(['refused']);
    const refusals = await ledger.entries(`tenant/${settings.UNAPPROVE_TENANT_ID}`);
    expect(refusals.map((entry) => entry.content.body)).toContainEqual(expect.objectContaining({ code: 'altered' }));
    expect(await cases()).toHaveLength(1);
  });
});
