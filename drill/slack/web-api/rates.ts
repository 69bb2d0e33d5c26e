/**
 * Slack's rate tiers as token buckets: bursts up to a minute's worth, then 429
 * with Retry-After in whole seconds.
 */
import type { Tier } from './method.ts';

const BUCKETS: Readonly<Record<Exclude<Tier, 'special'>, { readonly perMinute: number; readonly burst: number }>> = {
  tier2: { perMinute: 20, burst: 20 },
  tier3: { perMinute: 50, burst: 50 },
  tier4: { perMinute: 100, burst: 100 },
  // One a second and channel; how large a burst Slack forgives is not documented.
  post: { perMinute: 60, burst: 5 },
};

export interface Rates {
  /** Takes one from the bucket: `undefined` when there was one, else how many seconds to wait. */
  take(tier: Tier, key: string): number | undefined;
}

/** @param scale how many times faster than Slack's the buckets refill. */
export function createRates(clock: () => number, scale: number): Rates {
  const levels = new Map<string, { left: number; at: number }>();
  return {
    take(tier, key) {
      if (tier === 'special') return undefined;
      const { perMinute, burst } = BUCKETS[tier];
      const perMs = (perMinute * scale) / 60_000;
      const now = clock();
      const before = levels.get(key) ?? { left: burst, at: now };
      const left = Math.min(burst, before.left + (now - before.at) * perMs);
      if (left < 1) {
        levels.set(key, { left, at: now });
        return Math.max(1, Math.ceil((1 - left) / perMs / 1000));
      }
      levels.set(key, { left: left - 1, at: now });
      return undefined;
    },
  };
}
