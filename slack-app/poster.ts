// Posts a message in Slack exactly once and keeps it up to date. Slack has no idempotency key and answers get lost, so
// the row says "sending" before the call, and an unconfirmed post is searched in the channel before it is posted again.
import { createHash } from 'node:crypto';
import type { WebClient } from '@slack/web-api';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { slackFailure } from './slack-failures.ts';
import type { Post, Posts } from './tables.ts';
import type { Message } from './views/message.ts';

export const METADATA_EVENT = 'unapprove_case';

export interface OutgoingMessage {
  /** Stable for one message: case, kind of message, place. */
  readonly postKey: string;
  readonly caseId: string;
  /** A channel, or the direct conversation with a person. */
  readonly to: { readonly channel: string } | { readonly person: string };
  readonly message: Message;
  /** Post key of the message that starts its thread; absent for a message in the channel itself. */
  readonly inThreadOf?: string;
}

export type Delivered = 'posted' | 'adopted' | 'updated' | 'unchanged';

/** A message is not in Slack yet; the row says what is known. */
export class NotDelivered extends Error {
  override readonly name = 'NotDelivered';
  /** The earliest useful retry, in ms from now, when Slack named one. */
  readonly afterMs: number | null;
  /** Slack's own code when Slack refused. */
  readonly code: string | null;

  constructor(what: string, next: { readonly afterMs: number | null; readonly code: string | null }, cause: unknown) {
    super(`expected Slack to take ${what}, got ${next.code ?? (next.afterMs === null ? 'no-answer' : 'a request to wait')}`, { cause });
    this.afterMs = next.afterMs;
    this.code = next.code;
  }
}

export interface Poster {
  /** @throws NotDelivered; calling again is safe and continues from what is known */
  deliver(placed: OutgoingMessage): Promise<Delivered>;
}

/** The message to change is gone, or cannot be changed any more: a new one is posted. */
const POST_ANEW: readonly string[] = ['message_not_found', 'cant_update_message', 'edit_window_closed'];

/** Clock skew: a post may carry a time a little before our call. */
const CLOCK_MARGIN_S = 120;
const HISTORY_PAGE = 200;
const MOST_PAGES = 10;

const POSTED = z.object({ channel: z.string(), ts: z.string() });
const HISTORY = z.object({
  messages: z.array(
    z.looseObject({ ts: z.string(), metadata: z.looseObject({ event_type: z.string(), event_payload: z.unknown() }).optional() }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
const OURS = z.looseObject({ post_key: z.string() });

export function makePoster(client: WebClient, posts: Posts): Poster {
  const send = async (placed: OutgoingMessage, digest: string): Promise<Delivered> => {
    const channel = await channelOf(client, placed);
    const thread = await threadOf(posts, placed);
    await posts.begin({ postKey: placed.postKey, caseId: placed.caseId, channel });
    try {
      const posted = POSTED.parse(
        await client.chat.postMessage({
          channel,
          ...content(placed),
          ...(thread === null ? {} : { thread_ts: thread }),
          unfurl_links: false,
          unfurl_media: false,
          mrkdwn: false,
        }),
      );
      await posts.sent(placed.postKey, { ...posted, digest });
      return 'posted';
    } catch (error) {
      const failure = slackFailure(error);
      // Only a refusal by Slack proves that nothing was posted.
      if (failure.kind !== 'unknown') await posts.unsent(placed.postKey);
      throw notDelivered('a message', failure, error);
    }
  };

  const change = async (placed: OutgoingMessage, post: Post & { readonly ts: string }, digest: string): Promise<Delivered> => {
    try {
      await client.chat.update({ channel: post.channel, ts: post.ts, ...content(placed) });
    } catch (error) {
      const failure = slackFailure(error);
      if (failure.kind === 'refused' && POST_ANEW.includes(failure.code)) return send(placed, digest);
      throw notDelivered('a change of a message', failure, error);
    }
    await posts.sent(placed.postKey, { channel: post.channel, ts: post.ts, digest });
    return 'updated';
  };

  /** Searches a message whose post was not confirmed. */
  const settle = async (placed: OutgoingMessage, post: Post, digest: string): Promise<Delivered> => {
    const oldest = String(Math.floor(post.updatedAt.getTime() / 1000) - CLOCK_MARGIN_S);
    const found = await findPosted(client, post, await threadOf(posts, placed), oldest);
    if (found === null) return send(placed, digest);
    await posts.sent(placed.postKey, { channel: post.channel, ts: found, digest: null });
    // It shows what was true when it was posted.
    await change(placed, { ...post, ts: found }, digest);
    return 'adopted';
  };

  return {
    async deliver(placed) {
      const digest = digestOf(placed.message);
      const post = await posts.find(placed.postKey);
      if (post === null || post.state === 'unsent') return send(placed, digest);
      if (post.state === 'sending' || post.ts === null) return settle(placed, post, digest);
      if (post.digest === digest) return 'unchanged';
      return change(placed, { ...post, ts: post.ts }, digest);
    },
  };
}

const digestOf = (message: Message): string =>
  createHash('sha256')
    .update(canonicalize(message) ?? '')
    .digest('hex');

/** Slack's defaults for an update differ from those for a post, so every option is given. */
const content = ({ message, caseId, postKey }: OutgoingMessage) => ({
  text: message.text,
  blocks: [...message.blocks],
  parse: 'none' as const,
  link_names: false,
  metadata: { event_type: METADATA_EVENT, event_payload: { case_id: caseId, post_key: postKey } },
});

/** @throws NotDelivered while the message that starts the thread is not posted */
async function threadOf(posts: Posts, { inThreadOf }: OutgoingMessage): Promise<string | null> {
  if (inThreadOf === undefined) return null;
  const ts = (await posts.find(inThreadOf))?.ts ?? null;
  if (ts === null) throw new NotDelivered('a message in a thread that has not begun', { afterMs: null, code: null }, null);
  return ts;
}

async function channelOf(client: WebClient, { to }: OutgoingMessage): Promise<string> {
  if ('channel' in to) return to.channel;
  try {
    const { channel } = z.object({ channel: z.object({ id: z.string() }) }).parse(await client.conversations.open({ users: to.person }));
    return channel.id;
  } catch (error) {
    throw notDelivered('a direct conversation', slackFailure(error), error);
  }
}

/** @returns its ts, or null when it is not there or the app may not read (then a duplicate is better than no message) */
async function findPosted(client: WebClient, { channel, postKey }: Post, thread: string | null, oldest: string): Promise<string | null> {
  // The history of a channel does not include its threads.
  const read = (asked: { channel: string; oldest: string; include_all_metadata: boolean; limit: number; cursor?: string }) =>
    thread === null ? client.conversations.history(asked) : client.conversations.replies({ ...asked, ts: thread });
  try {
    let cursor = '';
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { messages, response_metadata } = HISTORY.parse(
        await read({
          channel,
          oldest,
          include_all_metadata: true,
          limit: HISTORY_PAGE,
          ...(cursor === '' ? {} : { cursor }),
        }),
      );
      const ours = messages.find(
        ({ metadata }) => metadata?.event_type === METADATA_EVENT && OURS.safeParse(metadata.event_payload).data?.post_key === postKey,
      );
      if (ours !== undefined) return ours.ts;
      cursor = response_metadata?.next_cursor ?? '';
      if (cursor === '') return null;
    }
    return null;
  } catch (error) {
    const failure = slackFailure(error);
    if (failure.kind === 'refused') return null;
    throw notDelivered('a read of the messages of a channel', failure, error);
  }
}

const notDelivered = (what: string, failure: ReturnType<typeof slackFailure>, cause: unknown): NotDelivered =>
  new NotDelivered(
    what,
    { afterMs: failure.kind === 'later' ? failure.afterMs : null, code: failure.kind === 'refused' ? failure.code : null },
    cause,
  );
