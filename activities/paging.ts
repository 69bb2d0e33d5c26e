// Calls a person about a case, and writes down that the pager took it. Who says
// that they are on it stops the calling; the end of the case ends it.
import { RunbookError } from '../domain/errors.ts';
import type { CaseId } from '../domain/ids.ts';
import { type PageReason, pageWords } from '../domain/page-words.ts';
import type { PageLink, RespondersChannel } from '../domain/responders-channel.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { asDrafts, type PendingEvent, WORKER } from './pending-events.ts';

export interface PageRun {
  readonly caseId: CaseId;
  readonly number: number;
  /** Counts the pages of one case, from 1. */
  readonly page: number;
  readonly reason: PageReason;
  /** Whose turn it is: 1 is the first in line. */
  readonly line: number;
  readonly notes: readonly PendingEvent[];
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
    /** Where to go; the first is the one to open. */
    readonly links: readonly PageLink[];
    /** What the pager shows beside the sentence. */
    readonly details: Readonly<Record<string, string>>;
  }): Promise<boolean>;
  acknowledge(dedupKeys: readonly string[]): Promise<void>;
  resolve(dedupKeys: readonly string[]): Promise<void>;
}

export interface PageTools {
  readonly ledger: Ledger;
  readonly pager: CasePager;
  readonly responders: RespondersChannel;
}

/** @throws RunbookError PAGER_UNAVAILABLE when the pager did not take it: it is not done then */
export async function pagePerson({ ledger, pager, responders }: PageTools, run: PageRun): Promise<void> {
  const dedupKey = `${run.caseId}/${run.page}`;
  const [isTaken] = await Promise.all([
    pager.page({
      summary: pageWords(run.reason, { number: run.number, channel: responders.name }),
      dedupKey,
      severity: 'critical',
      line: run.line,
      links: responders.links,
      details: { case: String(run.number), channel: responders.name, reason: run.reason.kind },
    }),
    ledger.append(asDrafts(run.caseId, run.notes)),
  ]);
  if (!isTaken)
    throw new RunbookError('PAGER_UNAVAILABLE', `expected the pager to take page ${run.page} of case ${run.number}, it did not`);
  await ledger.append([
    {
      chain: run.caseId,
      key: `page/${run.page}`,
      actor: WORKER,
      event: { kind: 'person.paged', schemaVersion: 1, reason: run.reason, failure: null, dedupKey, delivered: true, line: run.line },
    },
  ]);
}

/** A responder took the case: the page is resolved, and no phone needs to ring. */
export async function acknowledgePages({ pager }: PageTools, run: { readonly caseId: CaseId; readonly pages: number }): Promise<void> {
  await pager.acknowledge(pageKeys(run.caseId, run.pages));
}

export const pageKeys = (caseId: CaseId, pages: number): string[] => Array.from({ length: pages }, (_, index) => `${caseId}/${index + 1}`);
