// Wakes a person. Needs no ledger, no Slack and no engine: whatever else is
// down, this must still go out. Speaks the Events form (version 2) that pagers
// understand.
import { z } from 'zod';
import { cut } from '../domain/text.ts';

export interface Page {
  /** One sentence a sleepy person can act on. No names, no addresses: pages travel over other companies' networks. */
  readonly summary: string;
  /** Two pages with one key are one alarm. */
  readonly dedupKey: string;
  readonly severity: 'critical' | 'error' | 'warning';
  /** Whose turn it is: 1 (when not given) is the first in line. Beyond the last one, it is the last one's again. */
  readonly line?: number;
}

export interface Pager {
  /** @returns whether the pager took it. Never throws: the caller has other things to do. */
  page(page: Page): Promise<boolean>;
  /** Somebody is on it: stop ringing, for everybody in line. Never throws. */
  acknowledge(dedupKeys: readonly string[]): Promise<void>;
  /** It is over. Never throws. */
  resolve(dedupKeys: readonly string[]): Promise<void>;
}

export interface PagerSettings {
  readonly url: string;
  /** The first in line, then the next. */
  readonly routingKeys: readonly [string, ...string[]];
  readonly timeoutMs: number;
  readonly onFailure: (what: { readonly status: number | null; readonly dedupKey: string }) => void;
}

const ANSWER = z.looseObject({ status: z.string() });
const LONGEST_SUMMARY = 1024;

export function openPager({ url, routingKeys, timeoutMs, onFailure }: PagerSettings): Pager {
  const enqueue = new URL('/v2/enqueue', url);
  const send = async (routingKey: string, dedupKey: string, event: object): Promise<boolean> => {
    let status: number | null = null;
    try {
      const response = await fetch(enqueue, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
        body: JSON.stringify({ routing_key: routingKey, dedup_key: dedupKey, ...event }),
      });
      status = response.status;
      if (response.status === 202 && ANSWER.parse(await response.json()).status === 'success') return true;
    } catch {
      // No answer at all: reported below, like a refusal.
    }
    onFailure({ status, dedupKey });
    return false;
  };
  // Which of them was called for which page is not remembered: an event about a page that is not open is dropped over there.
  const tellAll = async (dedupKeys: readonly string[], action: 'acknowledge' | 'resolve'): Promise<void> => {
    await Promise.all(
      routingKeys.flatMap((routingKey) => dedupKeys.map((dedupKey) => send(routingKey, dedupKey, { event_action: action }))),
    );
  };
  return {
    page({ summary, dedupKey, severity, line = 1 }) {
      const routingKey = routingKeys[Math.min(line, routingKeys.length) - 1] ?? routingKeys[0];
      const payload = { summary: cut(summary, LONGEST_SUMMARY), source: 'unapprove', severity };
      return send(routingKey, dedupKey, { event_action: 'trigger', payload });
    },
    acknowledge: (dedupKeys) => tellAll(dedupKeys, 'acknowledge'),
    resolve: (dedupKeys) => tellAll(dedupKeys, 'resolve'),
  };
}
