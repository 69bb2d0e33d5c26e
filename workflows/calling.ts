// Calling people: a hold and its reasons, the next in line, and who is on it.
import type { LedgerEvent } from '../domain/evidence.ts';
import { type Held, type HoldEndedBecause, hasReason, holdAfter, sayReason } from '../domain/hold.ts';
import { needsOf } from '../domain/needs.ts';
import { orCode, reading, type Scene } from './scene.ts';

/** Holds the case and calls a person. Nothing is undone and nothing more is changed. */
export async function hold(scene: Scene, what: Held): Promise<void> {
  putOnHold(scene, what);
  const untilGoOn = what.endsWith === 'person' ? ['The case goes on when somebody says go on.'] : [];
  await callSomebody(scene, [...what.reasons.map(sayReason), ...untilGoOn].join(' '), 1);
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

/** An account is open and people have to decide. Where they cannot do it here, somebody has to know all the more. */
export const callForPlan = (scene: Scene): Promise<void> => callSomebody(scene, canDecide(scene) ? TO_DECIDE : TO_SHUT_BY_HAND, 1);

const TO_DECIDE = 'An account is open, and a plan waits for a decision: approve or decline it.';
const TO_SHUT_BY_HAND =
  'An account is open, and its plan cannot be approved here. Call the person; if it was somebody else, block sign-in and revoke sessions by hand.';

const canDecide = ({ book: { state } }: Scene): boolean => needsOf(state.account.kind, 'contain', state.policy.stricter)?.stepUp !== true;
