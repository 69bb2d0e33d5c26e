// Both times of a blocked account. "Blocked" is when a fresh read showed it; "effective by" is when the last token issued
// before that has expired.
import type { Durations } from './policy.ts';

/**
 * Until when an attacker inside Microsoft may stay: the longest token life plus the
 * propagation time of a revocation, counted from the read that showed both steps done.
 * For other companies' apps no limit is known.
 */
export const effectiveBy = (blockedAtMs: number, durations: Pick<Durations, 'accessTokenMs' | 'propagationMs'>): number =>
  blockedAtMs + durations.accessTokenMs + durations.propagationMs;

/** From this moment on the logs show what happened up to `effectiveBy`. */
export const recheckAt = (blockedAtMs: number, durations: Pick<Durations, 'accessTokenMs' | 'propagationMs' | 'logDelayMs'>): number =>
  effectiveBy(blockedAtMs, durations) + durations.logDelayMs;

/** Log rows carry whole seconds, so a row may be up to this much younger than it says. */
export const LOG_RESOLUTION_MS = 1000;

/** A time rounded down to the second (ms), as Microsoft gives times. */
export const wholeSecond = (ms: number): number => Math.floor(ms / LOG_RESOLUTION_MS) * LOG_RESOLUTION_MS;

/** Were the sessions revoked within that time? Microsoft's times are whole seconds, so the same second counts. */
export const isRevokedSince = (cutAt: string | null, sinceMs: number): boolean =>
  cutAt !== null && Date.parse(cutAt) >= wholeSecond(sinceMs);

/** Was this activity seen after the last session should have ended? */
export const isLateActivity = (actAtMs: number, effectiveByMs: number): boolean => actAtMs + LOG_RESOLUTION_MS > effectiveByMs;
