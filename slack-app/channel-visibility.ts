// Who can read a channel, checked before each post: people join while a case is open, channels are shared or public, and
// an attacker may use the subject's Slack. In doubt nothing is shown.
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import { type SlackFailure, slackFailure } from './slack-failures.ts';
import type { HiddenBecause } from './wording.ts';

export type ChannelVisibility = { readonly kind: 'shown' } | { readonly kind: 'hidden'; readonly because: HiddenBecause };

export interface ChannelVisibilityReader {
  /** May a card about this subject (all its Slack ids) be shown in this channel now? Never throws. */
  of(channel: string, subject: readonly string[]): Promise<ChannelVisibility>;
  /** Forgets what was read: a person joined or left. */
  forget(channel: string): void;
}

type Readers =
  | { readonly kind: 'read'; readonly members: ReadonlySet<string> }
  | { readonly kind: 'open'; readonly because: 'shared' | 'public' }
  | { readonly kind: 'failed'; readonly failure: SlackFailure };

/** One burst of updates reads once. */
const CACHED_MS = 3_000;
const PAGE = 200;
const MOST_PAGES = 25;

const INFO = z.object({
  channel: z.object({
    is_private: z.boolean(),
    is_shared: z.boolean().optional(),
    is_ext_shared: z.boolean().optional(),
    is_org_shared: z.boolean().optional(),
    is_pending_ext_shared: z.boolean().optional(),
  }),
});
const MEMBERS = z.object({
  members: z.array(z.string()),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

export function channelVisibilityReader(
  client: WebClient,
  onUnreadable: (channel: string, failure: SlackFailure) => void,
): ChannelVisibilityReader {
  const cache = new Map<string, { readonly at: number; readonly readers: Promise<Readers> }>();

  const readersOf = (channel: string): Promise<Readers> => {
    const cached = cache.get(channel);
    if (cached !== undefined && Date.now() - cached.at < CACHED_MS) return cached.readers;
    const readers = read(client, channel);
    cache.set(channel, { at: Date.now(), readers });
    return readers;
  };

  return {
    async of(channel, subject) {
      const readers = await readersOf(channel);
      switch (readers.kind) {
        case 'open':
          return { kind: 'hidden', because: readers.because };
        case 'failed':
          // Not cached: the next call reads again.
          cache.delete(channel);
          onUnreadable(channel, readers.failure);
          return { kind: 'hidden', because: 'unreadable' };
        case 'read':
          if (subject.length === 0) return { kind: 'hidden', because: 'subject-unknown' };
          return subject.some((id) => readers.members.has(id)) ? { kind: 'hidden', because: 'subject-reads' } : { kind: 'shown' };
      }
    },
    forget: (channel) => void cache.delete(channel),
  };
}

async function read(client: WebClient, channel: string): Promise<Readers> {
  try {
    const { channel: info } = INFO.parse(await client.conversations.info({ channel }));
    if (info.is_shared === true || info.is_ext_shared === true || info.is_org_shared === true || info.is_pending_ext_shared === true) {
      return { kind: 'open', because: 'shared' };
    }
    // A public channel can be read without being a member.
    if (!info.is_private) return { kind: 'open', because: 'public' };
    const members = new Set<string>();
    let cursor = '';
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = MEMBERS.parse(await client.conversations.members({ channel, limit: PAGE, ...(cursor === '' ? {} : { cursor }) }));
      for (const member of answer.members) members.add(member);
      cursor = answer.response_metadata?.next_cursor ?? '';
      if (cursor === '') return { kind: 'read', members };
    }
    return { kind: 'failed', failure: { kind: 'refused', code: 'too_many_members' } };
  } catch (error) {
    return { kind: 'failed', failure: slackFailure(error) };
  }
}
