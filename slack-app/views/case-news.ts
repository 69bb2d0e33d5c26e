// News of a case, in the thread of its card. It is never updated, so it says only what cannot change later.
import type { CaseNews } from '../../domain/case/news.ts';
import type { CaseView } from '../../domain/case/view.ts';
import { holdReasonText } from '../../domain/hold.ts';
import { NEWS } from '../wording.ts';
import { type Message, plainMessage } from './message.ts';
import { utcTime } from './rich-text.ts';

export const newsMessage = ({ number, outsideReach }: Pick<CaseView, 'number' | 'outsideReach'>, news: CaseNews): Message =>
  plainMessage(`Case ${number}: ${sentence(news, outsideReach.length > 0)}`);

function sentence(news: CaseNews, isElsewhereToo: boolean): string {
  switch (news.kind) {
    case 'blocked':
      return NEWS.blocked(utcTime(news.at));
    case 'contained':
      return isElsewhereToo ? NEWS.containedHere(utcTime(news.at)) : NEWS.contained(utcTime(news.at));
    case 'on-hold':
      return NEWS.onHold(news.reasons.map(holdReasonText).join(' '));
    case 'plan-ready':
      return NEWS.planReady(news.group);
    case 'case-closed':
      return NEWS.caseClosed;
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
