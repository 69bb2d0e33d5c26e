// Holds: putting a case on hold, keeping the reasons, and ending the hold.
import type { LedgerEvent } from '../domain/case/events.ts';
import type { CaseState } from '../domain/case/state.ts';
import { type Held, type HoldEndedBecause, hasReason, holdAfter } from '../domain/hold.ts';
import type { PageReason } from '../domain/page-words.ts';
import type { CaseContext } from './case-context.ts';
import { pagePerson } from './paging.ts';

/** Puts the case on hold and pages a person. Nothing is undone and nothing more is changed. */
export async function hold(context: CaseContext, what: Held): Promise<void> {
  putOnHold(context, what);
  const endsWith = what.endsWith === 'recheck' ? 'recheck' : what.endsWith;
  await pagePerson(context, nothingBlocked(context.store.state) ?? { kind: 'on-hold', reasons: what.reasons, endsWith }, 1);
}

/** The policy leaves the account to people, and no step was applied. */
export function nothingBlocked({ decision, done, ordered, account }: CaseState): PageReason | null {
  if (decision.order.kind !== 'people' || ordered.length > 0 || Object.keys(done).length > 0) return null;
  return { kind: 'nothing-blocked', account: account.kind, protectedBecause: account.protectedBecause };
}

/** Puts the case on hold without a page: the person who asks for it is present. */
export function putOnHold(context: CaseContext, what: Held): void {
  rememberHold(context, what);
  context.store.note(`held/${context.store.nextNumber()}`, heldFor(what));
}

/** For a hold that is in the ledger already. */
export function rememberHold({ store }: CaseContext, what: Held): void {
  const before = store.state.hold;
  // A recheck that finds the same again is the same hold: a resume that is being sent is meant for it.
  const isNews =
    before === null || what.by !== null || what.reasons.some((reason) => reason.kind !== 'still-open' && !hasReason(before, reason));
  store.change({ hold: { ...holdAfter(before, what), since: isNews ? Date.now() : before.since } });
}

export const heldFor = ({ reasons, by, endsWith }: Held): LedgerEvent => ({
  kind: 'case.held',
  schemaVersion: 1,
  reasons,
  by,
  endsWith,
});

export function endHold({ store }: CaseContext, because: HoldEndedBecause, by: Held['by'] = null): void {
  if (store.state.hold === null) return;
  store.change({ hold: null });
  store.note(`hold/ended/${store.nextNumber()}`, { kind: 'hold.ended', schemaVersion: 1, because, by });
}
