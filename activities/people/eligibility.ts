// What the directory, the baseline and the ledger say of a person who wants to
// decide. Read when the action is verified, and again before every step that runs
// on it: a person who left the group is no approver any more.
import type { ApproverFacts } from '../../domain/approval.ts';
import type { ObjectId } from '../../domain/ids.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { DirectoryReader } from '../microsoft/directory-reader.ts';
import type { StoredBaseline } from './baseline.ts';

export interface EligibilityTools {
  readonly ledger: Ledger;
  readonly reader: DirectoryReader;
  /** The group whose members may decide. */
  readonly approverGroup: ObjectId;
  readonly baseline: {
    latest(): Promise<StoredBaseline>;
    /** The one that was stored when a case was opened. */
    byDigest(digest: string): Promise<StoredBaseline>;
  };
}

/**
 * @param baselineDigest of the baseline that the case was opened with: who joined the group since then is not in it
 * @throws RunbookError when the directory does not answer
 */
export async function approverFacts(
  { ledger, reader, approverGroup, baseline }: EligibilityTools,
  person: ObjectId,
  baselineDigest: string,
): Promise<ApproverFacts> {
  const [now, before, ownCaseConfirmed] = await Promise.all([
    reader.personNow(person, approverGroup),
    baseline.byDigest(baselineDigest),
    ledger.wasContained(person),
  ]);
  return {
    person,
    inGroup: now.inGroup,
    inBaseline: before.baseline.approvers.includes(person),
    guest: now.guest,
    enabled: now.enabled,
    ownCaseConfirmed,
  };
}

/** The person is unknown: the directory did not answer. */
export const unknownApprover = (person: ObjectId): ApproverFacts => ({
  person,
  inGroup: null,
  inBaseline: false,
  guest: false,
  enabled: true,
  ownCaseConfirmed: false,
});
