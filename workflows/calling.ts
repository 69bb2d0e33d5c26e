// Calling people: a hold and its reasons, the next in line, and who is on it.
import type { LedgerEvent } from '../domain/evidence.ts';
import { type Held, type HoldEndedBecause, hasReason, holdAfter } from '../domain/hold.ts';
import { needsOf } from '../domain/needs.ts';
import type { PageReason } from '../domain/page.ts';
import { orCode, reading, type Scene } from './scene.ts';

/** Holds the case and calls a person. Nothing is undone and nothing more is changed. */
export async function hold(scene: Scene, what: Held): Promise<void> {
  putOnHold(scene, what);
  await callSomebody(scene, { kind: 'held', reasons: what.reasons, endsWith: what.endsWith }, 1);
}

/** Holds the case without a call: for somebody who is there and says so. */
export function putOnHold(scene: Scene, what: Held): void {
  rememberHold(scene, what);
  scene.book.note(`held/${scene.book.nextNumber()}`, heldFor(what));
}

/** For a hold that is on the record already. */
export function rememberHold({ book }: Scene, what: Held): void {
  const before = book.state.hold;
  // A look that finds the same again is no other hold: whoever is just saying go on means this one.
  const isNews =
    before === null || what.by !== null || what.reasons.some((reason) => reason.kind !== 'still-open' && !hasReason(before, reason));
  book.change({ hold: { ...holdAfter(before, what), since: isNews ? Date.now() : before.since } });
}

export const heldFor = ({ reasons, by, endsWith }: Held): LedgerEvent => ({
  kind: 'case.held',
  schemaVersion: 1,
  reasons,
  by,
  endsWith,
});

export function endHold({ book }: Scene, because: HoldEndedBecause, by: Held['by'] = null): void {
  if (book.state.hold === null) return;
  book.change({ hold: null });
  book.note(`hold/ended/${book.nextNumber()}`, { kind: 'hold.ended', schemaVersion: 1, because, by });
}

/** @param line whose turn it is: 1 is the first */
export async function callSomebody({ caseId, book }: Scene, reason: PageReason, line: number): Promise<void> {
  const page = book.state.pages + 1;
  book.change({ pages: page });
  await book
    .carry((notes) => reading(book.state)['person.page']({ caseId, number: book.state.number, page, reason, line, notes }))
    .catch((error: unknown) => {
      // A pager that cannot be reached is on the record as an undelivered page; the case itself goes on.
      book.note(`page/${page}/failed`, {
        kind: 'person.paged',
        schemaVersion: 1,
        reason,
        failure: orCode(error),
        dedupKey: `${caseId}/${page}`,
        delivered: false,
        line,
      });
    });
}

/** An account is open and people have to decide. Where they cannot do it here, somebody has to know all the more. */
export const callForPlan = (scene: Scene): Promise<void> =>
  callSomebody(scene, { kind: canDecide(scene) ? 'decide-containment' : 'block-by-hand' }, 1);

const canDecide = ({ book: { state } }: Scene): boolean => needsOf(state.account.kind, 'contain', state.policy.stricter)?.stepUp !== true;
