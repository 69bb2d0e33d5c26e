// Several Slack apps may run at once, and all of them take reports; only one
// writes messages. An advisory lock of the database says which: it is let go by
// itself when that process or its connection dies.
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { connectionTo } from '../prisma/connection.ts';

/** Any number, the same in every version of this program. */
const LOCK = 7_203_941_155;
const TRY_EVERY_MS = 1_000;
const ASK_EVERY_MS = 5_000;
const ANSWER_WITHIN_MS = 5_000;

export interface LeaderLock {
  /** Is it this process now? */
  mine(): boolean;
  stop(): Promise<void>;
}

/** Keeps trying to have the lead. `onGained` is called each time it is won; never throws. */
export function keepLeaderLock(databaseUrl: string, onGained: () => void): LeaderLock {
  const stopping = new AbortController();
  const { signal } = stopping;
  let held = false;
  const rest = (ms: number): Promise<void> => pause(ms, undefined, { signal, ref: false }).catch(() => undefined);

  const once = async (): Promise<void> => {
    const client = new Client({
      ...connectionTo(databaseUrl),
      keepAlive: true,
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      application_name: 'unapprove slack-app, lead',
    });
    const gone = (): void => {
      held = false;
    };
    client.on('error', gone);
    client.on('end', gone);
    try {
      await client.connect();
      while (!signal.aborted) {
        if (held) {
          // A connection that died without a word has lost the lock; better to find out here than to post twice.
          await client.query('SELECT 1');
        } else {
          const { rows } = await client.query<{ won: boolean }>('SELECT pg_try_advisory_lock($1) AS won', [LOCK]);
          held = rows[0]?.won === true;
          if (held) onGained();
        }
        await rest(held ? ASK_EVERY_MS : TRY_EVERY_MS);
      }
    } finally {
      held = false;
      await client.end().catch(() => undefined);
    }
  };

  const keep = async (): Promise<void> => {
    while (!signal.aborted) {
      // Whatever went wrong with the connection, the answer is a new one.
      await once().catch(() => undefined);
      await rest(TRY_EVERY_MS);
    }
  };
  const ended = keep();
  return {
    mine: () => held,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
