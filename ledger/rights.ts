// Whether a process's own role can do its work in the database. A part that
// finds out at the first report has taken that report for nothing.
import { Client } from 'pg';
import { RunbookError } from '../domain/errors.ts';
import { connectionTo } from '../prisma/connection.ts';
import type { RolePart } from '../prisma/roles.ts';
import { asRunbookError } from './database.ts';

type Privilege = 'SELECT' | 'INSERT' | 'UPDATE';

/** What the role of each part needs of each table; a right on some columns counts, as the migrations grant it. */
const NEEDED: Readonly<Record<RolePart, Readonly<Record<string, readonly Privilege[]>>>> = {
  worker: {
    ledger_entry: ['SELECT'],
    ledger_attachment: ['SELECT'],
    case_key: ['SELECT', 'INSERT', 'UPDATE'],
    case_file: ['SELECT', 'INSERT'],
    baseline: ['SELECT', 'INSERT'],
    inbox: ['SELECT', 'INSERT', 'UPDATE'],
    person: ['SELECT'],
    display: ['SELECT', 'INSERT', 'UPDATE'],
    meter: ['SELECT', 'INSERT', 'UPDATE'],
  },
  slack: {
    ledger_entry: ['SELECT'],
    case_file: ['SELECT'],
    display: ['SELECT'],
    person: ['SELECT'],
    inbox: ['SELECT', 'INSERT'],
    post: ['SELECT', 'INSERT', 'UPDATE'],
  },
};

/** Parts that add to the ledger do so through one function. */
const APPENDS: readonly RolePart[] = ['worker'];

const ANSWER_WITHIN_MS = 5_000;

/**
 * Connects as this address says and asks for every right that the role's work needs.
 * @throws RunbookError LEDGER_UNAVAILABLE or LEDGER_REFUSED
 */
export async function useDatabaseAs(part: RolePart, databaseUrl: string): Promise<void> {
  const client = new Client({
    ...connectionTo(databaseUrl),
    connectionTimeoutMillis: ANSWER_WITHIN_MS,
    query_timeout: ANSWER_WITHIN_MS,
    application_name: 'unapprove readiness',
  });
  client.on('error', () => undefined);
  let missing: string[];
  try {
    await client.connect();
    missing = await missingRights(client, part);
  } catch (error) {
    throw asRunbookError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
  if (missing.length > 0) {
    throw new RunbookError(
      'LEDGER_REFUSED',
      `expected a database role with the rights of the ${part} part, got one without: ${missing.join(', ')}`,
    );
  }
}

async function missingRights(client: Client, part: RolePart): Promise<string[]> {
  const wanted = Object.entries(NEEDED[part]).flatMap(([table, privileges]) => privileges.map((privilege) => ({ table, privilege })));
  // A table that does not exist gives no right to it.
  const { rows } = await client.query<{ missing: string }>(
    `SELECT privilege || ' on ' || relation AS missing FROM unnest($1::text[], $2::text[]) AS wanted (relation, privilege)
      WHERE NOT coalesce(has_any_column_privilege(to_regclass('public.' || relation), privilege), false)`,
    [wanted.map(({ table }) => table), wanted.map(({ privilege }) => privilege)],
  );
  const missing = rows.map((row) => row.missing);
  if (!APPENDS.includes(part)) return missing;
  const { rows: append } = await client.query(
    `SELECT FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname = 'ledger_append' AND has_function_privilege(oid, 'EXECUTE')`,
  );
  return append.length > 0 ? missing : [...missing, 'EXECUTE on ledger_append'];
}
