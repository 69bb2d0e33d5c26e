/**
 * What one person has typed and picked in a view so far, kept the way Slack's
 * client keeps it: initial values count, impossible choices cannot be made, and
 * what is required or too short is found before anything is sent.
 */
import type { Block, InputBlock } from './block-kit/blocks.ts';
import { interactiveElements } from './block-kit/blocks.ts';
import type { Option } from './block-kit/composition.ts';
import { type ActionElement, type InputElement, optionsOf } from './block-kit/elements.ts';
import { LIMITS } from './block-kit/limits.ts';
import type { FormState } from './payloads.ts';
import type { People } from './people.ts';
import { SlackSaid } from './slack-errors.ts';
import type { Fill, FillValue, InputOnScreen } from './types.ts';

type Json = Record<string, unknown>;
type Element = ActionElement | InputElement;

export interface Form {
  fill(blocks: readonly Block[], what: Fill): void;
  /** `state.values`: every fillable element of these blocks, empty ones too. */
  values(blocks: readonly Block[]): FormState;
  /** What Slack's client would mark in red: block id → sentence. */
  objections(blocks: readonly Block[]): Readonly<Record<string, string>>;
}

export function createForm(people: People): Form {
  const filled = new Map<string, Json>();
  const key = (blockId: string | undefined, actionId: string | undefined): string => `${blockId ?? ''}\u0000${actionId ?? ''}`;
  const valueOf = (block: Block, element: Element): Json | undefined => {
    const empty = initialValue(element);
    return empty === undefined ? undefined : (filled.get(key(block.block_id, element.action_id)) ?? empty);
  };

  return {
    fill(blocks, what) {
      const block = blocks.find((one) => one.block_id === what.blockId);
      if (block === undefined) throw new SlackSaid(`there is no part "${what.blockId}" in this view`);
      const element = interactiveElements(block).find((one) => one.action_id === what.actionId);
      if (element === undefined) throw new SlackSaid(`there is nothing called "${what.actionId}" in the part "${what.blockId}"`);
      filled.set(key(what.blockId, what.actionId), take(element, what, people));
    },
    values(blocks) {
      const values: Record<string, Record<string, Json>> = {};
      for (const block of blocks) {
        for (const element of interactiveElements(block)) {
          const value = valueOf(block, element);
          if (value !== undefined) values[block.block_id ?? ''] = { ...values[block.block_id ?? ''], [element.action_id ?? '']: value };
        }
      }
      return values;
    },
    objections(blocks) {
      const found: Record<string, string> = {};
      for (const block of blocks) {
        if (block.type !== 'input') continue;
        const words = objectionTo(block, valueOf(block, block.element) ?? {});
        if (words !== undefined) found[block.block_id ?? ''] = words;
      }
      return found;
    },
  };
}

/** The inputs of a view, as a person would find them by their labels. */
export function inputsOnScreen(blocks: readonly Block[]): readonly InputOnScreen[] {
  return blocks
    .filter((block) => block.type === 'input')
    .map((block) => ({
      blockId: block.block_id ?? '',
      actionId: block.element.action_id ?? '',
      type: block.element.type,
      label: block.label.text,
      required: block.optional !== true,
      options: choicesOf(block.element).map((option) => ({ value: option.value, text: option.text.text })),
    }));
}

function choicesOf(element: Element): readonly Option[] {
  switch (element.type) {
    case 'static_select':
    case 'multi_static_select':
      return optionsOf(element);
    case 'radio_buttons':
    case 'checkboxes':
    case 'overflow':
      return element.options;
    case 'button':
    case 'users_select':
    case 'multi_users_select':
    case 'datepicker':
    case 'timepicker':
    case 'datetimepicker':
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
      return [];
  }
}

/** What an element holds before anyone touched it; undefined for those that hold nothing (buttons, overflow). */
function initialValue(element: Element): Json | undefined {
  const { type } = element;
  switch (type) {
    case 'button':
    case 'overflow':
      return undefined;
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
      return { type, value: element.initial_value ?? null };
    case 'static_select':
    case 'radio_buttons':
      return { type, selected_option: element.initial_option ?? null };
    case 'multi_static_select':
    case 'checkboxes':
      return { type, selected_options: element.initial_options ?? [] };
    case 'users_select':
      return { type, selected_user: element.initial_user ?? null };
    case 'multi_users_select':
      return { type, selected_users: element.initial_users ?? [] };
    case 'datepicker':
      return { type, selected_date: element.initial_date ?? null };
    case 'timepicker':
      return { type, selected_time: element.initial_time ?? null };
    case 'datetimepicker':
      return { type, selected_date_time: element.initial_date_time ?? null };
  }
}

/** Whether a choice made here stays in the form (a button's or an overflow's does not). */
export function holdsValue(element: Element): boolean {
  return initialValue(element) !== undefined;
}

/** The value an element holds after a person gave it `what`; throws when the client would not let them. */
export function take(element: Element, what: FillValue, people: People): Json {
  const { type } = element;
  const choose = (value: string): Option => {
    const option = choicesOf(element).find((one) => one.value === value);
    if (option === undefined) throw new SlackSaid(`"${value}" is not among the options`);
    return option;
  };
  const person = (id: string): string => {
    if (people.find(id) === undefined) throw new SlackSaid(`nobody here is called ${id}`);
    return id;
  };
  switch (type) {
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input': {
      const text = pick(what, 'value', type);
      const most = type === 'plain_text_input' ? (element.max_length ?? LIMITS.plainTextInput) : LIMITS.plainTextInput;
      if (text.length > most) throw new SlackSaid(`no more than ${most} characters can be typed here`);
      return { type, value: text === '' ? null : text };
    }
    case 'static_select':
    case 'radio_buttons':
    case 'overflow':
      return { type, selected_option: choose(pick(what, 'option', type)) };
    case 'multi_static_select':
    case 'checkboxes':
      return { type, selected_options: pick(what, 'options', type).map(choose) };
    case 'users_select':
      return { type, selected_user: person(pick(what, 'userId', type)) };
    case 'multi_users_select':
      return { type, selected_users: pick(what, 'userIds', type).map(person) };
    case 'datepicker':
      return { type, selected_date: pick(what, 'date', type) };
    case 'timepicker':
      return { type, selected_time: pick(what, 'time', type) };
    case 'datetimepicker':
      return { type, selected_date_time: pick(what, 'dateTime', type) };
    case 'button':
      throw new SlackSaid('a button is pressed, not filled in');
  }
}

interface FillFields {
  readonly value: string;
  readonly option: string;
  readonly options: readonly string[];
  readonly userId: string;
  readonly userIds: readonly string[];
  readonly date: string;
  readonly time: string;
  readonly dateTime: number;
}

function pick<Field extends keyof FillFields>(what: FillValue, field: Field, type: string): FillFields[Field] {
  const given: Partial<FillFields> = what;
  const value = given[field];
  if (value === undefined) throw new SlackSaid(`a ${type} is filled in with { ${field} }`);
  return value;
}

function objectionTo(block: InputBlock, value: Json): string | undefined {
  const { element } = block;
  const content = Object.entries(value).find(([name]) => name !== 'type')?.[1];
  const isEmpty = content === null || content === undefined || (Array.isArray(content) && content.length === 0);
  if (isEmpty) return block.optional === true ? undefined : 'Please complete this required field.';
  if (typeof content !== 'string') return undefined;
  switch (element.type) {
    case 'plain_text_input': {
      const least = element.min_length ?? 0;
      return content.length < least ? `Please enter at least ${least} characters.` : undefined;
    }
    case 'email_text_input':
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(content) ? undefined : 'Please enter a valid email address.';
    case 'url_text_input':
      return /^https?:\/\/\S+$/.test(content) ? undefined : 'Please enter a valid URL.';
    case 'number_input':
      return objectionToNumber(element, content);
    case 'static_select':
    case 'multi_static_select':
    case 'users_select':
    case 'multi_users_select':
    case 'radio_buttons':
    case 'checkboxes':
    case 'datepicker':
    case 'timepicker':
    case 'datetimepicker':
      return undefined;
  }
}

function objectionToNumber(element: Extract<InputElement, { type: 'number_input' }>, content: string): string | undefined {
  const number = Number(content);
  if (Number.isNaN(number)) return 'Please enter a number.';
  if (!element.is_decimal_allowed && !Number.isInteger(number)) return 'Please enter a whole number.';
  if (element.min_value !== undefined && number < Number(element.min_value)) return `Please enter at least ${element.min_value}.`;
  if (element.max_value !== undefined && number > Number(element.max_value)) return `Please enter at most ${element.max_value}.`;
  return undefined;
}
