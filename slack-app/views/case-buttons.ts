// The buttons of the card, independent of plans.
import type { Button, KnownBlock, Overflow } from '@slack/types';
import type { CaseView } from '../../domain/case/view.ts';
import { BUTTON, CONFIRM_DIALOG } from '../plan-wording.ts';
import {
  ACKNOWLEDGE,
  ASK_RELEASE,
  ASK_UNDO,
  CONFIRM_CONTAINMENT,
  caseValue,
  HOLD_CASE,
  MORE,
  RESUME_CASE,
  TAKE_CALL,
} from './action-ids.ts';
import { callCaption } from './call-lines.ts';
import type { Names } from './person.ts';
import { plain } from './report-modal.ts';
import { isHeld } from './status.ts';

export function caseButtons(view: CaseView, caseId: string, names: Names): KnownBlock[] {
  // In a closed case nothing is decided.
  if (view.outcome !== null) return [];
  const value = caseValue({ case: caseId });
  const button = (actionId: string, text: string, says: string, more: Partial<Button> = {}): Button => ({
    type: 'button',
    action_id: actionId,
    value,
    text: plain(text),
    accessibility_label: `${says}, case ${view.number}`,
    ...more,
  });
  const keep = button(CONFIRM_CONTAINMENT, BUTTON.confirmContainment, 'Confirm containment of the account', {
    confirm: {
      title: plain(CONFIRM_DIALOG.title),
      text: plain(CONFIRM_DIALOG.text),
      confirm: plain(CONFIRM_DIALOG.yes),
      deny: plain(CONFIRM_DIALOG.no),
    },
  });
  const call = view.callTakenBy === null ? [button(TAKE_CALL, callCaption(view, names), callCaption(view, names))] : [];
  const block_id = `case-${caseId}`;
  // A protected account cannot be changed from here; its holder is called too.
  if (view.account === 'protected' || view.account === null)
    return call.length === 0 ? [] : [{ type: 'actions', block_id, elements: call }];
  return [
    {
      type: 'actions',
      block_id,
      elements: [
        ...(view.waitsForRatification && view.blockedAt !== null ? [keep] : []),
        isHeld(view)
          ? button(RESUME_CASE, BUTTON.resume(view.number), 'Resume the case')
          : button(HOLD_CASE, BUTTON.hold(view.number), 'Put the case on hold'),
        ...call,
        ...(view.acknowledgedBy === null ? [button(ACKNOWLEDGE, BUTTON.acknowledge(view.number), 'I am working on the case')] : []),
        ...more(view, caseId),
      ],
    },
  ];
}

/** A menu sends only the chosen option, so each option carries the case. No option is shown that could only be refused. */
function more({ order, state }: CaseView, caseId: string): Overflow[] {
  const options = [
    ...(order?.kind === 'ask-logs' && state !== 'released' ? [{ text: plain(BUTTON.release), value: `${ASK_RELEASE}/${caseId}` }] : []),
    ...(state === 'released' ? [{ text: plain(BUTTON.undo), value: `${ASK_UNDO}/${caseId}` }] : []),
  ];
  return options.length === 0 ? [] : [{ type: 'overflow', action_id: MORE, options }];
}
