// A message as the projector posts it: words for notifications and screen
// readers, and blocks for everybody else.
import type { KnownBlock } from '@slack/types';

export interface Message {
  /** A full sentence of our own words, ids and times. Slack parses it, so nothing foreign stands in here. */
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
}

/** A sentence of our own, and nothing else. */
export const plainMessage = (text: string): Message => ({
  text,
  blocks: [{ type: 'section', text: { type: 'plain_text', text, emoji: false } }],
});
