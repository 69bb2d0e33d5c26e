import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../domain/retry-after.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const inSeconds = (seconds: number): string => new Date(NOW + seconds * 1000).toUTCString();

describe('Retry-After', () => {
  it.each([
    ['whole seconds', '5', 5_000],
    ['seconds with a fraction', '120.5', 120_500],
    ['nothing', '0', 0],
    ['an hour', '3600', 3_600_000],
    ['two headers that were joined', '5, 5', 5_000],
    ['two headers that differ', '5, 60', 60_000],
    ['a date', inSeconds(90), 90_000],
    ['a date that has passed', inSeconds(-90), 0],
    ['a date and seconds', `${inSeconds(90)}, 5`, 90_000],
    ['a number that can be read and one that cannot', 'soon, 7', 7_000],
  ])('is read when it says %s', (_, header, expected) => {
    expect(retryAfterMs(header, null, NOW)).toBe(expected);
  });

  it.each([['-1'], [''], ['soon'], ['1e3'], ['0x10'], ['2026'.padEnd(12, '0')], ['Infinity'], ['NaN']])(
    'names no pause when it says “%s”',
    (header) => {
      expect(retryAfterMs(header, null, NOW)).toBeUndefined();
    },
  );

  it('names no pause when it is missing', () => {
    expect(retryAfterMs(null, null, NOW)).toBeUndefined();
  });

  it('compares a date with the clock of the machine that wrote it', () => {
    expect(retryAfterMs(inSeconds(90), inSeconds(30), NOW)).toBe(60_000);
    expect(retryAfterMs(inSeconds(90), 'no date', NOW)).toBe(90_000);
  });
});
