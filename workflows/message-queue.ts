// Accepts actions and answers with a receipt at once; they are verified later. Hazard: the handler must stay
// synchronous. A handler that waits for an activity can still wait when the case closes, and lose what it accepted.
import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import type { SignedEnvelope } from '../domain/action.ts';
import { type ActionQueue, EMPTY_QUEUE, queued, taken } from './action-queue.ts';
import { actionsReceived, MAX_ACTIONS } from './messages.ts';

export interface MessageQueue {
  /** Waits until the queue has an action. */
  arrived(): Promise<void>;
  /** @returns false when the queue is still empty after this time (ms) */
  arrivedWithin(ms: number): Promise<boolean>;
  /** Takes the oldest actions, no more than can be verified at once. */
  take(): SignedEnvelope[];
  readonly waiting: readonly SignedEnvelope[];
  readonly handled: readonly string[];
}

export function openMessageQueue(carried?: ActionQueue): MessageQueue {
  let queue: ActionQueue = carried ?? EMPTY_QUEUE;

  setHandler(
    actionsReceived,
    (actions) => {
      queue = queued(queue, actions);
      return 'received';
    },
    { validator: validateMessages },
  );

  return {
    arrived: () => condition(() => queue.waiting.length > 0),
    // No timer when the queue has an action already: a timer would add an event to every case.
    arrivedWithin: async (ms) => queue.waiting.length > 0 || condition(() => queue.waiting.length > 0, ms),
    take() {
      const { actions, queue: rest } = taken(queue, MAX_ACTIONS);
      queue = rest;
      return actions;
    },
    get waiting() {
      return queue.waiting;
    },
    get handled() {
      return queue.handled;
    },
  };
}

// Only a message that no queue could read is rejected here, without a trace.
// Everything with the shape of an action is taken, verified and, if need be, refused in the ledger.
function validateMessages(actions: unknown): void {
  if (!Array.isArray(actions) || actions.length === 0 || actions.length > MAX_ACTIONS || !actions.every(isActionShaped)) {
    throw ApplicationFailure.nonRetryable('expected signed actions with a key each, got something else', 'ENVELOPE_REFUSED');
  }
}

function isActionShaped(action: unknown): boolean {
  const { envelope, signature } = (action ?? {}) as Partial<SignedEnvelope>;
  const fits = (text: unknown): boolean => typeof text === 'string' && text.length > 0 && text.length <= 300;
  return fits(envelope?.key) && fits(signature) && JSON.stringify(action).length <= LONGEST_ACTION;
}

/** Characters. A real action has about 700, one with many ticked items a few thousand. A longer one would fill the memory of the case. */
const LONGEST_ACTION = 20_000;
