// One decision of a responder: who they are, what the directory says of them
// now, and what they say. Whether it counts is decided elsewhere; here it is
// stored, the signed action included, so that it can be checked again
// when a step runs on it, and by an auditor.
import { type DecisionEnvelope, planOf, type SignedEnvelope } from '../../domain/action.ts';
import type { ApproverFacts, DecisionAction } from '../../domain/approval.ts';
import { RunbookError } from '../../domain/errors.ts';
import type { ObjectId } from '../../domain/ids.ts';
import { mayStillCome } from '../microsoft/directory-reader.ts';
import { baselineOf } from '../steps/require-approval.ts';
import { approverFacts, unknownApprover } from './eligibility.ts';
import type { TriageResult, TriageRun, TriageTools } from './triage-types.ts';

export interface VerifiedDecision {
  readonly key: string;
  /** When it came in, by the clock of the process that signed it, ms. */
  readonly at: number;
  /** When it was stored, by the database's clock, ms. */
  readonly storedAt: number;
  /** When what it answers was shown (ms), where the action says so. */
  readonly shownAt: number | null;
  readonly act: DecisionAction;
  readonly person: ObjectId;
  readonly approver: ApproverFacts;
  /** Digest of the plan that was shown. */
  readonly plan: string | null;
  readonly code: string | null;
  readonly ticked: readonly string[] | null;
}

/** Verified, and not in the ledger yet. */
export type UnstoredDecision = Omit<VerifiedDecision, 'storedAt'>;

export async function verifyDecision(
  tools: TriageTools,
  run: TriageRun,
  signed: SignedEnvelope<DecisionEnvelope>,
): Promise<TriageResult<UnstoredDecision>> {
  const { envelope } = signed;
  const { key, act, values } = envelope;
  if (values.case !== run.caseId) return { kind: 'refused', code: 'wrong-case' };
  const person = await tools.people.objectIdOf(envelope.team, envelope.person);
  if (person === null) return { kind: 'refused', code: 'person-unknown' };
  const [approver, words] = await Promise.all([
    standingNow(tools, run, person),
    values.wordsSha256 === null ? null : tools.inbox.words(key, values.wordsSha256),
  ]);
  const plan = planOf(envelope);
  return {
    kind: 'accepted',
    words: values.wordsSha256 !== null,
    shown: null,
    value: {
      key,
      at: Date.parse(envelope.at),
      shownAt: envelope.act === 'resume' ? Date.parse(envelope.values.shownAt) : null,
      act,
      person,
      approver,
      plan,
      code: envelope.act === 'approve' ? envelope.values.code : null,
      ticked: envelope.act === 'revise' ? envelope.values.ticked : null,
    },
    entry: {
      chain: run.caseId,
      key: decisionKey(key),
      at: envelope.at,
      actor: `person/${person}`,
      event: { kind: 'decision.received', schemaVersion: 1, act, person, approver, plan, signed },
      ...(words === null || words === undefined ? {} : { attachments: [{ name: 'words', content: words }] }),
    },
  };
}

/** The ledger key of a decision. */
export const decisionKey = (key: string): string => `act/${key}`;

/** A directory that does not answer is asked again; on the last try the person has no authority. */
async function standingNow(tools: TriageTools, run: TriageRun, person: ObjectId): Promise<ApproverFacts> {
  const entries = await tools.ledger.entries(run.caseId);
  try {
    return await approverFacts(tools, person, baselineOf(entries));
  } catch (error) {
    // A fault of ours is no silence of the directory's.
    if (!(error instanceof RunbookError) || (!run.lastTry && mayStillCome(error))) throw error;
    return unknownApprover(person);
  }
}
