// The direct message to the person who reported. An attacker may read their Slack, so it holds only the status, what to
// do now, and our number: no plan, no names, no times.
import type { CaseView } from '../../domain/case/view.ts';
import { NOTE, noCallYet, noteCase, RECEIVED, securityCalls } from '../wording.ts';
import type { Message } from './message.ts';
import { plain } from './report-modal.ts';
import { bullets, line, paragraph, richText, strong } from './rich-text.ts';
import { isHeldOpen, statusOf } from './status.ts';

export interface NoteSettings {
  readonly callBackNumber: string;
}

/** For people who reported their own account. */
export function subjectNote(view: CaseView, { callBackNumber }: NoteSettings): Message {
  const status = subjectStatusOf(view);
  return {
    text: `Case ${view.number}: ${status}`,
    blocks: [
      { type: 'header', text: plain(noteCase(view.number)) },
      richText(
        paragraph(NOTE.thanks),
        paragraph(strong(status)),
        line(strong(RECEIVED.nowHeading)),
        bullets(RECEIVED.now.map((advice) => [advice])),
        paragraph(),
        line(RECEIVED.neverAsked, ' ', securityCalls(callBackNumber), ...(view.outcome === null ? [' ', noCallYet(callBackNumber)] : [])),
      ),
    ],
  };
}

/** For a colleague who reported another person's account: that the report arrived, and that the work is done. */
export function colleagueNote(view: CaseView, { callBackNumber }: NoteSettings): Message {
  const status = view.outcome === null ? NOTE.colleagueReceived : NOTE.colleagueDone;
  return {
    text: `Case ${view.number}: ${status}`,
    blocks: [
      { type: 'header', text: plain(noteCase(view.number)) },
      richText(paragraph(NOTE.colleague), paragraph(strong(status)), line(NOTE.colleagueNow, ' ', securityCalls(callBackNumber))),
    ],
  };
}

/** An account that is also in another directory may still be usable there, so the message must not deny that. */
const blockedNote = (view: CaseView): string => (view.outsideReach.length > 0 ? NOTE.blockedHere : NOTE.blocked);

function subjectStatusOf(view: CaseView): string {
  if (isHeldOpen(view)) return `${NOTE.received} ${NOTE.people}`;
  switch (statusOf(view)) {
    case 'triage':
    case 'reading-logs':
    // Until the account is blocked, an attacker who reads this must not learn that it will be.
    case 'containing':
      return NOTE.received;
    case 'waiting-for-person':
      return `${NOTE.received} ${NOTE.people}`;
    case 'released':
      return view.outcome === null ? NOTE.released : `${NOTE.released} ${NOTE.checkedByHand}`;
    case 'blocked':
    case 'contained':
    case 'contained-here-only':
    case 'blocked-not-all-checked':
    case 'blocked-attacker-seen':
      return view.outcome === null ? blockedNote(view) : `${blockedNote(view)} ${NOTE.staysBlocked} ${NOTE.checkedByHand}`;
  }
}
