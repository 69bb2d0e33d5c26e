/**
 * How a payload gets to the app. Over Socket Mode here; signed HTTP would be a
 * second carrier of the same payloads.
 *
 * Slack repeats events that were not acknowledged, three times. What a person
 * pressed or submitted is never repeated: that is lost.
 */
import type { SocketDoor } from './socket.ts';
import type { Delivery } from './types.ts';
import type { WorkspaceState } from './workspace-state.ts';

/** At once, after a minute, after five; divided by the rate scale. */
const RETRY_AFTER_MS = [0, 60_000, 300_000];

export interface SocketDelivery {
  /** A press, a submission, a shortcut: carried once. */
  interactive(payload: Record<string, unknown>, acceptsResponse: boolean): Promise<Delivery>;
  /** An event: the outcome of the first try; the repeats continue behind it. */
  event(payload: Record<string, unknown>): Promise<Delivery>;
  stop(): void;
}

export function createSocketDelivery(socket: SocketDoor, world: WorkspaceState): SocketDelivery {
  const waiting = new Set<NodeJS.Timeout>();
  let stopped = false;

  async function tryEvent(payload: Record<string, unknown>, attempt: number): Promise<Delivery> {
    const delivery = await socket.deliver({
      envelope_id: world.ids.uuid(),
      type: 'events_api',
      accepts_response_payload: false,
      retry_attempt: attempt,
      retry_reason: attempt === 0 ? '' : 'timeout',
      payload,
    });
    const wait = RETRY_AFTER_MS[attempt];
    if (delivery.kind !== 'acked' && wait !== undefined && !stopped) {
      const timer = setTimeout(() => {
        waiting.delete(timer);
        void tryEvent(payload, attempt + 1);
      }, wait / world.rateScale);
      waiting.add(timer);
    }
    return delivery;
  }

  return {
    interactive: (payload, acceptsResponse) =>
      socket.deliver({ envelope_id: world.ids.uuid(), type: 'interactive', accepts_response_payload: acceptsResponse, payload }),
    event: (payload) => tryEvent(payload, 0),
    stop() {
      stopped = true;
      for (const timer of waiting) clearTimeout(timer);
    },
  };
}
