// The queue of acts that a case has received and not weighed yet. Pure, so that
// what a second delivery does can be told from a table. An act is known by its
// key and its signature together: a forged act that borrows a key must not make
// the true one look like a second delivery.
import type { SignedEnvelope } from '../domain/action.ts';
import { actionId } from './messages.ts';

export interface ActQueue {
  /** Oldest first. */
  readonly waiting: readonly SignedEnvelope[];
  /** Ids of the newest acts that were queued, weighed or not. */
  readonly handled: readonly string[];
}

export const EMPTY_QUEUE: ActQueue = { waiting: [], handled: [] };

/** So many ids are remembered against a second delivery; the record remembers the rest. */
export const MOST_IDS = 1000;

/** Adds each act that was not queued before. */
export const queued = (queue: ActQueue, actions: readonly SignedEnvelope[]): ActQueue =>
  actions.reduce(({ waiting, handled }, act) => {
    const id = actionId(act);
    if (handled.includes(id)) return { waiting, handled };
    return { waiting: [...waiting, act], handled: [...handled, id].slice(-MOST_IDS) };
  }, queue);

/** Takes the oldest actions, no more than `most`. */
export const taken = ({ waiting, handled }: ActQueue, most: number): { readonly actions: SignedEnvelope[]; readonly queue: ActQueue } => ({
  actions: waiting.slice(0, most),
  queue: { waiting: waiting.slice(most), handled },
});
