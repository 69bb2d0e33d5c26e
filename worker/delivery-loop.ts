// Runs delivery: at every new row at once, and every little while for the rows
// that wait. One loop a process; rows are leased, so many processes may run it.
import { type DeliverySettings, type DeliveryTools, deliverWaiting, type Rounds } from './delivery.ts';

const LOOK_EVERY_MS = 250;
/** Nothing is closed without the record: a person is told, with what to do by hand, before a minute is over. */
const AWAY_TOO_LONG_MS = 45_000;

export interface DeliveryLoop {
  stop(): Promise<void>;
}

export function startDelivery(tools: DeliveryTools, settings: DeliverySettings): DeliveryLoop {
  const rounds: Rounds = { lastAt: new Map(), underWay: new Map() };
  const ending = new AbortController();
  let wake: () => void = () => undefined;
  let news = true;
  let lastWell = Date.now();
  const stopListening = tools.inbox.listen(() => {
    news = true;
    wake();
  });
  const look = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      news = false;
      const taken = await deliverWaiting(tools, settings, rounds).catch((error: unknown) => {
        awayFor(tools, Date.now() - lastWell);
        tools.log({ event: 'inbox-unreadable', key: '-', problem: error instanceof Error ? error.message : String(error) });
        return -1;
      });
      if (taken >= 0) lastWell = Date.now();
      if (taken <= 0 && !news) await nextLook();
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

let said = 0;

/** At most once an hour: it is one trouble, however long it lasts. */
function awayFor(tools: DeliveryTools, ms: number): void {
  if (ms < AWAY_TOO_LONG_MS || Date.now() - said < 3_600_000) return;
  said = Date.now();
  void tools.alarm({
    reason:
      'The record cannot be reached, so no account is closed by machine. Follow the paper runbook by hand: block sign-in, revoke sessions.',
    dedupKey: 'record-away',
  });
}
