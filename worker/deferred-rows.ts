// A row that could not be delivered goes back to those that wait. Where the
// database is away, it cannot even be put back, and would lie under its lease
// while an account is open: so it is remembered, and put back before anything
// else is taken.
import type { Inbox } from '../inbox/store.ts';

type Deferred = Pick<Inbox, 'deferRow' | 'takeWaiting'>;

export function inboxWithDeferredRows<Some extends Deferred>(inbox: Some): Some {
  const owed = new Map<string, { readonly problem: string; readonly forMs: number }>();
  const pay = async (key: string): Promise<void> => {
    const row = owed.get(key);
    if (row === undefined) return;
    await inbox.deferRow(key, row.problem, row.forMs);
    if (owed.get(key) === row) owed.delete(key);
  };
  return {
    ...inbox,
    deferRow(key, problem, forMs) {
      owed.set(key, { problem, forMs });
      // Owed until it is paid; whoever put it off has nothing more to do about it.
      return pay(key).catch(() => undefined);
    },
    async takeWaiting(limit) {
      for (const key of owed.keys()) await pay(key);
      return inbox.takeWaiting(limit);
    },
  };
}
