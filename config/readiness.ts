// A part says that it is ready once it has used each thing it needs. Until then
// it says what it waits for and keeps trying: a refused credential may be
// mended, a server may come back.
import pRetry from 'p-retry';

export interface Need {
  /** What is used, in words: "the database". */
  readonly name: string;
  /** Uses it once. @throws when it cannot be used */
  use(): Promise<unknown>;
  /** What an operator does about it. */
  readonly next: string;
}

/** A need that could not be used at the last try. */
export interface Unmet {
  readonly need: string;
  readonly code: string;
  readonly problem: string;
  readonly next: string;
}

export interface Trying {
  /** Hears all needs that are unmet, each time that this changes. */
  readonly onUnmet: (unmet: readonly Unmet[]) => void;
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** Ends when every need has been used. @throws the signal's reason when it is aborted before that */
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

/** Any failure is tried again; the library would take a bare TypeError for a fault of the program and give up. */
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
