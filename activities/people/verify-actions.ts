// Verifies the actions of people before anything else happens: did a process of
// ours sign it, who are the people, is it about this account, and what kind of
// account is that. It returns facts; the workflow decides. An action that fails
// here leaves a refusal on the tenant's chain, and no call to Microsoft.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { isDecision, type SignedEnvelope } from '../../domain/action.ts';
import { ALARM } from '../../domain/alarm-words.ts';
import type { EnvelopeRefused } from '../../domain/case/events.ts';
import { caseWorkflowId, type ObjectId, objectId, tenantChain } from '../../domain/ids.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import type { EntryDraft } from '../../ledger/ledger.ts';
import { WORKER } from '../pending-events.ts';
import { requireCase } from '../require-case.ts';
import type { ShownRow } from './display-row.ts';
import { openCase } from './open-case.ts';
import type { OpenedCase, TriageResult, TriageRun, TriageTools } from './triage-types.ts';
import type { VerifiedAction } from './verified.ts';
import { decisionKey, type UnstoredDecision, type VerifiedDecision, verifyDecision } from './verify-decision.ts';
import { type VerifiedReport, verifyReport } from './verify-report.ts';

export interface VerifiedActions {
  readonly reports: readonly VerifiedReport[];
  readonly decisions: readonly VerifiedDecision[];
  readonly refused: number;
  readonly opened: OpenedCase | null;
}

export async function verifyActions(tools: TriageTools, run: TriageRun): Promise<VerifiedActions> {
  const subject = objectId(run.subject);
  if (!run.opening) await requireCase(tools.ledger, run.caseId, subject);
  const reports: VerifiedReport[] = [];
  const decisions: UnstoredDecision[] = [];
  const drafts: EntryDraft[] = [];
  const withWords: string[] = [];
  const rows: ShownRow[] = [];
  let refused = 0;
  for (const act of run.actions) {
    const verified = tools.inbox.verify(act);
    const judged = verified.kind === 'refused' ? verified : await judge(tools, run, subject, verified);
    if (judged.kind === 'refused') {
      refused += 1;
      await refuse(tools, run, act, judged.code);
      continue;
    }
    if ('what' in judged.value) reports.push(judged.value);
    else decisions.push(judged.value);
    if (judged.words) withWords.push(judged.value.key);
    if (judged.shown !== null) rows.push(judged.shown);
    drafts.push(judged.entry);
  }
  if (drafts.length === 0) return { reports, decisions: [], refused, opened: null };

  // In parallel to the ledger, and before the inbox erases the text: after a crash the same rows are stored again.
  const [{ opened, stored }] = await Promise.all([
    run.opening
      ? openCase(tools, run, { subject, reports, drafts }).then((opened) => ({ opened, stored: [] }))
      : tools.ledger.append(drafts).then((stored) => ({ opened: null, stored })),
    ...rows.map(({ key, content }) => tools.display.put(run.caseId, key, content)),
  ]);
  // Only now: a crash before this line finds the words still in the inbox.
  await Promise.all(withWords.map((key) => tools.inbox.empty(key)));
  return { reports, decisions: decisions.map((decision) => ({ ...decision, storedAt: storedAtOf(stored, decision) })), refused, opened };
}

function storedAtOf(stored: readonly StoredEntry[], { key }: UnstoredDecision): number {
  const entry = stored.find(({ content }) => content.key === decisionKey(key));
  if (entry === undefined) throw new TypeError('expected the decision to be stored, got no entry');
  return entry.storedAt;
}

async function judge(
  tools: TriageTools,
  run: TriageRun,
  subject: ObjectId,
  { signed, sha256 }: Extract<VerifiedAction, { kind: 'valid' }>,
): Promise<TriageResult<VerifiedReport | UnstoredDecision>> {
  const { envelope } = signed;
  // A withdrawal is for the delivery, before there is a case.
  if (envelope.act === 'withdraw') return { kind: 'refused', code: 'wrong-case' };
  if (!isDecision(envelope)) return verifyReport(tools, run, subject, { ...signed, envelope }, sha256);
  // Only a report starts a case.
  if (run.opening) return { kind: 'refused', code: 'wrong-case' };
  return verifyDecision(tools, run, { ...signed, envelope });
}

async function refuse(tools: TriageTools, run: TriageRun, act: SignedEnvelope, code: EnvelopeRefused['code']): Promise<void> {
  // The key of a failed action may be any text; the hash of its bytes names the entry, so that a retry adds no second one.
  const sha256 = createHash('sha256')
    .update(canonicalize(act) ?? '')
    .digest('hex');
  const [entry] = await tools.ledger.append([
    {
      chain: tenantChain(run.tenant),
      key: `refused/${run.caseId}/${sha256}`,
      actor: WORKER,
      event: {
        kind: 'envelope.refused',
        schemaVersion: 1,
        rowKey: sha256,
        code,
        workflowId: caseWorkflowId(run.tenant, objectId(run.subject)),
      },
    },
  ]);
  // Once for each action, without waiting for the pager: many forged actions must not delay a true one.
  // A person who is not in the table of people is no attack: the operator sees it in the ledger.
  if (entry?.existed === false && code !== 'person-unknown')
    void tools.alarm({
      reason: ALARM.messageRefused(code),
      dedupKey: `refused/${run.caseId}/${code}`,
    });
}
