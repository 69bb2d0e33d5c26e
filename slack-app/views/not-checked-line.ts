// What unapprove does not check, by name, once the card says that the work on an account is done: the rest is manual.
import type { RichTextBlock } from '@slack/types';
import type { CaseView } from '../../domain/case/view.ts';
import { NOT_CHECKED_WORDS } from '../../domain/not-checked.ts';
import { CARD } from '../wording.ts';
import { line, strong } from './rich-text.ts';

export function notCheckedLine(view: Pick<CaseView, 'notChecked' | 'state' | 'watched' | 'outcome'>): RichTextBlock['elements'] {
  const names = namesNotChecked(view);
  return names === null ? [] : [line(strong(CARD.notCheckedHeading), names, CARD.notCheckedHow)];
}

/** "mailbox rules and forwarding; devices", for every message that says the work on an account is done; null before. */
export function namesNotChecked({
  notChecked,
  state,
  watched,
  outcome,
}: Pick<CaseView, 'notChecked' | 'state' | 'watched' | 'outcome'>): string | null {
  const isTold = state === 'contained' || state === 'released' || watched !== null || outcome !== null;
  return isTold && notChecked.length > 0 ? notChecked.map((code) => NOT_CHECKED_WORDS[code]).join('; ') : null;
}
