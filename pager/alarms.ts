// Alarms of a process that no case stands behind. One that the pager does not
// take is tried again in the background until it is taken.
import { setTimeout as pause } from 'node:timers/promises';
import pRetry from 'p-retry';
import type { Page, Pager } from './pager.ts';

export interface Alarms {
  /** Returns after the first try. Never throws: the caller must not wait. */
  ring(page: Page): Promise<void>;
  /** It is over: what was not taken yet is not tried again. Never throws. */
  resolve(dedupKey: string): Promise<void>;
  stop(): void;
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
/** After this time an alarm is history, and the log has it. */
const TRY_FOR_MS = 60 * 60 * 1000;
const MOST_WAITING = 100;

export interface AlarmSettings {
  readonly onGivenUp: (what: { readonly dedupKey: string }) => void;
  readonly firstPauseMs?: number;
}

export function openAlarms(pager: Pick<Pager, 'page' | 'resolve'>, { onGivenUp, firstPauseMs = FIRST_PAUSE_MS }: AlarmSettings): Alarms {
  const waiting = new Map<string, AbortController>();

  const insist = (page: Page): void => {
    const { dedupKey } = page;
    if (waiting.has(dedupKey)) return;
    if (waiting.size >= MOST_WAITING) return onGivenUp({ dedupKey });
    const ending = new AbortController();
    waiting.set(dedupKey, ending);
    const { signal } = ending;
    const again = async (attempt: number): Promise<void> => {
      if (attempt === 1) await pause(firstPauseMs, undefined, { signal, ref: false });
      if (!(await pager.page(page))) throw new Error(`expected the pager to take ${dedupKey}, it did not`);
    };
    pRetry(again, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: firstPauseMs,
      maxTimeout: Math.max(firstPauseMs, LONGEST_PAUSE_MS),
      maxRetryTime: TRY_FOR_MS,
      signal,
      unref: true,
    })
      .catch(() => {
        if (!signal.aborted) onGivenUp({ dedupKey });
      })
      .finally(() => waiting.delete(dedupKey));
  };

  return {
    async ring(page) {
      if (!(await pager.page(page))) insist(page);
    },
    async resolve(dedupKey) {
      waiting.get(dedupKey)?.abort();
      await pager.resolve([dedupKey]);
    },
    stop() {
      for (const ending of waiting.values()) ending.abort();
    },
  };
}
