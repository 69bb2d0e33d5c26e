// Wakes a person. Needs no ledger, no Slack and no engine: whatever else is
// down, this must still go out. Speaks the Events form (version 2) that pagers
// understand.
import { z } from 'zod';

export interface Page {
  /** One sentence a sleepy person can act on. No names, no addresses: pages travel over other companies' networks. */
  readonly summary: string;
  /** Two pages with one key are one alarm. */
  readonly dedupKey: string;
  readonly severity: 'critical' | 'error' | 'warning';
}

export interface Pager {
  /** @returns whether the pager took it. Never throws: the caller has other things to do. */
  page(page: Page): Promise<boolean>;
}

export interface PagerSettings {
  readonly url: string;
  readonly routingKey: string;
  readonly timeoutMs: number;
  readonly onFailure: (what: { readonly status: number | null; readonly dedupKey: string }) => void;
}

const ANSWER = z.looseObject({ status: z.string() });
const LONGEST_SUMMARY = 1024;

export function openPager({ url, routingKey, timeoutMs, onFailure }: PagerSettings): Pager {
  const enqueue = new URL('/v2/enqueue', url);
  return {
    async page({ summary, dedupKey, severity }) {
      let status: number | null = null;
      try {
        const response = await fetch(enqueue, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          signal: AbortSignal.timeout(timeoutMs),
          redirect: 'error',
          body: JSON.stringify({
            routing_key: routingKey,
            event_action: 'trigger',
            dedup_key: dedupKey,
            payload: { summary: summary.slice(0, LONGEST_SUMMARY), source: 'unapprove', severity },
          }),
        });
        status = response.status;
        if (response.status === 202 && ANSWER.parse(await response.json()).status === 'success') return true;
      } catch {
        // No answer at all: reported below, like a refusal.
      }
      onFailure({ status, dedupKey });
      return false;
    },
  };
}
