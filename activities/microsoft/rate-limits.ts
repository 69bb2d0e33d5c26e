// The rate limits: what Microsoft will still take from us, counted before a call goes
// out and for all workers together. They protect containment from our own
// reads: a part of every bucket is reserved for containment calls, which never
// wait behind others. Contends with requests that take seconds to arrive,
// clocks that differ a little, and a store that is away: then nothing is metered.
import { Pool } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { RunbookError } from '../../domain/errors.ts';
import type { Durations } from '../../domain/policy.ts';
import { connectionTo } from '../../prisma/connection.ts';
import type { Bucket, Endpoint } from './endpoints.ts';

/** A list that has begun goes before one that has not: stopping in the middle wastes what was read. */
export type Page = 'first' | 'further';

export interface Permit {
  /** The answer has come, or will not come any more. `pauseMs`: it was a refusal, and Microsoft wants to be left alone for so long. */
  settle(pauseMs?: number): void;
}

export interface RateLimiter {
  /**
   * Resolves when the call may go out: at once for a containment call, in its turn for any other.
   * @throws RunbookError GRAPH_THROTTLED when there is no room in time; its details say when to come back
   */
  take(call: Endpoint, page: Page): Promise<Permit>;
}

export interface RateLimits {
  /** The meter of one app registration. */
  of(clientId: string): RateLimiter;
  /** Waiting calls are rejected and retried later; calls after that are not metered. */
  close(): Promise<void>;
}

export interface RateLimitSettings {
  /** Of the application's role. */
  readonly databaseUrl: string;
  readonly tenantId: string;
  readonly durations: Pick<
    Durations,
    'reportsWindowMs' | 'identityWindowMs' | 'identityWritesWindowMs' | 'protectionWindowMs' | 'meterWaitMs'
  >;
  /** A call without an answer is given up after this time. */
  readonly timeoutMs: number;
  /** How much time the caller has left: a call does not wait here until it is too late to be sent. */
  readonly patienceMs?: () => number;
  readonly log: (what: { readonly event: string; readonly problem?: string }) => void;
}

// Microsoft's published limits, the lowest where they grow with the tenant.
const REPORTS = 5;
const PROTECTION = 1;
const IDENTITY_UNITS = 3500;
const IDENTITY_WRITES = 3000;

/** One request of five, or one unit of five, is reserved for containment calls. */
const KEPT_SHARE = 5;
/** The clocks of two workers may differ by so much. */
const CLOCKS_APART_MS = 200;
/** A refusal blocks a bucket for at most this long, whatever it names. */
const LONGEST_PAUSE_MS = 5 * 60_000;

export function openRateLimits({ databaseUrl, tenantId, durations, timeoutMs, patienceMs, log }: RateLimitSettings): RateLimits {
  const store = openStore(databaseUrl, log);
  const mayWaitMs = (): number => Math.max(0, Math.min(durations.meterWaitMs, (patienceMs?.() ?? Number.POSITIVE_INFINITY) - timeoutMs));
  const opened: Slots[] = [];
  const slots = (bucket: Bucket, owner: string, count: number, windowMs: number): Slots => {
    const kept = Math.floor(count / KEPT_SHARE);
    const made = openSlots(store, { bucket, key: `${bucket}/${owner}`, count, kept, windowMs, timeoutMs, mayWaitMs });
    opened.push(made);
    return made;
  };
  const points = (bucket: Bucket, key: string, limit: number, windowMs: number): Points =>
    openPoints(store, { bucket, key, limit, windowMs: windowMs + timeoutMs + CLOCKS_APART_MS });
  const protection = slots('identityProtection', tenantId, PROTECTION, durations.protectionWindowMs);

  return {
    of(clientId) {
      const app = `${tenantId}/${clientId}`;
      const reports = slots('reports', app, REPORTS, durations.reportsWindowMs);
      const units = points('identity', `identity/${app}`, IDENTITY_UNITS, durations.identityWindowMs);
      const writes = points('identity', `identity-writes/${app}`, IDENTITY_WRITES, durations.identityWritesWindowMs);
      return {
        async take(call, page) {
          const urgent = call.urgent === true;
          switch (call.bucket) {
            case 'reports':
              return reports.take(urgent, page);
            case 'identityProtection':
              return protection.take(urgent, page);
            case 'identity':
              return all(
                await Promise.all([units.take(urgent, call.units ?? 1), ...(call.method === 'GET' ? [] : [writes.take(urgent, 1)])]),
              );
          }
        },
      };
    },
    async close() {
      const ended = store.close();
      for (const each of opened) each.sendAway();
      await ended;
    },
  };
}

const UNMETERED: Permit = { settle: () => undefined };

const all = (permits: readonly Permit[]): Permit => ({
  settle(pauseMs) {
    for (const permit of permits) permit.settle(pauseMs);
  },
});

const throttled = (bucket: Bucket, forMs: number): RunbookError =>
  new RunbookError('GRAPH_THROTTLED', `expected room in Microsoft's bucket ${bucket}, found it used up`, {
    details: { retryAfterMs: Math.max(1, Math.ceil(forMs)) },
  });

const bounded = (pauseMs: number): number => Math.min(LONGEST_PAUSE_MS, Math.max(1, Math.ceil(pauseMs)));

// --- Small limits: one key of the store for each request of the window ---

interface SlotSettings {
  readonly bucket: Bucket;
  readonly key: string;
  readonly count: number;
  readonly kept: number;
  readonly windowMs: number;
  readonly timeoutMs: number;
  readonly mayWaitMs: () => number;
}

interface Slots {
  take(urgent: boolean, page: Page): Promise<Permit>;
  sendAway(): void;
}

interface Waiting {
  readonly page: Page;
  readonly until: number;
  readonly go: (permit: Permit) => void;
  readonly refuse: (error: RunbookError) => void;
}

/**
 * A slot is held from before a request goes out until one window after its
 * answer. Microsoft counts the request somewhere between the two, so in no
 * window does it count more than there are slots, however long requests take.
 */
function openSlots(store: Store, { bucket, key, count, kept, mayWaitMs, ...settings }: SlotSettings): Slots {
  const windowMs = settings.windowMs + CLOCKS_APART_MS;
  const holdMs = Math.max(windowMs, settings.timeoutMs);
  const limiter = store.limiter(1, holdMs);
  const forAll = count - kept;
  const name = (slot: number): string => `${key}/slot-${slot}`;

  /** As far as this process knows: the store may know better, and is asked. */
  const freeAt = Array.from({ length: count }, () => 0);
  const queue: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closedUntil = 0;
  let promisedAt = 0;

  const freeSlot = (among: number): number => freeAt.findIndex((at, slot) => slot < among && at <= Date.now());

  /** When a call with so many before it has its turn, if no other call arrives. */
  function turnAfter(ahead: number, now: number): number {
    const times = freeAt.slice(0, forAll).map((at) => Math.max(at, now));
    times.sort((a, b) => a - b);
    return (times[ahead % forAll] ?? now) + Math.floor(ahead / forAll) * windowMs;
  }

  /** Each of those who are sent away gets a time of its own, so that they do not all come back for the same slot. */
  function sentAway(now: number): RunbookError {
    promisedAt = Math.max(turnAfter(queue.length, now), promisedAt + windowMs / forAll);
    return throttled(bucket, promisedAt - now);
  }

  async function ask(slot: number): Promise<Permit | null> {
    freeAt[slot] = Date.now() + holdMs; // no caller of this process takes it a second time
    const answer = await store.take(limiter, name(slot), 1);
    switch (answer.kind) {
      case 'granted':
        return { settle: (pauseMs) => settle(slot, pauseMs) };
      case 'refused':
        freeAt[slot] = Date.now() + answer.freeInMs;
        return null;
      case 'away':
        freeAt[slot] = 0;
        return UNMETERED;
    }
  }

  function settle(slot: number, pauseMs: number | undefined): void {
    const now = Date.now();
    if (pauseMs !== undefined) closedUntil = now + bounded(pauseMs);
    const until = slot < forAll ? Math.max(now + windowMs, closedUntil) : now + windowMs;
    freeAt[slot] = until;
    store.tell(() => limiter.set(name(slot), 1, (until - now) / 1000));
    if (pauseMs !== undefined) for (let other = 0; other < forAll; other += 1) if (other !== slot) void shut(other, bounded(pauseMs));
    serve();
  }

  /** A free slot is taken for the pause; one that is already held is held at least as long. */
  async function shut(slot: number, pauseMs: number): Promise<void> {
    freeAt[slot] = Math.max(freeAt[slot] ?? 0, Date.now() + pauseMs);
    const answer = await store.take(limiter, name(slot), 1, pauseMs);
    if (answer.kind === 'refused' && answer.freeInMs < pauseMs) store.tell(() => limiter.set(name(slot), 1, pauseMs / 1000));
  }

  async function atOnce(): Promise<Permit> {
    for (let slot = freeSlot(count); slot !== -1; slot = freeSlot(count)) {
      const permit = await ask(slot);
      if (permit !== null) return permit;
    }
    throw throttled(bucket, Math.min(...freeAt) - Date.now());
  }

  /** Only calls that will have their turn in time wait: the others would occupy places of the task queue for nothing. */
  async function inTurn(page: Page): Promise<Permit> {
    const now = Date.now();
    const until = now + mayWaitMs();
    const fresh = queue.findIndex((waiting) => waiting.page === 'first');
    const place = page === 'first' || fresh === -1 ? queue.length : fresh;
    if (turnAfter(place, now) > until) throw sentAway(now);
    return new Promise((go, refuse) => {
      queue.splice(place, 0, { page, until, go, refuse });
      serve();
    });
  }

  function serve(): void {
    clearTimeout(timer);
    for (let slot = freeSlot(forAll); slot !== -1; slot = freeSlot(forAll)) {
      const next = queue.shift();
      if (next === undefined) return;
      void offer(slot, next);
    }
    const now = Date.now();
    for (const late of queue.filter((waiting) => waiting.until <= now)) {
      queue.splice(queue.indexOf(late), 1);
      late.refuse(sentAway(now));
    }
    if (queue.length === 0) return;
    const news = Math.min(...freeAt.slice(0, forAll), ...queue.map((waiting) => waiting.until));
    timer = setTimeout(serve, Math.max(1, news - now));
  }

  async function offer(slot: number, waiting: Waiting): Promise<void> {
    const permit = await ask(slot);
    if (permit === null) queue.unshift(waiting);
    else waiting.go(permit);
    serve();
  }

  return {
    take: async (urgent, page) => {
      if (store.isAway()) return UNMETERED;
      return urgent ? atOnce() : inTurn(page);
    },
    sendAway() {
      clearTimeout(timer);
      for (const waiting of queue.splice(0)) waiting.refuse(throttled(bucket, windowMs));
    },
  };
}

// --- Large limits: points in a window that starts with the first of them ---

interface PointSettings {
  readonly bucket: Bucket;
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
}

interface Points {
  take(urgent: boolean, points: number): Promise<Permit>;
}

/**
 * Two windows in a row never hold more than Microsoft allows in one, so half of
 * it is safe wherever they lie. Urgent calls are counted, not asked: containment
 * waits for no answer of the store's, and what is kept for it is far from the
 * limit. Once it is known to be used up, they too are told when to come back.
 */
function openPoints(store: Store, { bucket, key, limit, windowMs }: PointSettings): Points {
  const half = Math.floor(limit / 2);
  const kept = Math.floor(half / KEPT_SHARE);
  const forAll = store.limiter(half - kept, windowMs);
  const forUrgent = store.limiter(kept, windowMs);
  let usedUpUntil = 0;
  let allUsedUpUntil = 0;

  const permit: Permit = {
    settle(pauseMs) {
      if (pauseMs === undefined) return;
      usedUpUntil = Date.now() + bounded(pauseMs);
      store.tell(() => forAll.block(key, bounded(pauseMs) / 1000));
    },
  };

  async function count(points: number): Promise<void> {
    const first = await store.take(forUrgent, `${key}/kept`, points);
    if (first.kind !== 'refused') return;
    const second = await store.take(forAll, key, points);
    if (second.kind === 'refused') allUsedUpUntil = Date.now() + Math.min(first.freeInMs, second.freeInMs);
  }

  return {
    async take(urgent, points) {
      const now = Date.now();
      if (store.isAway()) return UNMETERED;
      if (urgent) {
        if (allUsedUpUntil > now) throw throttled(bucket, allUsedUpUntil - now);
        void count(points);
        return permit;
      }
      if (usedUpUntil > now) throw throttled(bucket, usedUpUntil - now);
      const answer = await store.take(forAll, key, points);
      if (answer.kind !== 'refused') return permit;
      usedUpUntil = Date.now() + answer.freeInMs;
      throw throttled(bucket, answer.freeInMs);
    },
  };
}

// --- The store, which may be away ---

type Answer = { readonly kind: 'granted' } | { readonly kind: 'refused'; readonly freeInMs: number } | { readonly kind: 'away' };

interface Store {
  limiter(points: number, windowMs: number): RateLimiterPostgres;
  /** `forMs`: for so long instead of the limiter's own window. Never throws. */
  take(limiter: RateLimiterPostgres, key: string, points: number, forMs?: number): Promise<Answer>;
  /** An update in the background; a lost one may cost one refusal. */
  tell(write: () => Promise<unknown>): void;
  isAway(): boolean;
  close(): Promise<void>;
}

/** Short: a call to Microsoft waits for this. */
const STORE_MS = 1000;
/** A store that did not answer is left alone for so long. */
const AWAY_MS = 5000;
const CONNECTIONS = 4;

function openStore(databaseUrl: string, log: RateLimitSettings['log']): Store {
  const pool = new Pool({
    ...connectionTo(databaseUrl),
    max: CONNECTIONS,
    connectionTimeoutMillis: STORE_MS,
    statement_timeout: STORE_MS,
    query_timeout: STORE_MS,
    keepAlive: true,
    allowExitOnIdle: true,
    application_name: 'unapprove meters',
  });
  // An idle connection that breaks is replaced at the next use; unheard, it would end the process.
  pool.on('error', () => undefined);
  let awayUntil = 0;
  let away = false;
  let closed = false;

  function answered(): void {
    if (away) log({ event: 'meters-back' });
    away = false;
  }
  function missed(error: unknown): void {
    if (closed) return;
    awayUntil = Date.now() + AWAY_MS;
    if (!away) log({ event: 'meters-away', problem: error instanceof Error ? error.message : String(error) });
    away = true;
  }
  const isAway = (): boolean => closed || Date.now() < awayUntil;

  return {
    limiter: (points, windowMs) =>
      new RateLimiterPostgres({
        storeClient: pool,
        storeType: 'pool',
        schemaName: 'public',
        tableName: 'meter',
        tableCreated: true,
        // The keys are few and are used again and again.
        clearExpiredByTimeout: false,
        keyPrefix: '',
        points,
        duration: windowMs / 1000,
      }),
    async take(limiter, key, points, forMs) {
      if (isAway()) return { kind: 'away' };
      try {
        await limiter.consume(key, points, forMs === undefined ? {} : { customDuration: forMs / 1000 });
        answered();
        return { kind: 'granted' };
      } catch (problem) {
        if (problem instanceof RateLimiterRes) {
          answered();
          return { kind: 'refused', freeInMs: Math.max(1, problem.msBeforeNext) };
        }
        missed(problem);
        return { kind: 'away' };
      }
    },
    tell(write) {
      if (!isAway()) write().catch(() => undefined);
    },
    isAway,
    async close() {
      closed = true;
      await pool.end();
    },
  };
}
