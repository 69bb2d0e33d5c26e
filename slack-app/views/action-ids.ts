// The action ids of the buttons and forms of a case, and their values: ids only. A listener reads everything else from
// the ledger.
import { z } from 'zod';

export const APPROVE_PLAN = 'approve_plan';
export const DECLINE_PLAN = 'decline_plan';
export const CHANGE_PLAN = 'change_plan';
export const CONFIRM_CONTAINMENT = 'confirm_containment';
export const HOLD_CASE = 'hold_case';
export const RESUME_CASE = 'resume_case';
export const ACKNOWLEDGE = 'acknowledge';
export const TAKE_CALL = 'take_call';
export const MORE = 'more';
/** Values of the menu. */
export const ASK_RELEASE = 'ask_release';
export const ASK_UNDO = 'ask_undo';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DIGEST = /^[0-9a-f]{64}$/;

const CASE_VALUE = z.strictObject({ case: z.string().regex(GUID) });
const PLAN_VALUE = z.strictObject({ case: z.string().regex(GUID), plan: z.string().regex(DIGEST) });
/** The private metadata of a form. */
const FORM_VALUE = z.strictObject({
  case: z.string().regex(GUID),
  plan: z.string().regex(DIGEST).optional(),
  openedAt: z.iso.datetime({ precision: 3 }),
});

export type CaseValue = z.infer<typeof CASE_VALUE>;
export type PlanValue = z.infer<typeof PLAN_VALUE>;
export type FormValue = z.infer<typeof FORM_VALUE>;

export const caseValue = (value: CaseValue): string => JSON.stringify(value);
export const planValue = (value: PlanValue): string => JSON.stringify(value);
export const formValue = (value: FormValue): string => JSON.stringify(value);

/** Returns null for a value that is not ours: values come back from outside. */
export const readCaseValue = (text: string): CaseValue | null => read(CASE_VALUE, text);
export const readPlanValue = (text: string): PlanValue | null => read(PLAN_VALUE, text);
export const readFormValue = (text: string): FormValue | null => read(FORM_VALUE, text);

function read<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> | null {
  if (text.length > 1_000) return null;
  try {
    return schema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
