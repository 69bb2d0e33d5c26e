/** Modals and the Home tab: the frame around their blocks. */
import { z } from 'zod';
import { viewBlock } from './blocks.ts';
import { plainText, refuse } from './composition.ts';
import { LIMITS } from './limits.ts';

const shared = {
  callback_id: z.string().max(LIMITS.id).optional(),
  external_id: z.string().max(LIMITS.id).optional(),
  private_metadata: z.string().max(LIMITS.privateMetadata).optional(),
};

const modal = z
  .strictObject({
    type: z.literal('modal'),
    title: plainText(LIMITS.viewTitle),
    blocks: z.array(viewBlock).max(LIMITS.blocks.modal),
    submit: plainText(LIMITS.viewButton).optional(),
    close: plainText(LIMITS.viewButton).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    submit_disabled: z.boolean().optional(),
    ...shared,
  })
  .check((context) => {
    const hasInput = context.value.blocks.some((block) => block.type === 'input');
    if (hasInput && context.value.submit === undefined) {
      refuse(context, [], 'missing_field', 'missing required field: submit (a view with input blocks needs one)', 'submit');
    }
  });

const home = z.strictObject({ type: z.literal('home'), blocks: z.array(viewBlock).max(LIMITS.blocks.home), ...shared });

export const anyView = z.discriminatedUnion('type', [modal, home]);
export type ViewDefinition = z.infer<typeof anyView>;
