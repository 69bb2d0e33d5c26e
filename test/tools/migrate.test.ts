import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { applyMigrations } from '../../tools/migrate.ts';
import { createDatabase, dropDatabase } from '../../tools/postgres.ts';
import { freshDatabase } from '../setup/database.ts';
import { olderServer } from './older-server.ts';
import { scratchFolder } from './scratch.ts';

/** A function body with semicolons: what an adapter that cuts at semicolons cannot send. */
const FUNCTION = `CREATE FUNCTION "refuse"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no; never'; END; $$;`;

async function migrations(scripts: Readonly<Record<string, string>>): Promise<string> {
  const folder = await scratchFolder();
  await writeFile(join(folder, 'migration_lock.toml'), 'provider = "postgresql"\n');
  for (const [name, script] of Object.entries(scripts)) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'migration.sql'), script);
  }
  return folder;
}

async function emptyDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const adminUrl = inject('databaseAdminUrl');
  const name = `migrate_${String(process.pid)}_${String(Date.now())}`;
  return { url: await createDatabase(adminUrl, name), drop: () => dropDatabase(adminUrl, name) };
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('migrations', () => {
  it('are applied in order, once, functions included', async () => {
    const folder = await migrations({
      '20261101000000_first': `CREATE TABLE "first" ("id" TEXT PRIMARY KEY);`,
      '20261102000000_second': `ALTER TABLE "first" ADD COLUMN "more" TEXT; ${FUNCTION}`,
    });
    const { url, drop } = await emptyDatabase();

    const once = await applyMigrations(url, folder);
    const twice = await applyMigrations(url, folder);

    expect(once.applied).toEqual(['20261101000000_first', '20261102000000_second']);
    expect(twice.applied).toEqual([]);
    expect(await ask(url, `SELECT proname FROM pg_proc WHERE proname = 'refuse'`)).toHaveLength(1);
    await drop();
  });

  it('that fail are named, and leave nothing of themselves', async () => {
    const folder = await migrations({ '20261101000000_broken': `CREATE TABLE "half" ("id" TEXT); CREATE TABEL "typo" ("id" TEXT);` });
    const { url, drop } = await emptyDatabase();

    await expect(applyMigrations(url, folder)).rejects.toThrow(/20261101000000_broken/);

    expect(await ask(url, `SELECT 1 FROM information_schema.tables WHERE table_name = 'half'`)).toEqual([]);
    await drop();
  });
});

it('a server older than PostgreSQL 16 is refused with a sentence, and nothing is changed', async () => {
  const { url, drop } = await emptyDatabase();
  const [version] = await ask(url, 'SHOW server_version_num');
  const real = String((version as { server_version_num?: string }).server_version_num);
  const old = await olderServer(url, { real, said: '150017' });
  onTestFinished(async () => {
    await old.stop();
    await drop();
  });

  await expect(applyMigrations(old.url)).rejects.toThrow('Expected PostgreSQL 16 or newer, got PostgreSQL 15. Nothing was changed.');

  expect(await ask(url, "SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace")).toEqual([]);
});

it('each test file gets a database of its own, with all migrations applied', async () => {
  const [mine, other] = [await freshDatabase(), await freshDatabase()];

  await ask(mine, 'CREATE TABLE "only_here" ("id" TEXT)');

  expect(await ask(other, `SELECT 1 FROM information_schema.tables WHERE table_name = 'only_here'`)).toEqual([]);
  expect((await applyMigrations(mine)).applied).toEqual([]);
});
