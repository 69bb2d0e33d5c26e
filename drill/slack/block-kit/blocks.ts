/**
 * The blocks that the product may use. `input` is kept to modals and the Home tab on
 * purpose: in messages it is new, and clients differ.
 */
import { z } from 'zod';
import { anyText, identifier, plainText, refuse, webAddress } from './composition.ts';
import { type ActionElement, accessory, actionElement, contextElement, type InputElement, inputElement } from './elements.ts';
import { LIMITS } from './limits.ts';
import { richText } from './rich-text.ts';

const block_id = identifier.optional();

const section = z
  .strictObject({
    type: z.literal('section'),
    block_id,
    text: anyText(LIMITS.text).optional(),
    fields: z.array(anyText(LIMITS.sectionField)).min(1).max(LIMITS.sectionFields).optional(),
    accessory: accessory.optional(),
    expand: z.boolean().optional(),
  })
  .check((context) => {
    if (context.value.text === undefined && context.value.fields === undefined) {
      refuse(context, [], 'missing_field', 'missing required field: text or fields', 'text or fields');
    }
  });

const header = z.strictObject({ type: z.literal('header'), block_id, text: plainText(LIMITS.header) });
const context = z.strictObject({
  type: z.literal('context'),
  block_id,
  elements: z.array(contextElement).min(1).max(LIMITS.contextElements),
});
const divider = z.strictObject({ type: z.literal('divider'), block_id });
const actions = z.strictObject({
  type: z.literal('actions'),
  block_id,
  elements: z.array(actionElement).min(1).max(LIMITS.actionsElements),
});
const image = z.strictObject({
  type: z.literal('image'),
  block_id,
  image_url: webAddress,
  alt_text: z.string().min(1).max(LIMITS.imageAltText),
  title: plainText(LIMITS.imageTitle).optional(),
});
const input = z.strictObject({
  type: z.literal('input'),
  block_id,
  label: plainText(LIMITS.inputLabel),
  hint: plainText(LIMITS.inputHint).optional(),
  element: inputElement,
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
});

export const messageBlock = z.discriminatedUnion('type', [section, header, context, divider, actions, image, richText]);
export const viewBlock = z.discriminatedUnion('type', [section, header, context, divider, actions, image, richText, input]);

export type Block = z.infer<typeof viewBlock>;
export type MessageBlock = z.infer<typeof messageBlock>;
export type InputBlock = z.infer<typeof input>;

/** Everything in a block that a person can press, pick or fill in. */
export function interactiveElements(block: Block): (ActionElement | InputElement)[] {
  switch (block.type) {
    case 'actions':
      return block.elements;
    case 'input':
      return [block.element];
    case 'section':
      return block.accessory === undefined || block.accessory.type === 'image' ? [] : [block.accessory];
    case 'header':
    case 'context':
    case 'divider':
    case 'image':
    case 'rich_text':
      return [];
  }
}
