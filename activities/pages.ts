// Calls a person about a case, and writes down whether the pager took it.
import type { CaseId } from '../domain/ids.ts';
import type { Ledger } from '../ledger/open-ledger.ts';
import { asDrafts, type Note, WORKER } from './notes.ts';

export interface PageRun {
  readonly caseId: CaseId;
  readonly number: number;
  /** Counts the pages of one case, from 1. */
  readonly page: number;
  readonly reason: string;
  readonly notes: readonly Note[];
}

export interface PageTools {
  readonly ledger: Ledger;
  readonly pager: { page(page: { readonly summary: string; readonly dedupKey: string; readonly severity: 'critical' }): Promise<boolean> };
}

export async function pagePerson({ ledger, pager }: PageTools, run: PageRun): Promise<{ delivered: boolean }> {
  const dedupKey = `${run.caseId}/${run.page}`;
  const [delivered] = await Promise.all([
    pager.page({ summary: `Case ${run.number} needs a person. ${run.reason}`, dedupKey, severity: 'critical' }),
    ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  await ledger.append([
    {
      chain: run.caseId,
      key: `page/${run.page}`,
      actor: WORKER,
      event: { kind: 'person.paged', schemaVersion: 1, reason: run.reason, dedupKey, delivered },
    },
  ]);
  return { delivered };
}
