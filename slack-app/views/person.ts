// How a message names a person: by our confirmed table, else by the directory id. A self-chosen name is never shown
// without the Slack mention or id.
import type { ObjectId } from '../../domain/ids.ts';
import type { Untrusted } from '../untrusted.ts';
import { foreign, mention, type Piece } from './rich-text.ts';

/** A person's name and Slack id, from our confirmed table. */
export interface KnownPerson {
  readonly slackId: string | null;
  readonly name: Untrusted | null;
}

export type Names = ReadonlyMap<ObjectId, KnownPerson>;

export function personPieces(id: ObjectId, names: Names): Piece[] {
  const known = names.get(id);
  const name = known?.name ?? null;
  const slackId = known?.slackId ?? null;
  if (name === null && slackId === null) return [`directory id ${id}`];
  return [
    ...(name === null ? [] : [foreign(name)]),
    ...(name !== null && slackId !== null ? [' '] : []),
    ...(slackId === null ? [] : [mention(slackId)]),
  ];
}
