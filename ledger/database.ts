// The ledger's connections, and what the database's failures mean for a runbook.
//
// The pool of `pg` itself, not the Prisma client: a batch is one call of one
// function over arrays of bytes, and waiting for a notification needs a bare
// connection. Prisma would add a translation to both and take nothing away.
import { DatabaseError, Pool, type QueryConfig, type QueryResultRow } from 'pg';
import { type FailureCode, RunbookError } from '../domain/errors.ts';
import { connectionTo } from '../prisma/connection.ts';

/** Long enough for a busy database, short enough that a person is paged within a minute when it is gone. */
const CONNECT_MS = 5_000;
const STATEMENT_MS = 10_000;

export function openPool(databaseUrl: string, maxConnections: number): Pool {
  const pool = new Pool({
    ...connectionTo(databaseUrl),
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    // The server's own limit says nothing when the server itself is gone.
    query_timeout: STATEMENT_MS + CONNECT_MS,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'unapprove ledger',
  });
  // An idle connection that breaks is replaced at the next use; unheard, it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

/** Runs a query. @throws RunbookError LEDGER_UNAVAILABLE, LEDGER_REFUSED or KEY_DESTROYED */
export async function ask<Row extends QueryResultRow>(pool: Pool, query: QueryConfig): Promise<Row[]> {
  try {
    return (await pool.query<Row>(query)).rows;
  } catch (error) {
    throw asRunbookError(error);
  }
}

/** Classes of SQLSTATE after which the same call may succeed: connection, rollback, resources, operator, system. */
const PASSING = ['08', '40', '53', '57', '58'];
const READ_ONLY = '25006';
const REFUSED_BY_RECORD = 'UA001';
const KEY_DESTROYED = 'UA002';
const SUPERSEDED = 'UA003';
const BRAKE_ON = 'UA004';

export function asRunbookError(error: unknown): RunbookError {
  if (error instanceof RunbookError) return error;
  const words = error instanceof Error ? error.message : String(error);
  return new RunbookError(codeOf(error), `expected the record to answer, got: ${words}`, { cause: error });
}

function codeOf(error: unknown): FailureCode {
  // No SQLSTATE: it was never the server that spoke (refused, reset, timed out).
  if (!(error instanceof DatabaseError) || error.code === undefined) return 'LEDGER_UNAVAILABLE';
  if (error.code === KEY_DESTROYED) return 'KEY_DESTROYED';
  if (error.code === REFUSED_BY_RECORD) return 'LEDGER_REFUSED';
  if (error.code === SUPERSEDED) return 'LEDGER_SUPERSEDED';
  if (error.code === BRAKE_ON) return 'BRAKE_ON';
  return error.code === READ_ONLY || PASSING.includes(error.code.slice(0, 2)) ? 'LEDGER_UNAVAILABLE' : 'LEDGER_REFUSED';
}
