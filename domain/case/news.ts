// Changes of a case that are posted as separate messages, because Slack notifies no one of an edited card. Each is named
// by the entry that caused it, so it is posted once.

import { type Held, type HoldReason, hasReason, holdAfter } from '../hold.ts';
import type { PlanKind } from '../plan.ts';
import type { LedgerEvent, Outcome } from './events.ts';

export type News =
  | { readonly kind: 'blocked'; readonly at: number }
  | { readonly kind: 'contained'; readonly at: number }
  | { readonly kind: 'on-hold'; readonly reasons: readonly HoldReason[] }
  | { readonly kind: 'plan-ready'; readonly group: PlanKind; readonly digest: string }
  | { readonly kind: 'case-closed'; readonly outcome: Outcome };

/** @param seq of the entry that caused it */
export type CaseNews = News & { readonly seq: number };

export function newsOf(entries: readonly { readonly seq: number; readonly storedAt: number; readonly event: LedgerEvent }[]): CaseNews[] {
  const news: CaseNews[] = [];
  let held: Held | null = null;
  for (const { seq, storedAt, event } of entries) {
    switch (event.kind) {
      case 'account.blocked':
        news.push({ kind: 'blocked', at: Date.parse(event.blockedAt), seq });
        break;
      case 'account.contained':
        news.push({ kind: 'contained', at: storedAt, seq });
        break;
      case 'case.held': {
        const before: Held | null = held;
        // A recheck that finds the same again is no news.
        const reasons = before === null ? event.reasons : event.reasons.filter((reason) => !hasReason(before, reason));
        if (reasons.length > 0) news.push({ kind: 'on-hold', reasons, seq });
        held = holdAfter(before, event);
        break;
      }
      case 'hold.ended':
        held = null;
        break;
      case 'plan.made':
        // A plan that only replaces an undecided one is no news: its prompt and the scheduled pages ask about it.
        if (event.revision === 1 && event.because !== 'plan-expired')
          news.push({ kind: 'plan-ready', group: event.group, digest: event.digest, seq });
        break;
      case 'case.closed':
        news.push({ kind: 'case-closed', outcome: event.outcome, seq });
        break;
      default:
    }
  }
  return news;
}
