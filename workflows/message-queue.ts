// The queue takes what people send and gives a receipt at once; weighing comes
// after. The handler is synchronous on purpose: one that waited for an activity
// could still be waiting when the case ends, and lose what it had accepted.
import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import type { SignedEnvelope } from '../domain/action.ts';
import { type ActQueue, EMPTY_QUEUE, queued, taken } from './action-queue.ts';
import { actionsReceived, MAX_ACTIONS } from './messages.ts';

export interface MessageQueue {
  /** Waits until something lies on the queue. */
  arrived(): Promise<void>;
  /** @returns false when nothing lies there after this time (ms) */
  arrivedWithin(ms: number): Promise<boolean>;
  /** What lies there, oldest first, and no more than can be weighed at once. */
  take(): SignedEnvelope[];
  readonly waiting: readonly SignedEnvelope[];
  readonly handled: readonly string[];
}

export function openMessageQueue(carried?: ActQueue): MessageQueue {
  let queue: ActQueue = carried ?? EMPTY_QUEUE;

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
    // Without a timer where something lies there already: a timer would be an event of every case.
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

// Only what no queue could read is turned away here, without a trace. Whatever
// looks like an act is taken, weighed and, if need be, refused on the record.
function validateMessages(actions: unknown): void {
  if (!Array.isArray(actions) || actions.length === 0 || actions.length > MAX_ACTIONS || !actions.every(looksLikeAnAct)) {
    throw ApplicationFailure.nonRetryable('expected signed acts with a key each, got something else', 'ENVELOPE_REFUSED');
  }
}

function looksLikeAnAct(act: unknown): boolean {
  const { envelope, signature } = (act ?? {}) as Partial<SignedEnvelope>;
  const fits = (text: unknown): boolean => typeof text === 'string' && text.length > 0 && text.length <= 300;
  return fits(envelope?.key) && fits(signature) && JSON.stringify(act).length <= LONGEST_ACT;
}

/** Characters. A true act is about 700 long, one that ticks many things a few thousand; what is far longer would fill the case's memory, and is none. */
const LONGEST_ACT = 20_000;
