// The next activity stores the decisions and outcomes of the workflow in the
// ledger, so that they need no activity of their own. The first write of a key
// wins, so several activities may carry the same event.
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

/** The actor of entries that no person caused directly. */
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
