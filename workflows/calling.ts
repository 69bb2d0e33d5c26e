// Calling people: a hold and its reasons, the next in line, and who is on it.
import type { Hold } from '../domain/case-state.ts';
import type { LedgerEvent } from '../domain/evidence.ts';
import { orCode, reading, type Scene } from './scene.ts';

/** Holds the case and calls a person. Nothing is undone and nothing more is changed. */
export async function hold(scene: Scene, what: Hold): Promise<void> {
  putOnHold(scene, what);
  await callSomebody(scene, what.reasons.join(' '), 1);
}

/** Holds the case without a call: for somebody who is there and says so. */
export function putOnHold(scene: Scene, what: Hold): void {
  rememberHold(scene, what);
  scene.book.note(`held/${scene.book.version}`, heldFor(what));
}

/** For a hold that is on the record already. */
export function rememberHold({ book }: Scene, what: Hold): void {
  // A person's hold is not lifted by a look, whatever else holds the case.
  const endsWith = book.state.hold?.endsWith === 'person' ? 'person' : what.endsWith;
  book.change({ hold: { ...what, endsWith } });
}

export const heldFor = ({ reasons, by }: Hold): LedgerEvent => ({ kind: 'case.held', schemaVersion: 1, reasons, by });

export function endHold({ book }: Scene, because: string, by: Hold['by'] = null): void {
  if (book.state.hold === null) return;
  book.change({ hold: null });
  book.note(`hold/ended/${book.version}`, { kind: 'hold.ended', schemaVersion: 1, because, by });
}

/** @param line whose turn it is: 1 is the first */
export async function callSomebody({ caseId, book }: Scene, reason: string, line: number): Promise<void> {
  const page = book.state.pages + 1;
  book.change({ pages: page });
  await book
    .carry((notes) => reading(book.state)['person.page']({ caseId, number: book.state.number, page, reason, line, notes }))
    .catch((error: unknown) => {
      // A pager that cannot be reached is on the record as an undelivered page; the case itself goes on.
      book.note(`page/${page}/failed`, {
        kind: 'person.paged',
        schemaVersion: 1,
        reason: `${reason} (${orCode(error)})`,
        dedupKey: `${caseId}/${page}`,
        delivered: false,
        line,
      });
    });
}

export const callForPlan = (scene: Scene): Promise<void> =>
  callSomebody(scene, 'The closing of an account waits for a decision: approve or decline the plan.', 1);
