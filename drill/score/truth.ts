// Questions about what really was, at one moment. The tenant's own clock and the
// database's run on one machine here, so milliseconds can be compared.
import type { ApproverTruth, PersonTruth } from './input.ts';

export function wasEnabled(person: PersonTruth, atMs: number): boolean {
  const last = person.enabled.findLast((change) => Date.parse(change.at) <= atMs);
  return last?.to ?? person.enabledAtStart;
}

/** Was it enabled all the time between the two moments, both included? */
export const wasEnabledThroughout = (person: PersonTruth, fromMs: number, toMs: number): boolean =>
  wasEnabled(person, fromMs) &&
  !person.enabled.some((change) => !change.to && Date.parse(change.at) > fromMs && Date.parse(change.at) <= toMs);

/** Were sessions cut between the two moments, both included? */
export const wasRevoked = (person: PersonTruth, fromMs: number, toMs: number): boolean =>
  person.sessionsCut.some((at) => Date.parse(at) >= fromMs && Date.parse(at) <= toMs);

/** Sign-in blocked and sessions revoked at that moment. A guest's sessions are revoked in the guest's own tenant. */
export const wasBlocked = (person: PersonTruth, sinceMs: number, atMs: number): boolean =>
  !wasEnabled(person, atMs) && (person.guest || wasRevoked(person, sinceMs, atMs));

/** The first moment since then at which sign-in was blocked and sessions were revoked; null when there is none. */
export function blockedSince(person: PersonTruth, sinceMs: number): number | null {
  const moments = [...person.enabled.map((change) => change.at), ...person.sessionsCut]
    .map((at) => Date.parse(at))
    .filter((at) => at >= sinceMs)
    .sort((a, b) => a - b);
  return [sinceMs, ...moments].find((at) => wasBlocked(person, sinceMs, at)) ?? null;
}

/** Did a person enable the account again in between? */
export const wasReopened = (person: PersonTruth, fromMs: number, toMs: number): boolean =>
  person.enabled.some((change) => change.to && Date.parse(change.at) > fromMs && Date.parse(change.at) <= toMs);

/** Was a new password set between the two moments, both included? */
export const wasPasswordSet = (person: PersonTruth, fromMs: number, toMs: number): boolean =>
  person.passwordSet.some((at) => Date.parse(at) >= fromMs && Date.parse(at) <= toMs);

/** Did a method of this id stand on the account at that moment that had been there at the earlier one? */
export const hadMethod = (person: PersonTruth, id: string, sinceMs: number, atMs: number): boolean =>
  person.methods.some((method) => method.id === id && stood(method, sinceMs) && stood(method, atMs));

export const stood = ({ from, until }: PersonTruth['methods'][number], atMs: number): boolean =>
  (from === null || Date.parse(from) <= atMs) && (until === null || Date.parse(until) > atMs);

/** Was this person in the approver group at any moment between the two, both included? */
export function wasApprover({ fromStart, changes }: ApproverTruth, person: string, fromMs: number, toMs: number): boolean {
  const own = changes.filter((change) => change.person === person);
  const before = own.findLast((change) => Date.parse(change.at) <= fromMs);
  if (before?.joins ?? fromStart.includes(person)) return true;
  return own.some((change) => change.joins && Date.parse(change.at) > fromMs && Date.parse(change.at) <= toMs);
}

export const lastAttackerAccess = (person: PersonTruth): number | null =>
  person.attacker.lastAccess === null ? null : Date.parse(person.attacker.lastAccess);

export const iso = (ms: number): string => new Date(ms).toISOString();
