import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { databaseUser } from '../../tools/path-access.ts';
import { openPostgres, type Postgres, type PostgresOptions } from '../../tools/postgres.ts';
import { runProgram, scratchFolder } from './scratch.ts';

async function open(options: PostgresOptions): Promise<Postgres> {
  const postgres = await openPostgres({ env: {}, ...options });
  onTestFinished(() => postgres.stop());
  return postgres;
}

async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('our own PostgreSQL', () => {
  it('keeps what was written, durably, and listens on loopback only', async () => {
    const stateDir = await scratchFolder();
    const first = await openPostgres({ stateDir, env: {} });
    await ask(first.url, `CREATE TABLE "kept" AS SELECT 'still here' AS "what"`);
    await first.stop();

    const second = await open({ stateDir });

    expect(await ask(second.url, 'SELECT "what" FROM "kept"')).toEqual([{ what: 'still here' }]);
    expect(await ask(second.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    expect(await ask(second.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  });

  it('keeps its password where only its owner can read it, and refuses a login without it', async () => {
    const stateDir = await scratchFolder();
    const { url } = await open({ stateDir });
    const password = (await readFile(join(stateDir, 'postgresql', 'password'), 'utf8')).trim();

    expect(new URL(url).password).toBe(password);
    expect((await stat(join(stateDir, 'postgresql', 'password'))).mode & 0o777).toBe(0o600);
    await expect(ask(url.replace(password, 'a-guess'), 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  it('refuses a data folder of another major version, changes nothing, and says the ways out', async () => {
    const stateDir = await scratchFolder();
    const data = join(stateDir, 'postgresql', 'data');
    await mkdir(data, { recursive: true });
    await writeFile(join(data, 'PG_VERSION'), '17\n');

    const refusal = await openPostgres({ stateDir, env: {} }).catch((problem: unknown) => String(problem));

    expect(refusal).toContain('made by PostgreSQL 17');
    expect(refusal).toContain(`mv ${data} ${data}.17`);
    expect(refusal).toContain('pg_upgrade');
    expect(refusal).toContain('DATABASE_URL');
    expect(await readdir(data)).toEqual(['PG_VERSION']);
  });

  it('adopts the server that a killed run left, and what was written there', async () => {
    const stateDir = await scratchFolder();
    const killed = runProgram('hold-postgres.ts', [stateDir]);
    await ask(await killed.line(), `CREATE TABLE "kept" AS SELECT 'still here' AS "what"`);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const said: string[] = [];

    const { url } = await open({ stateDir, onProgress: (line) => said.push(line) });

    expect(await ask(url, 'SELECT "what" FROM "kept"')).toEqual([{ what: 'still here' }]);
    expect(said.join('\n')).toContain('interrupted run left running');
  });

  it('is not held up by a pid file whose process is gone or is another process now', async () => {
    const stateDir = await scratchFolder();
    await (await openPostgres({ stateDir, env: {} })).stop();
    const data = join(stateDir, 'postgresql', 'data');
    const pidFile = join(data, 'postmaster.pid');

    for (const pid of [process.ppid, 2 ** 22 + 1]) {
      await writeFile(pidFile, `${String(pid)}\n${data}\n1763928000\n5432\n\n127.0.0.1\n\nready\n`);
      const postgres = await openPostgres({ stateDir, env: {} });
      expect(await ask(postgres.url, 'SELECT 1 AS "one"')).toEqual([{ one: 1 }]);
      await postgres.stop();
    }
  });

  it('of another run is left alone: a second run gets its own, or is refused with a sentence', async () => {
    const stateDir = await scratchFolder();
    const first = await open({ stateDir });

    const second = await open({ stateDir });
    expect(second.adminUrl).not.toBe(first.adminUrl);
    await ask(second.url, 'CREATE TABLE "mine" ("id" TEXT)');
    await expect(ask(first.url, 'SELECT 1 FROM "mine"')).rejects.toThrow(/does not exist/);

    await expect(openPostgres({ stateDir, env: {}, whenBusy: 'refuse' })).rejects.toThrow(
      new RegExp(`in use by process ${String(process.pid)} since .*UNAPPROVE_HOME`),
    );
  });

  it('for tests trades durability for speed and leaves nothing behind, also of a run that was killed', async () => {
    const stateDir = await scratchFolder();
    const killed = runProgram('hold-postgres.ts', [stateDir, 'throw-away']);
    const left = await killed.line();
    killed.child.kill('SIGKILL');
    await killed.ended;

    const postgres = await openPostgres({ stateDir, env: {}, throwAway: true });

    expect(await ask(postgres.url, 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
    await expect(ask(left, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
    await postgres.stop();
    expect(await readdir(stateDir)).toEqual([]);
  });

  it('ends with its program on Ctrl-C', async () => {
    const program = runProgram('hold-postgres.ts', [await scratchFolder()]);
    const url = await program.line();

    program.child.kill('SIGINT');
    await program.ended;

    await expect(ask(url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it.runIf(process.getuid?.() === 0)('run by root under a folder that only root may pass goes elsewhere, and says where', async () => {
    const closed = await mkdtemp(join(tmpdir(), 'unapprove-closed-'));
    onTestFinished(() => rm(closed, { recursive: true, force: true }));
    await chmod(closed, 0o700);
    const said: string[] = [];

    const { url } = await open({ stateDir: join(closed, 'state'), onProgress: (line) => said.push(line) });

    expect(await ask(url, 'SELECT 1 AS "one"')).toEqual([{ one: 1 }]);
    const place = /data goes to (\S+):/.exec(said.join('\n'))?.[1];
    expect(said.join('\n')).toContain(`works as user ${String((await databaseUser())?.name)}`);
    expect(place).toBeDefined();
    if (place !== undefined) onTestFinished(() => rm(place, { recursive: true, force: true }));
  });
});

describe('the PostgreSQL that DATABASE_URL names', () => {
  it('is used as it is, and not stopped by us', async () => {
    const adminUrl = inject('databaseAdminUrl');

    const given = await openPostgres({ stateDir: await scratchFolder(), env: { DATABASE_URL: adminUrl } });
    await given.stop();

    expect(given).toMatchObject({ url: adminUrl, startedByUs: false });
    expect(await ask(adminUrl, 'SELECT 1 AS "one"')).toEqual([{ one: 1 }]);
  });

  it('is named when it does not answer, without its password', async () => {
    const env = { DATABASE_URL: 'postgresql://someone:a-password@127.0.0.1:1/none' };

    const refusal = await openPostgres({ stateDir: await scratchFolder(), env }).catch((problem: unknown) => String(problem));

    expect(refusal).toMatch(/DATABASE_URL names cannot be used: .*ECONNREFUSED.*unset it/);
    expect(refusal).not.toContain('a-password');
  });
});
