// One connection that only listens. It contends with connections that die
// quietly: after every reconnect the caller is told to read again, because a
// notification sent meanwhile is gone. So no caller may depend on notifications
// alone; they only make the next read come sooner.
import { Client } from 'pg';
import { connectionTo } from '../prisma/connection.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Calls `onNews` at each notification on `channel`, once when listening has
 * begun and once after every reconnect. Never throws: while the database is
 * away it keeps trying.
 * @returns stops listening
 */
export function listenFor(databaseUrl: string, channel: string, onNews: (payload: string | null) => void): () => Promise<void> {
  let stopped = false;
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;

  const again = (lost: Client): void => {
    if (client !== lost) return;
    client = undefined;
    lost.removeAllListeners();
    // The end of a broken connection may fail as well; there is nothing left to save.
    lost.on('error', () => undefined);
    void lost.end().catch(() => undefined);
    if (stopped) return;
    failures += 1;
    timer = setTimeout(connect, Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS));
  };

  const begin = async (fresh: Client): Promise<void> => {
    await fresh.connect();
    await fresh.query(`LISTEN ${fresh.escapeIdentifier(channel)}`);
    failures = 0;
    if (client === fresh) onNews(null);
  };

  const connect = (): void => {
    const fresh = new Client({ ...connectionTo(databaseUrl), keepAlive: true, connectionTimeoutMillis: 5_000 });
    client = fresh;
    fresh.on('error', () => again(fresh));
    fresh.on('end', () => again(fresh));
    fresh.on('notification', ({ payload }) => onNews(payload ?? null));
    begin(fresh).catch(() => again(fresh));
  };
  connect();

  return async () => {
    stopped = true;
    clearTimeout(timer);
    const open = client;
    client = undefined;
    if (open === undefined) return;
    open.removeAllListeners();
    open.on('error', () => undefined);
    await open.end().catch(() => undefined);
  };
}
