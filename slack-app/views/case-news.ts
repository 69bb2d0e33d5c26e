// News of a case, in the thread of its card. It is never updated, so it says only what cannot change later.
import type { CaseNews } from '../../domain/case/news.ts';
import type { CaseView } from '../../domain/case/view.ts';
import { holdReasonText } from '../../domain/hold.ts';
import { NOT_CHECKED_WORDS } from '../../domain/not-checked.ts';
import { NEWS } from '../wording.ts';
import { type Message, plainMessage } from './message.ts';
import { utcTime } from './rich-text.ts';

export const newsMessage = (view: CaseView, news: CaseNews): Message => plainMessage(`Case ${view.number}: ${sentence(news, view)}`);

function sentence(news: CaseNews, { outsideReach, notChecked }: Pick<CaseView, 'outsideReach' | 'notChecked'>): string {
  const unchecked = notChecked.length === 0 ? '' : ` ${NEWS.notChecked(notChecked.map((code) => NOT_CHECKED_WORDS[code]).join('; '))}`;
  switch (news.kind) {
    case 'blocked':
      return NEWS.blocked(utcTime(news.at));
    case 'contained':
      return `${outsideReach.length > 0 ? NEWS.containedHere(utcTime(news.at)) : NEWS.contained(utcTime(news.at))}${unchecked}`;
    case 'on-hold':
      return NEWS.onHold(news.reasons.map(holdReasonText).join(' '));
    case 'plan-ready':
      return NEWS.planReady(news.group);
    case 'case-closed':
      return `${NEWS.caseClosed}${unchecked}`;
  }
}

/** Is it still true? Outdated news would mislead its readers. */
export function isCurrent({ heldFor, plans, outcome }: CaseView, news: CaseNews): boolean {
  switch (news.kind) {
    case 'on-hold':
      return outcome === null && heldFor.length > 0;
    case 'plan-ready':
      return outcome === null && plans.some(({ digest, state }) => digest === news.digest && state === 'asked');
    default:
      return true;
  }
}
