// Both clocks of a closed account. "Closed" is when a fresh read showed it;
// "effective by" is when the last token handed out before that has run out.
import type { Durations } from './policy.ts';

/**
 * Until when somebody already inside Microsoft may stay: the longest token life
 * plus the time a revocation takes to reach everything, counted from the moment
 * both steps were read back. For other companies' apps no limit is known.
 */
export const effectiveBy = (blockedAtMs: number, durations: Pick<Durations, 'accessTokenMs' | 'propagationMs'>): number =>
  blockedAtMs + durations.accessTokenMs + durations.propagationMs;

/** The first moment at which the logs can tell what happened up to `effectiveBy`. */
export const recheckAt = (blockedAtMs: number, durations: Pick<Durations, 'accessTokenMs' | 'propagationMs' | 'logDelayMs'>): number =>
  effectiveBy(blockedAtMs, durations) + durations.logDelayMs;

/** Log rows carry whole seconds, so a row may be up to this much younger than it says. */
export const LOG_RESOLUTION_MS = 1000;

/** The second in which a moment lies (ms): so Microsoft says times. */
export const wholeSecond = (ms: number): number => Math.floor(ms / LOG_RESOLUTION_MS) * LOG_RESOLUTION_MS;

/** Were the sessions cut within that time? Microsoft's times are whole seconds, so a cut of the same second counts. */
export const isRevokedSince = (cutAt: string | null, sinceMs: number): boolean =>
  cutAt !== null && Date.parse(cutAt) >= wholeSecond(sinceMs);

/** Was this act seen after the account was said to be shut for everybody? */
export const isLateActivity = (actAtMs: number, effectiveByMs: number): boolean => actAtMs + LOG_RESOLUTION_MS > effectiveByMs;
