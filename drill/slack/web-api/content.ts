/** What a message may carry: text, blocks, metadata; each checked as Slack checks it. */
import { z } from 'zod';
import type { MessageBlock } from '../block-kit/blocks.ts';
import { LIMITS } from '../block-kit/limits.ts';
import { asSlackMessage, type Problem, parseBlocks, parseView } from '../block-kit/validate.ts';
import type { ViewDefinition } from '../block-kit/view.ts';
import type { MessageMetadata } from '../types.ts';
import { Refusal } from './method.ts';

/** Slack names a limit but not its size; this is ours, far above what an id or two needs. */
const METADATA_BYTES = 8_000;

const metadataShape = z.strictObject({
  event_type: z.string().min(1).max(255),
  event_payload: z.record(z.string(), z.unknown()),
});

/** Blocks of a message; `undefined` when none were sent. Throws `invalid_blocks` with one line for each problem. */
export function readBlocks(raw: unknown): readonly MessageBlock[] | undefined {
  if (raw === undefined) return undefined;
  if (!Array.isArray(raw)) throw new Refusal('invalid_blocks_format');
  const parsed = parseBlocks(raw);
  if (parsed.kind === 'bad') throw refusalOf('invalid_blocks', parsed.problems);
  return parsed.value;
}

/** A view; throws `view_too_large` or `invalid_arguments`. */
export function readView(raw: unknown, type: 'modal' | 'home'): ViewDefinition {
  if (Buffer.byteLength(JSON.stringify(raw) ?? '') > LIMITS.viewBytes) throw new Refusal('view_too_large');
  const parsed = parseView(raw);
  if (parsed.kind === 'bad') throw refusalOf('invalid_arguments', parsed.problems);
  if (parsed.value.type !== type) {
    throw new Refusal('invalid_arguments', {
      response_metadata: { messages: [`[ERROR] must be a ${type} view [json-pointer:/view/type]`] },
    });
  }
  return parsed.value;
}

/** `undefined`: not sent. `null`: sent empty, which takes the metadata off a message. */
export function readMetadata(raw: unknown): MessageMetadata | null | undefined {
  if (raw === undefined) return undefined;
  if (typeof raw !== 'object' || raw === null) throw new Refusal('invalid_metadata_format');
  if (Object.keys(raw).length === 0) return null;
  if (Buffer.byteLength(JSON.stringify(raw)) > METADATA_BYTES) throw new Refusal('metadata_too_large');
  const parsed = metadataShape.safeParse(raw);
  if (!parsed.success) throw new Refusal('invalid_metadata_schema');
  return parsed.data;
}

function refusalOf(code: string, problems: readonly Problem[]): Refusal {
  const messages = problems.map(asSlackMessage);
  return new Refusal(code, { errors: messages.map((message) => message.replace('[ERROR] ', '')), response_metadata: { messages } });
}
