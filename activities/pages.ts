// Calls a person about a case, and writes down whether the pager took it. Who
// says that they are on it stops the calling; the end of the case ends it.
import type { CaseId } from '../domain/ids.ts';
import { type PageReason, sayPage } from '../domain/page.ts';
import type { Ledger } from '../ledger/open-ledger.ts';
import { asDrafts, type Note, WORKER } from './notes.ts';

export interface PageRun {
  readonly caseId: CaseId;
  readonly number: number;
  /** Counts the pages of one case, from 1. */
  readonly page: number;
  readonly reason: PageReason;
  /** Whose turn it is: 1 is the first in line. */
  readonly line: number;
  readonly notes: readonly Note[];
}

/** What a case needs of a pager; nothing here throws. */
export interface CasePager {
  /** @returns whether the pager took it */
  page(page: {
    readonly summary: string;
    /** Two pages with one key are one alarm. */
    readonly dedupKey: string;
    readonly severity: 'critical';
    /** Whose turn it is: 1 is the first in line. */
    readonly line: number;
  }): Promise<boolean>;
  acknowledge(dedupKeys: readonly string[]): Promise<void>;
  resolve(dedupKeys: readonly string[]): Promise<void>;
}

export interface PageTools {
  readonly ledger: Ledger;
  readonly pager: CasePager;
}

export async function pagePerson({ ledger, pager }: PageTools, run: PageRun): Promise<{ delivered: boolean }> {
  const dedupKey = `${run.caseId}/${run.page}`;
  const [delivered] = await Promise.all([
    pager.page({ summary: `Case ${run.number} needs a person. ${sayPage(run.reason)}`, dedupKey, severity: 'critical', line: run.line }),
    ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  await ledger.append([
    {
      chain: run.caseId,
      key: `page/${run.page}`,
      actor: WORKER,
      event: { kind: 'person.paged', schemaVersion: 1, reason: run.reason, failure: null, dedupKey, delivered, line: run.line },
    },
  ]);
  return { delivered };
}

/** Somebody said that they are on it: nobody's phone need ring any more. */
export async function acknowledgePages({ pager }: PageTools, run: { readonly caseId: CaseId; readonly pages: number }): Promise<void> {
  await pager.acknowledge(pageKeys(run.caseId, run.pages));
}

export const pageKeys = (caseId: CaseId, pages: number): string[] => Array.from({ length: pages }, (_, index) => `${caseId}/${index + 1}`);
