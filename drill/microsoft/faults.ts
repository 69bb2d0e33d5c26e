/**
 * Bad luck to order: which call goes wrong, which time, and how. Occurrences are
 * counted from the moment a fault is added, over the calls it matches.
 */
export type Occurrence = number | { readonly from: number; readonly to?: number };

interface Matching {
  /** Operation id as in the journal; without it every call matches. */
  readonly operation?: string;
  /** Key of the calling app. */
  readonly actorKey?: string;
  /** Key of the person the call is about. */
  readonly person?: string;
  readonly occurrence: Occurrence;
  /**
   * Real milliseconds: how long a connection is held before it is dropped (two
   * minutes when not given), or until a late effect happens (one second).
   */
  readonly hangMs?: number;
}

interface StatusFields {
  readonly status: number;
  readonly code?: string;
  readonly message?: string;
  /** Sent as the Retry-After header: seconds, or a text as it is, such as `120.5` or `5, 5`. */
  readonly retryAfter?: number | string;
  /** The same header as an HTTP date, so many seconds from the tenant's clock. */
  readonly retryAfterDate?: number;
}

/**
 * What becomes of the link to the next page. lost: each try to follow it is answered with 503. expired, gone: 400 and 410.
 * repeated: it leads to the page it stands on. circular: the last page leads to the first. foreign: it leads to the same
 * server under another host name. unencrypted: it begins with http. unreadable: it is no address.
 */
export type LinkFault = 'lost' | 'expired' | 'gone' | 'repeated' | 'circular' | 'foreign' | 'unencrypted' | 'unreadable';

/** A list that is answered in small pages, as the real service may do with any list. */
export interface PagesFields {
  /** Items on a page; 0 gives an empty page that leads on to one with all items. */
  readonly size: number;
  readonly link?: LinkFault;
  /** Each page begins with the last item of the page before. */
  readonly overlapping?: boolean;
}

/** A field that holds what no page documents. */
export interface OddFieldFields {
  /** Fields below others are named with a slash: `status/errorCode`. An empty text is the whole item. */
  readonly field: string;
  /** Without a value the field is left out. */
  readonly value?: unknown;
  /** Where the field stands. Default: in the answer itself. */
  readonly where?: 'answer' | 'first-item' | 'last-item' | 'every-item';
}

export type Fault = Matching &
  (
    | ({ readonly kind: 'status' } & StatusFields)
    /** The effect happens, then this answer: the caller cannot know. */
    | ({ readonly kind: 'status-after' } & StatusFields)
    | { readonly kind: 'timeout-before' }
    /** The effect happens and no answer comes. */
    | { readonly kind: 'timeout-after' }
    /** 2xx now, the effect later. */
    | { readonly kind: 'late-effect' }
    /** Answers from the state before the last write. */
    | { readonly kind: 'stale-read' }
    | { readonly kind: 'reset' }
    | ({ readonly kind: 'pages' } & PagesFields)
    | ({ readonly kind: 'odd-field' } & OddFieldFields)
    /** The server that answers has a clock ahead of the directory's: its Date header says so. */
    | { readonly kind: 'clock-ahead'; readonly aheadMs: number }
  );

export interface Faults {
  /** The answer takes the fault away again. */
  add(fault: Fault): () => void;
  clear(): void;
}

export interface CallFacts {
  readonly operation: string;
  readonly actorKey: string | undefined;
  readonly person: string | undefined;
}

export interface FaultBook extends Faults {
  /** The fault for this call, if one is due; counts the call. */
  due(call: CallFacts): Fault | undefined;
}

export function createFaults(): FaultBook {
  const armed = new Set<{ readonly fault: Fault; seen: number }>();
  return {
    add(fault) {
      const one = { fault, seen: 0 };
      armed.add(one);
      return () => void armed.delete(one);
    },
    clear: () => armed.clear(),
    due(call) {
      let chosen: Fault | undefined;
      // Every fault that matches counts the call, also when another one is played.
      for (const one of armed) {
        if (!matches(one.fault, call)) continue;
        one.seen += 1;
        if (chosen === undefined && covers(one.fault.occurrence, one.seen)) chosen = one.fault;
      }
      return chosen;
    },
  };
}

const matches = ({ operation, actorKey, person }: Fault, call: CallFacts): boolean =>
  (operation === undefined || operation === call.operation) &&
  (actorKey === undefined || actorKey === call.actorKey) &&
  (person === undefined || person === call.person);

const covers = (occurrence: Occurrence, count: number): boolean =>
  typeof occurrence === 'number' ? count === occurrence : count >= occurrence.from && count <= (occurrence.to ?? Number.POSITIVE_INFINITY);
