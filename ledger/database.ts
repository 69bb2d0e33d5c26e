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

/**
 * Our own functions and triggers refuse with these; the same call is refused again. Every other error is the database's or the
 * operator's (a password that was changed, a privilege that was withdrawn), and the same call may succeed once it is fixed.
 */
const REFUSALS: Readonly<Record<string, FailureCode>> = {
  UA001: 'LEDGER_REFUSED',
  UA002: 'KEY_DESTROYED',
  UA003: 'LEDGER_SUPERSEDED',
  UA004: 'BLOCK_LIMIT_REACHED',
};

export function asRunbookError(error: unknown): RunbookError {
  if (error instanceof RunbookError) return error;
  const words = error instanceof Error ? error.message : String(error);
  return new RunbookError(codeOf(error), `expected the record to answer, got: ${words}`, { cause: error });
}

function codeOf(error: unknown): FailureCode {
  return (error instanceof DatabaseError && REFUSALS[error.code ?? '']) || 'LEDGER_UNAVAILABLE';
}
