/**
 * The small objects that blocks and elements are made of: texts, options,
 * confirmation dialogs. Strict: an unknown key is refused, as Slack refuses it.
 */
import { z } from 'zod';
import { LIMITS } from './limits.ts';

export const identifier = z.string().min(1).max(LIMITS.id);

export const plainText = (max: number = LIMITS.text) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(max), emoji: z.boolean().optional() });

const mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(max), verbatim: z.boolean().optional() });

export const anyText = (max: number = LIMITS.text) => z.discriminatedUnion('type', [plainText(max), mrkdwn(max)]);

export const webAddress = z.string().min(1).max(LIMITS.url);

/** An option of a menu: plain text only, as menus do not render markup. */
export const plainOption = z.strictObject({
  text: plainText(LIMITS.optionText),
  value: z.string().min(1).max(LIMITS.optionValue),
  description: plainText(LIMITS.optionDescription).optional(),
});

/** An option of radio buttons or checkboxes, where markup is allowed. */
export const markupOption = z.strictObject({
  text: anyText(LIMITS.optionText),
  value: z.string().min(1).max(LIMITS.optionValue),
  description: anyText(LIMITS.optionDescription).optional(),
});

export const overflowOption = plainOption.extend({ url: webAddress.optional() });

export const optionGroup = z.strictObject({
  label: plainText(LIMITS.optionText),
  options: z.array(plainOption).min(1).max(LIMITS.selectOptions),
});

export type Option = z.infer<typeof markupOption>;

export const confirmDialog = z.strictObject({
  title: plainText(LIMITS.confirm.title),
  text: anyText(LIMITS.confirm.text),
  confirm: plainText(LIMITS.confirm.button),
  deny: plainText(LIMITS.confirm.button),
  style: z.enum(['primary', 'danger']).optional(),
});

export const dispatchAction = z.strictObject({
  trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).min(1),
});

/**
 * Adds an issue in the style of Slack's own messages; `params.code` and `params.constraint`
 * are read by `validate.ts` when it makes the problem out of the issue.
 */
export function refuse(context: z.core.ParsePayload, path: readonly PropertyKey[], code: string, message: string, expected: string): void {
  context.issues.push({ code: 'custom', path: [...path], message, params: { code, expected }, input: context.value });
}

/** An initial choice that is not among the options is refused by Slack. */
export function refuseForeignChoice(
  context: z.core.ParsePayload,
  path: readonly PropertyKey[],
  chosen: Option | undefined,
  options: readonly Option[],
): void {
  if (chosen === undefined) return;
  const same = (option: Option): boolean => option.value === chosen.value && option.text.text === chosen.text.text;
  if (!options.some(same)) refuse(context, path, 'invalid_initial_option', 'must match one of the options', 'one of the options');
}
