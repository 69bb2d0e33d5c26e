/** chat.*: posting, changing and removing the app's own messages. */
import { z } from 'zod';
import { messageBody } from '../serializers.ts';
import { withIds } from '../views.ts';
import type { WorkspaceState } from '../workspace-state.ts';
import { existingMessage, visibleChannel, writableChannel } from './channel-access.ts';
import { readBlocks, readMetadata } from './content.ts';
import { flag, json, type Method, method, Refusal, text } from './method.ts';

const TEXT_KEPT = 40_000;
const UPDATE_TEXT_MOST = 4_000;
/** May be empty beside blocks, so it is not the `text` of other arguments. */
const messageText = z.string().optional();
const TIMESTAMP = /^\d{1,10}\.\d{6}$/;

const postMessage = method({
  tier: 'post',
  scopes: ['chat:write'],
  args: {
    channel: text,
    text: messageText,
    blocks: json.optional(),
    attachments: json.optional(),
    metadata: json.optional(),
    thread_ts: text.optional(),
    reply_broadcast: flag.optional(),
    username: text.optional(),
    icon_url: text.optional(),
    icon_emoji: text.optional(),
  },
  run(args, call) {
    const { world } = call;
    if (args.username !== undefined || args.icon_url !== undefined || args.icon_emoji !== undefined) call.needs('chat:write.customize');
    refuseAttachments(args.attachments);
    const blocks = readBlocks(args.blocks) ?? [];
    if ((args.text ?? '') === '' && blocks.length === 0) throw new Refusal('no_text');
    const metadata = readMetadata(args.metadata) ?? undefined;
    const channel = writableChannel(world, args.channel);
    if (args.thread_ts !== undefined) checkThread(world, channel.id, args.thread_ts);
    const isTooLong = (args.text ?? '').length > TEXT_KEPT;
    const message = world.conversations.post(channel.id, {
      user: world.botUserId,
      botId: world.botId,
      text: (args.text ?? '').slice(0, TEXT_KEPT),
      blocks: withIds({ blocks }, world.ids).blocks,
      ...(args.thread_ts === undefined ? {} : { threadTs: args.thread_ts }),
      ...(args.thread_ts !== undefined && args.reply_broadcast === true ? { broadcast: true } : {}),
      ...(metadata === undefined ? {} : { metadata }),
    });
    return {
      channel: channel.id,
      ts: message.ts,
      message: messageBody(world, message, { metadata: true }),
      ...(isTooLong ? { warning: 'message_truncated', response_metadata: { warnings: ['message_truncated'] } } : {}),
    };
  },
});

const update = method({
  tier: 'tier3',
  scopes: ['chat:write'],
  args: { channel: text, ts: text, text: messageText, blocks: json.optional(), attachments: json.optional(), metadata: json.optional() },
  run(args, { world }) {
    refuseAttachments(args.attachments);
    const blocks = readBlocks(args.blocks);
    if (args.text === undefined && blocks === undefined) throw new Refusal('no_text');
    if (args.text === '' && (blocks ?? []).length === 0) throw new Refusal('no_text');
    if ((args.text ?? '').length > UPDATE_TEXT_MOST) throw new Refusal('msg_too_long');
    const metadata = readMetadata(args.metadata);
    const channel = visibleChannel(world, args.channel);
    if (channel.archived) throw new Refusal('is_inactive');
    const before = existingMessage(world, channel, args.ts);
    if (before.user !== world.botUserId) throw new Refusal('cant_update_message');
    const message = world.conversations.change(before, world.botUserId, {
      ...(args.text === undefined ? {} : { text: args.text }),
      ...(blocks === undefined ? {} : { blocks: withIds({ blocks }, world.ids).blocks }),
      ...(metadata === undefined ? {} : { metadata }),
    });
    return { channel: channel.id, ts: message.ts, text: message.text, message: messageBody(world, message, { metadata: true }) };
  },
});

const remove = method({
  tier: 'tier3',
  scopes: ['chat:write'],
  args: { channel: text, ts: text },
  run(args, { world }) {
    const channel = visibleChannel(world, args.channel);
    const message = existingMessage(world, channel, args.ts);
    if (message.user !== world.botUserId) throw new Refusal('cant_delete_message');
    world.conversations.remove(message, world.botUserId);
    return { channel: channel.id, ts: message.ts };
  },
});

const postEphemeral = method({
  tier: 'tier4',
  scopes: ['chat:write'],
  args: { channel: text, user: text, text: messageText, blocks: json.optional(), attachments: json.optional(), thread_ts: text.optional() },
  run(args, { world }) {
    refuseAttachments(args.attachments);
    const blocks = readBlocks(args.blocks) ?? [];
    if ((args.text ?? '') === '' && blocks.length === 0) throw new Refusal('no_text');
    const channel = writableChannel(world, args.channel);
    if (!channel.members.has(args.user)) throw new Refusal('user_not_in_channel');
    const shown = world.conversations.whisper({
      channel: channel.id,
      to: args.user,
      text: args.text ?? '',
      blocks: withIds({ blocks }, world.ids).blocks,
    });
    return { message_ts: shown.ts };
  },
});

const getPermalink = method({
  tier: 'special',
  args: { channel: text, message_ts: text },
  run(args, { world }) {
    const channel = visibleChannel(world, args.channel);
    const message = existingMessage(world, channel, args.message_ts);
    return { channel: channel.id, permalink: permalinkOf(world, channel.id, message.ts) };
  },
});

function permalinkOf(world: WorkspaceState, channel: string, ts: string): string {
  return `https://${world.team.domain}.slack.com/archives/${channel}/p${ts.replace('.', '')}`;
}

/** Legacy attachments are not supported: refused, so that none slips in unseen. */
function refuseAttachments(attachments: unknown): void {
  if (Array.isArray(attachments) && attachments.length === 0) return;
  if (attachments !== undefined) throw new Refusal('invalid_attachments');
}

function checkThread(world: WorkspaceState, channel: string, threadTs: string): void {
  if (!TIMESTAMP.test(threadTs)) throw new Refusal('invalid_arguments', { response_metadata: { messages: ['[ERROR] invalid thread_ts'] } });
  const root = world.conversations.message(channel, threadTs);
  // Replies to replies do not exist: a thread hangs on its first message.
  if (root === undefined || (root.threadTs !== undefined && root.threadTs !== root.ts)) throw new Refusal('cannot_reply_to_message');
}

export const chatMethods: Readonly<Record<string, Method>> = {
  'chat.postMessage': postMessage,
  'chat.update': update,
  'chat.delete': remove,
  'chat.postEphemeral': postEphemeral,
  'chat.getPermalink': getPermalink,
};
