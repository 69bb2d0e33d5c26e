/** Answers that come back through a payload's `response_url`: no token, five times, thirty minutes. */
import type { Context } from 'hono';
import { z } from 'zod';
import { withIds } from '../views.ts';
import type { WorkspaceState } from '../workspace-state.ts';
import { readBlocks } from './content.ts';
import { Refusal } from './method.ts';

const answerShape = z.object({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  response_type: z.enum(['ephemeral', 'in_channel']).optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
  thread_ts: z.string().optional(),
});

export async function answerThroughUrl(context: Context, world: WorkspaceState): Promise<Response> {
  const raw = await context.req.text();
  const refuse = (status: number, error: string): Response => {
    world.transcript.write({ kind: 'response-url.used', accepted: false, why: error, body: raw });
    return Response.json({ ok: false, error }, { status });
  };
  let body: z.infer<typeof answerShape>;
  try {
    body = answerShape.parse(JSON.parse(raw));
  } catch {
    return refuse(400, 'invalid_payload');
  }
  const use = world.responseUrls.use(new URL(context.req.url).pathname);
  if (use.kind === 'refused') return refuse(404, use.error);
  try {
    write(world, use.target, body);
  } catch (error) {
    if (error instanceof Refusal) return refuse(400, error.code);
    throw error;
  }
  world.transcript.write({ kind: 'response-url.used', accepted: true, body });
  return new Response('ok');
}

function write(
  world: WorkspaceState,
  target: { readonly channel: string; readonly person: string; readonly messageTs: string },
  body: z.infer<typeof answerShape>,
): void {
  const { conversations, botUserId, botId, ids } = world;
  const original = conversations.message(target.channel, target.messageTs);
  if (body.delete_original === true) {
    if (original === undefined) conversations.dropWhisper(target.messageTs);
    else conversations.remove(original, botUserId);
    return;
  }
  const sent = readBlocks(body.blocks);
  if ((body.text ?? '') === '' && (sent ?? []).length === 0) throw new Refusal('no_text');
  const text = body.text ?? '';
  const { blocks } = withIds({ blocks: sent ?? [] }, ids);
  if (body.replace_original === true && original !== undefined) {
    conversations.change(original, botUserId, { text, blocks });
    return;
  }
  if (body.response_type === 'in_channel') {
    conversations.post(target.channel, {
      user: botUserId,
      botId,
      text,
      blocks,
      ...(body.thread_ts === undefined ? {} : { threadTs: body.thread_ts }),
    });
    return;
  }
  if (body.replace_original === true) conversations.dropWhisper(target.messageTs);
  conversations.whisper({ channel: target.channel, to: target.person, text, blocks });
}
