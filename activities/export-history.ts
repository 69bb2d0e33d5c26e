// Stores the Temporal history of a case in the ledger. Temporal deletes the
// history after its retention period; an auditor may need it later.

import type { Outcome } from '../domain/case/events.ts';
import { blindSpotsOf } from '../domain/case/view.ts';
import { RunbookError } from '../domain/errors.ts';
import { type CaseId, type TenantId, tenantChain } from '../domain/ids.ts';
import { notCheckedIn } from '../domain/not-checked.ts';
import { eventOf } from '../ledger/entry.ts';
import type { EntryDraft, Ledger } from '../ledger/ledger.ts';
import type { CasePager } from './paging.ts';
import { asDrafts, type PendingEvent, WORKER } from './pending-events.ts';

/** One run as Temporal reports it. */
export interface RunHistory {
  readonly runId: string;
  readonly events: number;
  /** Size as Temporal counts it. */
  readonly bytes: number;
  readonly closed: boolean;
  /** The run that went on after this one. */
  readonly nextRunId: string | null;
  /** ProtoJSON, as Temporal's own tools read and replay it. */
  readonly json: unknown;
}

export interface HistoryTools {
  readonly ledger: Ledger;
  readonly histories: { read(workflowId: string, runId: string): Promise<RunHistory> };
}

export interface ExportRun {
  readonly caseId: CaseId;
  readonly workflowId: string;
  readonly runId: string;
  readonly notes: readonly PendingEvent[];
}

export async function exportHistory({ ledger, histories }: HistoryTools, run: ExportRun): Promise<void> {
  const history = await histories.read(run.workflowId, run.runId);
  await ledger.append([...asDrafts(run.caseId, run.notes), historyEntry(run.caseId, run.workflowId, history)]);
}

const historyEntry = (caseId: CaseId, workflowId: string, { runId, events, bytes, json }: RunHistory): EntryDraft => ({
  chain: caseId,
  key: `history/${runId}`,
  actor: WORKER,
  event: { kind: 'history.exported', schemaVersion: 1, workflowId, runId, events, bytes },
  attachments: [{ name: 'history', content: json }],
});

export interface FinishRun {
  readonly tenant: TenantId;
  readonly caseId: CaseId;
  readonly workflowId: string;
  readonly number: number;
  readonly outcome: Outcome;
  readonly notes: readonly PendingEvent[];
}

export interface FinishTools extends HistoryTools {
  readonly pager: Pick<CasePager, 'resolve'>;
  readonly writeBundle: (caseId: CaseId) => Promise<{ readonly head: string; readonly entries: number }>;
}

/** Every run of the case, then the last entry, then the bundle. @throws RunbookError NOT_YET_VISIBLE while the case still runs */
export async function finishRecord(tools: FinishTools, run: FinishRun): Promise<void> {
  const { ledger } = tools;
  const histories: EntryDraft[] = [];
  // The first run of a case has the case's own id; each run names the one that went on.
  let runId: string | null = run.caseId;
  while (runId !== null) {
    const history: RunHistory = await tools.histories.read(run.workflowId, runId);
    if (!history.closed) throw new RunbookError('NOT_YET_VISIBLE', 'expected the case to have closed, found it still running');
    histories.push(historyEntry(run.caseId, run.workflowId, history));
    runId = history.nextRunId;
  }
  await ledger.append([...asDrafts(run.caseId, run.notes), ...histories]);
  const entries = await ledger.entries(run.caseId);
  const events = entries.map(eventOf);
  await ledger.append([
    {
      chain: run.caseId,
      key: 'case/closed',
      actor: WORKER,
      event: {
        kind: 'case.closed',
        schemaVersion: 1,
        outcome: run.outcome,
        notChecked: notCheckedIn(events),
        blindSpots: blindSpotsOf(events),
        entries: entries.length + 1,
      },
    },
  ]);
  const paged = entries.filter(({ content }) => content.kind === 'person.paged').map(({ content }) => String(content.body['dedupKey']));
  await tools.pager.resolve(paged);
  const bundle = await tools.writeBundle(run.caseId);
  await ledger.append([
    {
      chain: tenantChain(run.tenant),
      key: `exported/${run.caseId}/${bundle.head}`,
      actor: WORKER,
      event: { kind: 'case.exported', schemaVersion: 1, number: run.number, ...bundle },
    },
  ]);
}
