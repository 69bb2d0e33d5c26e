// A responder presses a button of a card or a prompt: it opens a form, or is an action itself. Nothing here decides
// whether the action counts. A form that could only be refused is not opened, and the person is told why.
import type { ModalView } from '@slack/types';
import { z } from 'zod';
import type { DecisionAction, PlanState } from '../../domain/approval.ts';
import type { CaseView } from '../../domain/case/view.ts';
import { caseId } from '../../domain/ids.ts';
import type { PlanView } from '../../domain/plan-view.ts';
import { problemOf } from '../log.ts';
import { caseIsClosed, DECIDE, decisionFormDidNotOpen, decisionNotSaved, notApprovedHere, PLAN } from '../plan-wording.ts';
import {
  ACKNOWLEDGE,
  APPROVE_PLAN,
  ASK_RELEASE,
  ASK_UNDO,
  type CaseValue,
  CHANGE_PLAN,
  CONFIRM_CONTAINMENT,
  caseValue,
  DECLINE_PLAN,
  HOLD_CASE,
  MORE,
  RESUME_CASE,
  readCaseValue,
  readPlanValue,
  TAKE_CALL,
} from '../views/action-ids.ts';
import {
  approveForm,
  changeForm,
  declineForm,
  HOLD_FORM,
  type PlanForm,
  RELEASE_FORM,
  RESUME_FORM,
  UNDO_FORM,
  type WHY_FORMS,
  whyForm,
} from '../views/decision-forms.ts';
import type { Labels } from '../views/plan-lines.ts';
import { isHeld } from '../views/status.ts';
import { foreignWorkspace } from '../wording.ts';
import { type DecisionContext, save } from './decision-context.ts';
import { recordRefusal } from './record-refusal.ts';
import { isForeign, SENDER, senderOf } from './sender.ts';
import { SAVE_WITHIN_MS, withTimeout } from './with-timeout.ts';

const CLICK = z.looseObject({
  ...SENDER,
  trigger_id: z.string().min(1).max(200),
  actions: z
    .array(
      z.looseObject({
        action_id: z.string().max(255),
        action_ts: z.string().regex(/^\d[\d.]{2,39}$/),
        value: z.string().max(2_000).nullish(),
        selected_option: z.looseObject({ value: z.string().max(200) }).nullish(),
      }),
    )
    .min(1),
});

/** The fields of a press that are used here. */
interface Press {
  readonly person: string;
  readonly trigger: string;
  /** Identifies a press: Slack may deliver one press twice, and two presses are two actions. */
  readonly place: string;
  readonly button: string;
  /** What the button carries. */
  readonly value: string;
}

interface PlanButton {
  readonly form: (form: PlanForm) => ModalView;
  readonly act: DecisionAction;
  /** Can a decision about this plan still count? */
  readonly while: readonly PlanState[];
}

const PLAN_BUTTONS: Readonly<Record<string, PlanButton>> = {
  [APPROVE_PLAN]: { form: approveForm, act: 'approve', while: ['asked'] },
  // After its first change, a decline puts the case on hold.
  [DECLINE_PLAN]: { form: declineForm, act: 'decline', while: ['asked', 'approved', 'begun'] },
  [CHANGE_PLAN]: { form: changeForm, act: 'revise', while: ['asked'] },
};

const WHY_BUTTONS: Readonly<Record<string, { readonly form: keyof typeof WHY_FORMS; readonly act: DecisionAction }>> = {
  [HOLD_CASE]: { form: HOLD_FORM, act: 'hold' },
  [RESUME_CASE]: { form: RESUME_FORM, act: 'resume' },
  [ASK_RELEASE]: { form: RELEASE_FORM, act: 'ask-release' },
  [ASK_UNDO]: { form: UNDO_FORM, act: 'ask-undo' },
};

/** Actions without a form. */
type PressedAction = 'confirm-containment' | 'acknowledge' | 'take-call';

const ACTION_BUTTONS: Readonly<Record<string, PressedAction>> = {
  [CONFIRM_CONTAINMENT]: 'confirm-containment',
  [ACKNOWLEDGE]: 'acknowledge',
  [TAKE_CALL]: 'take-call',
};

/** Action ids that this file handles. */
export const DECISION_BUTTONS: readonly string[] = [
  ...Object.keys(PLAN_BUTTONS),
  ...Object.keys(ACTION_BUTTONS),
  HOLD_CASE,
  RESUME_CASE,
  MORE,
];

/** A button of a card or a prompt. The click is acknowledged before. */
export async function clicked(tools: DecisionContext, body: unknown): Promise<void> {
  const click = CLICK.safeParse(body).data;
  const action = click?.actions[0];
  if (click === undefined || action === undefined) {
    tools.log.warn({ code: 'unreadable' }, 'A press came that cannot be read; nothing was done.');
    const person = senderOf(body);
    return person === null ? undefined : tools.tell(person, DECIDE.unreadable);
  }
  const picked = action.action_id === MORE ? readMenu(action.selected_option?.value ?? '') : null;
  const press: Press = {
    person: click.user.id,
    trigger: click.trigger_id,
    place: action.action_ts.replaceAll('.', ''),
    button: picked?.button ?? action.action_id,
    value: picked?.value ?? action.value ?? '',
  };
  if (isForeign(click, tools.teamId)) {
    const act = PLAN_BUTTONS[press.button]?.act ?? WHY_BUTTONS[press.button]?.act ?? ACTION_BUTTONS[press.button] ?? 'unknown';
    await recordRefusal(tools, body, { person: press.person, act, code: 'foreign-workspace', problem: 'a press from another workspace' });
    return tools.tell(press.person, foreignWorkspace(tools.callBackNumber));
  }
  const act = ACTION_BUTTONS[press.button];
  try {
    await (act === undefined ? openForm(tools, press) : takeAction(tools, press, act));
  } catch (error) {
    tools.log.error(
      { problem: problemOf(error), button: press.button },
      'A press could not be followed; the person was asked to press again.',
    );
    await tools.tell(press.person, act === undefined ? decisionFormDidNotOpen : decisionNotSaved);
  }
}

/** An option of the menu names its action and the case. */
function readMenu(option: string): { readonly button: string; readonly value: string } {
  const [button = '', about = ''] = option.split('/');
  return { button: button === ASK_RELEASE || button === ASK_UNDO ? button : MORE, value: caseValue({ case: about }) };
}

/** An action without a form. */
async function takeAction(tools: DecisionContext, { person, place, value }: Press, act: PressedAction): Promise<void> {
  const about = readCaseValue(value);
  if (about === null) return tools.tell(person, DECIDE.unreadable);
  const values = { case: caseId(about.case) };
  await save(tools, { team: tools.teamId, person, place, act, values, said: { reason: null, shown: null } });
}

/** A form, or the sentence that says why there is none. */
type Opened = { readonly form: ModalView } | { readonly instead: string };

async function openForm(tools: DecisionContext, press: Press): Promise<void> {
  // One time limit for all reads: the trigger of a press expires after three seconds.
  const opened = await withTimeout(SAVE_WITHIN_MS, formFor(tools, press));
  await ('form' in opened ? tools.openView(press.trigger, opened.form) : tools.tell(press.person, opened.instead));
}

async function formFor({ cases }: DecisionContext, { button, value }: Press): Promise<Opened> {
  // Taken before the ledger is read: later entries may not be shown.
  const openedAt = new Date().toISOString();
  const why = WHY_BUTTONS[button];
  const planButton = PLAN_BUTTONS[button];
  const about: CaseValue | null = why === undefined ? readPlanValue(value) : readCaseValue(value);
  const view = about === null ? null : await cases.view(about.case);
  if (about === null || view === null) return { instead: DECIDE.unreadable };
  if (view.outcome !== null) return { instead: caseIsClosed(view.number) };
  if (button === RESUME_CASE && !isHeld(view)) return { instead: DECIDE.notHeld };
  const carries = { ...about, openedAt };
  if (why !== undefined) return { form: whyForm(why.form, view, carries) };
  const digest = 'plan' in about ? about.plan : null;
  const plan = view.plans.find((each) => each.digest === digest);
  if (planButton === undefined || plan === undefined || !planButton.while.includes(plan.state)) return { instead: DECIDE.planGone };
  return planForm(cases, planButton, { view, plan, carries });
}

async function planForm(
  cases: DecisionContext['cases'],
  { form, act }: PlanButton,
  about: Pick<PlanForm, 'view' | 'plan' | 'carries'> & { readonly view: CaseView },
): Promise<Opened> {
  const [labels, names] = await Promise.all([cases.labelsOf(about.carries.case, about.plan), cases.names(about.view)]);
  const instead = act === 'decline' ? null : whyNot(act, about.plan, labels);
  return instead === null ? { form: form({ ...about, labels, names }) } : { instead };
}

/** No approval and no ticks on names that do not match the ledger. */
function whyNot(act: DecisionAction, { group, needs }: PlanView, labels: Labels): string | null {
  if (act === 'approve' && needs.stepUp) return notApprovedHere(group);
  return labels === null ? PLAN.namesUnsure : null;
}
