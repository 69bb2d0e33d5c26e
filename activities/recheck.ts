// One look at the account and at its logs, some time after it was closed. Only
// reads. The workflow decides what the look means; here it is written down.
import { createHash } from 'node:crypto';
import { isLateAct, LOG_RESOLUTION_MS } from '../domain/clocks.ts';
import { type CaseId, type ObjectId, objectId } from '../domain/ids.ts';
import { HABITS_MS, type LoggedSignIn, readSignIns } from '../domain/signs.ts';
import type { BlindSpot } from '../domain/step.ts';
import { canonicalBytes } from '../ledger/canonical.ts';
import type { StoredEntry } from '../ledger/chain.ts';
import type { Ledger } from '../ledger/open-ledger.ts';
import { type DirectoryReader, distinct } from './graph/directory.ts';
import { asDrafts, attached, type Note, WORKER } from './notes.ts';
import { requireOpenedIn } from './opened.ts';
import { leftByCleanUps } from './plans/left.ts';
import { removeMethods } from './steps/remove-methods.ts';
import type { Doors } from './steps/step.ts';
import { surely } from './surely.ts';
import { type Seen, seeing } from './survey.ts';

export interface RecheckRun {
  readonly caseId: CaseId;
  readonly subject: string;
  /** Counts the looks of one case, from 1. */
  readonly look: number;
  /** From when acts count, ms since 1970: the closing, or the opening of the case while it is not closed. */
  readonly sinceMs: number;
  /** After a release the owner signs in again: only what may be a stranger's counts. */
  readonly released: boolean;
  /** Since a clean-up: what has come on top of what it left is looked for, too. */
  readonly cleaned: boolean;
  /** After this moment an act means that somebody is still inside; null while the account is not closed. */
  readonly effectiveByMs: number | null;
  readonly notes: readonly Note[];
  readonly lastTry: boolean;
}

export interface RecheckResult {
  readonly enabled: boolean | null;
  readonly sessionsCutAt: string | null;
  readonly actsBefore: number;
  readonly actsAfter: number;
  readonly signInsAfterClosing: number;
  readonly newcomers: number | null;
  readonly blindSpots: readonly BlindSpot[];
  /** Database clock at the writing, ms. */
  readonly at: number;
}

export interface RecheckTools {
  readonly ledger: Ledger;
  readonly reader: DirectoryReader;
  readonly doors: Doors;
  readonly pause: (ms: number) => Promise<void>;
}

export async function recheck({ ledger, reader, doors, pause }: RecheckTools, run: RecheckRun): Promise<RecheckResult> {
  const subject = objectId(run.subject);
  const entries = await ledger.entries(run.caseId);
  requireOpenedIn(entries, subject);
  // Log rows carry whole seconds: ask from the second before, count from the moment itself.
  const since = new Date(run.sinceMs - (run.released ? HABITS_MS : LOG_RESOLUTION_MS)).toISOString().replace(/\.\d+Z$/, 'Z');
  const door = doors.account;
  const [state, methods, signIns, acts] = await Promise.all([
    seeing('account', run.lastTry, run.effectiveByMs === null ? door.doorState(subject) : surely(door, subject, pause)),
    run.cleaned ? newcomers({ ledger, doors }, run, entries, subject) : NOT_LOOKED_FOR,
    seeing('sign-in log', run.lastTry, reader.signInsSince(subject, since)),
    seeing('audit log', run.lastTry, reader.actsSince(subject, since)),
    ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  const times = [...(signIns.value ?? []).filter((row) => row.succeeded).map((row) => row.at), ...(acts.value ?? []).map((act) => act.at)]
    .map((at) => Date.parse(at))
    .filter((at) => at > run.sinceMs);
  const began = (signIns.value ?? []).filter((row) => row.succeeded && Date.parse(row.at) > run.sinceMs);
  const late = times.filter((at) => run.effectiveByMs !== null && isLateAct(at, run.effectiveByMs));
  const seen = {
    enabled: state.value?.enabled ?? null,
    sessionsCutAt: state.value?.sessionsCutAt ?? null,
    actsBefore: times.length - late.length,
    actsAfter: late.length,
    signInsAfterClosing: strangers(run, signIns.value ?? [], began.length),
    newcomers: methods.value,
    blindSpots: distinct([...state.blindSpots, ...methods.blindSpots, ...signIns.blindSpots, ...acts.blindSpots]),
  };
  const [entry] = await ledger.append([
    {
      chain: run.caseId,
      // Another try may see something else: what the workflow is told stands in the record, each time.
      key: `recheck/${run.look}/${digestOf(seen)}`,
      actor: WORKER,
      event: { kind: 'recheck.made', schemaVersion: 1, ...seen },
      attachments: attached([...state.answers, ...methods.answers, ...signIns.answers, ...acts.answers]),
    },
  ]);
  return { ...seen, at: entry?.storedAt ?? 0 };
}

/** A closed account has no sign-ins at all; a released one has its owner's. */
function strangers(run: RecheckRun, rows: readonly LoggedSignIn[], began: number): number {
  if (run.released) return readSignIns(rows, run.sinceMs).successes.length;
  return run.effectiveByMs === null ? 0 : began;
}

const digestOf = (seen: unknown): string => createHash('sha256').update(canonicalBytes(seen)).digest('hex').slice(0, 16);

const NOT_LOOKED_FOR: Seen<number> = { value: null, answers: [], blindSpots: [] };

/** How many methods are there that the last clean-up did not leave. Where it could not read them, nobody can say. */
async function newcomers(
  { ledger, doors }: Pick<RecheckTools, 'ledger' | 'doors'>,
  { caseId, lastTry }: RecheckRun,
  entries: readonly StoredEntry[],
  subject: ObjectId,
): Promise<Seen<number>> {
  const [fingerprint, { value, ...seen }] = await Promise.all([
    ledger.fingerprinter(caseId),
    seeing('sign-in methods', lastTry, doors.methods.methods(subject)),
  ]);
  if (value === null) return { value, ...seen };
  const left = leftByCleanUps(entries, caseId);
  if (left === null) return { value: null, ...seen, blindSpots: [{ what: 'sign-in methods', why: 'incomplete answer' }] };
  return { value: removeMethods.picture(value, fingerprint).filter((each) => !left.has(each)).length, ...seen };
}
