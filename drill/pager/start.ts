/**
 * The practice pager: takes pages as PagerDuty's Events API v2 takes them, and
 * remembers whom it woke and when. It contends with a sender that repeats
 * itself: the same dedup key is one page, however often it is sent.
 *
 * Routing keys are credentials: what is recorded says only whether one was known.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { closeServer, listenOnLoopback, untilGone } from '../slack/loopback.ts';
import { EVENT_BYTES_MOST, type PagerEvent, readEvent, type Severity, type Trigger } from './event.ts';
import { createPagerFaults, type PagerFaults } from './faults.ts';

export interface PagerOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  /** JSON Lines: every request, answer and acknowledgement. */
  readonly recordFile?: string;
  /** Keys the service knows, in the order in which people are called; without them any key of the right length is taken. */
  readonly routingKeys?: readonly string[];
}

/** One alert. A resolved one stays; a new trigger with its key opens another. */
export interface Page {
  readonly dedupKey: string;
  readonly summary: string;
  readonly source: string;
  readonly severity: Severity;
  /** Whose phone it was: 1 is the first in line. */
  readonly line: number;
  readonly customDetails: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly href: string; readonly text?: string | undefined }[];
  readonly state: 'ringing' | 'acknowledged' | 'resolved';
  /** ISO times at which a phone rang: each trigger while no one had acknowledged. */
  readonly rangAt: readonly string[];
  readonly acknowledgedAt?: string;
  readonly resolvedAt?: string;
}

export interface Pager {
  /** `http://127.0.0.1:PORT`; events go to `/v2/enqueue` below it. */
  readonly url: string;
  readonly faults: PagerFaults;
  pages(): readonly Page[];
  /** Why events were refused, in words: the service did not know what they were. */
  refusals(): readonly string[];
  /** The first page, present or future, for which the predicate holds; rejects after `timeoutMs` (default 10,000). */
  until(predicate: (page: Page) => boolean, options?: { readonly timeoutMs?: number }): Promise<Page>;
  /** What a person does on their phone. Throws when no such page is open. */
  acknowledge(dedupKey: string): void;
  stop(): Promise<void>;
}

export async function startPager({ port = 0, recordFile, routingKeys }: PagerOptions = {}): Promise<Pager> {
  const faults = createPagerFaults();
  const stopping = new AbortController();
  const pages: { page: Page; readonly routingKey: string }[] = [];
  const refused: string[] = [];
  const watchers = new Set<() => void>();
  const now = (): string => new Date().toISOString();
  if (recordFile !== undefined) mkdirSync(dirname(recordFile), { recursive: true });
  const record = (line: Readonly<Record<string, unknown>>): void => {
    if (recordFile !== undefined) appendFileSync(recordFile, `${JSON.stringify({ at: now(), ...line })}\n`);
  };
  const changed = (): void => watchers.forEach((look) => look());
  const openPage = (dedupKey: string, routingKey?: string): (typeof pages)[number] | undefined =>
    pages.find(
      (one) => one.page.dedupKey === dedupKey && one.page.state !== 'resolved' && (routingKey ?? one.routingKey) === one.routingKey,
    );

  const lineOf = (routingKey: string): number => Math.max(0, routingKeys?.indexOf(routingKey) ?? 0) + 1;

  /** Carries an event out and answers with its dedup key. */
  function take(event: PagerEvent): string {
    const dedupKey = event.dedup_key ?? randomUUID();
    const known = openPage(dedupKey, event.routing_key);
    switch (event.event_action) {
      case 'trigger':
        if (known === undefined)
          pages.push({ page: newPage(dedupKey, event, lineOf(event.routing_key), now()), routingKey: event.routing_key });
        else if (known.page.state === 'ringing') known.page = { ...known.page, rangAt: [...known.page.rangAt, now()] };
        break;
      // Accepted and dropped when no such page is open, as documented.
      case 'acknowledge':
        if (known !== undefined) known.page = { ...known.page, state: 'acknowledged', acknowledgedAt: now() };
        break;
      case 'resolve':
        if (known !== undefined) known.page = { ...known.page, state: 'resolved', resolvedAt: now() };
        break;
    }
    changed();
    return dedupKey;
  }

  const app = new Hono();
  app.post('/v2/enqueue', async (context) => {
    const raw = await context.req.text();
    const fault = faults.next();
    const answer = (status: number, body: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}): Response => {
      record({ kind: 'answer', status, body, ...(fault === undefined ? {} : { fault: fault.kind }) });
      return Response.json(body, { status, headers });
    };
    const refuse = (errors: readonly string[]): Response => {
      refused.push(...errors);
      return answer(400, { status: 'invalid event', message: 'Event object is invalid', errors });
    };

    const parsed = readEvent(raw);
    const isKnownKey = parsed.kind === 'good' && (routingKeys?.includes(parsed.event.routing_key) ?? true);
    record({
      kind: 'request',
      routingKey: isKnownKey ? 'known' : 'not known',
      ...(parsed.kind === 'good' && isKnownKey ? { line: lineOf(parsed.event.routing_key) } : {}),
      event: parsed.kind === 'good' ? withoutKey(parsed.event) : parsed.errors,
    });

    if (fault?.kind === 'status') {
      const wait = fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      return answer(fault.status, {}, wait);
    }
    if (fault?.kind === 'hang') {
      await untilGone(context.req.raw.signal, stopping.signal);
      return answer(503, {});
    }
    if (Buffer.byteLength(raw) > EVENT_BYTES_MOST)
      return answer(413, { status: 'invalid event', message: 'Event is too large', errors: [] });
    if (parsed.kind === 'bad') return refuse(parsed.errors);
    if (!isKnownKey) return refuse(['Invalid routing key']);
    const dedupKey = take(parsed.event);
    if (fault?.kind === 'status-after') return answer(fault.status, {});
    return answer(202, { status: 'success', message: 'Event processed', dedup_key: dedupKey });
  });

  const listener = getRequestListener(app.fetch);
  const server = createServer((request, response) => void listener(request, response));
  const listening = await listenOnLoopback(server, port);

  return {
    url: `http://127.0.0.1:${listening}`,
    faults,
    pages: () => pages.map(({ page }) => page),
    refusals: () => refused,
    until(predicate, { timeoutMs = 10_000 } = {}) {
      const found = (): Page | undefined => pages.map(({ page }) => page).find(predicate);
      const present = found();
      if (present !== undefined) return Promise.resolve(present);
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const page = found();
          if (page === undefined) return;
          clearTimeout(timer);
          watchers.delete(look);
          resolve(page);
        };
        const timer = setTimeout(() => {
          watchers.delete(look);
          reject(new Error(`no such page within ${timeoutMs} ms; pages: ${pages.map(({ page }) => page.summary).join(' | ') || 'none'}`));
        }, timeoutMs);
        watchers.add(look);
      });
    },
    acknowledge(dedupKey) {
      const open = openPage(dedupKey);
      if (open === undefined) throw new Error(`no open page with the key ${dedupKey}`);
      open.page = { ...open.page, state: 'acknowledged', acknowledgedAt: now() };
      record({ kind: 'acknowledged-by-person', dedupKey });
      changed();
    },
    async stop() {
      stopping.abort();
      await closeServer(server);
    },
  };
}

function newPage(dedupKey: string, { payload, links = [] }: Trigger, line: number, at: string): Page {
  return {
    dedupKey,
    summary: payload.summary,
    source: payload.source,
    severity: payload.severity,
    line,
    customDetails: payload.custom_details ?? {},
    links,
    state: 'ringing',
    rangAt: [at],
  };
}

function withoutKey({ routing_key: _secret, ...event }: PagerEvent): Omit<PagerEvent, 'routing_key'> {
  return event;
}
