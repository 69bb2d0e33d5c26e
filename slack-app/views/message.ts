// A message as the projector posts it: text for notifications and screen readers, and blocks for display.
import type { KnownBlock } from '@slack/types';

export interface Message {
  /** A sentence of our own text, ids and times. Slack parses it, so it must hold no text from outside. */
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
}

/** A sentence of our own, and nothing else. */
export const plainMessage = (text: string): Message => ({
  text,
  blocks: [{ type: 'section', text: { type: 'plain_text', text, emoji: false } }],
});
