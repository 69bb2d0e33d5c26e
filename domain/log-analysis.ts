// What the logs say about a stolen account: who got in who should not have, and
// what was added meanwhile. Pure, so that the order, the sorting and the release
// of a false alarm read the same rows in the same way.

import type { Addition, IncidentWindow } from './attribution.ts';
import { wholeSecond } from './containment-times.ts';
import type { Durations } from './policy.ts';
import { mayHaveEntered, resultOf } from './sign-in-results.ts';
import type { BlindSpot } from './step.ts';

/** One row of the sign-in log. */
export interface LoggedSignIn {
  readonly at: string;
  /** What it says is in sign-in-results.ts. */
  readonly errorCode: number;
  /** Rows of one attempt share it. The client chooses it, so it never makes a possible entry clean. */
  readonly correlationId: string | null;
  /** Where it came from; null when the log does not say. */
  readonly address: string | null;
}

/** One successful act that the subject's account began, by the audit log. */
export interface LoggedActivity {
  readonly at: string;
  readonly activity: string;
  readonly address: string | null;
}

/** How the audit log names the adding of a sign-in method by its owner, or by whoever is signed in as them. */
const ADDED_A_METHOD = /registered (all required )?security info$/i;

export interface SignInAnalysis {
  readonly denials: number;
  /** Entries and possible entries that the owner may not have made: after a refused prompt, or from where this account was never used before. */
  readonly successes: readonly LoggedSignIn[];
  /** Of the same kind, but stopped after one factor, and no later row of the attempt says that it failed. */
  readonly undecided: readonly LoggedSignIn[];
  /** Where this account was used before. A row that does not say where it came from makes no place a usual one. */
  readonly usual: ReadonlySet<string>;
}

/** @param rows from `sinceMs` minus `habitsMs` on */
export function analyzeSignIns(rows: readonly LoggedSignIn[], sinceMs: number): SignInAnalysis {
  // Rows carry whole seconds: one of the same second may have come after `sinceMs`, and is no habit.
  const from = wholeSecond(sinceMs);
  const recent = rows.filter((row) => Date.parse(row.at) >= from);
  const before = rows.filter((row) => resultOf(row.errorCode) === 'success' && Date.parse(row.at) < from);
  const usual = new Set(before.map((row) => row.address).filter((address) => address !== null));
  const denials = recent.filter((row) => resultOf(row.errorCode) === 'denied');
  const firstDenial = Math.min(...denials.map((row) => Date.parse(row.at)));
  const isStrange = ({ at, address }: LoggedSignIn): boolean => Date.parse(at) >= firstDenial || address === null || !usual.has(address);
  const strange = recent.filter(isStrange);
  return { denials: denials.length, ...notClean(strange, recent), usual };
}

/** What of these rows is an entry, may be one, or says nothing yet. @param all where the ends of their attempts are looked for */
export function notClean(rows: readonly LoggedSignIn[], all = rows): Pick<SignInAnalysis, 'successes' | 'undecided'> {
  const ended = (row: LoggedSignIn): boolean => all.some((later) => endsAttempt(row, later));
  return {
    successes: rows.filter(({ errorCode }) => mayHaveEntered(errorCode)),
    undecided: rows.filter((row) => resultOf(row.errorCode) === 'half-passed' && !ended(row)),
  };
}

/** The same attempt, from the same address, went on to a refusal. */
const endsAttempt = (row: LoggedSignIn, later: LoggedSignIn): boolean =>
  row.correlationId !== null &&
  row.correlationId === later.correlationId &&
  row.address === later.address &&
  Date.parse(later.at) >= Date.parse(row.at) &&
  ['denied', 'failed'].includes(resultOf(later.errorCode));

/** Do the logs bear a report out that names no success? */
export const supportsReport = ({ successes, denials }: SignInAnalysis, activity: readonly LoggedActivity[], sinceMs: number): boolean =>
  successes.length > 0 || (denials > 0 && activity.some((act) => Date.parse(act.at) >= sinceMs));

/** Do the logs decide it? The sign-in log must have been read, and nothing in it may be undecided; the audit log alone decides nothing. */
export const isConclusive = (blindSpots: readonly BlindSpot[], undecided: number): boolean =>
  undecided === 0 && !blindSpots.some(({ what }) => what === 'sign-in-log');

/** When the window of a report begins, while nobody knows when the attacker came. */
export const windowBegins = ({ reportedAt, durations }: Reported): number => reportedAt - durations.windowBeforeReportMs;

export interface Reported {
  /** When the first report was received, ms. */
  readonly reportedAt: number;
  readonly durations: Pick<Durations, 'windowBeforeReportMs' | 'sameMomentMs'>;
}

/** From the attacker's first sign-in, or a while before the report where nobody knows it. Either log may be null: not read. */
export function windowOf(
  signIns: readonly LoggedSignIn[] | null,
  activity: readonly LoggedActivity[] | null,
  reported: Reported,
): IncidentWindow {
  const earliest = windowBegins(reported);
  const { successes, usual } = analyzeSignIns(signIns ?? [], earliest);
  const addresses = successes.map((row) => row.address).filter((address) => address !== null);
  return {
    fromMs: successes.length === 0 ? earliest : Math.min(...successes.map((row) => Date.parse(row.at))),
    // After a refused prompt nobody is believed to be the owner; a place they always come from is still no attacker's.
    attackerAddresses: [...new Set(addresses)].filter((address) => !usual.has(address)),
    additions: activity === null ? null : activity.filter((act) => ADDED_A_METHOD.test(act.activity)).map(addition),
    sameMomentMs: reported.durations.sameMomentMs,
  };
}

const addition = ({ at, address }: LoggedActivity): Addition => ({ at: Date.parse(at), address });
