// A process is ready once it has used each thing it needs. Until then it reports what it waits for and retries: a
// credential may be corrected, a server may return.
import pRetry from 'p-retry';

export interface Need {
  /** Its name for people: "the database". */
  readonly name: string;
  /** Uses it once. @throws when it cannot be used */
  use(): Promise<unknown>;
  /** What an operator does next. */
  readonly next: string;
}

/** A need that failed at the last attempt. */
export interface Unmet {
  readonly need: string;
  readonly code: string;
  readonly problem: string;
  readonly next: string;
}

export interface Trying {
  /** Receives all unmet needs, each time that they change. */
  readonly onUnmet: (unmet: readonly Unmet[]) => void;
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** Resolves when every need has been used. @throws the signal's reason when it is aborted before that */
export async function untilReady(needs: readonly Need[], { onUnmet, signal }: Trying): Promise<void> {
  const unmet = new Map<string, Unmet>();
  const tell = (): void => onUnmet([...unmet.values()]);
  const use = async (need: Need): Promise<void> => {
    await pRetry(() => triedOnce(need), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: FIRST_PAUSE_MS,
      maxTimeout: LONGEST_PAUSE_MS,
      signal,
      onFailedAttempt({ error: { cause } }) {
        const now: Unmet = { need: need.name, code: codeOf(cause), problem: problemOf(cause), next: need.next };
        if (signal.aborted || unmet.get(need.name)?.problem === now.problem) return;
        unmet.set(need.name, now);
        tell();
      },
    });
    if (unmet.delete(need.name)) tell();
  };
  await Promise.all(needs.map(use));
}

/** Any failure is retried. The library would treat a bare TypeError as a fault of the program and stop. */
async function triedOnce(need: Need): Promise<void> {
  try {
    await need.use();
  } catch (cause) {
    throw new Error(`${need.name} cannot be used`, { cause });
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNAVAILABLE';

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
