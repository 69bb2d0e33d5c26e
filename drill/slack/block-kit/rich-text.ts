/**
 * Rich text: the one place where text of other people may stand, because nothing in a
 * `text` element is parsed. So its shape is checked to the last element.
 */
import { z } from 'zod';
import { webAddress } from './composition.ts';
import { LIMITS } from './limits.ts';

const style = z.strictObject({
  bold: z.boolean().optional(),
  italic: z.boolean().optional(),
  strike: z.boolean().optional(),
  code: z.boolean().optional(),
  underline: z.boolean().optional(),
});
const mentionStyle = z.strictObject({
  bold: z.boolean().optional(),
  italic: z.boolean().optional(),
  strike: z.boolean().optional(),
  highlight: z.boolean().optional(),
  client_highlight: z.boolean().optional(),
  unlink: z.boolean().optional(),
});

const text = z.strictObject({ type: z.literal('text'), text: z.string().min(1), style: style.optional() });
const link = z.strictObject({
  type: z.literal('link'),
  url: webAddress,
  text: z.string().optional(),
  unsafe: z.boolean().optional(),
  style: style.optional(),
});

const inline = z.discriminatedUnion('type', [
  text,
  link,
  z.strictObject({ type: z.literal('user'), user_id: z.string().min(1), style: mentionStyle.optional() }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: z.string().min(1), style: mentionStyle.optional() }),
  z.strictObject({ type: z.literal('channel'), channel_id: z.string().min(1), style: mentionStyle.optional() }),
  z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']), style: mentionStyle.optional() }),
  z.strictObject({ type: z.literal('emoji'), name: z.string().min(1), unicode: z.string().optional(), style: style.optional() }),
  z.strictObject({ type: z.literal('color'), value: z.string().min(1), style: mentionStyle.optional() }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.int(),
    format: z.string().min(1),
    url: webAddress.optional(),
    fallback: z.string().optional(),
    style: style.optional(),
  }),
]);

const section = z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(inline) });
const border = { border: z.union([z.literal(0), z.literal(1)]).optional() };

export const richText = z.strictObject({
  type: z.literal('rich_text'),
  block_id: z.string().min(1).max(LIMITS.id).optional(),
  elements: z
    .array(
      z.discriminatedUnion('type', [
        section,
        z.strictObject({
          type: z.literal('rich_text_list'),
          style: z.enum(['bullet', 'ordered']),
          elements: z.array(section),
          indent: z.int().min(0).max(8).optional(),
          offset: z.int().min(0).optional(),
          ...border,
        }),
        z.strictObject({ type: z.literal('rich_text_quote'), elements: z.array(inline), ...border }),
        z.strictObject({
          type: z.literal('rich_text_preformatted'),
          elements: z.array(z.discriminatedUnion('type', [text, link])),
          ...border,
        }),
      ]),
    )
    .min(1),
});
