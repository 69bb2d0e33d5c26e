/**
 * One event of the Events API v2, checked as the real service checks it.
 * Limits and required fields: PagerDuty's developer documentation, "Send an Alert Event".
 */
import { z } from 'zod';

const KEY_LENGTH = 32;
const DEDUP_KEY_MOST = 255;
const SUMMARY_MOST = 1024;
/** The documented limit of one event's body. */
export const EVENT_BYTES_MOST = 512 * 1024;

const details = z.strictObject({
  summary: z.string().min(1).max(SUMMARY_MOST),
  source: z.string().min(1),
  severity: z.enum(['critical', 'error', 'warning', 'info']),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  component: z.string().optional(),
  group: z.string().optional(),
  class: z.string().optional(),
  custom_details: z.record(z.string(), z.unknown()).optional(),
});

const key = { routing_key: z.string().length(KEY_LENGTH) };

const eventShape = z.discriminatedUnion('event_action', [
  z.strictObject({
    event_action: z.literal('trigger'),
    ...key,
    dedup_key: z.string().min(1).max(DEDUP_KEY_MOST).optional(),
    payload: details,
    links: z.array(z.strictObject({ href: z.url({ protocol: /^https?$/ }), text: z.string().optional() })).optional(),
    images: z
      .array(z.strictObject({ src: z.url({ protocol: /^https$/ }), href: z.string().optional(), alt: z.string().optional() }))
      .optional(),
    client: z.string().optional(),
    client_url: z.string().optional(),
  }),
  z.object({ event_action: z.literal('acknowledge'), ...key, dedup_key: z.string().min(1).max(DEDUP_KEY_MOST) }),
  z.object({ event_action: z.literal('resolve'), ...key, dedup_key: z.string().min(1).max(DEDUP_KEY_MOST) }),
]);

export type PagerEvent = z.infer<typeof eventShape>;
export type Severity = z.infer<typeof details>['severity'];
export type Trigger = Extract<PagerEvent, { event_action: 'trigger' }>;

/** The event, or everything that is wrong with it, one sentence each. */
export function readEvent(
  raw: string,
): { readonly kind: 'good'; readonly event: PagerEvent } | { readonly kind: 'bad'; readonly errors: readonly string[] } {
  let body: unknown;
  try {
    body = JSON.parse(raw);
  } catch {
    return { kind: 'bad', errors: ['the body is not JSON'] };
  }
  const parsed = eventShape.safeParse(body);
  return parsed.success ? { kind: 'good', event: parsed.data } : { kind: 'bad', errors: parsed.error.issues.map(asSentence) };
}

function asSentence(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.');
  if (where === 'routing_key' && (issue.code === 'too_big' || issue.code === 'too_small')) {
    return `Length of 'routing_key' is incorrect (should be ${KEY_LENGTH} characters)`;
  }
  return where === '' ? issue.message : `'${where}': ${issue.message}`;
}
