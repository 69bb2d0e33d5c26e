// The shape of a step. Five moves, always in this order; the runner does the
// rest, so a step file holds only what is true of that one step.
import type { ObjectId } from '../../domain/ids.ts';
import type { Change, ContainingStep, Reading, Receipt, Undo, Verdict } from '../../domain/step.ts';
import type { Intent } from '../../ledger/intent.ts';

export interface Step<Door, Seen> {
  readonly name: ContainingStep;
  /** Reads what is about to change. */
  inspect(door: Door, subject: ObjectId): Promise<Reading<Seen>>;
  /** Pure. @returns null when there is nothing to change */
  plan(subject: ObjectId, seen: Seen): Change | null;
  /** The only move that writes. Calling it twice must do no harm. */
  apply(door: Door, intent: Intent): Promise<Receipt>;
  /** Reads afresh and compares with the change. */
  verify(door: Door, subject: ObjectId, change: Change): Promise<Verdict>;
  /** What `inspect` saw, said for a reader of the record. */
  say(seen: Seen): { readonly saw: string; readonly readAt: string };
}

/** For a change that cannot be taken back: the sentence is shown before anybody approves it. */
export const cannotUndo = (sentence: string): Undo => ({ kind: 'cannot', sentence });
