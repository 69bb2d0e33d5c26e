/**
 * Channels, direct messages and what stands in them. A message keeps its place
 * and its `ts` permanently; each change makes a new version, and the transcript
 * keeps all of them.
 */
import type { MessageBlock } from './block-kit/blocks.ts';
import type { Ids } from './ids.ts';
import type { TranscriptWriter } from './transcript.ts';
import type { ChannelSeed, EphemeralMessage, Message, MessageMetadata } from './types.ts';

export interface Conversation {
  readonly id: string;
  readonly kind: 'public' | 'private' | 'im';
  readonly name: string;
  readonly members: Set<string>;
  readonly externallyShared: boolean;
  readonly archived: boolean;
}

export interface StoredMessage extends Message {
  /** A reply that is shown in the channel too. */
  readonly broadcast?: boolean;
}

export interface NewMessage {
  readonly user: string;
  readonly botId?: string;
  readonly text: string;
  readonly blocks: readonly MessageBlock[];
  readonly threadTs?: string;
  readonly broadcast?: boolean;
  readonly metadata?: MessageMetadata;
}

export interface MessageChange {
  readonly text?: string;
  readonly blocks?: readonly MessageBlock[];
  /** `undefined` keeps what is there, `null` removes it. */
  readonly metadata?: MessageMetadata | null;
}

export interface Conversations {
  find(id: string): Conversation | undefined;
  /** The direct conversation between the bot and a person, made when there is none. */
  directWith(person: string): { readonly conversation: Conversation; readonly existed: boolean };
  messages(channel: string): readonly StoredMessage[];
  message(channel: string, ts: string): StoredMessage | undefined;
  post(channel: string, message: NewMessage): StoredMessage;
  change(before: StoredMessage, by: string, change: MessageChange): StoredMessage;
  remove(message: StoredMessage, by: string): void;
  whisper(message: Omit<EphemeralMessage, 'ts'>): EphemeralMessage;
  whispers(person: string): readonly EphemeralMessage[];
  dropWhisper(ts: string): void;
}

export function createConversations(
  seeds: readonly ChannelSeed[],
  botUserId: string,
  ids: Ids,
  transcript: TranscriptWriter,
): Conversations {
  const conversations = new Map<string, Conversation>();
  const stored = new Map<string, Map<string, StoredMessage>>();
  let whispered: readonly EphemeralMessage[] = [];

  const add = (conversation: Conversation): Conversation => {
    conversations.set(conversation.id, conversation);
    stored.set(conversation.id, new Map());
    return conversation;
  };
  const put = (message: StoredMessage): StoredMessage => {
    stored.get(message.channel)?.set(message.ts, message);
    return message;
  };

  for (const seed of seeds) {
    add({
      id: seed.id,
      kind: seed.private ? 'private' : 'public',
      name: seed.name,
      members: new Set(seed.members),
      externallyShared: seed.externallyShared === true,
      archived: seed.archived === true,
    });
  }

  return {
    find: (id) => conversations.get(id),
    directWith(person) {
      const existing = [...conversations.values()].find((one) => one.kind === 'im' && one.members.has(person));
      if (existing !== undefined) return { conversation: existing, existed: true };
      const members = new Set([botUserId, person]);
      const made: Conversation = {
        id: ids.next('D'),
        kind: 'im',
        name: 'directmessage',
        members,
        externallyShared: false,
        archived: false,
      };
      return { conversation: add(made), existed: false };
    },
    messages: (channel) => [...(stored.get(channel)?.values() ?? [])],
    message: (channel, ts) => stored.get(channel)?.get(ts),
    post(channel, message) {
      const posted = put({ channel, ts: ids.messageTs(), version: 1, ...message });
      transcript.write({ kind: 'message.posted', by: message.user, message: posted });
      return posted;
    },
    change(before, by, { text, blocks, metadata }) {
      const { metadata: kept, ...rest } = before;
      const now = metadata === undefined ? kept : (metadata ?? undefined);
      const changed = put({
        ...rest,
        ...(now === undefined ? {} : { metadata: now }),
        text: text ?? before.text,
        blocks: blocks ?? before.blocks,
        editedTs: ids.messageTs(),
        version: before.version + 1,
      });
      transcript.write({ kind: 'message.updated', by, message: changed });
      return changed;
    },
    remove(message, by) {
      stored.get(message.channel)?.delete(message.ts);
      transcript.write({ kind: 'message.deleted', by, message });
    },
    whisper(message) {
      const shown = { ...message, ts: ids.messageTs() };
      whispered = [...whispered, shown];
      transcript.write({ kind: 'message.ephemeral', message: shown });
      return shown;
    },
    whispers: (person) => whispered.filter((one) => one.to === person),
    dropWhisper(ts) {
      whispered = whispered.filter((one) => one.ts !== ts);
    },
  };
}

/** Where a message stands for `conversations.history`: in the channel, or only in its thread. */
export function standsInChannel(message: StoredMessage): boolean {
  return message.threadTs === undefined || message.threadTs === message.ts || message.broadcast === true;
}
