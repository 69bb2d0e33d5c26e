// A report that names no person: the Slack app withdraws it, and the delivery opens no case by it.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ObjectId, objectId, tenantChain, tenantId } from '../../domain/ids.ts';
import { makeSigner, verifySigned } from '../../inbox/envelope.ts';
import { initKeys, loadPublicKeys, loadSealingPublicKey, loadSigningKey } from '../../inbox/keys.ts';
import { type ReceivingTools, receiveReport, type SubmittedReport, withdrawReport } from '../../inbox/receive.ts';
import { type Inbox, openInbox } from '../../inbox/store.ts';
import { type Ledger, openLedger } from '../../ledger/ledger.ts';
import { type DeliveryTools, deliverWaiting } from '../../worker/delivery.ts';
import { freshDatabase } from '../setup/database.ts';

const TENANT = tenantId('10000000-0000-4000-8000-000000000001');
const ANA = objectId('10000000-0000-4000-8000-00000000000a');
const GERT = objectId('10000000-0000-4000-8000-00000000000b');
const PEOPLE: Readonly<Record<string, ObjectId>> = { U0ANA: ANA, U0GERT: GERT };

let folder: string;
let inbox: Inbox;
let ledger: Ledger;
let receiving: ReceivingTools;
let tools: DeliveryTools;
let started: number;
let alarms: string[];
let view = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
  const keys = join(folder, 'keys');
  await initKeys(keys);
  const databaseUrl = await freshDatabase();
  inbox = openInbox({ databaseUrl });
  ledger = openLedger({ databaseUrl, masterKey: new Uint8Array(randomBytes(32)) });
  receiving = { inbox, signer: makeSigner(await loadSigningKey(keys)), sealingKey: await loadSealingPublicKey(keys) };
  const publicKeys = await loadPublicKeys(keys);
  // Counts what would start a case; nothing here needs a case that runs.
  const workflow = { executeUpdateWithStart: async () => void (started += 1) };
  tools = {
    client: { workflow, withDeadline: async (_: number, work: () => Promise<unknown>) => work() } as unknown as Client,
    ledger,
    inbox,
    verify: (signed) => verifySigned(signed, publicKeys),
    people: { objectIdOf: async (_, person) => PEOPLE[person] ?? null },
    alarm: async ({ dedupKey }) => void alarms.push(dedupKey),
    cannotDeliver: (key) => void alarms.push(key),
    log: () => undefined,
  };
});
beforeEach(() => {
  started = 0;
  alarms = [];
});
afterAll(async () => {
  await Promise.all([inbox.close(), ledger.close()]);
  await rm(folder, { recursive: true });
});

const reportAbout = (about: string): SubmittedReport => {
  view += 1;
  const words = { contacted: 'a call', more: null, reach: null };
  return { team: 'T0TEST', person: 'U0ANA', viewId: `V${view}A`, what: 'approved', when: 'today', about, words };
};

/** Delivers until nothing waits, or until this holds. */
async function deliver(until: () => Promise<boolean>): Promise<void> {
  const rounds = { lastAt: new Map(), underWay: new Map() };
  await expect
    .poll(
      async () => {
        await deliverWaiting(tools, { tenant: TENANT, cases: 'cases' }, rounds);
        await Promise.all(rounds.underWay.values());
        return until();
      },
      { timeout: 15_000, interval: 100 },
    )
    .toBe(true);
}

const refused = async (): Promise<readonly unknown[]> =>
  (await ledger.entries(tenantChain(TENANT)))
    .filter(({ content }) => content.kind === 'envelope.refused')
    .map(({ content: { body } }) => [body['rowKey'], body['code']]);

describe('a report about another account', () => {
  it.each(['about-an-app', 'about-a-deactivated-account', 'about-unknown-account'] as const)(
    'opens no case once it was withdrawn (%s), also where the account is in the table of people',
    async (because) => {
      const report = reportAbout('U0GERT');
      const { key } = await receiveReport(receiving, report);
      await deliver(async () => true);
      expect(await withdrawReport(receiving, report, because)).toBe(key);
      await deliver(async () => (await inbox.waiting()) === 0);
      expect(started).toBe(0);
      expect(await refused()).toContainEqual([key, because]);
      expect(await inbox.sealedWords(key)).toBeNull();
      expect(alarms).toEqual([]);
    },
  );

  it('is delivered when nobody withdraws it', async () => {
    await receiveReport(receiving, reportAbout('U0GERT'));
    await deliver(async () => (await inbox.waiting()) === 0);
    expect(started).toBe(1);
  });

  it('waits, and a person is told, when nobody knows who that is', async () => {
    const { key } = await receiveReport(receiving, reportAbout('U0NEW'));
    await deliver(async () => alarms.length > 0);
    expect(alarms).toEqual([`person/${key}`]);
    expect(await inbox.waiting()).toBe(1);
    expect(started).toBe(0);
  });
});
