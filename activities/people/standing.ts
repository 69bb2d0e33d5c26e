// What the directory, the baseline and the record say of somebody who wants to
// decide. Asked when the act is weighed, and again before every step that runs
// on it: an approver who left the group a minute ago is none.
import type { Standing } from '../../domain/approval.ts';
import type { ObjectId } from '../../domain/ids.ts';
import type { Ledger } from '../../ledger/open-ledger.ts';
import type { DirectoryReader } from '../graph/directory.ts';
import type { StoredBaseline } from './baseline.ts';

export interface StandingTools {
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
export async function standingOf(
  { ledger, reader, approverGroup, baseline }: StandingTools,
  person: ObjectId,
  baselineDigest: string,
): Promise<Standing> {
  const [now, before, containedThemselves] = await Promise.all([
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
    containedThemselves,
  };
}

/** Nobody can say who this is: the directory did not answer. */
export const unknownStanding = (person: ObjectId): Standing => ({
  person,
  inGroup: null,
  inBaseline: false,
  guest: false,
  enabled: true,
  containedThemselves: false,
});
