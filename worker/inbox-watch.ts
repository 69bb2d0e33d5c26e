// Watches the inbox from the start of the worker, before Temporal and the baseline are ready. It pages about reports that
// no worker takes or that cannot be delivered, and about a silent database. There is one page, however many rows wait.
import { setTimeout as pause } from 'node:timers/promises';
import { ALARM } from '../domain/alarm-words.ts';
import { BY_PAPER } from '../domain/report.ts';
import type { Inbox } from '../inbox/store.ts';
import type { Page, Pager } from '../pager/pager.ts';
import { problemOf } from './database-errors.ts';

export interface WatchTools {
  readonly inbox: Pick<Inbox, 'undelivered'>;
  readonly pager: Pick<Pager, 'page' | 'resolve'>;
  readonly log: (what: { readonly event: string; readonly problem?: string; readonly rows?: number }) => void;
}

export interface WatchTimes {
  /** A report that waits this long, or a database that is silent this long, needs a person. */
  readonly tooLongMs: number;
  readonly everyMs: number;
  /** Later reports are paged at most this often, so that a flood of reports is no flood of pages. */
  readonly againMs: number;
}

export const WATCH_TIMES: WatchTimes = { tooLongMs: 45_000, everyMs: 2_000, againMs: 5 * 60_000 };

const MOST_ROWS = 100;

export interface InboxWatch {
  /** Delivery reports a row that has waited too long. It is paged with all others that wait. */
  cannotDeliver(key: string): void;
  stop(): Promise<void>;
}

export function watchInbox({ inbox, pager, log }: WatchTools, times: WatchTimes = WATCH_TIMES): InboxWatch {
  const stopping = new AbortController();
  const { signal } = stopping;
  const rows = openAlarm(pager, 'inbox-not-delivered', times.againMs);
  const database = openAlarm(pager, 'database-away', Number.POSITIVE_INFINITY);
  const failing = new Set<string>();
  let lastAnswer = Date.now();

  const poll = async (): Promise<void> => {
    try {
      const asked = [...failing];
      const keys = await inbox.undelivered(times.tooLongMs, asked, MOST_ROWS);
      // A waiting row that is not among them fails again soon, and is reported again.
      for (const key of asked) if (!keys.includes(key)) failing.delete(key);
      lastAnswer = Date.now();
      await database.over();
      if (keys.length === 0) return await rows.over();
      log({ event: 'inbox-not-delivered', rows: keys.length });
      await rows.ring(keys, ALARM.inboxNotDelivered(keys, { isAll: keys.length < MOST_ROWS }));
    } catch (error) {
      log({ event: 'inbox-unreadable', problem: problemOf(error) });
      if (Date.now() - lastAnswer >= times.tooLongMs) await database.ring(['away'], DATABASE_AWAY);
    }
  };
  const watch = async (): Promise<void> => {
    while (!signal.aborted) {
      await poll();
      await pause(times.everyMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const done = watch();
  return {
    cannotDeliver(key) {
      if (failing.size < MOST_ROWS) failing.add(key);
    },
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/** Pages about what is new, retries until the pager accepts it, and resolves the page when it is over. */
function openAlarm(pager: WatchTools['pager'], name: string, againMs: number) {
  let told = new Set<string>();
  let open: string[] = [];
  let rangAt = Number.NEGATIVE_INFINITY;
  return {
    async ring(about: readonly string[], summary: string): Promise<void> {
      const isNew = about.some((each) => !told.has(each));
      if (!isNew || (open.length > 0 && Date.now() - rangAt < againMs)) return;
      // An acknowledged alarm does not page again, so new rows get an alarm of their own.
      const dedupKey = `${name}/${about.at(-1) ?? ''}`;
      const page: Page = { summary, dedupKey, severity: 'critical' };
      if (!(await pager.page(page))) return;
      rangAt = Date.now();
      told = new Set(about);
      open = [...open, dedupKey];
    },
    async over(): Promise<void> {
      if (open.length === 0) return;
      const ended = open;
      open = [];
      told = new Set();
      await pager.resolve(ended);
    },
  };
}

const DATABASE_AWAY = `The database does not answer, so no account is blocked automatically and reports wait unread. People who report are told to call: take the account from them, and ${BY_PAPER}`;
