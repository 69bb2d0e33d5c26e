// What keeps the record from being changed, and that it is these guards which do.
import { createHash, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { entryBytes } from '../../ledger/entry.ts';
import { draft, newCase, openLedgerHarness } from './ledger-harness.ts';

const { ledger, owner, app } = await openLedgerHarness();
const id = newCase();
await ledger.append([draft(id, 'kept', { attachments: [{ name: 'a', content: 'said' }] })]);

const refusal = (pool: pg.Pool, sql: string, values: unknown[] = []): Promise<string> =>
  pool.query(sql, values).then(
    () => 'nothing refused',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

const CHANGES = [
  "UPDATE ledger_entry SET kind = 'other'",
  'DELETE FROM ledger_entry',
  'TRUNCATE ledger_entry CASCADE',
  "UPDATE ledger_attachment SET name = 'other'",
  'DELETE FROM ledger_attachment',
  'TRUNCATE ledger_attachment',
  "UPDATE ledger_entry SET kind = 'other' WHERE false",
];

describe('the application', () => {
  it.each([
    ...CHANGES,
    "INSERT INTO ledger_entry VALUES ('c', 1, '\\x00', '\\x00', now(), 'k', 'k', '\\x00')",
    "INSERT INTO ledger_attachment VALUES ('c', 1, 1, 'n', '\\x00', '\\x00')",
    'ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_append_only',
    'CREATE TABLE mine (a int)',
    'DELETE FROM case_key',
    "UPDATE case_file SET subject = 'other'",
    'DELETE FROM case_file',
    "UPDATE baseline SET digest = 'other'",
    'DELETE FROM inbox',
    'SELECT * FROM _prisma_migrations',
  ])('may not: %s', async (sql) => {
    expect(await refusal(app, sql)).toMatch(/permission denied|must be owner/);
  });

  it('may append only through the function, and nobody else may', async () => {
    const { rows } = await owner.query(
      "SELECT has_function_privilege(current_database() || '_worker', 'ledger_append(bytea[], integer[], text[], bytea[], text[], integer, bigint)', 'EXECUTE') AS app, has_function_privilege('public', 'ledger_append(bytea[], integer[], text[], bytea[], text[], integer, bigint)', 'EXECUTE') AS everybody",
    );
    expect(rows).toEqual([{ app: true, everybody: false }]);
  });

  it('is no superuser, and owns nothing', async () => {
    const { rows } = await owner.query(
      "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owns FROM pg_roles r WHERE rolname = current_database() || '_worker'",
    );
    expect(rows).toEqual([{ rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false, owns: 0 }]);
  });
});

describe('the owner of the database', () => {
  it.each(CHANGES)('is refused: %s', async (sql) => {
    expect(await refusal(owner, sql)).toMatch(/the record is append-only/);
  });

  it('is refused in a session that plays replica too', async () => {
    const client = await owner.connect();
    await client.query("SET session_replication_role = 'replica'");
    await expect(client.query("UPDATE ledger_entry SET kind = 'other'")).rejects.toThrow(/append-only/);
    client.release(true);
  });

  it('could change it all without the triggers: they are the guard', async () => {
    const client = await owner.connect();
    await client.query('BEGIN');
    await client.query('DROP TRIGGER ledger_entry_append_only ON ledger_entry');
    await client.query('DROP TRIGGER ledger_attachment_append_only ON ledger_attachment');
    for (const sql of CHANGES.slice(0, 1)) expect((await client.query(sql)).rowCount).toBeGreaterThan(0);
    expect((await client.query('DELETE FROM ledger_attachment')).rowCount).toBe(1);
    expect((await client.query('DELETE FROM ledger_entry')).rowCount).toBe(1);
    await client.query('ROLLBACK');
    client.release();
    expect(await ledger.entries(id)).toHaveLength(1);
  });
});

describe('the function', () => {
  const content = (more: object = {}): Buffer =>
    Buffer.from(
      entryBytes({
        case: randomUUID(),
        key: 'k',
        at: '2026-11-23T22:04:05Z',
        kind: 'hold.ended',
        schemaVersion: 1,
        actor: 'worker',
        body: {},
        attachments: [],
        ...more,
      }),
    );
  const sealed = Buffer.from('ciphertext');
  const named = { name: 'a', sha256: createHash('sha256').update(sealed).digest('hex'), bytes: sealed.length };
  const append = (...values: unknown[]): Promise<string> => refusal(app, 'SELECT * FROM ledger_append($1, $2, $3, $4)', values);

  it('takes an attachment that the content names', async () => {
    expect(await append([content({ attachments: [named] })], [1], ['a'], [sealed])).toBe('nothing refused');
  });

  it.each([
    ['another hash', { ...named, sha256: '0'.repeat(64) }],
    ['another length', { ...named, bytes: 1 }],
    ['another name', { ...named, name: 'b' }],
  ])('refuses an attachment of %s', async (_, attachment) => {
    expect(await append([content({ attachments: [attachment] })], [1], ['a'], [sealed])).toMatch(/expected the attachments/);
  });

  it('refuses an attachment that is missing, too many, or of no content', async () => {
    expect(await append([content({ attachments: [named] })], [], [], [])).toMatch(/expected the attachments/);
    expect(await append([content()], [1], ['a'], [sealed])).toMatch(/expected the attachments/);
    expect(await append([content()], [2], ['a'], [sealed])).toMatch(/belong to a content/);
    expect(await append([content()], [1], [], [])).toMatch(/a name and bytes for every/);
    expect(await append([content()], [], ['a'], [sealed])).toMatch(/a name and bytes for every/);
  });

  it('refuses what is no content', async () => {
    expect(await append([Buffer.from('{"case":"c","key":"k"}')], [], [], [])).toMatch(/expected case, key and kind/);
    expect(await append([Buffer.from('nonsense')], [], [], [])).toMatch(/invalid input syntax/);
    expect(await append([Buffer.from([0xff, 0xfe])], [], [], [])).toMatch(/invalid byte sequence/);
    expect(await append([null], [], [], [])).toMatch(/got a null/);
    expect(await append(null, [], [], [])).toMatch(/got a null/);
  });

  it('does not follow a search_path that a caller made up', async () => {
    const client = await app.connect();
    await client.query(
      'CREATE TEMP TABLE ledger_entry (chain text, seq bigint, hash bytea, stored_at timestamptz, key text, content bytea)',
    );
    await client.query('SET search_path = pg_temp, public');
    const bytes = content();
    const { rows } = await client.query('SELECT seq, existed FROM public.ledger_append($1)', [[bytes]]);
    expect(rows).toEqual([{ seq: '1', existed: false }]);
    expect((await client.query('SELECT * FROM pg_temp.ledger_entry')).rowCount).toBe(0);
    expect((await client.query('SELECT key FROM public.ledger_entry WHERE content = $1', [bytes])).rowCount).toBe(1);
    client.release(true);
  });
});
