// Makes the roles of a database, gives them what prisma/privileges.sql says, and
// lets each process log in. Set-up calls it with the owner's connection; what it
// returns is all that the running process may know.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';
import { changeAddress } from '../prisma/address.ts';
import { connectionTo } from '../prisma/connection.ts';
import { ROLE_PARTS, type RolePart, roleOf } from '../prisma/roles.ts';
import { asRunbookError } from './database.ts';

const PRIVILEGES = join(import.meta.dirname, '..', 'prisma', 'privileges.sql');
const ITERATIONS = 4096;
const TRIES = 20;
/** "tuple concurrently updated": another set-up, or the server's own housekeeping, changed the same row meanwhile. */
const CONCURRENTLY_UPDATED = 'XX000';
const TIMEOUT_MS = 10_000;

/**
 * Lets a process log in as its role with this password, and do nothing more
 * than the privileges say. Safe to repeat. No other database is touched.
 *
 * @returns the address of the same database for that role
 * @throws RunbookError LEDGER_UNAVAILABLE
 */
export async function grantLogin(adminUrl: string, password: string, part: RolePart = 'worker'): Promise<string> {
  const privileges = await readFile(PRIVILEGES, 'utf8');
  const client = new Client({ ...connectionTo(adminUrl), connectionTimeoutMillis: 5_000, query_timeout: TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const database = await databaseOf(client);
    const role = roleOf(database, part);
    for (let tries = 1; ; tries += 1) {
      try {
        await client.query(statements(database, privileges, role, password));
        return changeAddress(adminUrl, { user: role, password });
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.code !== CONCURRENTLY_UPDATED || tries === TRIES) throw error;
        await client.query('ROLLBACK');
      }
    }
  } catch (error) {
    throw asRunbookError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function databaseOf(client: Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  return rows[0]?.name ?? '';
}

/** One transaction, one set-up at a time. */
function statements(database: string, privileges: string, role: string, password: string): string {
  const roles = ROLE_PARTS.map((part) => ({ part, name: roleOf(database, part) }));
  const makeRoles = roles.map(
    ({ name }) => `
      IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${escapeLiteral(name)}) THEN
        CREATE ROLE ${escapeIdentifier(name)} NOLOGIN;
      END IF;
      IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${escapeLiteral(name)} AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication)) THEN
        RAISE EXCEPTION '% stands for a role with rights over the whole server. Rename that role, or the database', ${escapeLiteral(name)};
      END IF;`,
  );
  const grants = roles.reduce((sql, { part, name }) => sql.replaceAll(`"${part}"`, () => escapeIdentifier(name)), privileges);
  return `
    BEGIN;
    SELECT pg_advisory_xact_lock(hashtext('unapprove/roles'));
    DO ${escapeLiteral(`BEGIN ${makeRoles.join('')} END`)};
    ${grants}
    -- The verifier, not the password: the statement may stand in the server's log.
    ALTER ROLE ${escapeIdentifier(role)} LOGIN PASSWORD ${escapeLiteral(scramVerifier(password))};
    COMMIT;`;
}

/** SCRAM-SHA-256 as RFC 5803 writes it; PostgreSQL stores such a text as it is. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256');
  const hmac = (words: string): Buffer => createHmac('sha256', salted).update(words).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest();
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey.toString('base64')}:${hmac('Server Key').toString('base64')}`;
}
