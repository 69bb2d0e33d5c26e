// Hazard: any client with access to Temporal's port can start a workflow. An activity
// runs only for a case in the ledger: opened by a verified report, about this account.
import { RunbookError } from '../domain/errors.ts';
import type { CaseId, ObjectId } from '../domain/ids.ts';
import type { StoredEntry } from '../ledger/entry.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** @throws RunbookError CASE_UNKNOWN */
export async function requireCase(ledger: Ledger, caseId: CaseId, subject: ObjectId): Promise<void> {
  requireCaseIn(await ledger.entries(caseId), subject);
}

/** @throws RunbookError CASE_UNKNOWN */
export function requireCaseIn([first]: readonly StoredEntry[], subject: ObjectId): void {
  if (first?.content.kind === 'case.opened' && first.content.body['subject'] === subject) return;
  throw new RunbookError('CASE_UNKNOWN', 'expected a case that the record opened about this account, found none');
}
