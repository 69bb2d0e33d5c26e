/** Reads the app's answer to a submission as Slack reads it: what is not exactly right counts as no answer. */
import { z } from 'zod';
import type { Block } from './block-kit/blocks.ts';
import { asSlackMessage, parseView } from './block-kit/validate.ts';
import type { ViewDefinition } from './block-kit/view.ts';

export type ModalAnswer =
  | { readonly kind: 'close' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> }
  | { readonly kind: 'update' | 'push'; readonly view: ViewDefinition }
  | { readonly kind: 'wrong'; readonly why: string };

const answerShape = z.discriminatedUnion('response_action', [
  z.object({ response_action: z.literal('clear') }),
  z.object({ response_action: z.literal('errors'), errors: z.record(z.string(), z.string().min(1)) }),
  z.object({ response_action: z.literal('update'), view: z.unknown() }),
  z.object({ response_action: z.literal('push'), view: z.unknown() }),
]);

/** @param blocks of the submitted view: an error may only stand at one of its inputs. */
export function readAnswer(payload: unknown, blocks: readonly Block[]): ModalAnswer {
  if (payload === null || payload === undefined || (typeof payload === 'object' && Object.keys(payload).length === 0))
    return { kind: 'close' };
  const parsed = answerShape.safeParse(payload);
  if (!parsed.success) return { kind: 'wrong', why: `not a response to a submission: ${z.prettifyError(parsed.error)}` };
  const answer = parsed.data;
  switch (answer.response_action) {
    case 'clear':
      return { kind: 'clear' };
    case 'errors': {
      const inputs = new Set(blocks.filter((block) => block.type === 'input').map((block) => block.block_id));
      const astray = Object.keys(answer.errors).filter((blockId) => !inputs.has(blockId));
      if (Object.keys(answer.errors).length === 0) return { kind: 'wrong', why: 'errors without an error' };
      if (astray.length > 0) return { kind: 'wrong', why: `errors at what is no input: ${astray.join(', ')}` };
      return { kind: 'errors', errors: answer.errors };
    }
    case 'update':
    case 'push': {
      const view = parseView(answer.view);
      if (view.kind === 'bad') return { kind: 'wrong', why: view.problems.map(asSlackMessage).join('; ') };
      if (view.value.type !== 'modal') return { kind: 'wrong', why: 'a modal was expected' };
      return { kind: answer.response_action, view: view.value };
    }
  }
}
