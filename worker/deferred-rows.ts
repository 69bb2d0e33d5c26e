// A row that could not be delivered is deferred. While the database is away, that write fails too, and the row would stay
// under its lease while an account is open. So it is remembered here, and deferred before another row is taken.
import type { Inbox } from '../inbox/store.ts';

type Deferred = Pick<Inbox, 'deferRow' | 'takeWaiting'>;

export function inboxWithDeferredRows<Some extends Deferred>(inbox: Some): Some {
  const deferred = new Map<string, { readonly problem: string; readonly forMs: number }>();
  const putBack = async (key: string): Promise<void> => {
    const row = deferred.get(key);
    if (row === undefined) return;
    await inbox.deferRow(key, row.problem, row.forMs);
    if (deferred.get(key) === row) deferred.delete(key);
  };
  return {
    ...inbox,
    deferRow(key, problem, forMs) {
      deferred.set(key, { problem, forMs });
      // It stays here until the write succeeds; the caller has nothing more to do.
      return putBack(key).catch(() => undefined);
    },
    async takeWaiting(limit) {
      for (const key of deferred.keys()) await putBack(key);
      return inbox.takeWaiting(limit);
    },
  };
}
