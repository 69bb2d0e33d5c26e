// Questions about what really was, at one moment. The tenant's own clock and the
// database's run on one machine here, so milliseconds can be compared.
import type { PersonTruth } from './score-input.ts';

export function wasEnabled(person: PersonTruth, atMs: number): boolean {
  const last = person.enabled.findLast((change) => Date.parse(change.at) <= atMs);
  return last?.to ?? person.enabledAtStart;
}

/** Were sessions cut between the two moments, both included? */
export const wasCut = (person: PersonTruth, fromMs: number, toMs: number): boolean =>
  person.sessionsCut.some((at) => Date.parse(at) >= fromMs && Date.parse(at) <= toMs);

/** Both doors shut at that moment: disabled, and the sessions cut since. A guest's sessions are not ours to cut. */
export const wasClosed = (person: PersonTruth, sinceMs: number, atMs: number): boolean =>
  !wasEnabled(person, atMs) && (person.guest || wasCut(person, sinceMs, atMs));

/** The first moment since then at which both doors were shut; null when they never were. */
export function closedSince(person: PersonTruth, sinceMs: number): number | null {
  const moments = [...person.enabled.map((change) => change.at), ...person.sessionsCut]
    .map((at) => Date.parse(at))
    .filter((at) => at >= sinceMs)
    .sort((a, b) => a - b);
  return [sinceMs, ...moments].find((at) => wasClosed(person, sinceMs, at)) ?? null;
}

/** Was the account opened again by somebody in between? */
export const wasReopened = (person: PersonTruth, fromMs: number, toMs: number): boolean =>
  person.enabled.some((change) => change.to && Date.parse(change.at) > fromMs && Date.parse(change.at) <= toMs);

export const lastIntruderAccess = (person: PersonTruth): number | null =>
  person.intruder.lastAccess === null ? null : Date.parse(person.intruder.lastAccess);

export const iso = (ms: number): string => new Date(ms).toISOString();
