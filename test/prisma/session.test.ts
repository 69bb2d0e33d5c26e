// What an operator set for sessions of the server, the database or a role does
// not matter to ours.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openRepositories } from '../../activities/people/repositories.ts';
import { watchLedger } from '../../cli/ledger-watch.ts';
import { makeSigner } from '../../inbox/envelope.ts';
import { makeKeys } from '../../inbox/keys.ts';
import { listenFor } from '../../inbox/listen.ts';
import { receiveReport } from '../../inbox/receive.ts';
import { openInbox } from '../../inbox/store.ts';
import { grantLogin } from '../../ledger/database-roles.ts';
import { openLedger } from '../../ledger/ledger.ts';
import { readAddress } from '../../prisma/address.ts';
import { connectionTo } from '../../prisma/connection.ts';
import { openSlackTables } from '../../slack-app/tables.ts';
import { applyMigrations } from '../../tools/migrate.ts';
import { draft, newCase, TENANT } from '../ledger/ledger-harness.ts';
import { freshDatabase } from '../setup/database.ts';

const ODD = {
  timezone: "'America/New_York'",
  datestyle: "'SQL, DMY'",
  default_transaction_isolation: "'repeatable read'",
  search_path: 'nowhere',
};
const ROOT = join(import.meta.dirname, '..', '..');

let adminUrl: string;
let workerUrl: string;
let slackUrl: string;
let plain: Client;
beforeAll(async () => {
  adminUrl = await freshDatabase();
  workerUrl = await grantLogin(adminUrl, 'of the worker');
  slackUrl = await grantLogin(adminUrl, 'of the Slack app', 'slack');
  plain = new Client({ connectionString: adminUrl });
  await plain.connect();
  const database = readAddress(adminUrl)?.database ?? '';
  for (const [name, value] of Object.entries(ODD)) {
    await plain.query(`ALTER DATABASE ${escapeIdentifier(database)} SET ${name} = ${value}`);
    await plain.query(`ALTER ROLE ${escapeIdentifier(`${database}_slack`)} SET ${name} = ${value}`);
  }
});
afterAll(() => plain.end());

it('the time zone that UNAPPROVE_TEST_TIMEZONE names is the one of every database of the tests', async () => {
  const client = new Client({ connectionString: await freshDatabase() });
  await client.connect();
  const { rows } = await client.query("SELECT current_setting('TimeZone') AS zone");
  await client.end();

  expect(rows).toEqual([{ zone: process.env['UNAPPROVE_TEST_TIMEZONE'] || 'UTC' }]);
});

describe('on a database whose sessions are set otherwise', () => {
  it('another client sees what was set, and a connection of ours does not', async () => {
    const shown = async (config: { readonly connectionString: string }): Promise<unknown> => {
      const client = new Client(config);
      await client.connect();
      const { rows } = await client.query<Record<string, string>>(
        "SELECT current_setting('DateStyle') AS dates, current_setting('default_transaction_isolation') AS isolation, current_setting('search_path') AS path, current_setting('TimeZone') AS zone",
      );
      await client.end();
      return Object.values(rows[0] ?? {});
    };

    expect(await shown({ connectionString: slackUrl })).toEqual(['SQL, DMY', 'repeatable read', 'nowhere', 'America/New_York']);
    expect(await shown(connectionTo(slackUrl))).toEqual(['ISO, MDY', 'read committed', 'public,pg_temp', 'UTC']);
    expect(await shown(connectionTo(`${slackUrl}?options=-c%20timezone%3DAsia/Tokyo`))).toContain('UTC');
  });

  it('a report is due at once, and keeps the time at which it was received', async () => {
    const keys = makeKeys();
    const [receiving, delivering] = [openInbox({ databaseUrl: slackUrl }), openInbox({ databaseUrl: workerUrl })];
    onTestFinished(async () => void (await Promise.all([receiving.close(), delivering.close()])));
    const before = Date.now();
    await receiveReport(
      { inbox: receiving, signer: makeSigner(keys.signing), sealingKey: keys.sealing.publicKey },
      {
        team: 'T0PRACTICE',
        person: 'U0ANA',
        viewId: `V${randomUUID().replaceAll('-', '').toUpperCase()}`,
        what: 'approved',
        when: 'today',
        about: null,
        words: { contacted: null, more: null, reach: null },
      },
    );

    const rows = await delivering.takeWaiting(10);

    expect(rows).toHaveLength(1);
    expect(rows[0]?.receivedAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(rows[0]?.receivedAt.getTime()).toBeLessThanOrEqual(Date.now());
    expect(rows[0]?.waitedMs).toBeLessThan(30_000);
  });

  it('twenty appends to one chain at once are twenty entries', async () => {
    const ledger = openLedger({ databaseUrl: workerUrl, masterKey: new Uint8Array(32).fill(1), maxConnections: 20 });
    onTestFinished(() => ledger.close());
    const id = newCase();

    await Promise.all(Array.from({ length: 20 }, (_, n) => ledger.append([draft(id, `entry ${n}`)])));

    const entries = await ledger.entries(id);
    expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    for (const { storedAt } of entries) expect(Math.abs(storedAt - Date.now())).toBeLessThan(60_000);
  });

  it('times of the ordinary tables come back as they were stored', async () => {
    const tables = openRepositories(workerUrl);
    onTestFinished(() => tables.close());
    const before = Date.now();

    await tables.baselines.insert({ tenant: TENANT, digest: 'd', content: {} });
    const row = await tables.baselines.latest(TENANT);

    expect(row?.digest).toBe('d');
    const { rows } = await plain.query<{ ms: string }>(
      "SELECT extract(epoch FROM stored_at) * 1000 AS ms FROM public.baseline WHERE digest = 'd'",
    );
    expect(Math.abs(Number(rows[0]?.ms) - before)).toBeLessThan(60_000);
  });

  it('the lists of the Slack app, the notifications and the watch of a drill find their tables', async () => {
    const tables = openSlackTables({ databaseUrl: slackUrl, teamId: 'T0PRACTICE' });
    const ledger = openLedger({ databaseUrl: workerUrl, masterKey: new Uint8Array(32).fill(1) });
    onTestFinished(async () => void (await Promise.all([tables.close(), ledger.close()])));
    const id = newCase();
    await tables.posts.begin({ postKey: 'k', caseId: id, channel: 'C0456EFGH' });
    expect(await tables.posts.casesIn('C0456EFGH')).toEqual([id]);

    const heard: string[] = [];
    const stop = await ledger.listen((chain) => heard.push(chain));
    const news: unknown[] = [];
    const stopNews = listenFor(slackUrl, 'ledger', (payload) => news.push(payload));
    await expect.poll(() => news).toEqual([null]);
    const watch = await watchLedger(adminUrl);
    await ledger.append([draft(id, 'one')]);
    await watch.until((row) => row.chain === id);
    await expect.poll(() => heard).toContain(id);
    await expect.poll(() => news).toContain(id);
    await Promise.all([stop(), stopNews(), watch.stop()]);
  });

  it('migrations find what they made before', async () => {
    expect((await applyMigrations(adminUrl)).applied).toEqual([]);
  });
});

it('every connection of the product, the tools and the benches is made with connectionTo', () => {
  const folders = ['activities', 'bench', 'cli', 'inbox', 'ledger', 'pager', 'slack-app', 'tools', 'worker', 'workflows'];
  const makes = /new (?:Client|Pool|PrismaPg)\(/g;
  const sources = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => ({ name: join(folder, name), text: readFileSync(join(ROOT, folder, name), 'utf8') })),
  );
  const reaching = sources.filter(({ text }) => /from '(?:pg|@prisma\/adapter-pg)'/.test(text) && makes.test(text)).map(({ name }) => name);

  expect(reaching).toContain('inbox/store.ts');
  expect(sources.filter(({ text }) => text.includes('connectionString')).map(({ name }) => name)).toEqual([]);
});
