// Decisions and outcomes of the workflow ride into the record as notes of the
// next activity, instead of costing an activity of their own. The first write
// of a key wins, so the same note may ride with several activities.
import type { LedgerEvent } from '../domain/case/events.ts';
import type { CaseId } from '../domain/ids.ts';
import type { RawAnswer } from '../domain/step.ts';
import type { EntryDraft } from '../ledger/ledger.ts';

export interface PendingEvent {
  readonly key: string;
  /** When it was decided, ISO, by the workflow's clock. */
  readonly at: string;
  readonly event: LedgerEvent;
}

/** Who acts in entries that no person caused directly. */
export const WORKER = 'worker';
export const RUNBOOK = 'runbook';

export const asDrafts = (caseId: CaseId, notes: readonly PendingEvent[]): EntryDraft[] =>
  notes.map(({ key, at, event }) => ({ chain: caseId, key, at, actor: RUNBOOK, event }));

/** Raw answers as sealed attachments, each under a name of its own. */
export const attached = (answers: readonly RawAnswer[]): NonNullable<EntryDraft['attachments']> =>
  answers.map((answer, index) => ({
    name: `${String(index + 1).padStart(2, '0')}-${answer.name}`,
    content: answer.body,
    about: { url: answer.url, requestId: answer.requestId, date: answer.date },
  }));
