// Slack waits three seconds for an answer. Work that takes longer is not waited for, and the person is told to try again.
import { setTimeout as pause } from 'node:timers/promises';

/** How long a person waits for the database; Slack's own limit is three seconds. */
export const SAVE_WITHIN_MS = 2_000;

/** @throws when the work has not ended in time; its later result is ignored */
export async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  const late = new AbortController();
  try {
    return await Promise.race([
      work,
      pause(ms, undefined, { signal: late.signal, ref: false }).then((): never => {
        throw new Error(`expected an answer within ${ms} ms, got nothing`);
      }),
    ]);
  } finally {
    late.abort();
    work.catch(() => undefined);
  }
}
