// One look at the account and at its logs, some time after it was closed. Only
// reads. The workflow decides what the look means; here it is written down.
import { isLateAct, LOG_RESOLUTION_MS } from '../domain/clocks.ts';
import { type CaseId, objectId } from '../domain/ids.ts';
import type { BlindSpot } from '../domain/step.ts';
import type { Ledger } from '../ledger/open-ledger.ts';
import type { AccountActor } from './graph/actor.ts';
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
}

export async function recheck({ ledger, reader, door }: RecheckTools, run: RecheckRun): Promise<RecheckResult> {
  const subject = objectId(run.subject);
  // Log rows carry whole seconds: ask from the second before, count from the moment itself.
  const since = new Date(run.sinceMs - LOG_RESOLUTION_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  const [state, signIns, acts] = await Promise.all([
    seeing('account', run.lastTry, door.doorState(subject)),
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
