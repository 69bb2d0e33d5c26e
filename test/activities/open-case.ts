import { NOTHING_STRICTER } from '../../domain/approval-requirements.ts';
import type { CaseId, ObjectId } from '../../domain/ids.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';
import type { Ledger } from '../../ledger/ledger.ts';

/** The first entry of a case, as a weighed report leaves it. */
export async function openCase(ledger: Ledger, caseId: CaseId, subject: ObjectId): Promise<void> {
  await ledger.append([
    {
      chain: caseId,
      key: 'case/opened',
      actor: 'worker',
      event: {
        kind: 'case.opened',
        schemaVersion: 1,
        number: 1001,
        tenant: 't',
        subject,
        openedBy: 'k',
        baselineDigest: 'd',
        policy: { version: 'v', durations: DEFAULT_DURATIONS, stricter: NOTHING_STRICTER },
        phoneSha256: null,
      },
    },
  ]);
}
