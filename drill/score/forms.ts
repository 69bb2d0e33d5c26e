// What stood at the prompts and what people typed into the forms, from the
// workspace's own transcript: the judge's only source for plan codes.
import { z } from 'zod';
import { blockLines } from '../message-text.ts';
import { readMessage } from '../staff/screen.ts';
import type { SlackMoment } from './input.ts';

/** One code, and since when it stood at the prompt of this case and group. */
interface ShownCode {
  readonly at: number;
  readonly case: number;
  readonly group: string;
  readonly code: string;
}

export interface TypedCode {
  readonly at: number;
  /** Slack account. */
  readonly by: string;
  readonly code: string;
  /** The form showed a plan code itself: then no one had to read the prompt. */
  readonly toldByForm: boolean;
}

export function shownCodes(moments: readonly SlackMoment[]): ShownCode[] {
  return moments.flatMap(({ at, kind, message }) => {
    const isShown = kind === 'message.posted' || kind === 'message.updated';
    const prompt = message === undefined || !isShown ? null : readMessage(message);
    if (prompt?.kind !== 'prompt' || prompt.code === null) return [];
    return [{ at: Date.parse(at), case: prompt.case, group: prompt.group, code: prompt.code }];
  });
}

const SUBMISSION = z.looseObject({
  type: z.literal('view_submission'),
  user: z.looseObject({ id: z.string() }),
  view: z.looseObject({
    blocks: z.array(
      z.looseObject({
        block_id: z.string().optional(),
        label: z.looseObject({ text: z.string() }).optional(),
        element: z.looseObject({ action_id: z.string().optional() }).optional(),
      }),
    ),
    state: z.looseObject({ values: z.record(z.string(), z.record(z.string(), z.looseObject({ value: z.string().nullish() }))) }),
  }),
});
const ENVELOPE = z.looseObject({ payload: SUBMISSION });

/** Every form with a plan code that was sent, oldest first. */
export function typedCodes(moments: readonly SlackMoment[]): TypedCode[] {
  return moments.flatMap(({ at, kind, payloadType, envelope }) => {
    if (kind !== 'envelope.sent' || payloadType !== 'view_submission') return [];
    const parsed = ENVELOPE.safeParse(envelope);
    if (!parsed.success) return [];
    const { user, view } = parsed.data.payload;
    const input = view.blocks.find((block) => block.element !== undefined && /plan code/i.test(block.label?.text ?? ''));
    const code = view.state.values[input?.block_id ?? '']?.[input?.element?.action_id ?? '']?.value;
    if (typeof code !== 'string') return [];
    const toldByForm = view.blocks.flatMap(blockLines).some((line) => /plan code\D{0,5}\d{4}\b/i.test(line));
    return [{ at: Date.parse(at), by: user.id, code: code.trim(), toldByForm }];
  });
}
