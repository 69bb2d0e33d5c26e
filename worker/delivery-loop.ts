// Runs delivery: at once for a new row, and periodically for deferred rows. One loop a process; rows are leased, so many
// processes may run it.
import { problemOf } from './database-errors.ts';
import { type DeliverySettings, type DeliveryTools, deliverWaiting, type Rounds } from './delivery.ts';

const POLL_EVERY_MS = 250;

export interface DeliveryLoop {
  stop(): Promise<void>;
}

export function startDelivery(tools: DeliveryTools, settings: DeliverySettings): DeliveryLoop {
  const rounds: Rounds = { lastAt: new Map(), underWay: new Map() };
  const ending = new AbortController();
  let wake: () => void = () => undefined;
  let news = true;
  const stopListening = tools.inbox.listen(() => {
    news = true;
    wake();
  });
  const poll = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      news = false;
      let taken = 0;
      try {
        taken = await deliverWaiting(tools, settings, rounds);
      } catch (error) {
        tools.log({ event: 'inbox-unreadable', key: '-', problem: problemOf(error) });
      }
      if (taken === 0 && !news) await nextLook();
    }
  };
  const nextLook = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, POLL_EVERY_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const done = poll();
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
