// The prompt of a plan: one message, rendered anew as the plan progresses. The plan code is shown directly above the
// Approve button, and nowhere else. A button is shown only while it can still count.
import type { ActionsBlock, Button, KnownBlock, RichTextBlock } from '@slack/types';
import type { PlanState } from '../../domain/approval.ts';
import { URGENCY } from '../../domain/approval-requirements.ts';
import type { CaseView } from '../../domain/case/view.ts';
import { PLAN_KIND_NAME } from '../../domain/labels.ts';
import type { PlanView } from '../../domain/plan-view.ts';
import {
  approversNeeded,
  BECAUSE,
  BUTTON,
  notApprovedHere,
  PLAN,
  PLAN_STATE,
  planAge,
  planCodeLine,
  planOf,
  planReference,
  question,
  replacedWords,
} from '../plan-wording.ts';
import { APPROVE_PLAN, CHANGE_PLAN, DECLINE_PLAN, planValue } from './action-ids.ts';
import type { Message } from './message.ts';
import type { Names } from './person.ts';
import { personPieces } from './person.ts';
import { decidedLines, hasNamedItems, type Labels, planLines, tickedCount } from './plan-lines.ts';
import { plain } from './report-modal.ts';
import { dateElement, line, type Piece, paragraph, richText, strong } from './rich-text.ts';
import { isHeld } from './status.ts';

type Elements = RichTextBlock['elements'];

export function planPrompt(view: CaseView, caseId: string, plan: PlanView, labels: Labels, names: Names): Message {
  const state = stateOf(view, plan);
  return {
    text: `Case ${view.number}: ${sentence(plan, state, labels)}`,
    blocks: [
      { type: 'header', text: plain(`Case ${view.number}: ${PLAN_KIND_NAME[plan.group]} plan, ${PLAN_STATE[state]}`) },
      richText(...(state === 'asked' ? asking(view, plan, labels, names) : decided(view, plan, state, labels, names))),
      { type: 'context', elements: [plain(planReference(plan.digest, plan.revision))] },
      ...buttons(caseId, plan, state, labels),
    ],
  };
}

/** A closed case asks for no decision. */
const stateOf = ({ outcome }: CaseView, { state }: PlanView): PlanState => (state === 'asked' && outcome !== null ? 'expired' : state);

/** For notifications and screen readers. */
function sentence(plan: PlanView, state: PlanState, labels: Labels): string {
  const what = planOf(plan.group);
  switch (state) {
    case 'asked':
      if (plan.needs.stepUp) return `${what} cannot be approved in Slack.`;
      if (labels === null) return `${what} cannot be approved in Slack now.`;
      return `${what} needs ${plan.needs.approvers === 1 ? 'an approver' : missingOf(plan) === 1 ? 'one more approver' : 'two approvers'}.`;
    case 'approved':
      return `${what} is approved.`;
    case 'begun':
      return `${what} is under way.`;
    case 'done':
      return `${what} is carried out.`;
    case 'declined':
      return `${what} was declined.`;
    case 'expired':
      return `${what} was not decided in time.`;
    case 'replaced':
      return `${what} was replaced.`;
  }
}

const missingOf = ({ needs, approvedBy }: PlanView): number => needs.approvers - approvedBy.length;

const asking = (view: CaseView, plan: PlanView, labels: Labels, names: Names): Elements => [
  line(strong(question(plan.group, tickedCount(plan), view.waitsForRatification))),
  accountLine(view, names),
  ...notHere(plan, labels),
  paragraph(URGENCY[plan.group].words, ...because(plan, names)),
  ...planLines(plan, labels, mayChange(plan, labels) ? 'open' : 'fixed'),
  ...(mayApprove(plan, labels) ? needed(view, plan, names) : []),
];

const mayApprove = ({ needs }: PlanView, labels: Labels): boolean => !needs.stepUp && labels !== null;
const mayChange = (plan: PlanView, labels: Labels): boolean => mayApprove(plan, labels) && hasNamedItems(plan);

/** Shown first, so that no one reads a plan that they cannot approve. */
function notHere({ group, needs }: PlanView, labels: Labels): Elements {
  if (needs.stepUp) return [paragraph(strong(notApprovedHere(group)))];
  return labels === null ? [paragraph(strong(PLAN.namesUnsure))] : [];
}

const because = ({ because: why, askedBy }: PlanView, names: Names): Piece[] => [
  ...(why === 'requested' && askedBy !== null ? [] : [' ', BECAUSE[why]]),
  ...(askedBy === null ? [] : [' ', PLAN.askedBy, ...personPieces(askedBy, names), '.']),
];

const accountLine = (view: CaseView, names: Names): Elements[number] => line('Account: ', ...personPieces(view.subject, names));

function needed(view: CaseView, plan: PlanView, names: Names): Elements {
  const { askedBy, approvedBy, needs } = plan;
  return [
    ...(approvedBy.length === 0 ? [] : [line(strong(PLAN.approvedSoFar), ...approvers(plan, names), '.')]),
    line(approversNeeded({ approvers: needs.approvers, missing: missingOf(plan), askedFor: askedBy !== null })),
    // A case on hold makes no new plan, so there is no deadline to show.
    isHeld(view) ? line(strong(PLAN.held)) : line(...until(plan.group, dateElement(plan.madeAt + view.durations.planLifeMs))),
  ];
}

/** A release has no deadline for people: it is only made anew then. */
const until = (group: PlanView['group'], when: Piece): Piece[] =>
  group === 'release' ? [PLAN.unanswered, when, PLAN.isAnew] : [PLAN.answerBy, when, PLAN.thenAnew];

function decided(view: CaseView, plan: PlanView, state: Exclude<PlanState, 'asked'>, labels: Labels, names: Names): Elements {
  const approved = plan.approvedBy.length === 0 ? [] : [line(strong(PLAN.approvedBy), ...approvers(plan, names), '.')];
  switch (state) {
    case 'approved':
    case 'begun':
      return [
        ...approved,
        isHeld(view) ? line(strong(PLAN.heldMeanwhile)) : line(PLAN.toStop),
        accountLine(view, names),
        ...decidedLines(plan, labels, 'progress'),
      ];
    case 'done':
      return [...approved, accountLine(view, names), ...decidedLines(plan, labels, 'progress')];
    case 'declined':
      return [
        line(
          ...(plan.declinedBy === null ? [] : [strong(PLAN.declinedBy), ...personPieces(plan.declinedBy, names), '. ']),
          PLAN.nothingDone,
        ),
        accountLine(view, names),
        line(PLAN.asWas),
        ...decidedLines(plan, labels, 'plan'),
      ];
    case 'expired':
      return [
        line(strong(PLAN.expired), PLAN.nothingDone, ...(view.outcome === null ? [PLAN.askedAnew] : [])),
        accountLine(view, names),
        line(PLAN.asWas),
        ...decidedLines(plan, labels, 'plan'),
      ];
    case 'replaced': {
      // It may have been under way, with some changes done.
      const begun = plan.progress.some(({ done, dropped, failed }) => done > 0 || dropped > 0 || failed !== null);
      return [
        ...approved,
        line(strong(replacedWords(plan.replacedBecause)), PLAN.noMore),
        accountLine(view, names),
        ...(begun ? [] : [line(PLAN.asWas)]),
        ...decidedLines(plan, labels, begun ? 'progress' : 'plan'),
      ];
    }
  }
}

const approvers = ({ approvedBy, planAgesMs }: PlanView, names: Names): Piece[] =>
  approvedBy.flatMap((id, at): Piece[] => [...(at === 0 ? [] : [', ']), ...personPieces(id, names), ` (${planAge(planAgesMs[at] ?? 0)})`]);

function buttons(caseId: string, plan: PlanView, state: PlanState, labels: Labels): KnownBlock[] {
  const value = planValue({ case: caseId, plan: plan.digest });
  const what = planOf(plan.group);
  // A new block id for each revision: a selection in the old one does not carry over.
  const revision = plan.digest.slice(0, 12);
  const button = (actionId: string, text: string, says: string, more: Partial<Button> = {}): Button => ({
    type: 'button',
    action_id: actionId,
    value,
    text: plain(text),
    accessibility_label: says,
    ...more,
  });
  const decline = button(DECLINE_PLAN, BUTTON.decline(plan.group), `Decline ${what}`);
  const row = (blockId: string, elements: readonly Button[]): ActionsBlock => ({
    type: 'actions',
    block_id: blockId,
    elements: [...elements],
  });
  // A decline still voids the plan until its first change.
  if (state === 'approved') return [row(`decline-${revision}`, [decline])];
  if (state !== 'asked') return [];
  const change = mayChange(plan, labels) ? [button(CHANGE_PLAN, BUTTON.change, `Change what is ticked in ${what}`)] : [];
  if (!mayApprove(plan, labels)) return [row(`plan-${revision}`, [decline])];
  return [
    { type: 'section', block_id: `code-${revision}`, text: plain(planCodeLine(plan.code)) },
    row(`plan-${revision}`, [button(APPROVE_PLAN, BUTTON.approve(plan.group), `Approve ${what}`, { style: 'danger' }), decline, ...change]),
  ];
}
