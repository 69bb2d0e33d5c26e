// The roles that the processes log in as: whose they are, and what they may do.
import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import { expect, inject, it, onTestFinished } from 'vitest';
import { grantLogin } from '../../ledger/database-roles.ts';
import { changeAddress, readAddress } from '../../prisma/address.ts';
import { applyMigrations } from '../../tools/migrate.ts';
import { createDatabase, dropDatabase } from '../../tools/postgres.ts';
import { freshDatabase } from '../setup/database.ts';

const ROLES_OF = "SELECT rolname FROM pg_roles WHERE rolname LIKE $1 || '\\_%' ORDER BY 1";

async function ask(url: string, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing refused',
    (error: Error) => error.message,
  );

it('two installations on one server have roles of their own: the set-up of one changes nothing of the other', async () => {
  const [staging, production] = await Promise.all([freshDatabase(), freshDatabase()]);
  const worker = await grantLogin(production, 'of production');
  const slack = await grantLogin(production, 'of production, slack', 'slack');

  const other = await grantLogin(staging, 'of staging');
  await grantLogin(staging, 'of staging, slack', 'slack');

  await expect(ask(worker, 'SELECT count(*)::int AS entries FROM ledger_entry')).resolves.toEqual([{ entries: 0 }]);
  await expect(ask(slack, 'SELECT count(*)::int AS entries FROM ledger_entry')).resolves.toEqual([{ entries: 0 }]);
  expect(readAddress(worker)?.user).toBe(`${readAddress(production)?.database}_worker`);
  const acrossUrl = changeAddress(other, { database: readAddress(production)?.database ?? '' });
  expect(await refusal(ask(acrossUrl, 'SELECT 1 FROM ledger_entry'))).toContain('permission denied');
});

it('a new password takes the place of the old one', async () => {
  const database = await freshDatabase();
  const before = await grantLogin(database, 'the first');
  const after = await grantLogin(database, 'the second: p@ss/w#rd?%');

  expect(await refusal(ask(before, 'SELECT 1'))).toContain('password authentication failed');
  await expect(ask(after, 'SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
});

it('a privilege that the set-up does not name is taken away by it', async () => {
  const database = await freshDatabase();
  const worker = await grantLogin(database, 'x');
  await ask(database, `GRANT DELETE ON inbox TO ${escapeIdentifier(readAddress(worker)?.user ?? '')}`);

  await grantLogin(database, 'x');

  expect(await refusal(ask(worker, 'DELETE FROM inbox'))).toContain('permission denied');
});

it('many set-ups of one database at once all succeed', async () => {
  const database = await freshDatabase();
  const all = await Promise.all(Array.from({ length: 6 }, (_, n) => grantLogin(database, 'the same', n % 2 === 0 ? 'worker' : 'slack')));

  await Promise.all(all.map((url) => ask(url, 'SELECT 1')));
});

it('an owner without rights over the whole server, except to make roles, can set it up', async () => {
  const adminUrl = inject('databaseAdminUrl');
  const name = `owned_${randomBytes(6).toString('hex')}`;
  const owner = `owner_${name}`;
  await ask(adminUrl, `CREATE ROLE ${owner} LOGIN CREATEROLE PASSWORD 'of the owner'`);
  const database = await createDatabase(adminUrl, name);
  onTestFinished(async () => {
    await dropDatabase(adminUrl, name);
    await ask(adminUrl, `DROP ROLE ${owner}`);
  });
  await ask(adminUrl, `ALTER DATABASE ${name} OWNER TO ${owner}`);
  const ownerUrl = changeAddress(database, { user: owner, password: 'of the owner' });

  await applyMigrations(ownerUrl);
  const worker = await grantLogin(ownerUrl, 'of the worker');
  await grantLogin(ownerUrl, 'of the worker');

  await expect(ask(worker, 'SELECT count(*)::int AS entries FROM ledger_entry')).resolves.toEqual([{ entries: 0 }]);
});

it('a role of that name with rights over the whole server is left alone', async () => {
  const database = await freshDatabase();
  const name = `${readAddress(database)?.database}_worker`;
  await ask(database, `CREATE ROLE ${name} LOGIN SUPERUSER PASSWORD 'of somebody else'`);

  expect(await refusal(grantLogin(database, 'ours'))).toContain(`${name} stands for a role with rights over the whole server`);

  await expect(ask(changeAddress(database, { user: name, password: 'of somebody else' }), 'SELECT 1 AS one')).resolves.toEqual([
    { one: 1 },
  ]);
});

it('a database that is dropped takes its roles along', async () => {
  const adminUrl = inject('databaseAdminUrl');
  const name = `dropped_${randomBytes(6).toString('hex')}`;
  const database = await createDatabase(adminUrl, name, { template: inject('databaseTemplate') });
  await grantLogin(database, 'x');
  expect(await ask(adminUrl, ROLES_OF, [name])).toEqual([{ rolname: `${name}_slack` }, { rolname: `${name}_worker` }]);

  await dropDatabase(adminUrl, name);

  expect(await ask(adminUrl, ROLES_OF, [name])).toEqual([]);
});
