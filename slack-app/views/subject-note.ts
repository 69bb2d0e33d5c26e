// The direct message to the person who reported. Their Slack may be in the
// attacker's hands: so status words only, what to do now, and our own number.
// No plan, no names, no times, nothing that helps somebody to hurry.
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

/** For a colleague who reported somebody else's account: that it arrived, and that it is over. */
export function colleagueNote(view: CaseView, { callBackNumber }: NoteSettings): Message {
  const status = view.outcome === null ? NOTE.colleagueReceived : NOTE.colleagueFinished;
  return {
    text: `Case ${view.number}: ${status}`,
    blocks: [
      { type: 'header', text: plain(noteCase(view.number)) },
      richText(paragraph(NOTE.colleague), paragraph(strong(status)), line(NOTE.colleagueNow, ' ', securityCalls(callBackNumber))),
    ],
  };
}

/** Whose account lives in another directory as well must not be told that nobody can use it. */
const closedNote = (view: CaseView): string => (view.outsideReach.length > 0 ? NOTE.closedHere : NOTE.closed);

function subjectStatusOf(view: CaseView): string {
  if (isHeldOpen(view)) return `${NOTE.received} ${NOTE.people}`;
  switch (statusOf(view)) {
    case 'triage':
    case 'reading-logs':
    // Until the door is shut, whoever reads along must not learn that it is about to be.
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
      return view.outcome === null ? closedNote(view) : `${closedNote(view)} ${NOTE.finished} ${NOTE.checkedByHand}`;
  }
}
