// Watches the inbox from the first moment of the worker, before Temporal and the
// baseline are there: reports that nothing takes, and a database that does not
// answer, are told to a person within a minute.
import { setTimeout as pause } from 'node:timers/promises';
import { BY_PAPER, referenceOf } from '../domain/report.ts';
import type { Inbox } from '../inbox/store.ts';
import type { Page, Pager } from '../pager/pager.ts';

export interface WatchTools {
  readonly inbox: Pick<Inbox, 'untaken'>;
  readonly pager: Pick<Pager, 'page' | 'resolve'>;
  readonly log: (what: { readonly event: string; readonly problem?: string; readonly rows?: number }) => void;
}

export interface WatchTimes {
  /** A report that waits so long, or a database that is silent so long, is a person's business. */
  readonly tooLongMs: number;
  readonly everyMs: number;
  /** Reports that come later are told at most this often, or a flood of them would be a flood of pages. */
  readonly againMs: number;
}

export const WATCH_TIMES: WatchTimes = { tooLongMs: 45_000, everyMs: 2_000, againMs: 5 * 60_000 };

/** So many references are named in one page. */
const NAMED = 5;
const MOST_ROWS = 100;

export interface InboxWatch {
  stop(): Promise<void>;
}

export function watchInbox({ inbox, pager, log }: WatchTools, times: WatchTimes = WATCH_TIMES): InboxWatch {
  const stopping = new AbortController();
  const { signal } = stopping;
  const rows = openAlarm(pager, 'inbox-not-taken', times.againMs);
  const database = openAlarm(pager, 'database-away', Number.POSITIVE_INFINITY);
  let lastAnswer = Date.now();

  const look = async (): Promise<void> => {
    try {
      const keys = await inbox.untaken(times.tooLongMs, MOST_ROWS);
      lastAnswer = Date.now();
      await database.over();
      if (keys.length === 0) return await rows.over();
      log({ event: 'inbox-not-taken', rows: keys.length });
      await rows.ring(keys, notTaken(keys));
    } catch (error) {
      log({ event: 'inbox-unreadable', problem: error instanceof Error ? error.message : String(error) });
      if (Date.now() - lastAnswer >= times.tooLongMs) await database.ring(['away'], DATABASE_AWAY);
    }
  };
  const watch = async (): Promise<void> => {
    while (!signal.aborted) {
      await look();
      await pause(times.everyMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const done = watch();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/** Rings for what has not been told yet, again until the pager takes it, and tells the pager when it is over. */
function openAlarm(pager: WatchTools['pager'], name: string, againMs: number) {
  let told = new Set<string>();
  let open: string[] = [];
  let rangAt = Number.NEGATIVE_INFINITY;
  return {
    async ring(about: readonly string[], summary: string): Promise<void> {
      const isNew = about.some((each) => !told.has(each));
      if (!isNew || (open.length > 0 && Date.now() - rangAt < againMs)) return;
      // An alarm that somebody has acknowledged does not ring again: what is new is another one.
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

function notTaken(keys: readonly string[]): string {
  const count =
    keys.length === 1
      ? 'One report or decision waits'
      : `${keys.length === MOST_ROWS ? 'At least ' : ''}${keys.length} reports and decisions wait`;
  const references = keys.slice(0, NAMED).map(referenceOf).join(', ');
  const more = keys.length > NAMED ? ` and ${keys.length - NAMED} more` : '';
  return `${count}, and the worker does not take them. No account is blocked automatically. References: ${references}${more}. The people who reported were told to call: ask for the reference, take the account from them, and ${BY_PAPER}`;
}

const DATABASE_AWAY = `The database does not answer, so no account is blocked automatically and reports wait unread. People who report are told to call: take the account from them, and ${BY_PAPER}`;
