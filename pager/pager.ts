// Wakes a person. Needs no ledger, no Slack and no Temporal: whatever else is
// down, this must still go out. Speaks the Events form (version 2) that pagers
// understand. A page that was not taken is tried again, then goes to the next in
// line; one that the pager refuses goes to the next in line at once.
import { setTimeout as pause } from 'node:timers/promises';
import pRetry, { AbortError } from 'p-retry';
import { z } from 'zod';
import type { PageLink } from '../domain/responders-channel.ts';
import { retryAfterMs } from '../domain/retry-after.ts';
import { cut } from '../domain/text.ts';

export interface Page {
  /** One sentence a sleepy person can act on. No names, no addresses: pages travel over other companies' networks. */
  readonly summary: string;
  /** Two pages with one key are one alarm. */
  readonly dedupKey: string;
  readonly severity: 'critical' | 'error' | 'warning';
  /** Whose turn it is: 1 (when not given) is the first in line. Beyond the last one, it is the last one's again. */
  readonly line?: number;
  /** Where to go; the first is the one to open. */
  readonly links?: readonly PageLink[];
  /** What the pager shows beside the sentence. */
  readonly details?: Readonly<Record<string, string>>;
}

export interface Pager {
  /** @returns whether the pager took it, for this person or the next in line. Never throws: the caller must not wait. */
  page(page: Page): Promise<boolean>;
  /** A responder took the case: ends the page for every person in line. Never throws. */
  acknowledge(dedupKeys: readonly string[]): Promise<void>;
  /** It is over. Never throws. */
  resolve(dedupKeys: readonly string[]): Promise<void>;
}

/** One event that the pager did not take. */
export interface NotTaken {
  /** PAGER_REFUSED: the same event would be refused again, for example for its routing key. */
  readonly code: 'PAGER_UNAVAILABLE' | 'PAGER_REFUSED';
  readonly status: number | null;
  readonly dedupKey: string;
  /** Whose turn it was: 1 is the first in line. */
  readonly line: number;
}

export interface PagerSettings {
  readonly url: string;
  /** The first in line, then the next. */
  readonly routingKeys: readonly [string, ...string[]];
  readonly timeoutMs: number;
  readonly onFailure: (what: NotTaken) => void;
}

const ANSWER = z.looseObject({ status: z.string() });
const LONGEST_SUMMARY = 1024;

const RETRIES = 2;
const FIRST_PAUSE_MS = 500;
/** No further try for one person after this time: the next in line is waiting to be told. */
const TRY_FOR_MS = 8_000;
/** A pager that wants to be left alone for longer is not waited for. */
const LONGEST_RETRY_AFTER_MS = 5_000;

class EventNotTaken extends Error {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super('expected the pager to take an event, it did not');
    this.retryAfterMs = retryAfterMs;
  }
}

export function openPager({ url, routingKeys, timeoutMs, onFailure }: PagerSettings): Pager {
  const enqueue = new URL('/v2/enqueue', url);
  /** One try. @throws EventNotTaken when the next one may succeed, AbortError when it cannot */
  const send = async (line: number, dedupKey: string, event: object): Promise<void> => {
    const response = await fetch(enqueue, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
      body: JSON.stringify({ routing_key: routingKeys[line - 1], dedup_key: dedupKey, ...event }),
    }).catch(() => null);
    const status = response?.status ?? null;
    if (response !== null && status === 202 && (await saysSuccess(response))) return;
    const mayComeBack = status === null || status === 202 || status === 408 || status === 429 || status >= 500;
    onFailure({ code: mayComeBack ? 'PAGER_UNAVAILABLE' : 'PAGER_REFUSED', status, dedupKey, line });
    const notTaken = new EventNotTaken(pauseNamedBy(response));
    throw mayComeBack && notTaken.retryAfterMs <= LONGEST_RETRY_AFTER_MS ? notTaken : new AbortError(notTaken);
  };
  const deliver = (line: number, dedupKey: string, event: object): Promise<boolean> =>
    pRetry(() => send(line, dedupKey, event), {
      retries: RETRIES,
      minTimeout: FIRST_PAUSE_MS,
      maxRetryTime: TRY_FOR_MS,
      onFailedAttempt: ({ error, retriesLeft }) =>
        retriesLeft > 0 && error instanceof EventNotTaken ? pause(error.retryAfterMs) : undefined,
    }).then(
      () => true,
      () => false,
    );
  // Which of them was called for which page is not remembered: an event about a page that is not open is dropped over there.
  const tellAll = async (dedupKeys: readonly string[], action: 'acknowledge' | 'resolve'): Promise<void> => {
    await Promise.all(
      routingKeys.flatMap((_, index) => dedupKeys.map((dedupKey) => deliver(index + 1, dedupKey, { event_action: action }))),
    );
  };
  return {
    async page({ summary, dedupKey, severity, line = 1, links = [], details }) {
      const payload = {
        summary: cut(summary, LONGEST_SUMMARY),
        source: 'unapprove',
        severity,
        ...(details === undefined ? {} : { custom_details: details }),
      };
      const event = { event_action: 'trigger', payload, client: 'unapprove', ...whereTo(links) };
      for (const each of lineFrom(line, routingKeys.length)) {
        if (await deliver(each, dedupKey, event)) return true;
      }
      return false;
    },
    acknowledge: (dedupKeys) => tellAll(dedupKeys, 'acknowledge'),
    resolve: (dedupKeys) => tellAll(dedupKeys, 'resolve'),
  };
}

const whereTo = (links: readonly PageLink[]): object => (links[0] === undefined ? {} : { links, client_url: links[0].href });

/** Every person in line, beginning with the one whose turn it is: paging a wrong person is better than paging no one. */
function lineFrom(line: number, length: number): number[] {
  const first = Math.max(1, Math.min(line, length));
  return Array.from({ length }, (_, index) => ((first - 1 + index) % length) + 1);
}

/** 0 when the pager named no pause. */
const pauseNamedBy = (response: Response | null | undefined): number =>
  retryAfterMs(response?.headers.get('retry-after') ?? null, response?.headers.get('date') ?? null, Date.now()) ?? 0;

const saysSuccess = async (response: Response): Promise<boolean> => {
  const body: unknown = await response.json().catch(() => null);
  return ANSWER.safeParse(body).data?.status === 'success';
};
