// Both times of a blocked account, in one or two lines. The first says when a
// fresh read showed it blocked, the second until when a session inside may last.
// The second is always shown: "blocked" alone sounds safer than it is.
import type { CaseView } from '../../domain/case/view.ts';
import { CARD } from '../wording.ts';
import { dateElement, type Piece, strong } from './rich-text.ts';
import { isHeld, statusOf } from './status.ts';

export function effectiveLine(view: CaseView, nowMs: number): Piece[][] {
  if (view.state === 'released') return [[CARD.released]];
  if (view.blockedAt === null || view.effectiveBy === null) {
    // The lines about the protected account say it.
    if (view.account === 'protected') return [];
    if (view.order?.kind === 'people' && view.steps.length === 0) return [[strong(CARD.nothingOrdered)]];
    if (view.steps.length === 0) return [[CARD.nothingOrdered]];
    return [[statusOf(view) === 'waiting-for-person' ? CARD.bothClocksUndecided : CARD.bothClocksUnknown]];
  }
  const blocked: Piece[] = [strong('Blocked '), dateElement(view.blockedAt), '. '];
  const until = dateElement(view.effectiveBy);
  const seen = seenMeanwhile(view, view.blockedAt, view.effectiveBy);
  switch (statusOf(view)) {
    case 'contained':
    case 'contained-here-only':
      return [
        [
          ...blocked,
          'The last session inside Microsoft could last until ',
          until,
          `; no attacker activity was seen after that; ${CARD.otherApps}`,
        ],
        ...seen,
      ];
    case 'blocked-not-all-checked':
      return [
        [
          ...blocked,
          'The last session inside Microsoft could last until ',
          until,
          `; whether there was activity after that could not be checked; ${CARD.otherApps}`,
        ],
        ...seen,
      ];
    case 'blocked-attacker-seen':
      return [
        [...blocked, 'The last session inside Microsoft could last until ', until, `; ${CARD.seenInside}; ${CARD.otherApps}`],
        ...seen,
      ];
    default: {
      if (nowMs < view.effectiveBy)
        return [[...blocked, 'A session inside Microsoft may last until ', until, `; ${CARD.otherApps}`], ...seen];
      const logs = isHeld(view) ? '' : ' the logs of that time are still to be read;';
      return [[...blocked, 'The last session inside Microsoft could last until ', until, `;${logs} ${CARD.otherApps}`], ...seen];
    }
  }
}

function seenMeanwhile({ activityWhileContaining: actions }: CaseView, blockedAt: number, until: number): Piece[][] {
  if (actions === 0) return [];
  const seen = actions === 1 ? 'One activity of this account was seen' : `${actions} activities of this account were seen`;
  return [[strong(seen), ' between ', dateElement(blockedAt), ' and ', dateElement(until), '.']];
}
