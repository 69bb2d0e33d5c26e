/** Servers that are killed and come back where clients look for them, with everything they had stored. */
import { join } from 'node:path';
import { Connection, Client as Temporal } from '@temporalio/client';
import { Client } from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { openPostgres, type PostgresOptions } from '../../tools/postgres.ts';
import { openServices } from '../../tools/services.ts';
import { runProgram, scratchFolder } from './scratch.ts';

const OURS: NodeJS.ProcessEnv = { ...process.env, DATABASE_URL: '', TEMPORAL_ADDRESS: '' };

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('PostgreSQL that is killed', () => {
  const open = async (options: PostgresOptions) => {
    const postgres = await openPostgres({ env: {}, ...options });
    onTestFinished(() => postgres.stop());
    return postgres;
  };

  it.each([
    ['alone', false],
    ['beside that of another run', true],
  ])('%s comes back at the same address with what was written, and ends every connection', async (_, beside) => {
    const stateDir = await scratchFolder();
    if (beside) await open({ stateDir });
    const { url, crashAndRestart } = await open({ stateDir });
    await ask(url, `CREATE TABLE "kept" AS SELECT 'still here' AS "what"`);
    const before = await ask(url, 'SELECT pg_postmaster_start_time() AS "since"');
    const idle = new Client({ connectionString: url });
    const ended = new Promise((resolve) => idle.on('error', resolve));
    await idle.connect();

    await crashAndRestart();

    await ended;
    expect(await ask(url, 'SELECT "what" FROM "kept"')).toEqual([{ what: 'still here' }]);
    expect(await ask(url, 'SELECT pg_postmaster_start_time() AS "since"')).not.toEqual(before);
  });

  it('twice, with a session that is busy, and is stopped in good order afterwards', async () => {
    const stateDir = await scratchFolder();
    const postgres = await openPostgres({ stateDir, env: {} });
    const busy = ask(postgres.url, 'SELECT pg_sleep(30)').catch((problem: unknown) => problem);
    await postgres.crashAndRestart();
    await postgres.crashAndRestart();
    expect(await ask(postgres.url, 'SELECT 1 AS "one"')).toEqual([{ one: 1 }]);
    expect(await busy).toBeInstanceOf(Error);
    await postgres.stop();
    await expect(ask(postgres.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('comes back also when it was left by another run', async () => {
    const stateDir = await scratchFolder();
    const left = runProgram('hold-postgres.ts', [stateDir]);
    const url = await left.line();
    left.child.kill('SIGKILL');
    await left.ended;
    const postgres = await open({ stateDir });
    expect(postgres.url).toBe(url);
    await postgres.crashAndRestart();
    expect(await ask(url, 'SELECT 1 AS "one"')).toEqual([{ one: 1 }]);
  });
});

describe('the services of a drill', () => {
  it('come back at the same address: Temporal with its workflows, the database with its rows', async () => {
    const stateDir = await scratchFolder();
    const services = await openServices({ purpose: 'drill', stateDir, env: OURS, temporalFile: join(stateDir, 'temporal.db') });
    onTestFinished(() => services.stop());
    const { databaseUrl, temporalAddress: address, temporalNamespace: namespace } = services;
    const withTemporal = async <T>(use: (client: Temporal) => Promise<T>): Promise<T> => {
      const connection = await Connection.connect({ address });
      try {
        return await use(new Temporal({ connection, namespace }));
      } finally {
        await connection.close();
      }
    };
    await ask(databaseUrl, 'CREATE TABLE "kept" ("id" TEXT)');
    await withTemporal((client) => client.workflow.start('withoutWorker', { taskQueue: 'none', workflowId: 'case/kept' }));
    const before = services.temporal.pid;

    await Promise.all([services.killEngine(), services.killDatabase()]);

    expect(services.temporal.pid).not.toBe(before);
    expect(await ask(databaseUrl, 'SELECT * FROM "kept"')).toEqual([]);
    expect((await withTemporal((client) => client.workflow.getHandle('case/kept').describe())).status.name).toBe('RUNNING');
  });

  it('are not killed when they keep nothing, or are not ours', async () => {
    const env = { DATABASE_URL: inject('databaseAdminUrl'), TEMPORAL_ADDRESS: inject('temporalAddress') };
    const services = await openServices({ purpose: 'drill', stateDir: await scratchFolder(), env });
    onTestFinished(() => services.stop());
    await expect(services.killEngine()).rejects.toThrow(/not ours to kill/);
    await expect(services.killDatabase()).rejects.toThrow(/not ours to kill/);
  });
});
