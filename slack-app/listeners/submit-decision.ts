// A responder sends a form. The decision is signed, sealed together with what the person was shown, and stored before it
// is acknowledged. Nothing here decides whether it counts. A wrong plan code is reported at once, and stored too.
import { z } from 'zod';
import type { DecisionAction } from '../../domain/approval.ts';
import { caseId } from '../../domain/ids.ts';
import { planCode } from '../../domain/plan.ts';
import { cut } from '../../domain/text.ts';
import type { SubmittedDecision } from '../../inbox/receive.ts';
import { problemOf } from '../log.ts';
import { DECIDE, DECIDE_ERRORS, decisionNotSaved } from '../plan-wording.ts';
import { type FormValue, readFormValue } from '../views/action-ids.ts';
import { CHECKBOX_FIELD, checkboxBlockIds, checkedTargets } from '../views/checkboxes.ts';
import {
  APPROVE_FORM,
  CHANGE_FORM,
  CODE_FIELD,
  DECLINE_FORM,
  HOLD_FORM,
  MAX_REASON_LENGTH,
  nothingSavedView,
  RELEASE_FORM,
  RESUME_FORM,
  sentView,
  UNDO_FORM,
  WHY_FIELD,
} from '../views/decision-forms.ts';
import { foreignWorkspace, WORDING_VERSION } from '../wording.ts';
import { type DecisionContext, save } from './decision-context.ts';
import { recordRefusal } from './record-refusal.ts';
import type { FormAnswer } from './report-sign-in.ts';
import { isForeign, SENDER, senderOf } from './sender.ts';
import { SAVE_WITHIN_MS, withTimeout } from './with-timeout.ts';

/** Slack's limit for a form. A larger one does not come from Slack's client, and its seal could not be opened again. */
const MOST_SHOWN = 250_000;

const SENT = z.looseObject({
  ...SENDER,
  view: z.looseObject({
    id: z.string().regex(/^[A-Za-z0-9]{2,60}$/),
    callback_id: z.string().max(255),
    private_metadata: z.string().max(3_000),
    blocks: z
      .array(z.unknown())
      .max(100)
      .refine((blocks) => JSON.stringify(blocks).length <= MOST_SHOWN),
    state: z.looseObject({ values: z.record(z.string(), z.record(z.string(), z.unknown())) }),
  }),
});

/** A sent form, checked and bounded. */
interface Sent {
  readonly person: string;
  readonly viewId: string;
  readonly carries: FormValue;
  readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly blocks: readonly unknown[];
}

/** Null: no form of ours can have sent it. */
type Take = (tools: DecisionContext, sent: Sent) => Promise<FormAnswer | null>;

interface Form {
  readonly act: DecisionAction;
  readonly take: Take;
}

const FORMS: Readonly<Record<string, Form>> = {
  [APPROVE_FORM]: { act: 'approve', take: approve },
  [DECLINE_FORM]: { act: 'decline', take: decline },
  [CHANGE_FORM]: { act: 'revise', take: revise },
  [HOLD_FORM]: { act: 'hold', take: aboutCase('hold') },
  [RESUME_FORM]: { act: 'resume', take: resume },
  [RELEASE_FORM]: { act: 'ask-release', take: aboutCase('ask-release') },
  [UNDO_FORM]: { act: 'ask-undo', take: aboutCase('ask-undo') },
};

/** Callback ids that this file handles. */
export const DECISION_FORMS: readonly string[] = Object.keys(FORMS);

/** Receives a sent form. Always answers, and says "sent" only when the row is stored. */
export async function takeDecision(tools: DecisionContext, callbackId: string, body: unknown): Promise<FormAnswer> {
  const form = FORMS[callbackId];
  const parsed = SENT.safeParse(body).data;
  const carries = parsed === undefined ? null : readFormValue(parsed.view.private_metadata);
  const act = form?.act ?? 'unknown';
  const unreadable = async (): Promise<FormAnswer> => {
    const person = senderOf(body) ?? 'unknown';
    await recordRefusal(tools, body, { person, act, code: 'unreadable', problem: 'not a form of ours' });
    return nothingSaved(DECIDE.unreadable);
  };
  if (form === undefined || parsed === undefined) return unreadable();
  const { user, view } = parsed;
  if (isForeign(parsed, tools.teamId)) {
    await recordRefusal(tools, body, { person: user.id, act, code: 'foreign-workspace', problem: 'a form from another workspace' });
    return nothingSaved(foreignWorkspace(tools.callBackNumber));
  }
  if (carries === null) return unreadable();
  const sent = { person: user.id, viewId: view.id, carries, values: view.state.values, blocks: view.blocks };
  return (await form.take(tools, sent)) ?? unreadable();
}

const nothingSaved = (sentence: string): FormAnswer => ({ response_action: 'update', view: nothingSavedView(sentence) });
const errors = (field: string, sentence: string): FormAnswer => ({ response_action: 'errors', errors: { [field]: sentence } });

async function approve(tools: DecisionContext, sent: Sent): Promise<FormAnswer | null> {
  const { plan, case: about } = sent.carries;
  if (plan === undefined) return null;
  const code = textOf(sent, CODE_FIELD).replaceAll(/\s/g, '');
  if (!/^\d{4}$/.test(code)) return errors(CODE_FIELD, DECIDE_ERRORS.codeShape);
  const saved = await put(tools, sent, { act: 'approve', values: { case: caseId(about), plan, code } });
  if (!saved) return errors(CODE_FIELD, decisionNotSaved);
  // Whether it counts is decided elsewhere; a typing error can be reported now.
  return code === planCode(plan) ? isSent() : errors(CODE_FIELD, DECIDE_ERRORS.wrongCode);
}

async function decline(tools: DecisionContext, sent: Sent): Promise<FormAnswer | null> {
  const { plan, case: about } = sent.carries;
  return plan === undefined ? null : withReason(tools, sent, { act: 'decline', values: { case: caseId(about), plan } });
}

async function resume(tools: DecisionContext, sent: Sent): Promise<FormAnswer | null> {
  const { case: about, openedAt } = sent.carries;
  return withReason(tools, sent, { act: 'resume', values: { case: caseId(about), shownAt: openedAt } });
}

function aboutCase(act: 'hold' | 'ask-release' | 'ask-undo'): Take {
  return (tools, sent) => withReason(tools, sent, { act, values: { case: caseId(sent.carries.case) } });
}

async function withReason(tools: DecisionContext, sent: Sent, what: ActAndValues): Promise<FormAnswer> {
  const reason = cut(textOf(sent, WHY_FIELD).trim(), MAX_REASON_LENGTH);
  if (reason === '') return errors(WHY_FIELD, DECIDE_ERRORS.why);
  return (await put(tools, sent, what, reason)) ? isSent() : errors(WHY_FIELD, decisionNotSaved);
}

const TICKS = z.looseObject({ selected_options: z.array(z.looseObject({ value: z.string().max(75) })) });

async function revise(tools: DecisionContext, sent: Sent): Promise<FormAnswer | null> {
  const { plan: digest, case: about } = sent.carries;
  if (digest === undefined) return null;
  const view = await withTimeout(SAVE_WITHIN_MS, tools.cases.view(about)).catch((error: unknown) => {
    tools.log.error({ problem: problemOf(error), act: 'revise' }, 'A case could not be read; the person was asked to send it again.');
    return undefined;
  });
  if (view === undefined) return errors(`${CHECKBOX_FIELD}-0`, decisionNotSaved);
  const plan = view?.plans.find((each) => each.digest === digest);
  if (plan === undefined) return nothingSaved(DECIDE.planGone);
  const groups = checkboxBlockIds(plan).map((block) => TICKS.safeParse(sent.values[block]?.[CHECKBOX_FIELD]).data?.selected_options);
  // A group that was not sent must not be taken for one with nothing ticked.
  if (groups.includes(undefined)) return null;
  const ticked = checkedTargets(
    plan,
    groups.flatMap((options) => options ?? []).map(({ value }) => value),
  );
  if (ticked === null) return null;
  const saved = await put(tools, sent, { act: 'revise', values: { case: caseId(about), plan: digest, ticked } });
  return saved ? isSent() : errors(`${CHECKBOX_FIELD}-0`, decisionNotSaved);
}

const isSent = (): FormAnswer => ({ response_action: 'update', view: sentView() });

type ActAndValues = {
  readonly [Act in DecisionAction]: Pick<Extract<SubmittedDecision, { readonly act: Act }>, 'act' | 'values'>;
}[DecisionAction];

/** Is the row stored? */
async function put(tools: DecisionContext, sent: Sent, what: ActAndValues, reason: string | null = null): Promise<boolean> {
  const said = { reason, shown: { wording: WORDING_VERSION, blocks: sent.blocks, openedAt: sent.carries.openedAt } };
  try {
    await save(tools, { team: tools.teamId, person: sent.person, place: sent.viewId, said, ...what });
    return true;
  } catch (error) {
    tools.log.error({ problem: problemOf(error), act: what.act }, 'A decision could not be saved; the person was asked to send it again.');
    return false;
  }
}

function textOf({ values }: Sent, field: string): string {
  const value = z.looseObject({ value: z.string() }).safeParse(values[field]?.[field]);
  return value.data?.value ?? '';
}
