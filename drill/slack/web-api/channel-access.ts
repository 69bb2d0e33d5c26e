/** What the app may see and where it may write. Slack hides a private channel the bot is not in: it "does not exist". */
import type { Conversation, StoredMessage } from '../conversations.ts';
import type { WorkspaceState } from '../workspace-state.ts';
import { type Call, Refusal } from './method.ts';

/** A channel the app can see; a private one only from inside. */
export function visibleChannel(world: WorkspaceState, id: string): Conversation {
  const found = world.conversations.find(id);
  if (found === undefined) throw new Refusal('channel_not_found');
  if (found.kind !== 'public' && !found.members.has(world.botUserId)) throw new Refusal('channel_not_found');
  return found;
}

/** A channel the app may post in: a channel id, or a person's id for the direct conversation. */
export function writableChannel(world: WorkspaceState, id: string): Conversation {
  if (/^[UW]/.test(id)) return directChannel(world, id, 'channel_not_found').conversation;
  const channel = visibleChannel(world, id);
  if (!channel.members.has(world.botUserId)) throw new Refusal('not_in_channel');
  if (channel.archived) throw new Refusal('is_archived');
  return channel;
}

/** The direct conversation with a person the bot may write to. */
export function directChannel(
  world: WorkspaceState,
  userId: string,
  unknownPerson: string,
): { readonly conversation: Conversation; readonly existed: boolean } {
  const person = world.people.find(userId);
  if (person === undefined) throw new Refusal(unknownPerson);
  if (person.bot === true) throw new Refusal('cannot_dm_bot');
  if (person.deleted === true) throw new Refusal('user_disabled');
  return world.conversations.directWith(userId);
}

/** Asks for the scope that this kind of channel needs: `groups:read`, `im:history`… */
export function needChannelScope(call: Call, channel: Conversation, what: 'read' | 'history'): void {
  const family = channel.kind === 'im' ? 'im' : channel.kind === 'private' ? 'groups' : 'channels';
  call.needs(`${family}:${what}`);
}

export function existingMessage(world: WorkspaceState, channel: Conversation, ts: string): StoredMessage {
  const message = world.conversations.message(channel.id, ts);
  if (message === undefined) throw new Refusal('message_not_found');
  return message;
}

/** Cuts a list into Slack's pages; the cursor is opaque to the caller and refused when it is not one of ours. */
export function page<T>(
  items: readonly T[],
  cursor: string | undefined,
  limit: number,
): { readonly items: readonly T[]; readonly nextCursor: string } {
  const start = cursor === undefined || cursor === '' ? 0 : readCursor(cursor);
  const end = start + limit;
  return { items: items.slice(start, end), nextCursor: end < items.length ? Buffer.from(`next:${end}`).toString('base64') : '' };
}

function readCursor(cursor: string): number {
  const match = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString('utf8'));
  if (match === null) throw new Refusal('invalid_cursor');
  return Number(match[1]);
}
