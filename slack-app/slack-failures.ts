// What a failed call to Slack means for its message: was it refused, or may it have been posted?
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';

export type SlackFailure =
  /** Slack refused before doing anything; retry after this time. */
  | { readonly kind: 'later'; readonly afterMs: number }
  /** No answer, or an unclear one: it may have been posted. */
  | { readonly kind: 'unknown' }
  /** Slack refused, with a code. */
  | { readonly kind: 'refused'; readonly code: string };

/** Codes for a fault of Slack itself. */
const SLACKS_OWN_TROUBLE: readonly string[] = [
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
];
const THROTTLED: readonly string[] = ['ratelimited', 'rate_limited'];
const THROTTLED_MS = 30_000;

export function slackFailure(error: unknown): SlackFailure {
  if (error instanceof WebAPIRateLimitedError) return { kind: 'later', afterMs: error.retryAfter * 1000 };
  if (error instanceof WebAPIPlatformError) {
    const code = error.data.error;
    if (THROTTLED.includes(code)) return { kind: 'later', afterMs: THROTTLED_MS };
    return SLACKS_OWN_TROUBLE.includes(code) ? { kind: 'unknown' } : { kind: 'refused', code };
  }
  if (error instanceof WebAPIHTTPError && error.statusCode < 500) return { kind: 'refused', code: `http_${error.statusCode}` };
  return { kind: 'unknown' };
}
