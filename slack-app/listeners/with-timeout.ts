// Slack waits three seconds for an answer; whatever takes longer is answered
// without waiting for it, and its person is told to try again.
import { setTimeout as pause } from 'node:timers/promises';

/** So long a person waits for the database; Slack's own patience is three seconds. */
export const SAVE_WITHIN_MS = 2_000;

/** @throws when the work has not ended in time; whatever comes of it later has nobody waiting any more */
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
