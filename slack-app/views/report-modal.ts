// The report form. One screen; only the first question must be answered. It is the same for every employee, so it opens
// without reading anything.
import type { InputBlock, ModalView, PlainTextElement, PlainTextOption } from '@slack/types';
import { WHAT_HAPPENED, WHEN } from '../../domain/report.ts';
import { TEXT_LIMITS } from '../../inbox/sealed-text.ts';
import { FORM, formPhone } from '../wording.ts';

/** The global shortcut that opens the form, as the manifest names it. */
export const REPORT_SIGN_IN = 'report_sign_in';
export const REPORT_SIGN_IN_SUBMITTED = 'report_sign_in_submitted';

/** Block ids; the only input of each block has the same action id. */
export const FIELD = {
  what: 'what',
  when: 'when',
  about: 'about',
  contacted: 'contacted',
  more: 'more',
  reach: 'reach',
} as const;
export type Field = keyof typeof FIELD;

export function reportModal({ callBackNumber }: { readonly callBackNumber: string }): ModalView {
  return {
    type: 'modal',
    callback_id: REPORT_SIGN_IN_SUBMITTED,
    title: plain(FORM.title),
    submit: plain(FORM.submit),
    close: plain(FORM.close),
    blocks: [
      { type: 'section', text: plain(FORM.opening) },
      {
        ...input(FIELD.what, FORM.what),
        optional: false,
        element: { type: 'radio_buttons', action_id: FIELD.what, options: options(WHAT_HAPPENED) },
      },
      { ...input(FIELD.when, FORM.when), element: { type: 'radio_buttons', action_id: FIELD.when, options: options(WHEN) } },
      { ...input(FIELD.about, FORM.about, FORM.aboutHint), element: { type: 'users_select', action_id: FIELD.about } },
      words(FIELD.contacted, FORM.contacted, FORM.contactedHint),
      words(FIELD.more, FORM.more),
      words(FIELD.reach, FORM.reach, FORM.reachHint),
      { type: 'context', elements: [plain(formPhone(callBackNumber))] },
    ],
  };
}

export const plain = (text: string): PlainTextElement => ({ type: 'plain_text', text, emoji: false });

const input = (blockId: Field, label: string, hint?: string): Omit<InputBlock, 'element'> => ({
  type: 'input',
  block_id: blockId,
  label: plain(label),
  optional: true,
  ...(hint === undefined ? {} : { hint: plain(hint) }),
});

const words = (field: 'contacted' | 'more' | 'reach', label: string, hint?: string): InputBlock => ({
  ...input(field, label, hint),
  element: { type: 'plain_text_input', action_id: field, multiline: field !== 'reach', max_length: TEXT_LIMITS[field] },
});

const options = (choices: Readonly<Record<string, string>>): PlainTextOption[] =>
  Object.entries(choices).map(([value, text]) => ({ value, text: plain(text) }));
