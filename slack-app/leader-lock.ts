// The leader lock. Several Slack apps may run and take reports, but only one writes messages: the one that holds an
// advisory lock of the database. The database releases it when that process or its connection ends.
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { connectionTo } from '../prisma/connection.ts';

/** Any number, the same in every version of this program. */
const LOCK = 7_203_941_155;
const TRY_EVERY_MS = 1_000;
const ASK_EVERY_MS = 5_000;
const ANSWER_WITHIN_MS = 5_000;

export interface LeaderLock {
  /** Does this process hold the lock now? */
  mine(): boolean;
  stop(): Promise<void>;
}

/** Keeps trying to acquire the lock. `onGained` is called each time it is acquired; never throws. */
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
          // A connection that ended silently has lost the lock; detect it here before two processes post.
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
      // After any failure of the connection, open a new one.
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
