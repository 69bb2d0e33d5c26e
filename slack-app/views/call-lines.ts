// On the card: the subject's number, and who will call them.
import type { RichTextBlock } from '@slack/types';
import type { CaseView } from '../../domain/case/view.ts';
import { shown, type Untrusted } from '../untrusted.ts';
import { CALL, readReportWith } from '../wording.ts';
import { type Names, personPieces } from './person.ts';
import { foreign, line, paragraph, strong } from './rich-text.ts';

type Elements = RichTextBlock['elements'];

/** @param phone of the personnel record; null when there is none, or it does not match the ledger */
export function callLines(view: CaseView, names: Names, phone: Untrusted | null): Elements {
  const { callTakenBy, subject, outcome, number } = view;
  const whom = personPieces(subject, names);
  if (callTakenBy !== null) {
    const taken = [strong(CALL.heading), ...personPieces(callTakenBy, names), CALL.willCall, ...whom, '.'];
    return outcome === null ? [line(...taken), paragraph(...numberOf(view, phone))] : [paragraph(...taken)];
  }
  // A closed case asks for no call.
  if (outcome !== null) return [];
  return [
    line(strong(CALL.heading), CALL.call, ...whom, CALL.onTheNumber, ' ', strong(CALL.nobodyYet)),
    paragraph(...numberOf(view, phone), ` ${CALL.notTheReports} ${readReportWith(number)}`),
  ];
}

function numberOf({ phoneSha256 }: CaseView, phone: Untrusted | null) {
  if (phone !== null) return [CALL.numberIs, foreign(phone), '.'];
  return [phoneSha256 === null ? CALL.noNumber : CALL.numberUnsure];
}

/** The caption of a button is no rich text, so only an ordinary name is shown in it. */
export function callCaption({ subject }: CaseView, names: Names): string {
  const known = names.get(subject)?.name ?? null;
  const name = known === null ? '' : shown(known);
  return `${CALL.button} ${ORDINARY_NAME.test(name) ? name : CALL.thisPerson}`;
}

/** Letters and the signs of ordinary names, short enough for a button. */
const ORDINARY_NAME = /^\p{L}[\p{L}\p{M} .'’-]{0,39}$/u;
