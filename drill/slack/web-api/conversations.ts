/** conversations.*: who is in a channel and what stands there. */
import { z } from 'zod';
import { standsInChannel } from '../conversations.ts';
import { channelBody, messageBody, threadFacts } from '../serializers.ts';
import { directChannel, needChannelScope, page, visibleChannel } from './channel-access.ts';
import { flag, type Method, method, Refusal, text, wholeNumber } from './method.ts';

const LONGEST_PAGE = 1_000;

const open = method({
  tier: 'tier3',
  scopes: ['im:write'],
  args: { users: text.optional(), channel: text.optional(), return_im: flag.optional() },
  run(args, { world }) {
    if (args.channel !== undefined) {
      const channel = visibleChannel(world, args.channel);
      if (channel.kind !== 'im') throw new Refusal('method_not_supported_for_channel_type');
      return { no_op: true, already_open: true, channel: { id: channel.id } };
    }
    if (args.users === undefined) throw new Refusal('users_list_not_supplied');
    const users = args.users.split(',');
    // A conversation of several needs another scope, which the practice app never has.
    if (users.length > 8) throw new Refusal('too_many_users');
    if (users.length > 1) throw new Refusal('missing_scope', { needed: 'mpim:write', provided: world.botScopes.join(',') });
    const { conversation, existed } = directChannel(world, users[0] ?? '', 'user_not_found');
    const known = existed ? { no_op: true, already_open: true } : {};
    return { ...known, channel: args.return_im === true ? channelBody(world, conversation) : { id: conversation.id } };
  },
});

const info = method({
  tier: 'tier3',
  args: { channel: text, include_num_members: flag.optional() },
  run(args, call) {
    const channel = visibleChannel(call.world, args.channel);
    needChannelScope(call, channel, 'read');
    const count = args.include_num_members === true ? { num_members: channel.members.size } : {};
    return { channel: { ...channelBody(call.world, channel), ...count } };
  },
});

const members = method({
  tier: 'tier4',
  args: { channel: text, cursor: z.string().optional(), limit: wholeNumber.optional() },
  run(args, call) {
    const channel = visibleChannel(call.world, args.channel);
    needChannelScope(call, channel, 'read');
    const limit = args.limit ?? 100;
    if (limit < 1 || limit > LONGEST_PAGE) throw new Refusal('invalid_limit');
    const { items, nextCursor } = page([...channel.members], args.cursor, limit);
    return { members: items, response_metadata: { next_cursor: nextCursor } };
  },
});

const between = {
  oldest: text.optional(),
  latest: text.optional(),
  inclusive: flag.optional(),
  include_all_metadata: flag.optional(),
  cursor: z.string().optional(),
  limit: wholeNumber.optional(),
};

const history = method({
  tier: 'tier3',
  args: { channel: text, ...between },
  run(args, call) {
    const { world } = call;
    const channel = visibleChannel(world, args.channel);
    needChannelScope(call, channel, 'history');
    if (!channel.members.has(world.botUserId)) throw new Refusal('not_in_channel');
    const all = world.conversations.messages(channel.id);
    const shown = all.filter((message) => standsInChannel(message) && isBetween(message.ts, args)).reverse();
    const { items, nextCursor } = page(shown, args.cursor, pageLength(args.limit));
    const messages = items.map((message) => {
      const replies = all.filter((other) => other.threadTs === message.ts && other.ts !== message.ts);
      const thread = replies.length > 0 ? { thread_ts: message.ts, ...threadFacts(replies) } : {};
      return { ...messageBody(world, message, { metadata: args.include_all_metadata === true }), ...thread };
    });
    return { messages, has_more: nextCursor !== '', pin_count: 0, response_metadata: { next_cursor: nextCursor } };
  },
});

const replies = method({
  tier: 'tier3',
  args: { channel: text, ts: text, ...between },
  run(args, call) {
    const { world } = call;
    const channel = visibleChannel(world, args.channel);
    needChannelScope(call, channel, 'history');
    const asked = world.conversations.message(channel.id, args.ts);
    const root = asked?.threadTs === undefined ? asked : world.conversations.message(channel.id, asked.threadTs);
    if (root === undefined) throw new Refusal('thread_not_found');
    const answers = world.conversations.messages(channel.id).filter((message) => message.threadTs === root.ts && message.ts !== root.ts);
    const { items, nextCursor } = page(
      answers.filter((message) => isBetween(message.ts, args)),
      args.cursor,
      pageLength(args.limit),
    );
    const withMetadata = { metadata: args.include_all_metadata === true };
    const thread = answers.length > 0 ? { thread_ts: root.ts, ...threadFacts(answers) } : {};
    return {
      // The first message of the thread comes on every page.
      messages: [{ ...messageBody(world, root, withMetadata), ...thread }, ...items.map((one) => messageBody(world, one, withMetadata))],
      has_more: nextCursor !== '',
      response_metadata: { next_cursor: nextCursor },
    };
  },
});

interface Span {
  readonly oldest?: string | undefined;
  readonly latest?: string | undefined;
  readonly inclusive?: boolean | undefined;
}

/** Exclusive at both ends unless asked otherwise. */
function isBetween(ts: string, { oldest, latest, inclusive }: Span): boolean {
  const at = Number(ts);
  const from = oldest === undefined ? Number.NEGATIVE_INFINITY : readTs(oldest, 'invalid_ts_oldest');
  const to = latest === undefined ? Number.POSITIVE_INFINITY : readTs(latest, 'invalid_ts_latest');
  return inclusive === true ? at >= from && at <= to : at > from && at < to;
}

function readTs(value: string, error: string): number {
  if (!/^\d+(\.\d+)?$/.test(value)) throw new Refusal(error);
  return Number(value);
}

function pageLength(limit: number | undefined): number {
  return Math.min(Math.max(limit ?? 100, 1), LONGEST_PAGE);
}

export const conversationMethods: Readonly<Record<string, Method>> = {
  'conversations.open': open,
  'conversations.info': info,
  'conversations.members': members,
  'conversations.history': history,
  'conversations.replies': replies,
};
