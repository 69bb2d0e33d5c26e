// What the app writes to people alone when something they did was not counted.
// They read it, and it goes into the actors' journal.
import type { ActorLog } from '../run/actor-log.ts';
import type { Workspace } from '../slack/types.ts';

const NOT_COUNTED = /^Case \d+: your /;

export interface NoteTools {
  readonly workspace: Pick<Workspace, 'as' | 'transcript'>;
  readonly journal: ActorLog;
  /** Every account of everybody who works here. */
  readonly accounts: readonly { readonly person: string; readonly slackId: string }[];
}

/** @returns how to stop reading */
export function readNotes({ workspace, journal, accounts }: NoteTools): () => void {
  const isIn = (slackId: string, channel: string): boolean => {
    try {
      workspace.as(slackId).reads(channel);
      return true;
    } catch {
      // Another person's conversation.
      return false;
    }
  };
  return workspace.transcript.on((entry) => {
    if (entry.kind !== 'message.posted' || !NOT_COUNTED.test(entry.message.text)) return;
    const { channel, text } = entry.message;
    const to = channel.startsWith('D') ? accounts.find(({ slackId }) => isIn(slackId, channel)) : undefined;
    if (to !== undefined) journal.write({ who: 'staff', person: to.person, did: 'was told', result: 'refused', saw: text });
  });
}
