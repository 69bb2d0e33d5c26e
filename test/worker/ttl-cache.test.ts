import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ttlCache } from '../../worker/ttl-cache.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('asks once for everybody who asks within its time, and anew after it', async () => {
  let asked = 0;
  const answer = ttlCache(1_000, async () => ++asked);
  expect(await Promise.all([answer(), answer()])).toEqual([1, 1]);
  vi.advanceTimersByTime(999);
  expect(await answer()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await answer()).toBe(2);
});

it('keeps no failure', async () => {
  let asked = 0;
  const answer = ttlCache(1_000, async () => {
    asked += 1;
    if (asked === 1) throw new Error('away');
    return asked;
  });
  await expect(answer()).rejects.toThrow('away');
  expect(await answer()).toBe(2);
});
