// What prisma/schema.prisma says and what the migrations make are the same.
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, expect, it } from 'vitest';
import { grantLogin } from '../../ledger/database-roles.ts';
import { connectionTo } from '../../prisma/connection.ts';
import { PrismaClient } from '../../prisma/generated/client.ts';
import { freshDatabase } from '../setup/database.ts';
import { APP_PASSWORD, newCase, openLedgerHarness } from './ledger-harness.ts';

const { ledger, owner, appUrl } = await openLedgerHarness();
const databases = await Promise.all([freshDatabase(), freshDatabase(), freshDatabase()]);
const prisma = new PrismaClient({ adapter: new PrismaPg(connectionTo(appUrl)) });
afterAll(() => prisma.$disconnect());

it('lets the generated client read every table as the application', async () => {
  const tables = [
    prisma.ledgerEntry.findMany(),
    prisma.ledgerAttachment.findMany(),
    prisma.caseKey.findMany(),
    prisma.caseFile.findMany(),
    prisma.inbox.findMany(),
    prisma.person.findMany(),
    prisma.baseline.findMany(),
    prisma.post.findMany(),
    prisma.display.findMany(),
    prisma.meter.findMany(),
  ];
  expect(await Promise.all(tables)).toEqual(tables.map(() => []));
  const { rows } = await owner.query(
    "SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'",
  );
  expect(rows).toEqual([{ tables: tables.length }]);
});

it('fills the columns that the database fills', async () => {
  const row = await prisma.inbox.create({
    data: { key: 'slack:V1:abc', channel: 'slack', person: 'U1', act: 'report', envelope: { a: 1 } },
  });
  expect(row).toMatchObject({ state: 'waiting', attempts: 0, seq: 1n, sealed: null });
  expect(row.nextAttemptAt.getTime()).toBe(row.receivedAt.getTime());
  await expect(prisma.inbox.update({ where: { key: row.key }, data: { state: 'lost' } })).rejects.toThrow();

  const baseline = await prisma.baseline.create({ data: { tenant: 't', digest: 'd', content: {} } });
  expect(baseline.id).toBe(1n);
  const display = await prisma.display.create({ data: { caseId: 'c', key: 'k', content: {} } });
  expect(display.updatedAt).toBeInstanceOf(Date);
});

it('tells who listens that a row has come into the inbox', async () => {
  const client = await owner.connect();
  const heard = new Promise<string>((resolve) => client.once('notification', ({ channel }) => resolve(channel)));
  await client.query('LISTEN inbox');
  await prisma.inbox.create({ data: { key: 'another', channel: 'slack', person: 'U1', act: 'report', envelope: {} } });
  expect(await heard).toBe('inbox');
  client.release(true);
});

it('grants the login in several databases of one cluster at once', async () => {
  const urls = await Promise.all(databases.flatMap((url) => [grantLogin(url, APP_PASSWORD), grantLogin(url, APP_PASSWORD)]));
  expect(new Set(urls).size).toBe(3);
  expect(await ledger.entries(newCase())).toEqual([]);
});
