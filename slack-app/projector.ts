// Keeps Slack showing what the record says. It lives on looks at the record,
// not on events: each look draws everything anew and posts what differs, so a
// restart, a lost notification or an outage of Slack is repaired by the next
// look. Slack is a display: nothing here can hold up a case, and nothing that
// goes wrong here ends the process.
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
  readonly record: CaseReader;
  readonly tables: SlackTables;
  readonly poster: Poster;
  readonly audience: ChannelVisibilityReader;
  /** Only one process writes; the others look and keep quiet. */
  readonly mayWrite: () => boolean;
  readonly log: Log;
}

export interface Projector {
  /** Looks at this case; resolves when that look is over. Never rejects. */
  look(id: CaseId): Promise<void>;
  /** Looks at every case that may need it, some at a time. Never rejects. */
  catchUp(): Promise<void>;
  /** Somebody joined or left a channel: every card that stands there is looked at. Never rejects. */
  readersChanged(channel: string): Promise<void>;
  stop(): Promise<void>;
}

/** Changes that can wait come together: at most one update a case in this time. */
const COALESCE_MS = 2_000;
/** Slack takes about fifty updates a minute from one app. When half of them are used up, the rest is for what cannot wait. */
const BUSY = 25;
const BUSY_COALESCE_MS = 15_000;
const MINUTE_MS = 60_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
const UNCERTAIN_MS = 5_000;
/** The names in a plan are stored beside the record, a moment later; after so many looks without them somebody should know. */
const NAMES_FIRST_MS = 1_000;
const NAMES_OVERDUE = 4;
/** After a clock has passed, the card says so within this time. */
const AFTER_CLOCK_MS = 250;
const LONGEST_TIMER_MS = 2_000_000_000;
const AT_ONCE = 4;

interface Shown {
  /** What was momentous when it was last posted. */
  moment: string | null;
  at: number;
  failures: number;
  /** Looks in a row without the names in a plan. */
  nameless: number;
  /** Looks in a row without what a reporter wrote, or the number to call. */
  textless: number;
  /** No channel showed the card at the last look. */
  nowhere: boolean;
  again: boolean;
  /** Who may read has changed: the next look waits for nothing. */
  urgent: boolean;
  running: Promise<void> | null;
  timer: NodeJS.Timeout | null;
}

const backOff = (firstMs: number, times: number): number => Math.min(firstMs * 2 ** Math.min(times - 1, 10), LONGEST_RETRY_MS);

export function startProjector(tools: ProjectorTools, places: Places): Projector {
  const { record, tables, poster, audience, mayWrite, log } = tools;
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

  const look = (id: CaseId): Promise<void> => {
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
      // A case that needs no further look is forgotten; the next one begins from the record anyway.
      if (shown.timer === null && cases.get(id) === shown) cases.delete(id);
    }
  };

  const lookIn = (id: CaseId, shown: Shown, ms: number): void => {
    if (signal.aborted) return;
    if (shown.timer !== null) clearTimeout(shown.timer);
    shown.timer = setTimeout(() => void look(id), Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
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
      const view = await record.caseView(id);
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
        'The names in a plan are missing, or are not what the record says: nobody can approve it in Slack.',
      );
    }
    shown.textless = projection.textsUnsure ? shown.textless + 1 : 0;
    if (shown.textless === NAMES_OVERDUE) {
      log.warn(
        { case: id, number: view.number },
        'What a reporter wrote, or the number to call, is missing or is not what the record says: it is not shown in Slack.',
      );
    }
    // One message that fails keeps no other waiting.
    const deliverAll = (placed: readonly OutgoingMessage[]) => Promise.all(placed.map((each) => deliver(each, view.number)));
    const isInThread = ({ inThreadOf }: OutgoingMessage): boolean => inThreadOf !== undefined;
    // A thread begins with its first message.
    const delivered = await deliverAll(projection.placed.filter((placed) => !isInThread(placed)));
    // In their order, one after another: Slack takes about one post a second in a channel.
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
      // What may be shown depends on people now: the next look is not put off.
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
      if (done !== 'unchanged') log.info({ case: placed.caseId, number, post: placed.postKey, done }, 'Slack shows what the record says.');
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

  const lookAtAll = async (ids: readonly CaseId[]): Promise<void> => {
    const waiting = [...ids];
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let id = waiting.shift(); id !== undefined && !signal.aborted; id = waiting.shift()) await look(id);
      }),
    );
  };

  return {
    look,
    async catchUp() {
      try {
        await lookAtAll(await record.casesToShow());
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
        // What must not be read is taken away at once, however new it is.
        for (const id of ids) stateOf(id).urgent = true;
        await lookAtAll(ids);
      } catch (error) {
        log.error({ channel, problem: problemOf(error) }, 'After somebody joined a channel, its cards could not be looked at.');
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
