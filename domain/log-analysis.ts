// What the logs show about a compromised account: sign-ins that the owner may not have made, and what was added
// meanwhile. Containment, attribution and release use the same rules.

import type { Addition, IncidentWindow } from './attribution.ts';
import { wholeSecond } from './containment-times.ts';
import type { Durations } from './policy.ts';
import { mayHaveEntered, resultOf } from './sign-in-results.ts';
import type { BlindSpot } from './step.ts';

/** One row of the sign-in log. */
export interface LoggedSignIn {
  readonly at: string;
  /** Its meaning is in sign-in-results.ts. */
  readonly errorCode: number;
  /** Rows of one attempt share it. The client chooses it, so it never clears a suspicious row. */
  readonly correlationId: string | null;
  /** Where it came from; null when the log does not say. */
  readonly address: string | null;
}

/** One successful activity that the subject's account started, by the audit log. */
export interface LoggedActivity {
  readonly at: string;
  readonly activity: string;
  readonly address: string | null;
}

/** How the audit log names the adding of a sign-in method by its owner, or by an attacker who is signed in as them. */
const ADDED_A_METHOD = /registered (all required )?security info$/i;

export interface SignInAnalysis {
  readonly denials: number;
  /** Certain and possible sign-ins that the owner may not have made: after a refused prompt, or from a new address. */
  readonly successes: readonly LoggedSignIn[];
  /** As above, but stopped after one factor, and no later row says that the attempt failed. */
  readonly undecided: readonly LoggedSignIn[];
  /** Addresses that this account used before. A row without an address adds none. */
  readonly usual: ReadonlySet<string>;
}

/** @param rows from the beginning of the baseline period on */
export function analyzeSignIns(rows: readonly LoggedSignIn[], sinceMs: number): SignInAnalysis {
  // Rows carry whole seconds: one of the same second may have come after `sinceMs`, so it does not count as usual.
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

/** Which rows are sign-ins, may be sign-ins, or are undecided. @param all the rows that may hold the end of an attempt */
export function notClean(rows: readonly LoggedSignIn[], all = rows): Pick<SignInAnalysis, 'successes' | 'undecided'> {
  const ended = (row: LoggedSignIn): boolean => all.some((later) => endsAttempt(row, later));
  return {
    successes: rows.filter(({ errorCode }) => mayHaveEntered(errorCode)),
    undecided: rows.filter((row) => resultOf(row.errorCode) === 'half-passed' && !ended(row)),
  };
}

/** A later row of the same attempt, from the same address, was refused. */
const endsAttempt = (row: LoggedSignIn, later: LoggedSignIn): boolean =>
  row.correlationId !== null &&
  row.correlationId === later.correlationId &&
  row.address === later.address &&
  Date.parse(later.at) >= Date.parse(row.at) &&
  ['denied', 'failed'].includes(resultOf(later.errorCode));

/** Do the logs support a report that names no success? */
export const supportsReport = ({ successes, denials }: SignInAnalysis, activity: readonly LoggedActivity[], sinceMs: number): boolean =>
  successes.length > 0 || (denials > 0 && activity.some((row) => Date.parse(row.at) >= sinceMs));

/** Are the logs conclusive? The sign-in log must be read and hold nothing undecided; the audit log alone is not conclusive. */
export const isConclusive = (blindSpots: readonly BlindSpot[], undecided: number): boolean =>
  undecided === 0 && !blindSpots.some(({ what }) => what === 'sign-in-log');

/** The start of the incident window while the attacker's first sign-in is not known. */
export const windowBegins = ({ reportedAt, durations }: Reported): number => reportedAt - durations.windowBeforeReportMs;

export interface Reported {
  /** When the first report was received, ms. */
  readonly reportedAt: number;
  readonly durations: Pick<Durations, 'windowBeforeReportMs' | 'sameMomentMs'>;
}

/** The start: the attacker's first sign-in, or a fixed time before the report when it is not known. A log is null when it was not read. */
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
    // After a refused prompt no sign-in is believed to be the owner's; a usual address is still not listed as the attacker's.
    attackerAddresses: [...new Set(addresses)].filter((address) => !usual.has(address)),
    additions: activity === null ? null : activity.filter((row) => ADDED_A_METHOD.test(row.activity)).map(addition),
    sameMomentMs: reported.durations.sameMomentMs,
  };
}

const addition = ({ at, address }: LoggedActivity): Addition => ({ at: Date.parse(at), address });
