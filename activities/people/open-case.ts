// Opens the case with the first report that is believed: learns the account and
// writes down what was found, before anything follows from it.
import { type AccountFacts, type AccountJudgement, type Baseline, judgeAccount, protectedBecause } from '../../domain/account.ts';
import { caseWorkflowId, type ObjectId } from '../../domain/ids.ts';
import { SHOWN_PHONE_KEY } from '../../domain/report.ts';
import type { BlindSpot, RawAnswer } from '../../domain/step.ts';
import type { EntryDraft } from '../../ledger/ledger.ts';
import { blindSpotOf, mayStillCome } from '../microsoft/directory-reader.ts';
import { attached, WORKER } from '../pending-events.ts';
import { type ShownRow, shownRow } from './display-row.ts';
import type { OpenedCase, TriageRun, TriageTools } from './triage-types.ts';
import type { VerifiedReport } from './verify-report.ts';

/** Gives the case its number and its first entries, in one round trip. Safe to repeat. */
export async function openCase(
  tools: TriageTools,
  run: TriageRun,
  {
    subject,
    reports,
    drafts,
  }: { readonly subject: ObjectId; readonly reports: readonly VerifiedReport[]; readonly drafts: readonly EntryDraft[] },
): Promise<OpenedCase> {
  const baseline = await tools.baseline.latest();
  const [learned, phone, file] = await Promise.all([
    learn(tools, run, subject, baseline.federatedDomains),
    phoneOf(tools, run, subject),
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
        phoneSha256: phone?.sha256 ?? null,
      },
      ...(phone === null ? {} : { attachments: [{ name: 'phone', content: phone.content }] }),
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

/** The number by which the subject is called: of the table of people, never one that came with a report. */
async function phoneOf({ people, ledger, display }: TriageTools, { caseId }: TriageRun, subject: ObjectId): Promise<ShownRow | null> {
  const phone = await people.phoneOf(subject);
  if (phone === null) return null;
  const row = await shownRow(ledger, caseId, SHOWN_PHONE_KEY, { phone });
  await display.put(caseId, row.key, row.content);
  return row;
}

interface Learned {
  readonly facts: AccountFacts | null;
  readonly blindSpots: readonly BlindSpot[];
  readonly answers: readonly RawAnswer[];
}

/** The account, or the blind spots it left: blocking an account must not wait for a reader that has lost its rights or gets no answer. */
async function learn(tools: TriageTools, run: TriageRun, subject: ObjectId, federated: readonly string[]): Promise<Learned> {
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
 * An account whose roles could not be read is treated as a
 * privileged one. A licence that is missing means there are no such roles.
 */
function judged({ facts, blindSpots }: Learned, subject: ObjectId, baseline: Baseline): AccountJudgement {
  if (facts === null) {
    const because = protectedBecause(subject, baseline);
    return { kind: because === null ? 'privileged' : 'protected', protectedBecause: because, outsideReach: [] };
  }
  const account = judgeAccount(facts, baseline);
  const unknownRoles = blindSpots.some((spot) => spot.what === 'roles' || (spot.what === 'eligible-roles' && spot.why !== 'licence'));
  return account.kind === 'ordinary' && unknownRoles ? { ...account, kind: 'privileged' } : account;
}
