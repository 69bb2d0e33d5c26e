// Tells when a chain has grown. Notifications are a hint, not a queue: what is
// sent while the connection is down is lost. So after every reconnect each
// chain that grew in the meantime is named again.
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { connectionTo } from '../prisma/connection.ts';
import { asRunbookError } from './database.ts';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
/** A connection can die without notice; a periodic query detects it. */
const ASK_EVERY_MS = 15_000;
/** `stored_at` is written a little before its transaction is seen. */
const MARGIN = '1 minute';

export type Stop = () => Promise<void>;

/**
 * Calls `onChain` with the name of a chain each time it has grown. Once this
 * resolves, nothing that is appended later is missed.
 *
 * @returns what ends it
 * @throws RunbookError when the first connection fails; later ones are tried until they succeed
 */
export async function listen(databaseUrl: string, onChain: (chain: string) => void): Promise<Stop> {
  const stopping = new AbortController();
  const { signal } = stopping;
  let connection: Connection | undefined = await connect(databaseUrl, onChain);

  const keep = async (): Promise<void> => {
    while (connection !== undefined && !signal.aborted) {
      await connection.broken(signal);
      const since = connection.lastAlive();
      await connection.end();
      connection = await reconnect(databaseUrl, onChain, since, signal);
    }
    await connection?.end();
  };
  const ended = keep();
  return async () => {
    stopping.abort();
    await ended;
  };
}

interface Connection {
  readonly client: Client;
  /** The database's clock when the connection was last known to live. */
  lastAlive(): string;
  /** Resolves when the connection is lost, or on the signal. */
  broken(signal: AbortSignal): Promise<void>;
  end(): Promise<void>;
}

async function connect(databaseUrl: string, onChain: (chain: string) => void): Promise<Connection> {
  const client = new Client({
    ...connectionTo(databaseUrl),
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
    keepAlive: true,
    application_name: 'unapprove ledger, listening',
  });
  let lose: () => void = () => undefined;
  const lost = new Promise<void>((resolve) => {
    lose = resolve;
  });
  const gone = (): void => lose();
  client.on('error', gone);
  client.on('end', gone);
  client.on('notification', ({ channel, payload }) => {
    if (channel === 'ledger' && payload !== undefined) onChain(payload);
  });

  let lastAlive = '';
  const alive = async (): Promise<void> => {
    const { rows } = await client.query<{ now: string }>('SELECT clock_timestamp()::text AS now');
    lastAlive = rows[0]?.now ?? lastAlive;
  };
  try {
    await client.connect();
    await client.query('LISTEN ledger');
    await alive();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw asRunbookError(error);
  }
  return {
    client,
    lastAlive: () => lastAlive,
    async broken(signal) {
      const asking = setInterval(() => void alive().catch(gone), ASK_EVERY_MS);
      asking.unref();
      signal.addEventListener('abort', gone, { once: true });
      await lost;
      signal.removeEventListener('abort', gone);
      clearInterval(asking);
    },
    end: () => client.end().catch(() => undefined),
  };
}

/** @returns undefined when told to stop */
async function reconnect(
  databaseUrl: string,
  onChain: (chain: string) => void,
  since: string,
  signal: AbortSignal,
): Promise<Connection | undefined> {
  for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      const connection = await connect(databaseUrl, onChain);
      for (const chain of await grownSince(connection, since)) onChain(chain);
      return connection;
    } catch {
      // Whatever it was, the way on is the same: try again until told to stop.
      await wait(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
  return undefined;
}

async function grownSince(connection: Connection, since: string): Promise<string[]> {
  try {
    const { rows } = await connection.client.query<{ chain: string }>(
      `SELECT DISTINCT chain FROM ledger_entry WHERE stored_at >= $1::timestamptz - interval '${MARGIN}'`,
      [since],
    );
    return rows.map((row) => row.chain);
  } catch (error) {
    await connection.end();
    throw error;
  }
}
