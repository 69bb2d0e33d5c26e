// A step of a plan runs only on approvals that hold at this moment. What a
// workflow says of them is not believed: the signed actions in the ledger are
// verified again, and the directory is asked again who these people are.
import { isDecision, planOf, type SignedEnvelope } from '../../domain/action.ts';
import { refusalKey, stillApproved } from '../../domain/approval.ts';
import { requirementsFor } from '../../domain/approval-requirements.ts';
import { RunbookError } from '../../domain/errors.ts';
import { type CaseId, isGuid, type ObjectId, objectId } from '../../domain/ids.ts';
import { type PlanContent, planCode, planKey } from '../../domain/plan.ts';
import { type Change, targetKey } from '../../domain/step.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import type { PendingEvent } from '../pending-events.ts';
import { approverFacts, type EligibilityTools } from '../people/eligibility.ts';
import type { VerifiedAction } from '../people/verified.ts';
import { accountFacts } from '../plans/account-facts.ts';
import { findUndoable } from '../plans/find-undoable.ts';
import { isOutdated, recordedPlan } from '../plans/plan-record.ts';

export interface ApprovalTools extends EligibilityTools {
  readonly people: { objectIdOf(team: string, person: string): Promise<ObjectId | null> };
  readonly inbox: { verify(act: unknown): VerifiedAction };
}

interface Asked {
  readonly entries: readonly StoredEntry[];
  /** Events that this step stores: a refusal may be among them. */
  readonly notes: readonly PendingEvent[];
  readonly caseId: CaseId;
  readonly subject: ObjectId;
  readonly digest: string;
  readonly attempt: number;
}

export const planIn = (entries: readonly StoredEntry[], caseId: CaseId, digest: string): PlanContent =>
  recordedPlan(entries, caseId, digest).content;

/**
 * The plan, when enough people who may still approve it have approved exactly this one.
 *
 * @throws RunbookError PLAN_DECLINED, APPROVAL_LOST, or PLAN_UNKNOWN for a plan or an attempt that the ledger does not know
 */
export async function requireApproval(
  tools: ApprovalTools,
  { entries, notes, caseId, subject, digest, attempt }: Asked,
): Promise<{ readonly plan: PlanContent; readonly undoes: string | null }> {
  const { content: plan, askedBy } = recordedPlan(entries, caseId, digest);
  if (plan.attempt !== attempt) throw new RunbookError('PLAN_UNKNOWN', `expected attempt ${plan.attempt} of this plan, got ${attempt}`);
  refuseVoid(entries, caseId, digest, plan);
  const undoes = undoneBy(entries, caseId, plan);
  // Worked out again from the first entries of the case: what a plan says of its own needs is not believed.
  const known = accountFacts(entries, subject);
  const needs = requirementsFor(known.account, plan.group, known.stricter);
  const persons = await approversIn(tools, entries, { notes, caseId, digest });
  const signers = await Promise.all(persons.map((person) => approverFacts(tools, person, baselineOf(entries))));
  const enough =
    needs !== null &&
    !needs.stepUp &&
    stillApproved(signers, { subject, reporters: reportersIn(entries) }, { askedBy, approvers: needs.approvers });
  if (!enough)
    throw new RunbookError('APPROVAL_LOST', `expected ${needs?.approvers ?? 'no'} people who may approve this plan now, found fewer`);
  return { plan, undoes };
}

/**
 * A replaced plan is void for good and gets no approvals any more. Until its first intent stands, a
 * no, its age or another version of itself voids it as well; afterwards these come too late, and a late no holds the case.
 */
function refuseVoid(entries: readonly StoredEntry[], caseId: CaseId, digest: string, plan: PlanContent): void {
  const begun = stands(entries, planKey(digest, 'begun'));
  if (!begun && stands(entries, planKey(digest, 'declined'))) {
    throw new RunbookError('PLAN_DECLINED', 'expected a plan that was not declined, found a declined one');
  }
  const aged = !begun && (stands(entries, planKey(digest, 'expired')) || isOutdated(entries, caseId, plan));
  if (aged || stands(entries, planKey(digest, 'replaced'))) {
    throw new RunbookError('APPROVAL_LOST', 'expected the plan that people are asked about now, found one whose place another has taken');
  }
}

const stands = (entries: readonly StoredEntry[], key: string): boolean => entries.some(({ content }) => content.key === key);

/**
 * Who approved exactly this plan, by actions that one of our processes signed. A
 * refused approval stays refused: it must not replace the approval of a person
 * who lost their eligibility.
 */
async function approversIn(
  { inbox, people }: ApprovalTools,
  entries: readonly StoredEntry[],
  { notes, caseId, digest }: Pick<Asked, 'notes' | 'caseId' | 'digest'>,
): Promise<ObjectId[]> {
  const said = new Set([...entries.map(({ content }) => content.key), ...notes.map(({ key }) => key)]);
  const actions = entries
    .filter(({ content: { kind, body } }) => kind === 'decision.received' && body['act'] === 'approve' && body['plan'] === digest)
    .flatMap(({ content }) => {
      const signed = content.body['signed'];
      return inbox.verify(signed).kind === 'valid' ? [(signed as SignedEnvelope).envelope] : [];
    })
    .filter(isDecision)
    .filter(
      (envelope) =>
        envelope.act === 'approve' &&
        !said.has(refusalKey(envelope.key)) &&
        envelope.values.case === caseId &&
        planOf(envelope) === digest &&
        envelope.values.code === planCode(digest),
    );
  const persons = await Promise.all(actions.map(({ team, person }) => people.objectIdOf(team, person)));
  return [...new Set(persons.filter((person) => person !== null))];
}

export function baselineOf([opened]: readonly StoredEntry[]): string {
  const digest = opened?.content.body['baselineDigest'];
  return typeof digest === 'string' ? digest : '';
}

export const reportersIn = (entries: readonly StoredEntry[]): ObjectId[] =>
  entries
    .filter(({ content }) => content.kind === 'report.received')
    .map(({ content }) => content.body['reporter'])
    .filter((reporter): reporter is string => typeof reporter === 'string' && isGuid(reporter))
    .map(objectId);

/** The intent that an undo takes back. @throws RunbookError APPROVAL_LOST when that is another one than people approved, or none any more */
function undoneBy(entries: readonly StoredEntry[], caseId: CaseId, { group, steps, attempt }: PlanContent): string | null {
  if (group !== 'undo') return null;
  const found = findUndoable(entries, caseId, attempt);
  const changes = steps.flatMap((planned) => planned.changes.map((change) => ({ step: planned.step, change })));
  const [only] = changes;
  const isIt = changes.length === 1 && found !== null && only?.step === found.step && isSame(only.change, found.change);
  if (isIt) return found.undoes;
  throw new RunbookError('APPROVAL_LOST', 'expected the change that this undo takes back to stand, found it taken back already');
}

const isSame = (one: Change, other: Change): boolean =>
  targetKey(one.target) === targetKey(other.target) && one.from === other.from && one.to === other.to;
