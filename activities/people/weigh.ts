// Weighs what people sent before anything is done with it: was it signed by a
// process of ours, who are the people, is it about this account, and what kind
// of account is that. It returns facts; the workflow decides. An act that fails
// here leaves a refusal on the tenant's chain, and no call to Microsoft.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { type AccountFacts, type AccountJudgement, type Baseline, judgeAccount, protectedBecause } from '../../domain/account.ts';
import type { EnvelopeRefused, ReportReceived } from '../../domain/evidence.ts';
import { type CaseId, caseWorkflowId, type ObjectId, objectId, type TenantId, tenantChain } from '../../domain/ids.ts';
import type { PolicySnapshot, ReportedBy } from '../../domain/policy.ts';
import type { SignedEnvelope, WhatHappened } from '../../domain/report.ts';
import type { BlindSpot, RawAnswer } from '../../domain/step.ts';
import type { EntryDraft, Ledger } from '../../ledger/open-ledger.ts';
import { blindSpotOf, type DirectoryReader, mayStillCome } from '../graph/directory.ts';
import { attached, WORKER } from '../notes.ts';
import { requireOpened } from '../opened.ts';
import type { StoredBaseline } from './baseline.ts';

export interface WeighRun {
  readonly tenant: TenantId;
  readonly subject: string;
  readonly caseId: CaseId;
  readonly acts: readonly SignedEnvelope[];
  /** False once the case has been opened: the account was learned then. */
  readonly opening: boolean;
  /** When no further try will come, roles that cannot be read are a blind spot. */
  readonly lastTry: boolean;
}

export interface WeighedReport {
  readonly key: string;
  readonly reporter: ObjectId;
  readonly reportedBy: ReportedBy;
  readonly what: WhatHappened;
  readonly receivedAt: string;
}

export interface OpenedCase {
  readonly number: number;
  readonly openedAt: number;
  readonly account: AccountJudgement;
  readonly policy: PolicySnapshot;
  readonly provenBreakGlass: readonly ObjectId[];
  readonly administrators: readonly ObjectId[];
}

export interface Weighed {
  readonly reports: readonly WeighedReport[];
  readonly refused: number;
  readonly opened: OpenedCase | null;
}

type RefusalCode = EnvelopeRefused['code'];

export type VerifiedAct = { readonly kind: 'valid'; readonly sha256: string } | { readonly kind: 'refused'; readonly code: RefusalCode };

export interface WeighTools {
  readonly ledger: Ledger;
  readonly reader: DirectoryReader;
  /** Slack id to directory object id, from the confirmed table. */
  readonly people: { objectIdOf(team: string, person: string): Promise<ObjectId | null> };
  readonly baseline: { latest(): Promise<StoredBaseline> };
  readonly inbox: {
    /** Signature, shape and workspace of one act. */
    verify(act: SignedEnvelope): VerifiedAct;
    /** The free words that came with it, opened; null when they are gone or are not the ones the envelope names. */
    words(key: string, sealedSha256: string): Promise<unknown>;
    /** Forget the words: from now on the record keeps them. */
    empty(key: string): Promise<void>;
  };
  /** The policy of this installation: a snapshot of it goes into every case. */
  readonly policy: PolicySnapshot;
  readonly alarm: (what: { readonly reason: string; readonly dedupKey: string }) => Promise<void>;
}

export async function weigh(tools: WeighTools, run: WeighRun): Promise<Weighed> {
  const subject = objectId(run.subject);
  if (!run.opening) await requireOpened(tools.ledger, run.caseId, subject);
  const drafts: EntryDraft[] = [];
  const reports: WeighedReport[] = [];
  const withWords: string[] = [];
  let refused = 0;
  for (const act of run.acts) {
    const judged = await judge(tools, run, subject, act);
    if (judged.kind === 'refused') {
      refused += 1;
      await refuse(tools, run, act, judged.code);
      continue;
    }
    reports.push(judged.report);
    if (act.envelope.values.wordsSha256 !== null) withWords.push(judged.report.key);
    drafts.push(await received(tools, run, act, judged));
  }
  if (reports.length === 0) return { reports, refused, opened: null };

  const opened = run.opening ? await open(tools, run, subject, reports, drafts) : null;
  if (opened === null) await tools.ledger.append(drafts);
  // Only now: a crash before this line finds the words still in the inbox.
  await Promise.all(withWords.map((key) => tools.inbox.empty(key)));
  return { reports, refused, opened };
}

type Judged =
  | { readonly kind: 'refused'; readonly code: RefusalCode }
  | { readonly kind: 'accepted'; readonly report: WeighedReport; readonly sha256: string };

async function judge(tools: WeighTools, run: WeighRun, subject: ObjectId, act: SignedEnvelope): Promise<Judged> {
  const verified = tools.inbox.verify(act);
  if (verified.kind === 'refused') return verified;
  const { envelope } = act;
  const reporter = await tools.people.objectIdOf(envelope.team, envelope.person);
  const about = envelope.values.about === null ? reporter : await tools.people.objectIdOf(envelope.team, envelope.values.about);
  if (reporter === null || about === null || about !== subject) return { kind: 'refused', code: 'wrong-case' };
  if (await handledElsewhere(tools.ledger, run.caseId, envelope.key)) return { kind: 'refused', code: 'replayed' };
  return {
    kind: 'accepted',
    sha256: verified.sha256,
    report: {
      key: envelope.key,
      reporter,
      reportedBy: reporter === subject ? 'subject' : 'colleague',
      what: envelope.values.what,
      receivedAt: envelope.at,
    },
  };
}

const reportKey = (key: string): string => `report/${key}`;

/** A report that an earlier case has recorded must not open or feed another one. */
async function handledElsewhere(ledger: Ledger, caseId: CaseId, key: string): Promise<boolean> {
  if (!(await ledger.knows(reportKey(key), 'report.received'))) return false;
  const own = await ledger.entries(caseId);
  return !own.some((entry) => entry.content.key === reportKey(key));
}

async function received(
  tools: WeighTools,
  run: WeighRun,
  { envelope, keyId }: SignedEnvelope,
  { report, sha256 }: Extract<Judged, { kind: 'accepted' }>,
): Promise<EntryDraft> {
  const { wordsSha256 } = envelope.values;
  const event: ReportReceived = {
    kind: 'report.received',
    schemaVersion: 1,
    reportKey: report.key,
    reporter: report.reporter,
    reportedBy: report.reportedBy,
    what: report.what,
    when: envelope.values.when,
    channel: envelope.channel,
    receivedAt: envelope.at,
    envelopeSha256: sha256,
    signedBy: keyId,
    wordsSha256,
  };
  const words = wordsSha256 === null ? null : await tools.inbox.words(report.key, wordsSha256);
  return {
    chain: run.caseId,
    key: reportKey(report.key),
    at: envelope.at,
    actor: `person/${report.reporter}`,
    event,
    ...(words === null || words === undefined ? {} : { attachments: [{ name: 'words', content: words }] }),
  };
}

async function open(
  tools: WeighTools,
  run: WeighRun,
  subject: ObjectId,
  reports: readonly WeighedReport[],
  drafts: readonly EntryDraft[],
): Promise<OpenedCase> {
  const baseline = await tools.baseline.latest();
  const [learned, file] = await Promise.all([
    learn(tools, run, subject, baseline.federatedDomains),
    tools.ledger.openCase({ caseId: run.caseId, tenant: run.tenant, subject, workflowId: caseWorkflowId(run.tenant, subject) }),
  ]);
  const account = judged(learned, subject, baseline.baseline);
  const openedBy = reports[0]?.key ?? '';
  await tools.ledger.append([
    {
      chain: run.caseId,
      key: 'case/opened',
      actor: WORKER,
      event: {
        kind: 'case.opened',
        schemaVersion: 1,
        number: file.number,
        tenant: run.tenant,
        subject,
        openedBy,
        baselineDigest: baseline.baseline.digest,
        policy: tools.policy,
      },
    },
    ...drafts,
    {
      chain: run.caseId,
      key: 'account/learned',
      actor: WORKER,
      event: {
        kind: 'account.learned',
        schemaVersion: 1,
        account: account.kind,
        protectedBecause: account.protectedBecause,
        outsideReach: account.outsideReach,
        enabled: learned.facts?.enabled ?? null,
        blindSpots: learned.blindSpots,
      },
      attachments: attached(learned.answers),
    },
  ]);
  return {
    number: file.number,
    openedAt: file.openedAt,
    account,
    policy: tools.policy,
    provenBreakGlass: baseline.baseline.provenBreakGlass,
    administrators: baseline.baseline.administrators,
  };
}

interface Learned {
  readonly facts: AccountFacts | null;
  readonly blindSpots: readonly BlindSpot[];
  readonly answers: readonly RawAnswer[];
}

/** The account, or the blind spots it left: closing an account must not wait for a reader that has lost its rights or gets no answer. */
async function learn(tools: WeighTools, run: WeighRun, subject: ObjectId, federated: readonly string[]): Promise<Learned> {
  try {
    const { value, answers } = await tools.reader.learnAccount(subject, federated, run.lastTry ? 'none' : 'more');
    return { ...value, answers };
  } catch (error) {
    const spot = blindSpotOf('account', error);
    if (spot === null || (!run.lastTry && mayStillCome(error))) throw error;
    return { facts: null, blindSpots: [spot, { what: 'roles', why: spot.why }], answers: [] };
  }
}

/**
 * Whose roles could not be read may be anybody: such an account is treated as a
 * privileged one. A licence that is missing means there are no such roles.
 */
function judged({ facts, blindSpots }: Learned, subject: ObjectId, baseline: Baseline): AccountJudgement {
  if (facts === null) {
    const because = protectedBecause(subject, baseline);
    return { kind: because === null ? 'privileged' : 'protected', protectedBecause: because, outsideReach: [] };
  }
  const account = judgeAccount(facts, baseline);
  const unknownRoles = blindSpots.some((spot) => spot.what === 'roles' || (spot.what === 'eligible roles' && spot.why !== 'licence'));
  return account.kind === 'ordinary' && unknownRoles ? { ...account, kind: 'privileged' } : account;
}

async function refuse(tools: WeighTools, run: WeighRun, act: SignedEnvelope, code: RefusalCode): Promise<void> {
  // The key of an act that fails may be anything; its own bytes name it, so that a second try leaves one entry.
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
  // Once for each act, and nobody waits for the pager: a flood of forged acts must not hold up the true one among them.
  if (entry?.existed === false)
    void tools.alarm({
      reason: `A message that claims to be a person's act was refused (${code}).`,
      dedupKey: `refused/${run.caseId}/${code}`,
    });
}
