// One look at the account and at its logs, some time after it was closed. Only
// reads the tenant. The case decides what the look means; here it is written down.

import type { Outcome } from '../domain/case/events.ts';
import { effectiveBy, isLateActivity, LOG_RESOLUTION_MS, wholeSecond } from '../domain/containment-times.ts';
import { type CaseId, type ObjectId, objectId } from '../domain/ids.ts';
import { analyzeSignIns, type LoggedSignIn, notClean, type SignInAnalysis } from '../domain/log-analysis.ts';
import type { Durations } from '../domain/policy.ts';
import { assessRecheck, type RecheckFacts } from '../domain/recheck.ts';
import type { BlindSpot, Reading } from '../domain/step.ts';
import type { StoredEntry } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { agreeingReadings, readConsistently } from './consistent-read.ts';
import { habitsBegan, logTime, windowStart } from './incident-logs.ts';
import { type DirectoryReader, distinct } from './microsoft/directory-reader.ts';
import type { SeenMethods } from './microsoft/method-writer.ts';
import { asDrafts, attached, type PendingEvent, WORKER } from './pending-events.ts';
import { type AccountFactsFound, accountFacts } from './plans/account-facts.ts';
import { cleanState } from './plans/clean-state.ts';
import { NOT_READ, type ReadResult, readOrBlindSpot } from './read-or-blind-spot.ts';
import { requireCaseIn } from './require-case.ts';
import { removeMethods } from './steps/remove-methods.ts';
import type { Writers } from './steps/step.ts';

/** The input of a recheck, without its readings and the durations in the ledger. */
export type RecheckInput = Omit<RecheckFacts, 'look' | 'durations'>;

export interface RecheckRun {
  readonly caseId: CaseId;
  readonly subject: string;
  /** Counts the looks of one case, from 1. */
  readonly look: number;
  /** Since an eradication: new items beside what it left are searched for, too. */
  readonly cleaned: boolean;
  /** What the look is judged by. */
  readonly facts: RecheckInput;
  readonly notes: readonly PendingEvent[];
  readonly lastTry: boolean;
}

export interface RecheckResult {
  readonly enabled: boolean | null;
  readonly sessionsCutAt: string | null;
  readonly actsBefore: number;
  readonly actsAfter: number;
  readonly signInsAfterBlocking: number;
  readonly newItems: number | null;
  readonly blindSpots: readonly BlindSpot[];
  /** Database clock at the writing, ms. */
  readonly at: number;
}

export interface RecheckTools {
  readonly ledger: Ledger;
  readonly reader: DirectoryReader;
  readonly doors: Writers;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * A retry returns the stored result of the first try. Where the recheck ends
 * monitoring, the end is stored with it; the case applies the same rule and gets
 * the same result.
 */
export async function recheck(tools: RecheckTools, run: RecheckRun): Promise<RecheckResult> {
  const { ledger } = tools;
  const subject = objectId(run.subject);
  const entries = await ledger.entries(run.caseId);
  requireCaseIn(entries, subject);
  const known = accountFacts(entries, subject);
  const { durations } = known;
  const stored = entries.find(({ content }) => content.key === lookKey(run)) ?? (await look(tools, run, entries, known));
  const seen = { ...(stored.content.body as Omit<RecheckResult, 'at'>), at: stored.storedAt };
  const finding = assessRecheck({ ...run.facts, durations, look: seen });
  if (finding.kind === 'ended') await ledger.append(asDrafts(run.caseId, endOf(run, finding.outcome, durations)));
  return seen;
}

const lookKey = ({ look }: Pick<RecheckRun, 'look'>): string => `recheck/${look}`;

async function look(
  { ledger, reader, doors, pause }: RecheckTools,
  run: RecheckRun,
  entries: readonly StoredEntry[],
  known: AccountFactsFound,
): Promise<StoredEntry> {
  const { facts } = run;
  const { subject, durations } = known;
  const released = facts.releasedAt !== null;
  const sinceMs = facts.releasedAt ?? facts.blockedAt ?? facts.openedAt;
  // Activity after this moment means that the attacker still has access.
  const effectiveByMs = facts.blockedAt === null ? null : effectiveBy(facts.blockedAt, durations);
  // Log rows carry whole seconds: ask from the second before, count from the moment itself.
  const since = logTime(released ? habitsBegan(known) : sinceMs - LOG_RESOLUTION_MS);
  const door = doors.account;
  const [state, methods, signIns, activity] = await Promise.all([
    readOrBlindSpot('account', run.lastTry, effectiveByMs === null ? door.doorState(subject) : readConsistently(door, subject, pause)),
    run.cleaned ? newItems({ ledger, doors, pause }, run, entries, subject) : NOT_READ,
    readOrBlindSpot('sign-in-log', run.lastTry, reader.signInsSince(subject, since)),
    readOrBlindSpot('audit-log', run.lastTry, reader.activitySince(subject, since)),
    ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  const rows = signIns.value ?? [];
  const began = countedOf(notClean(rows.filter((row) => Date.parse(row.at) > sinceMs)));
  const times = [...began, ...(activity.value ?? [])].map(({ at }) => Date.parse(at)).filter((at) => at > sinceMs);
  const late = times.filter((at) => effectiveByMs !== null && isLateActivity(at, effectiveByMs));
  // A closed account has no sign-ins at all; a released one has its owner's.
  const sinceClosing = effectiveByMs === null ? 0 : began.length;
  const [entry] = await ledger.append([
    {
      chain: run.caseId,
      key: lookKey(run),
      actor: WORKER,
      event: {
        kind: 'recheck.made',
        schemaVersion: 1,
        enabled: state.value?.enabled ?? null,
        sessionsCutAt: state.value?.sessionsCutAt ?? null,
        actsBefore: times.length - late.length,
        actsAfter: late.length,
        signInsAfterBlocking: released ? notTheOwners(rows, known, sinceMs) : sinceClosing,
        newItems: methods.value,
        blindSpots: distinct([...state.blindSpots, ...methods.blindSpots, ...signIns.blindSpots, ...activity.blindSpots]),
      },
      attachments: attached([...state.answers, ...methods.answers, ...signIns.answers, ...activity.answers]),
    },
  ]);
  if (entry === undefined) throw new TypeError('expected the look to be stored, got no entry');
  return entry;
}

/**
 * Sign-ins after the release that its owner may not have made; and those before it that the logs did not show yet when it
 * was released: then they showed none.
 */
function notTheOwners(rows: readonly LoggedSignIn[], known: AccountFactsFound, releasedAt: number): number {
  // A sign-in in the second of the release is ambiguous: it is counted once, as after it.
  const night = rows.filter(({ at }) => Date.parse(at) < wholeSecond(releasedAt));
  return countedOf(analyzeSignIns(night, windowStart(known))).length + countedOf(analyzeSignIns(rows, releasedAt)).length;
}

/** A sign-in that stopped after a passed factor counts: an unknown result is not clean. */
const countedOf = ({ successes, undecided }: Pick<SignInAnalysis, 'successes' | 'undecided'>): readonly LoggedSignIn[] => [
  ...successes,
  ...undecided,
];

/** What the ledger says of monitoring that has ended. */
function endOf({ look, facts }: RecheckRun, outcome: Outcome, durations: Durations): PendingEvent[] {
  const at = new Date().toISOString();
  const ended: PendingEvent = { key: `watch/${look}`, at, event: { kind: 'monitoring.ended', schemaVersion: 1, outcome } };
  if (facts.blockedAt === null || outcome === 'blocked' || outcome === 'released') return [ended];
  const until = new Date(effectiveBy(facts.blockedAt, durations)).toISOString();
  return [
    { key: `account/contained/${facts.blockedAt}`, at, event: { kind: 'account.contained', schemaVersion: 1, effectiveBy: until } },
    ended,
  ];
}

const INCOMPLETE: readonly BlindSpot[] = [{ what: 'sign-in-methods', why: 'incomplete-answer' }];

/** How many methods are there that the last eradication did not leave. Null where it could not read them. */
async function newItems(
  { ledger, doors, pause }: Pick<RecheckTools, 'ledger' | 'doors' | 'pause'>,
  { caseId, lastTry }: RecheckRun,
  entries: readonly StoredEntry[],
  subject: ObjectId,
): Promise<ReadResult<number>> {
  const left = cleanState(entries, caseId);
  if (left === null) return { value: null, answers: [], blindSpots: INCOMPLETE };
  const fingerprint = await ledger.fingerprinter(caseId);
  const count = (methods: SeenMethods): number => removeMethods.picture(methods, fingerprint).filter((each) => !left.has(each)).length;
  // A list that still shows what was removed lags behind: only lists that agree make a newItem.
  const read = (): Promise<Reading<SeenMethods>> => doors.methods.methods(subject);
  const reading = read().then((first) => agreeingReadings(first, read, (methods) => count(methods) > 0, pause));
  const { value, ...seen } = await readOrBlindSpot('sign-in-methods', lastTry, reading);
  if (value === null) return { ...seen, value: null };
  const counted = count(value);
  // An incomplete list shows some of what is new, and never that nothing is.
  return { ...seen, value: counted > 0 || value.complete ? counted : null, blindSpots: value.complete ? seen.blindSpots : INCOMPLETE };
}
