// Gives each process's role its password. Set-up calls it with the owner's
// connection; what it returns is all that the running process may know.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Client, DatabaseError, escapeLiteral } from 'pg';
import { asRunbookError } from './database.ts';

/** worker: adds to the record. slack: reads it, and puts what people did into the inbox. */
export const ROLES = { worker: 'unapprove_app', slack: 'unapprove_slack' } as const;
export type Role = (typeof ROLES)[keyof typeof ROLES];

const ITERATIONS = 4096;
const TRIES = 20;
/** "tuple concurrently updated": roles belong to the whole cluster, and another database's set-up changed this one meanwhile. */
const CONCURRENTLY_UPDATED = 'XX000';

/**
 * Lets a role log in with this password, and do nothing more than the
 * migrations grant it. Safe to repeat; one password a cluster.
 *
 * @returns the address of the same database for that role
 * @throws RunbookError LEDGER_UNAVAILABLE or LEDGER_REFUSED
 */
export async function grantLogin(adminUrl: string, password: string, role: Role = ROLES.worker): Promise<string> {
  const client = new Client({ connectionString: adminUrl, connectionTimeoutMillis: 5_000, query_timeout: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    // The verifier, not the password: the statement may stand in the server's log.
    const statement = `ALTER ROLE ${role} LOGIN PASSWORD ${escapeLiteral(scramVerifier(password))}`;
    for (let tries = 1; ; tries += 1) {
      try {
        await client.query(statement);
        break;
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.code !== CONCURRENTLY_UPDATED || tries === TRIES) throw error;
      }
    }
  } catch (error) {
    throw asRunbookError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
  const url = new URL(adminUrl);
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.href;
}

/** SCRAM-SHA-256 as RFC 5803 writes it; PostgreSQL stores such a text as it is. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256');
  const hmac = (words: string): Buffer => createHmac('sha256', salted).update(words).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest();
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey.toString('base64')}:${hmac('Server Key').toString('base64')}`;
}
