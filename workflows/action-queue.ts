// The queue of actions that a case has received and not verified yet. Pure, so tables can test redelivery.
// An action is known by its key and its signature: a forged action with the key of a true one must not hide the true one.
import type { SignedEnvelope } from '../domain/action.ts';
import { actionId } from './messages.ts';

export interface ActionQueue {
  /** Oldest first. */
  readonly waiting: readonly SignedEnvelope[];
  /** Ids of the newest actions that were queued, verified or not. */
  readonly handled: readonly string[];
}

export const EMPTY_QUEUE: ActionQueue = { waiting: [], handled: [] };

/** This many ids are kept to detect a redelivery; the ledger has the earlier ones. */
export const MOST_IDS = 1000;

/** Adds each action that was not queued before. */
export const queued = (queue: ActionQueue, actions: readonly SignedEnvelope[]): ActionQueue =>
  actions.reduce(({ waiting, handled }, action) => {
    const id = actionId(action);
    if (handled.includes(id)) return { waiting, handled };
    return { waiting: [...waiting, action], handled: [...handled, id].slice(-MOST_IDS) };
  }, queue);

/** Takes the oldest actions, no more than `most`. */
export const taken = (
  { waiting, handled }: ActionQueue,
  most: number,
): { readonly actions: SignedEnvelope[]; readonly queue: ActionQueue } => ({
  actions: waiting.slice(0, most),
  queue: { waiting: waiting.slice(most), handled },
});
