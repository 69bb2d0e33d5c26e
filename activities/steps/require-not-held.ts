// A hold stops a plan also where a step of it is under way: between two of its
// targets, before its first intent, and before another try. What was changed by
// then stays.
import { RunbookError } from '../../domain/errors.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import type { PendingEvent } from '../pending-events.ts';
import type { StepContext } from './step-context.ts';

/**
 * @param notes not in the ledger yet: the end of a hold may be among them
 * @throws RunbookError CASE_HELD
 */
export function requireNotHeld(entries: readonly StoredEntry[], notes: readonly PendingEvent[]): void {
  const stored = new Set(entries.map(({ content }) => content.key));
  const kinds = [
    ...entries.map(({ content }) => content.kind),
    ...notes.filter(({ key }) => !stored.has(key)).map(({ event }) => event.kind),
  ];
  const last = kinds.findLast((kind) => kind === 'case.held' || kind === 'hold.ended');
  if (last === 'case.held') throw new RunbookError('CASE_HELD', 'expected a case that is not on hold, found one that is');
}

/**
 * Reads the ledger again: a person may have placed a hold since the step began.
 * Steps that the policy orders continue.
 *
 * @throws RunbookError CASE_HELD
 */
export async function requireNotHeldNow<Seen>({ tools, run }: StepContext<Seen>): Promise<void> {
  if (run.order.kind === 'plan') requireNotHeld(await tools.ledger.entries(run.caseId), run.notes);
}
