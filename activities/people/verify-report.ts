// One report: who says so, about whose account, and is it new.
import { z } from 'zod';
import type { ReportEnvelope, SignedEnvelope } from '../../domain/action.ts';
import type { ReportReceived } from '../../domain/case/events.ts';
import type { CaseId, ObjectId } from '../../domain/ids.ts';
import type { ReportedBy } from '../../domain/policy.ts';
import { shownWordsKey, type WhatHappened } from '../../domain/report.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { type ShownRow, shownRow } from './display-row.ts';
import type { TriageResult, TriageRun, TriageTools } from './triage-types.ts';

export interface VerifiedReport {
  readonly key: string;
  readonly reporter: ObjectId;
  readonly reportedBy: ReportedBy;
  readonly what: WhatHappened;
  readonly receivedAt: string;
}

export async function verifyReport(
  tools: TriageTools,
  run: TriageRun,
  subject: ObjectId,
  { envelope, keyId }: SignedEnvelope<ReportEnvelope>,
  sha256: string,
): Promise<TriageResult<VerifiedReport>> {
  const { key, team, person, values } = envelope;
  const reporter = await tools.people.objectIdOf(team, person);
  const about = values.about === null ? reporter : await tools.people.objectIdOf(team, values.about);
  if (reporter === null || about === null || about !== subject) return { kind: 'refused', code: 'wrong-case' };
  if (await handledElsewhere(tools.ledger, run.caseId, key)) return { kind: 'refused', code: 'replayed' };
  const words = await wordsOf(tools, run.caseId, key, values.wordsSha256);
  const reportedBy: ReportedBy = reporter === subject ? 'subject' : 'colleague';
  const event: ReportReceived = {
    kind: 'report.received',
    schemaVersion: 1,
    reportKey: key,
    reporter,
    reportedBy,
    what: values.what,
    when: values.when,
    channel: envelope.channel,
    receivedAt: envelope.at,
    envelopeSha256: sha256,
    signedBy: keyId,
    wordsSha256: values.wordsSha256,
    shownSha256: words?.sha256 ?? null,
  };
  return {
    kind: 'accepted',
    words: values.wordsSha256 !== null,
    shown: words,
    value: { key, reporter, reportedBy, what: values.what, receivedAt: envelope.at },
    entry: {
      chain: run.caseId,
      key: reportKey(key),
      at: envelope.at,
      actor: `person/${reporter}`,
      event,
      ...(words === null ? {} : { attachments: [{ name: 'words', content: words.content }] }),
    },
  };
}

const text = z.string().nullable();
/** As the process that received the report sealed them. */
const WORDS = z.strictObject({ contacted: text, more: text, reach: text });

/** Null when nothing was written, or it cannot be opened: the report stands all the same. */
async function wordsOf({ inbox, ledger }: TriageTools, caseId: CaseId, key: string, sealedSha256: string | null): Promise<ShownRow | null> {
  if (sealedSha256 === null) return null;
  const words = WORDS.safeParse(await inbox.words(key, sealedSha256));
  return words.success ? shownRow(ledger, caseId, shownWordsKey(key), words.data) : null;
}

const reportKey = (key: string): string => `report/${key}`;

/** A report that an earlier case has recorded must not open or feed another one. */
async function handledElsewhere(ledger: Ledger, caseId: CaseId, key: string): Promise<boolean> {
  if (!(await ledger.knows(reportKey(key), 'report.received'))) return false;
  const own = await ledger.entries(caseId);
  return !own.some((entry) => entry.content.key === reportKey(key));
}
