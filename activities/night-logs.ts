// The logs of the night: from before the report on, and far enough back to know
// the owner's habits. Whoever decides by them reads the same stretch.
import { bearsOut, readSignIns, windowBegins } from '../domain/signs.ts';
import type { DirectoryReader } from './graph/directory.ts';
import type { KnownAccount } from './plans/known-account.ts';
import { type Seen, seeing } from './seeing.ts';

type Read<Name extends 'signInsSince' | 'actsSince'> = Seen<Awaited<ReturnType<DirectoryReader[Name]>>['value']>;

export interface NightLogs {
  readonly signIns: Read<'signInsSince'>;
  readonly acts: Read<'actsSince'>;
}

/** From when what is in them counts, ms. */
export const nightBegan = (known: Pick<KnownAccount, 'reportedAt' | 'durations'>): number => windowBegins(known);

/** From when they are read, ms: an account's usual addresses stand in rows from before the night. */
export const habitsBegan = (known: Pick<KnownAccount, 'reportedAt' | 'durations'>): number => nightBegan(known) - known.durations.habitsMs;

export async function readNightLogs(
  reader: Pick<DirectoryReader, 'signInsSince' | 'actsSince'>,
  known: Pick<KnownAccount, 'subject' | 'reportedAt' | 'durations'>,
  lastTry: boolean,
): Promise<NightLogs> {
  const since = logTime(habitsBegan(known));
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

/** One of the logs could not be read, or not completely. */
export const isBlind = (logs: NightLogs): boolean =>
  [logs.signIns, logs.acts].some(({ value, blindSpots }) => value === null || blindSpots.length > 0);

/** As the logs' filters take it: whole seconds. */
export const logTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
