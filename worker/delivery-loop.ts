// Runs delivery: at every new row at once, and every little while for the rows
// that wait. One loop a process; rows are leased, so many processes may run it.
import { BY_PAPER } from '../domain/report.ts';
import { type DeliverySettings, type DeliveryTools, deliverWaiting, type Rounds } from './delivery.ts';

const LOOK_EVERY_MS = 250;
/** Nothing is closed without the record: a person is told, with what to do by hand, before a minute is over. */
const AWAY_TOO_LONG_MS = 45_000;
const SAY_AGAIN_MS = 60 * 60 * 1000;

export interface DeliveryLoop {
  stop(): Promise<void>;
}

export function startDelivery(tools: DeliveryTools, settings: DeliverySettings): DeliveryLoop {
  const rounds: Rounds = { lastAt: new Map(), underWay: new Map() };
  const ending = new AbortController();
  let wake: () => void = () => undefined;
  let news = true;
  const away = sayWhenAway(tools);
  const stopListening = tools.inbox.listen(() => {
    news = true;
    wake();
  });
  const look = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      news = false;
      let taken = 0;
      try {
        taken = await deliverWaiting(tools, settings, rounds);
        away.answered();
      } catch (error) {
        away.silent();
        tools.log({ event: 'inbox-unreadable', key: '-', problem: error instanceof Error ? error.message : String(error) });
      }
      if (taken === 0 && !news) await nextLook();
    }
  };
  const nextLook = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const done = look();
  return {
    async stop() {
      ending.abort();
      wake();
      await stopListening();
      await done;
      await Promise.all(rounds.underWay.values());
    },
  };
}

/** Tells a person once the record has been silent for too long, and at most once an hour: it is one trouble, however long it lasts. */
function sayWhenAway(tools: DeliveryTools): { answered(): void; silent(): void } {
  let lastAnswer = Date.now();
  let said: number | null = null;
  return {
    answered() {
      lastAnswer = Date.now();
    },
    silent() {
      const now = Date.now();
      if (now - lastAnswer < AWAY_TOO_LONG_MS || (said !== null && now - said < SAY_AGAIN_MS)) return;
      said = now;
      void tools.alarm({
        reason: `The record cannot be reached, so no account is closed by machine, and reports wait unread. Whoever reports is told to call: take the account from them, and ${BY_PAPER}`,
        dedupKey: 'record-away',
      });
    },
  };
}
