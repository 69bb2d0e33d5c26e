// The forms of the decisions. Each repeats what it is about; the approval form repeats the whole plan, without its code.
import type { InputBlock, KnownBlock, ModalView } from '@slack/types';
import type { CaseView } from '../../domain/case/view.ts';
import { holdReasonText } from '../../domain/hold.ts';
import { PLAN_KIND_NAME } from '../../domain/labels.ts';
import type { PlanView } from '../../domain/plan-view.ts';
import { DECIDE, declineIntro, planReference, question } from '../plan-wording.ts';
import { type FormValue, formValue } from './action-ids.ts';
import { checkboxBlocks } from './checkboxes.ts';
import type { Names } from './person.ts';
import { personPieces } from './person.ts';
import { type Labels, planLines, tickedCount } from './plan-lines.ts';
import { plain } from './report-modal.ts';
import { bullets, line, paragraph, richText, strong } from './rich-text.ts';
import { heldForNow } from './status.ts';

export const APPROVE_FORM = 'approve_form';
export const DECLINE_FORM = 'decline_form';
export const CHANGE_FORM = 'change_form';
export const HOLD_FORM = 'hold_form';
export const RESUME_FORM = 'resume_form';
export const RELEASE_FORM = 'release_form';
export const UNDO_FORM = 'undo_form';

export const CODE_FIELD = 'code';
export const WHY_FIELD = 'why';
export const MAX_REASON_LENGTH = 500;

const CODE_INPUT: InputBlock = {
  type: 'input',
  block_id: CODE_FIELD,
  label: plain(DECIDE.code),
  hint: plain(DECIDE.codeHint),
  // Without the focus, so that a phone opens the form where the plan begins.
  element: { type: 'plain_text_input', action_id: CODE_FIELD, min_length: 1, max_length: 8 },
};

const WHY_INPUT: InputBlock = {
  type: 'input',
  block_id: WHY_FIELD,
  label: plain(DECIDE.why),
  element: { type: 'plain_text_input', action_id: WHY_FIELD, multiline: true, min_length: 1, max_length: MAX_REASON_LENGTH },
};

export interface PlanForm {
  readonly view: CaseView;
  readonly plan: PlanView;
  readonly labels: Labels;
  readonly names: Names;
  readonly carries: FormValue;
}

export const approveForm = (form: PlanForm): ModalView =>
  modal(APPROVE_FORM, { title: DECIDE.approveTitle, submit: DECIDE.approve }, form.carries, [...planBlocks(form), CODE_INPUT]);

export const declineForm = (form: PlanForm): ModalView =>
  modal(DECLINE_FORM, { title: DECIDE.declineTitle, submit: DECIDE.decline }, form.carries, [
    ...planBlocks(form),
    { type: 'section', text: plain(declineIntro(form.plan.group)) },
    WHY_INPUT,
  ]);

export const changeForm = (form: PlanForm): ModalView =>
  modal(CHANGE_FORM, { title: DECIDE.changeTitle, submit: DECIDE.change }, form.carries, [
    richText(aboutLine(form)),
    { type: 'section', text: plain(DECIDE.changeIntro) },
    ...checkboxBlocks(form),
  ]);

const aboutLine = ({ view, plan, names }: PlanForm) =>
  paragraph(`Case ${view.number}, ${PLAN_KIND_NAME[plan.group]}. Account: `, ...personPieces(view.subject, names));

function planBlocks(form: PlanForm): KnownBlock[] {
  const { view, plan, labels } = form;
  return [
    richText(
      line(strong(question(plan.group, tickedCount(plan), view.waitsForRatification))),
      aboutLine(form),
      ...planLines(plan, labels, 'fixed'),
    ),
    { type: 'context', elements: [plain(planReference(plan.digest, plan.revision))] },
  ];
}

interface WhyWords {
  readonly title: string;
  readonly submit: string;
  readonly intro: string;
}

/** The forms that only ask for a reason. */
export const WHY_FORMS = {
  [HOLD_FORM]: { title: DECIDE.holdTitle, submit: DECIDE.hold, intro: DECIDE.holdIntro },
  [RESUME_FORM]: { title: DECIDE.resumeTitle, submit: DECIDE.resume, intro: DECIDE.resumeIntro },
  [RELEASE_FORM]: { title: DECIDE.releaseTitle, submit: DECIDE.release, intro: DECIDE.releaseIntro },
  [UNDO_FORM]: { title: DECIDE.undoTitle, submit: DECIDE.undo, intro: DECIDE.undoIntro },
} as const satisfies Record<string, WhyWords>;

export const whyForm = (callback: keyof typeof WHY_FORMS, view: WhyAbout, carries: FormValue): ModalView =>
  modal(callback, WHY_FORMS[callback], carries, [
    ...(callback === RESUME_FORM ? heldBlocks(view) : []),
    { type: 'section', text: plain([`Case ${view.number}. ${WHY_FORMS[callback].intro}`, ...takingNote(callback, view)].join(' ')) },
    WHY_INPUT,
  ]);

type WhyAbout = Pick<CaseView, 'number' | 'state' | 'seenInside' | 'heldFor' | 'blockedAt'>;

/** A resume settles these reasons, so the form shows them. */
function heldBlocks(view: WhyAbout): KnownBlock[] {
  const reasons = heldForNow(view);
  return reasons.length === 0
    ? []
    : [richText(line(strong(DECIDE.resumeHeldFor)), bullets(reasons.map((reason) => [holdReasonText(reason)])))];
}

/** By resuming, a person takes note of the activity that was seen, and that changes the possible outcome. */
function takingNote(callback: keyof typeof WHY_FORMS, { state, seenInside }: WhyAbout): string[] {
  if (callback !== RESUME_FORM || !seenInside) return [];
  return [state === 'released' ? DECIDE.resumeKnowingReleased : DECIDE.resumeKnowing];
}

const modal = (callback: string, words: Pick<WhyWords, 'title' | 'submit'>, carries: FormValue, blocks: KnownBlock[]): ModalView => ({
  type: 'modal',
  callback_id: callback,
  private_metadata: formValue(carries),
  title: plain(words.title),
  submit: plain(words.submit),
  close: plain(DECIDE.close),
  blocks,
});

/** Shown only once the row is stored. */
export const sentView = (): ModalView => finalView(DECIDE.sentTitle, DECIDE.sent);

export const nothingSavedView = (sentence: string): ModalView => finalView(DECIDE.nothingSavedTitle, sentence);

/** A final view without a submit button. */
const finalView = (title: string, sentence: string): ModalView => ({
  type: 'modal',
  title: plain(title),
  close: plain(DECIDE.done),
  blocks: [{ type: 'section', text: plain(sentence) }],
});
