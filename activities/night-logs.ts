// The logs of the night: from before the report on, and far enough back to know
// the owner's habits. Whoever decides by them reads the same stretch.
import { bearsOut, HABITS_MS, readSignIns } from '../domain/signs.ts';
import { WINDOW_BEFORE_REPORT_MS } from '../domain/sorting.ts';
import type { DirectoryReader } from './graph/directory.ts';
import type { KnownAccount } from './plans/known-account.ts';
import { type Seen, seeing } from './seeing.ts';

type Read<Name extends 'signInsSince' | 'actsSince'> = Seen<Awaited<ReturnType<DirectoryReader[Name]>>['value']>;

export interface NightLogs {
  readonly signIns: Read<'signInsSince'>;
  readonly acts: Read<'actsSince'>;
}

/** From when what is in them counts, ms. */
export const nightBegan = ({ reportedAt }: Pick<KnownAccount, 'reportedAt'>): number => reportedAt - WINDOW_BEFORE_REPORT_MS;

export async function readNightLogs(
  reader: Pick<DirectoryReader, 'signInsSince' | 'actsSince'>,
  known: Pick<KnownAccount, 'subject' | 'reportedAt'>,
  lastTry: boolean,
): Promise<NightLogs> {
  const since = logTime(nightBegan(known) - HABITS_MS);
  const [signIns, acts] = await Promise.all([
    seeing('sign-in-log', lastTry, reader.signInsSince(known.subject, since)),
    seeing('audit-log', lastTry, reader.actsSince(known.subject, since)),
  ]);
  return { signIns, acts };
}

/** The reading that decides whether an account is blocked on a report that names no success, and whether it may be released. */
export const someoneGotIn = ({ signIns, acts }: NightLogs, sinceMs: number): boolean =>
  bearsOut(readSignIns(signIns.value ?? [], sinceMs), acts.value ?? [], sinceMs);

/** A sign-in stopped after a passed factor, and the log does not say how it ended: nobody can say that nobody got in. */
export const isUndecided = ({ signIns }: NightLogs, sinceMs: number): boolean =>
  readSignIns(signIns.value ?? [], sinceMs).undecided.length > 0;

/** One of the logs could not be read. */
export const isBlind = ({ signIns, acts }: NightLogs): boolean => signIns.value === null || acts.value === null;

/** As the logs' filters take it: whole seconds. */
export const logTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
