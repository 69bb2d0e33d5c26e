// Reads the sign-in and audit logs to see whether they support a report that
// names no success: an attacker signed in, or the account was changed.
import { type CaseId, objectId } from '../domain/ids.ts';
import { analyzeSignIns, isConclusive, supportsReport } from '../domain/log-analysis.ts';
import type { BlindSpot } from '../domain/step.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readIncidentLogs, windowStart } from './incident-logs.ts';
import { type DirectoryReader, distinct } from './microsoft/directory-reader.ts';
import { asDrafts, attached, type PendingEvent, WORKER } from './pending-events.ts';
import { accountFacts } from './plans/account-facts.ts';
import { requireCaseIn } from './require-case.ts';

export interface LogsRun {
  readonly caseId: CaseId;
  readonly subject: string;
  readonly round: number;
  readonly notes: readonly PendingEvent[];
  readonly lastTry: boolean;
}

export interface LogsResult {
  readonly supports: boolean;
  /** They were read, and nothing in them is undecided. */
  readonly readable: boolean;
  readonly blindSpots: readonly BlindSpot[];
}

export async function readLogs(tools: { readonly ledger: Ledger; readonly reader: DirectoryReader }, run: LogsRun): Promise<LogsResult> {
  const subject = objectId(run.subject);
  const entries = await tools.ledger.entries(run.caseId);
  requireCaseIn(entries, subject);
  const known = accountFacts(entries, subject);
  const sinceMs = windowStart(known);
  const [{ signIns, activity }] = await Promise.all([
    readIncidentLogs(tools.reader, known, run.lastTry),
    tools.ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  const signs = analyzeSignIns(signIns.value ?? [], sinceMs);
  const supports = supportsReport(signs, activity.value ?? [], sinceMs);
  const blindSpots = distinct([...signIns.blindSpots, ...activity.blindSpots]);
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
        undecided: signs.undecided.length,
        denials: signs.denials,
        blindSpots,
      },
      attachments: attached([...signIns.answers, ...activity.answers]),
    },
  ]);
  // An earlier try may have stored another result: the stored one counts.
  const stands = entry?.content.body ?? {};
  const readable = isConclusive(stands['blindSpots'] as readonly BlindSpot[], Number(stands['undecided']));
  return { supports: stands['supports'] === true, readable, blindSpots };
}
