// One look at the account and at its logs, some time after it was closed. Only
// reads. The workflow decides what the look means; here it is written down.
import { isLateAct, LOG_RESOLUTION_MS } from '../domain/clocks.ts';
import { RunbookError } from '../domain/errors.ts';
import { type CaseId, type ObjectId, objectId } from '../domain/ids.ts';
import type { BlindSpot, Reading } from '../domain/step.ts';
import type { Ledger } from '../ledger/open-ledger.ts';
import type { AccountActor, DoorState } from './graph/actor.ts';
import { type DirectoryReader, distinct } from './graph/directory.ts';
import { asDrafts, attached, type Note, WORKER } from './notes.ts';
import { seeing } from './survey.ts';

export interface RecheckRun {
  readonly caseId: CaseId;
  readonly subject: string;
  /** Counts the looks of one case, from 1. */
  readonly look: number;
  /** From when acts count, ms since 1970: the closing, or the opening of the case while it is not closed. */
  readonly sinceMs: number;
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
  readonly blindSpots: readonly BlindSpot[];
  /** Database clock at the writing, ms. */
  readonly at: number;
}

export interface RecheckTools {
  readonly ledger: Ledger;
  readonly reader: DirectoryReader;
  readonly door: AccountActor;
  readonly pause: (ms: number) => Promise<void>;
}

const READ_AGAIN_MS = 500;
const AGREEING = 3;
const MOST_READS = 10;

/**
 * A closed account that reads as open may be open again, or the answer may come
 * from a part of the directory that lags behind. Only readings that agree, one
 * after another, are believed; readings that go on to differ are no reading.
 */
async function surely(door: AccountActor, subject: ObjectId, pause: RecheckTools['pause']): Promise<Reading<DoorState>> {
  let reading = await door.doorState(subject);
  let agreeing = 1;
  for (let reads = 1; reading.value.enabled && agreeing < AGREEING; reads += 1) {
    if (reads === MOST_READS) throw new RunbookError('NOT_YET_VISIBLE', 'expected readings that agree, got ones that differ');
    await pause(READ_AGAIN_MS);
    const next = await door.doorState(subject);
    agreeing = next.value.enabled === reading.value.enabled ? agreeing + 1 : 1;
    reading = next;
  }
  return reading;
}

export async function recheck({ ledger, reader, door, pause }: RecheckTools, run: RecheckRun): Promise<RecheckResult> {
  const subject = objectId(run.subject);
  // Log rows carry whole seconds: ask from the second before, count from the moment itself.
  const since = new Date(run.sinceMs - LOG_RESOLUTION_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  const [state, signIns, acts] = await Promise.all([
    seeing('account', run.lastTry, run.effectiveByMs === null ? door.doorState(subject) : surely(door, subject, pause)),
    seeing('sign-in log', run.lastTry, reader.signInsSince(subject, since)),
    seeing('audit log', run.lastTry, reader.actsSince(subject, since)),
    ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  const times = [...(signIns.value ?? []).filter((row) => row.succeeded).map((row) => row.at), ...(acts.value ?? [])]
    .map((at) => Date.parse(at))
    .filter((at) => at > run.sinceMs);
  const began = (signIns.value ?? []).filter((row) => row.succeeded && Date.parse(row.at) > run.sinceMs);
  const late = times.filter((at) => run.effectiveByMs !== null && isLateAct(at, run.effectiveByMs));
  const seen = {
    enabled: state.value?.enabled ?? null,
    sessionsCutAt: state.value?.sessionsCutAt ?? null,
    actsBefore: times.length - late.length,
    actsAfter: late.length,
    signInsAfterClosing: run.effectiveByMs === null ? 0 : began.length,
    blindSpots: distinct([...state.blindSpots, ...signIns.blindSpots, ...acts.blindSpots]),
  };
  const [entry] = await ledger.append([
    {
      chain: run.caseId,
      key: `recheck/${run.look}`,
      actor: WORKER,
      event: { kind: 'recheck.made', schemaVersion: 1, ...seen },
      attachments: attached([...state.answers, ...signIns.answers, ...acts.answers]),
    },
  ]);
  return { ...seen, at: entry?.storedAt ?? 0 };
}
