/** Finding what a person means to press, and what pressing it sends. */
import { type Block, interactiveElements } from './block-kit/blocks.ts';
import type { ActionElement, InputElement } from './block-kit/elements.ts';
import { take } from './form.ts';
import type { PressedElement } from './payloads.ts';
import { SlackSaid } from './slack-errors.ts';
import type { Fill, FillValue } from './types.ts';
import type { WorkspaceState } from './workspace-state.ts';

interface Wanted {
  readonly actionId: string;
  readonly blockId?: string | undefined;
  readonly value?: string | undefined;
}

/** The element a person means; two buttons alike are told apart by their value. */
export function findElement(
  blocks: readonly Block[],
  { actionId, blockId, value }: Wanted,
): { readonly block: Block; readonly element: ActionElement | InputElement } {
  const found = blocks
    .filter((block) => blockId === undefined || block.block_id === blockId)
    .flatMap((block) => interactiveElements(block).map((element) => ({ block, element })))
    .filter(({ element }) => element.action_id === actionId);
  const chosen = found.length > 1 ? found.find(({ element }) => element.type === 'button' && element.value === value) : found[0];
  if (chosen === undefined) throw new SlackSaid(`there is nothing to press called "${actionId}"`);
  return chosen;
}

/** The `actions[]` item for pressing a button or picking from a menu. */
export function pressedElement(
  world: WorkspaceState,
  block: Block,
  element: ActionElement | InputElement,
  value: string | undefined,
): PressedElement {
  const where = { action_id: element.action_id ?? '', block_id: block.block_id ?? '' };
  if (element.type === 'button') {
    const carried = element.value === undefined ? {} : { value: element.value };
    return {
      type: 'button',
      ...where,
      text: { emoji: true, ...element.text },
      ...carried,
      ...(element.style === undefined ? {} : { style: element.style }),
    };
  }
  if (value === undefined) throw new SlackSaid(`say with { value } what to pick in "${where.action_id}"`);
  return { ...take(element, asFill(element, value), world.people), type: element.type, ...where };
}

/** The same choice as it stays behind in the form. */
export function filledBy(block: Block, element: ActionElement | InputElement, value = ''): Fill {
  return { blockId: block.block_id ?? '', actionId: element.action_id ?? '', ...asFill(element, value) };
}

function asFill(element: ActionElement | InputElement, value: string): FillValue {
  switch (element.type) {
    case 'users_select':
      return { userId: value };
    case 'multi_users_select':
      return { userIds: value.split(',') };
    case 'multi_static_select':
    case 'checkboxes':
      return { options: value === '' ? [] : value.split(',') };
    case 'static_select':
    case 'radio_buttons':
    case 'overflow':
      return { option: value };
    case 'datepicker':
      return { date: value };
    case 'timepicker':
      return { time: value };
    case 'datetimepicker':
      return { dateTime: Number(value) };
    case 'button':
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
      return { value };
  }
}
