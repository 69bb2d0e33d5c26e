/**
 * Bad luck to order: which call or delivery goes wrong, and how. Occurrences are
 * counted from the moment the fault is added, so a test need not know what
 * happened before.
 */
export type Occurrence = number | { readonly from: number; readonly to?: number };

export type ApiFault = { readonly method: string; readonly occurrence?: Occurrence } & (
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** The effect happens, then the answer is this status: the app cannot know. */
  | { readonly kind: 'status-after'; readonly status: number }
  /** No effect, no answer, until the caller gives up. */
  | { readonly kind: 'hang' }
  /** The effect happens and no answer comes. */
  | { readonly kind: 'hang-after' }
  /** The effect happens and the connection is dropped. */
  | { readonly kind: 'reset-after' }
  /** Holds the request this long before it is carried out. */
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'error'; readonly error: string }
);

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets';

/** `payloadType` (for example `view_submission`) narrows which deliveries count; without it all do. */
export type SocketFault = {
  readonly occurrence?: Occurrence;
  readonly payloadType?: string;
} /** The envelope goes into a connection that dies: the app never sees it. */ & (
  | { readonly kind: 'drop-before' }
  /** The connection is cut right after the envelope was sent. */
  | { readonly kind: 'drop-after' }
  | { readonly kind: 'disconnect-before'; readonly reason: DisconnectReason }
  | { readonly kind: 'disconnect-after'; readonly reason: DisconnectReason }
  /** The same envelope, with the same id, a second time. */
  | { readonly kind: 'deliver-twice' }
  /** The same payload, as it would be carried for another app or from another workspace. */
  | { readonly kind: 'sent-to-another'; readonly appId?: string; readonly teamId?: string }
  /** One message in several WebSocket frames. */
  | { readonly kind: 'fragment' }
);

/** Faults applied to every open connection at once, now. */
export type SocketNow = { readonly now: 'drop' } | { readonly now: 'disconnect'; readonly reason: DisconnectReason };

export type Fault = ApiFault | SocketFault | SocketNow;

export interface Faults {
  /** Adds a fault (occurrence 1 when not given); the answer takes it away again. */
  add(fault: Fault): () => void;
  clear(): void;
}

export interface FaultBook extends Faults {
  /** The fault for this call, if one is due. Counts the call. */
  forCall(method: string): ApiFault | undefined;
  forDelivery(payloadType: string): SocketFault | undefined;
}

interface Armed<T> {
  readonly fault: T;
  seen: number;
}

export function createFaults(doNow: (fault: SocketNow) => void): FaultBook {
  const api = new Set<Armed<ApiFault>>();
  const socket = new Set<Armed<SocketFault>>();

  return {
    add(fault) {
      if ('now' in fault) {
        doNow(fault);
        return () => undefined;
      }
      if ('method' in fault) {
        const armed = { fault, seen: 0 };
        api.add(armed);
        return () => void api.delete(armed);
      }
      const armed = { fault, seen: 0 };
      socket.add(armed);
      return () => void socket.delete(armed);
    },
    clear() {
      api.clear();
      socket.clear();
    },
    forCall: (method) => due(api, (fault) => fault.method === method),
    forDelivery: (payloadType) => due(socket, (fault) => fault.payloadType === undefined || fault.payloadType === payloadType),
  };
}

function due<T extends { readonly occurrence?: Occurrence }>(armed: Iterable<Armed<T>>, matches: (fault: T) => boolean): T | undefined {
  let chosen: T | undefined;
  // Every matching fault counts the call, also when another one is chosen.
  for (const candidate of armed) {
    if (!matches(candidate.fault)) continue;
    candidate.seen += 1;
    if (chosen === undefined && covers(candidate.fault.occurrence ?? 1, candidate.seen)) chosen = candidate.fault;
  }
  return chosen;
}

function covers(occurrence: Occurrence, count: number): boolean {
  if (typeof occurrence === 'number') return count === occurrence;
  return count >= occurrence.from && count <= (occurrence.to ?? Number.POSITIVE_INFINITY);
}
