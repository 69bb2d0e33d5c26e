// Asks the sign-in and audit logs whether a report that names no success is
// borne out: somebody got in, or something on the account was changed.
import { type CaseId, objectId } from '../domain/ids.ts';
import { bearsOut, HABITS_MS, readSignIns } from '../domain/signs.ts';
import { WINDOW_BEFORE_REPORT_MS } from '../domain/sorting.ts';
import type { BlindSpot } from '../domain/step.ts';
import type { Ledger } from '../ledger/open-ledger.ts';
import { type DirectoryReader, distinct } from './graph/directory.ts';
import { asDrafts, attached, type Note, WORKER } from './notes.ts';
import { requireOpenedIn } from './opened.ts';
import { knownAccount } from './plans/known-account.ts';
import { seeing } from './survey.ts';

export interface LogsRun {
  readonly caseId: CaseId;
  readonly subject: string;
  readonly round: number;
  readonly notes: readonly Note[];
  readonly lastTry: boolean;
}

export interface LogsResult {
  readonly supports: boolean;
  readonly readable: boolean;
  readonly blindSpots: readonly BlindSpot[];
}

export async function readLogs(tools: { readonly ledger: Ledger; readonly reader: DirectoryReader }, run: LogsRun): Promise<LogsResult> {
  const subject = objectId(run.subject);
  const entries = await tools.ledger.entries(run.caseId);
  requireOpenedIn(entries, subject);
  const sinceMs = knownAccount(entries, subject).reportedAt - WINDOW_BEFORE_REPORT_MS;
  const since = new Date(sinceMs - HABITS_MS).toISOString().replace(/\.\d+Z$/, 'Z');
  const [signIns, acts] = await Promise.all([
    seeing('sign-in log', run.lastTry, tools.reader.signInsSince(subject, since)),
    seeing('audit log', run.lastTry, tools.reader.actsSince(subject, since)),
    tools.ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  const signs = readSignIns(signIns.value ?? [], sinceMs);
  const supports = bearsOut(signs, acts.value ?? [], sinceMs);
  const blindSpots = distinct([...signIns.blindSpots, ...acts.blindSpots]);
  const [entry] = await tools.ledger.append([
    {
      chain: run.caseId,
      key: `logs/${run.round}`,
      actor: WORKER,
      event: {
        kind: 'logs.read',
        schemaVersion: 1,
        supports,
        successes: signs.successes.length,
        denials: signs.denials,
        blindSpots,
      },
      attachments: attached([...signIns.answers, ...acts.answers]),
    },
  ]);
  // An earlier try may have read something else and said so: what stands in the record is what is gone by.
  const stands = entry?.content.body ?? {};
  return { supports: stands['supports'] === true, readable: isReadable(stands['blindSpots']), blindSpots };
}

const isReadable = (blindSpots: unknown): boolean =>
  Array.isArray(blindSpots) && !blindSpots.some((spot: Partial<BlindSpot>) => spot.what === 'sign-in log');
