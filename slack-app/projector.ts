// Keeps Slack up to date with the ledger. Each refresh reads the case, renders all messages and posts what differs, so
// the next refresh repairs a restart, a lost notification or an outage of Slack. Slack is only a display: no failure here
// delays a case or ends the process.
import type { CaseView } from '../domain/case/view.ts';
import { type CaseId, caseId } from '../domain/ids.ts';
import type { CaseReader } from './case-reader.ts';
import type { ChannelVisibilityReader } from './channel-visibility.ts';
import { type Log, problemOf } from './log.ts';
import { NotDelivered, type OutgoingMessage, type Poster } from './poster.ts';
import { type Places, projectCase } from './projection.ts';
import type { SlackTables } from './tables.ts';
import { urgentFingerprint } from './views/status.ts';

export interface ProjectorTools {
  readonly reader: CaseReader;
  readonly tables: SlackTables;
  readonly poster: Poster;
  readonly audience: ChannelVisibilityReader;
  /** Only the leader writes messages. */
  readonly mayWrite: () => boolean;
  readonly log: Log;
}

export interface Projector {
  /** Refreshes the messages of this case; resolves when done. Never rejects. */
  refresh(id: CaseId): Promise<void>;
  /** Refreshes every case that may need it, a few at a time. Never rejects. */
  catchUp(): Promise<void>;
  /** A person joined or left a channel: refreshes every case with a message there. Never rejects. */
  readersChanged(channel: string): Promise<void>;
  stop(): Promise<void>;
}

/** Changes that can wait are combined: at most one update per case in this time. */
const COALESCE_MS = 2_000;
/** Slack takes about fifty updates a minute from one app. When half of them are used up, the rest is for what cannot wait. */
const BUSY = 25;
const BUSY_COALESCE_MS = 15_000;
const MINUTE_MS = 60_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
const UNCERTAIN_MS = 5_000;
/** The names in a plan are stored a moment after the ledger entry; after this many refreshes without them, warn. */
const NAMES_FIRST_MS = 1_000;
const NAMES_OVERDUE = 4;
/** After a deadline has passed, the card shows it within this time. */
const AFTER_CLOCK_MS = 250;
const LONGEST_TIMER_MS = 2_000_000_000;
const AT_ONCE = 4;

interface Shown {
  /** The urgent fingerprint of the last post. */
  moment: string | null;
  at: number;
  failures: number;
  /** Refreshes in a row without the names in a plan. */
  nameless: number;
  /** Refreshes in a row without a reporter's text or the number to call. */
  textless: number;
  /** No channel showed the card at the last refresh. */
  nowhere: boolean;
  again: boolean;
  /** The readers changed: the next refresh does not wait. */
  urgent: boolean;
  running: Promise<void> | null;
  timer: NodeJS.Timeout | null;
}

const backOff = (firstMs: number, times: number): number => Math.min(firstMs * 2 ** Math.min(times - 1, 10), LONGEST_RETRY_MS);

export function startProjector(tools: ProjectorTools, places: Places): Projector {
  const { reader, tables, poster, audience, mayWrite, log } = tools;
  const cases = new Map<CaseId, Shown>();
  const stopping = new AbortController();
  const { signal } = stopping;

  const stateOf = (id: CaseId): Shown => {
    const known = cases.get(id);
    if (known !== undefined) return known;
    const fresh: Shown = {
      moment: null,
      at: 0,
      failures: 0,
      nameless: 0,
      textless: 0,
      nowhere: false,
      again: false,
      urgent: false,
      running: null,
      timer: null,
    };
    cases.set(id, fresh);
    return fresh;
  };

  const refresh = (id: CaseId): Promise<void> => {
    if (signal.aborted) return Promise.resolve();
    const shown = stateOf(id);
    shown.again = true;
    shown.running ??= run(id, shown);
    return shown.running;
  };

  const run = async (id: CaseId, shown: Shown): Promise<void> => {
    try {
      while (shown.again && !signal.aborted) {
        shown.again = false;
        if (shown.timer !== null) clearTimeout(shown.timer);
        shown.timer = null;
        await once(id, shown);
      }
    } finally {
      shown.running = null;
      // A case that needs no further refresh is forgotten; a later refresh reads the ledger anyway.
      if (shown.timer === null && cases.get(id) === shown) cases.delete(id);
    }
  };

  const lookIn = (id: CaseId, shown: Shown, ms: number): void => {
    if (signal.aborted) return;
    if (shown.timer !== null) clearTimeout(shown.timer);
    shown.timer = setTimeout(() => void refresh(id), Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    shown.timer.unref();
  };

  const changedAt: number[] = [];
  const coalesceMs = (): number => {
    while ((changedAt[0] ?? Number.POSITIVE_INFINITY) < Date.now() - MINUTE_MS) changedAt.shift();
    return changedAt.length < BUSY ? COALESCE_MS : BUSY_COALESCE_MS;
  };

  const once = async (id: CaseId, shown: Shown): Promise<void> => {
    if (!mayWrite()) return;
    try {
      const view = await reader.caseView(id);
      if (view === null) return;
      const moment = urgentFingerprint(view);
      const early = shown.moment === moment && !shown.urgent ? shown.at + coalesceMs() - Date.now() : 0;
      if (early > 0) return lookIn(id, shown, early);
      shown.urgent = false;
      await show(id, shown, view);
      shown.moment = moment;
      shown.at = Date.now();
    } catch (error) {
      log.error({ case: id, problem: problemOf(error) }, 'A case could not be read for Slack; trying again.');
      retry(id, shown, null);
    }
  };

  const show = async (id: CaseId, shown: Shown, view: CaseView): Promise<void> => {
    const projection = await projectCase({ ...tables, audience }, places, id, view, Date.now());
    if (projection.nowhere && !shown.nowhere) {
      log.warn(
        { case: id, number: view.number },
        'No channel may show the card of this case. Name another one in SLACK_STANDBY_CHANNEL, or take the person it is about out of the channel.',
      );
    }
    shown.nowhere = projection.nowhere;
    shown.nameless = projection.namesUnsure ? shown.nameless + 1 : 0;
    if (shown.nameless === NAMES_OVERDUE) {
      log.warn(
        { case: id, number: view.number },
        'The names in a plan are missing, or are not what the ledger says: nobody can approve it in Slack.',
      );
    }
    shown.textless = projection.textsUnsure ? shown.textless + 1 : 0;
    if (shown.textless === NAMES_OVERDUE) {
      log.warn(
        { case: id, number: view.number },
        'What a reporter wrote, or the number to call, is missing or is not what the ledger says: it is not shown in Slack.',
      );
    }
    // A failed message does not delay the others.
    const deliverAll = (placed: readonly OutgoingMessage[]) => Promise.all(placed.map((each) => deliver(each, view.number)));
    const isInThread = ({ inThreadOf }: OutgoingMessage): boolean => inThreadOf !== undefined;
    // A thread needs its first message.
    const delivered = await deliverAll(projection.placed.filter((placed) => !isInThread(placed)));
    // In order, one after another: Slack accepts about one post per second in a channel.
    for (const placed of projection.placed.filter(isInThread)) delivered.push(await deliver(placed, view.number));
    const failures = delivered.filter((failure) => failure !== null);
    if (failures.length > 0) return retry(id, shown, Math.max(...failures.map((failure) => failure.afterMs ?? 0)));
    shown.failures = 0;
    const soon = [
      ...(projection.namesUnsure ? [backOff(NAMES_FIRST_MS, shown.nameless)] : []),
      ...(projection.textsUnsure ? [backOff(NAMES_FIRST_MS, shown.textless)] : []),
      ...(projection.uncertain ? [UNCERTAIN_MS] : []),
    ];
    if (soon.length > 0) {
      // What may be shown depends on the readers: the next refresh is not delayed.
      shown.urgent = true;
      return lookIn(id, shown, Math.min(...soon));
    }
    if (view.outcome === null && view.effectiveBy !== null && view.effectiveBy > Date.now()) {
      lookIn(id, shown, view.effectiveBy - Date.now() + AFTER_CLOCK_MS);
    }
  };

  const deliver = async (placed: OutgoingMessage, number: number): Promise<{ readonly afterMs: number | null } | null> => {
    try {
      const done = await poster.deliver(placed);
      if (done !== 'unchanged') changedAt.push(Date.now());
      if (done !== 'unchanged') log.info({ case: placed.caseId, number, post: placed.postKey, done }, 'Slack shows what the ledger says.');
      return null;
    } catch (error) {
      const refused = error instanceof NotDelivered && error.code !== null;
      log[refused ? 'error' : 'warn'](
        { case: placed.caseId, number, post: placed.postKey, problem: problemOf(error) },
        refused ? 'Slack refuses a message: people there do not see this case.' : 'A message did not reach Slack; trying again.',
      );
      return { afterMs: error instanceof NotDelivered ? error.afterMs : null };
    }
  };

  const retry = (id: CaseId, shown: Shown, afterMs: number | null): void => {
    shown.failures += 1;
    lookIn(id, shown, Math.max(afterMs ?? 0, backOff(FIRST_RETRY_MS, shown.failures)));
  };

  const refreshAll = async (ids: readonly CaseId[]): Promise<void> => {
    const waiting = [...ids];
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let id = waiting.shift(); id !== undefined && !signal.aborted; id = waiting.shift()) await refresh(id);
      }),
    );
  };

  return {
    refresh,
    async catchUp() {
      try {
        await refreshAll(await reader.casesToShow());
      } catch (error) {
        log.error({ problem: problemOf(error) }, 'The cases could not be listed for Slack.');
        const again = setTimeout(() => void (signal.aborted ? undefined : this.catchUp()), FIRST_RETRY_MS * 5);
        again.unref();
      }
    },
    async readersChanged(channel) {
      audience.forget(channel);
      try {
        const ids = (await tables.posts.casesIn(channel)).map((id) => caseId(id));
        // What must not be read is removed at once.
        for (const id of ids) stateOf(id).urgent = true;
        await refreshAll(ids);
      } catch (error) {
        log.error({ channel, problem: problemOf(error) }, 'After a person joined a channel, its cards could not be refreshed.');
      }
    },
    async stop() {
      stopping.abort();
      const running = [...cases.values()];
      for (const { timer } of running) if (timer !== null) clearTimeout(timer);
      await Promise.all(running.map((shown) => shown.running ?? Promise.resolve()));
    },
  };
}
