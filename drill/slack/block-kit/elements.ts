/**
 * The interactive elements that the product may use and where each may stand. Anything
 * else that Slack may know is refused here: a part no one can see or press in
 * the practice workspace must not pass unnoticed.
 */
import { z } from 'zod';
import {
  anyText,
  confirmDialog,
  dispatchAction,
  identifier,
  markupOption,
  type Option,
  optionGroup,
  overflowOption,
  plainOption,
  plainText,
  refuse,
  refuseForeignChoice,
  webAddress,
} from './composition.ts';
import { LIMITS } from './limits.ts';

const actionable = { action_id: identifier.optional() };
const confirmable = { confirm: confirmDialog.optional() };
const focusable = { focus_on_load: z.boolean().optional() };
const placeholdable = { placeholder: plainText(LIMITS.placeholder).optional() };
const userId = z.string().regex(/^[UW][A-Z0-9]+$/);
const calendarDay = z.iso.date();
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

const button = z.strictObject({
  type: z.literal('button'),
  text: plainText(LIMITS.buttonText),
  value: z.string().max(LIMITS.buttonValue).optional(),
  url: webAddress.optional(),
  style: z.enum(['primary', 'danger']).optional(),
  accessibility_label: z.string().min(1).max(LIMITS.accessibilityLabel).optional(),
  ...actionable,
  ...confirmable,
});

const menuOptions = {
  options: z.array(plainOption).min(1).max(LIMITS.selectOptions).optional(),
  option_groups: z.array(optionGroup).min(1).max(LIMITS.optionGroups).optional(),
};

interface Menu {
  readonly options?: readonly Option[] | undefined;
  readonly option_groups?: readonly { readonly options: readonly Option[] }[] | undefined;
}

/** All options of a menu, whether they are grouped or not. */
export function optionsOf(menu: Menu): readonly Option[] {
  return menu.options ?? (menu.option_groups ?? []).flatMap((group) => group.options);
}

function checkMenu(context: z.core.ParsePayload<Menu>): void {
  const { options, option_groups } = context.value;
  if ((options === undefined) === (option_groups === undefined)) {
    refuse(context, [], 'missing_field', 'exactly one of the fields options, option_groups is required', 'options or option_groups');
  }
}

const staticSelect = z
  .strictObject({
    type: z.literal('static_select'),
    ...menuOptions,
    initial_option: plainOption.optional(),
    ...actionable,
    ...confirmable,
    ...focusable,
    ...placeholdable,
  })
  .check(checkMenu)
  .check((context) => refuseForeignChoice(context, ['initial_option'], context.value.initial_option, optionsOf(context.value)));

const multiStaticSelect = z
  .strictObject({
    type: z.literal('multi_static_select'),
    ...menuOptions,
    initial_options: z.array(plainOption).min(1).optional(),
    max_selected_items: z.int().min(1).optional(),
    ...actionable,
    ...confirmable,
    ...focusable,
    ...placeholdable,
  })
  .check(checkMenu)
  .check((context) => {
    for (const [index, option] of (context.value.initial_options ?? []).entries()) {
      refuseForeignChoice(context, ['initial_options', index], option, optionsOf(context.value));
    }
  });

const usersSelect = z.strictObject({
  type: z.literal('users_select'),
  initial_user: userId.optional(),
  ...actionable,
  ...confirmable,
  ...focusable,
  ...placeholdable,
});

const multiUsersSelect = z.strictObject({
  type: z.literal('multi_users_select'),
  initial_users: z.array(userId).optional(),
  max_selected_items: z.int().min(1).optional(),
  ...actionable,
  ...confirmable,
  ...focusable,
  ...placeholdable,
});

const radioButtons = z
  .strictObject({
    type: z.literal('radio_buttons'),
    options: z.array(markupOption).min(1).max(LIMITS.choices),
    initial_option: markupOption.optional(),
    ...actionable,
    ...confirmable,
    ...focusable,
  })
  .check((context) => refuseForeignChoice(context, ['initial_option'], context.value.initial_option, context.value.options));

const checkboxes = z
  .strictObject({
    type: z.literal('checkboxes'),
    options: z.array(markupOption).min(1).max(LIMITS.choices),
    initial_options: z.array(markupOption).min(1).optional(),
    ...actionable,
    ...confirmable,
    ...focusable,
  })
  .check((context) => {
    for (const [index, option] of (context.value.initial_options ?? []).entries()) {
      refuseForeignChoice(context, ['initial_options', index], option, context.value.options);
    }
  });

const overflow = z.strictObject({
  type: z.literal('overflow'),
  options: z.array(overflowOption).min(1).max(LIMITS.overflowOptions),
  ...actionable,
  ...confirmable,
});

const datepicker = z.strictObject({
  type: z.literal('datepicker'),
  initial_date: calendarDay.optional(),
  ...actionable,
  ...confirmable,
  ...focusable,
  ...placeholdable,
});

const timepicker = z.strictObject({
  type: z.literal('timepicker'),
  initial_time: timeOfDay.optional(),
  timezone: z.string().min(1).optional(),
  ...actionable,
  ...confirmable,
  ...focusable,
  ...placeholdable,
});

const datetimepicker = z.strictObject({
  type: z.literal('datetimepicker'),
  // Ten digits: Slack refuses anything that is not a Unix time in seconds.
  initial_date_time: z.int().min(1_000_000_000).max(9_999_999_999).optional(),
  ...actionable,
  ...confirmable,
  ...focusable,
});

const typed = { dispatch_action_config: dispatchAction.optional(), ...actionable, ...focusable, ...placeholdable };

const plainTextInput = z
  .strictObject({
    type: z.literal('plain_text_input'),
    multiline: z.boolean().optional(),
    initial_value: z.string().max(LIMITS.plainTextInput).optional(),
    min_length: z.int().min(0).max(LIMITS.plainTextInput).optional(),
    max_length: z.int().min(1).max(LIMITS.plainTextInput).optional(),
    ...typed,
  })
  .check((context) => {
    const { min_length = 0, max_length = LIMITS.plainTextInput, initial_value = '' } = context.value;
    if (min_length > max_length)
      refuse(context, ['min_length'], 'invalid_range', 'must not be more than max_length', `at most ${max_length}`);
    if (initial_value.length > max_length) {
      refuse(context, ['initial_value'], 'too_long', `must be less than ${max_length + 1} characters`, `at most ${max_length} characters`);
    }
  });

const emailInput = z.strictObject({ type: z.literal('email_text_input'), initial_value: z.string().optional(), ...typed });
const urlInput = z.strictObject({ type: z.literal('url_text_input'), initial_value: z.string().optional(), ...typed });
const numberInput = z.strictObject({
  type: z.literal('number_input'),
  is_decimal_allowed: z.boolean(),
  initial_value: z.string().optional(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
  ...typed,
});

/** The image *element*, used in context blocks and beside a section. */
export const imageElement = z.strictObject({
  type: z.literal('image'),
  image_url: webAddress,
  alt_text: z.string().min(1).max(LIMITS.imageAltText),
});

const menusAndChoices = [button, staticSelect, usersSelect, radioButtons, checkboxes, overflow, datepicker, timepicker] as const;

/** What may stand beside a section's text. */
export const accessory = z.discriminatedUnion('type', [...menusAndChoices, multiStaticSelect, multiUsersSelect, imageElement]);

/** What may stand in an actions block. */
export const actionElement = z.discriminatedUnion('type', [...menusAndChoices, datetimepicker]);

/** What a person can fill in: the element of an input block. */
export const inputElement = z.discriminatedUnion('type', [
  plainTextInput,
  emailInput,
  urlInput,
  numberInput,
  staticSelect,
  multiStaticSelect,
  usersSelect,
  multiUsersSelect,
  radioButtons,
  checkboxes,
  datepicker,
  timepicker,
  datetimepicker,
]);

export const contextElement = z.discriminatedUnion('type', [imageElement, ...anyText(LIMITS.text).options]);

export type InputElement = z.infer<typeof inputElement>;
export type ActionElement = z.infer<typeof actionElement> | Exclude<z.infer<typeof accessory>, { type: 'image' }>;
