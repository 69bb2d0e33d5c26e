// The logs of the incident window and of the baseline period before it. Every
// decision that depends on them reads the same period.
import { analyzeSignIns, supportsReport, windowBegins } from '../domain/log-analysis.ts';
import type { DirectoryReader } from './microsoft/directory-reader.ts';
import type { AccountFactsFound } from './plans/account-facts.ts';
import { type ReadResult, readOrBlindSpot } from './read-or-blind-spot.ts';

type Read<Name extends 'signInsSince' | 'activitySince'> = ReadResult<Awaited<ReturnType<DirectoryReader[Name]>>['value']>;

export interface IncidentLogs {
  readonly signIns: Read<'signInsSince'>;
  readonly activity: Read<'activitySince'>;
}

/** From when what is in them counts, ms. */
export const windowStart = (known: Pick<AccountFactsFound, 'reportedAt' | 'durations'>): number => windowBegins(known);

/** From when they are read, ms: an account's usual addresses stand in rows from before the night. */
export const habitsBegan = (known: Pick<AccountFactsFound, 'reportedAt' | 'durations'>): number =>
  windowStart(known) - known.durations.habitsMs;

export async function readIncidentLogs(
  reader: Pick<DirectoryReader, 'signInsSince' | 'activitySince'>,
  known: Pick<AccountFactsFound, 'subject' | 'reportedAt' | 'durations'>,
  lastTry: boolean,
): Promise<IncidentLogs> {
  const since = logTime(habitsBegan(known));
  const [signIns, activity] = await Promise.all([
    readOrBlindSpot('sign-in-log', lastTry, reader.signInsSince(known.subject, since)),
    readOrBlindSpot('audit-log', lastTry, reader.activitySince(known.subject, since)),
  ]);
  return { signIns, activity };
}

/** The reading that decides whether an account is blocked on a report that names no success, and whether it may be released. */
export const showsCompromise = ({ signIns, activity }: IncidentLogs, sinceMs: number): boolean =>
  supportsReport(analyzeSignIns(signIns.value ?? [], sinceMs), activity.value ?? [], sinceMs);

/** A sign-in stopped after a passed factor, and the log does not say how it ended: a compromise cannot be excluded. */
export const isUndecided = ({ signIns }: IncidentLogs, sinceMs: number): boolean =>
  analyzeSignIns(signIns.value ?? [], sinceMs).undecided.length > 0;

/** One of the logs could not be read, or not completely. */
export const hasUnreadableLog = (logs: IncidentLogs): boolean =>
  [logs.signIns, logs.activity].some(({ value, blindSpots }) => value === null || blindSpots.length > 0);

/** As the logs' filters take it: whole seconds. */
export const logTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
