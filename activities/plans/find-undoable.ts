// Which change of a case an undo takes back: the newest one that a fresh read
// showed done, that can be taken back at all, and that nothing has taken back.
// Asked when the plan is drawn, and again when it runs: the two may be an hour
// and another undo apart.
import type { CaseId } from '../../domain/ids.ts';
import { type Change, type StepName, targetKey } from '../../domain/step.ts';
import type { StoredEntry } from '../../ledger/entry.ts';
import type { Intent } from '../../ledger/intent.ts';
import { intentFrom } from '../../ledger/read-intent.ts';
import { STEPS } from '../steps/registry.ts';

export interface Undoable {
  readonly step: StepName;
  /** The change that takes it back. */
  readonly change: Change;
  /** Hash of its intent. */
  readonly undoes: string;
}

interface Done {
  readonly hash: string;
  readonly intent: Intent;
}

/** @param ofPlan the attempt of the undo that asks: what came after it is not its to take back, and its own intents do not stand in its way */
export function findUndoable(entries: readonly StoredEntry[], caseId: CaseId, ofPlan = Number.POSITIVE_INFINITY): Undoable | null {
  const done = changesDone(entries, caseId);
  const undone = new Set(done.filter(({ intent }) => intent.attempt !== ofPlan).map(({ intent }) => intent.undoes));
  const open = done.findLast(
    ({ hash, intent }) => intent.attempt < ofPlan && intent.undoes === null && intent.change.undo.kind === 'can' && !undone.has(hash),
  );
  const change = open === undefined ? null : STEPS[open.intent.step].undo(open.intent.change);
  return open === undefined || change === null ? null : { step: open.intent.step, change, undoes: open.hash };
}

/** Every change that was intended and then seen. What was intended and refused has changed nothing, and is nothing to take back. */
function changesDone(entries: readonly StoredEntry[], caseId: CaseId): Done[] {
  const seen = new Set(entries.filter(({ content }) => content.kind === 'step.verified').map(({ content }) => content.key));
  return entries
    .filter(({ content }) => content.kind === 'step.intended')
    .map((entry) => ({ hash: entry.hash, intent: intentFrom(caseId, entry) }))
    .filter(({ intent: { attempt, step, change } }) => seen.has(`${attempt}/${step}/${targetKey(change.target)}/verified`));
}
