import { describe, expect, it } from 'vitest';
import { attributeMethod, type IncidentWindow, proposalFor } from '../../domain/attribution.ts';
import { analyzeSignIns, windowOf } from '../../domain/log-analysis.ts';
import type { SeenMethod } from '../../domain/method.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';

const NIGHT = Date.parse('2026-11-23T03:10:00Z');
const at = (minutes: number): string => new Date(NIGHT + minutes * 60_000).toISOString();

const method = (part: Partial<SeenMethod>): SeenMethod => ({
  id: 'm',
  kind: 'fido2',
  label: 'l',
  facts: 'f',
  isAlternate: false,
  addedAt: null,
  ...part,
});
const SAME_MOMENT_MS = DEFAULT_DURATIONS.sameMomentMs;
const window = (part: Partial<IncidentWindow> = {}): IncidentWindow => ({
  fromMs: NIGHT,
  attackerAddresses: ['203.0.113.77'],
  additions: [],
  sameMomentMs: SAME_MOMENT_MS,
  ...part,
});
const fate = (one: SeenMethod, when: IncidentWindow) => proposalFor(one, attributeMethod(one, when));

describe('a way to sign in', () => {
  it.each<[string, SeenMethod, IncidentWindow, string, string]>([
    ['a key from before', method({ addedAt: at(-9000) }), window(), 'owner', 'keep'],
    [
      'a key that was added from an address of the attacker',
      method({ addedAt: at(4) }),
      window({ additions: [{ at: NIGHT + 240_000, address: '203.0.113.77' }] }),
      'attacker',
      'remove',
    ],
    [
      'a key that was added at another moment than what came from there',
      method({ addedAt: at(4) }),
      window({ additions: [{ at: NIGHT + 246_000, address: '203.0.113.77' }], sameMomentMs: 5_000 }),
      'unknown',
      'ask',
    ],
    ['a key of that night that no row explains', method({ addedAt: at(4) }), window(), 'unknown', 'ask'],
    ['a key without a date, and a log that cannot be read', method({}), window({ additions: null }), 'unknown', 'ask'],
    ['a phone from before', method({ kind: 'phone' }), window(), 'owner', 'remove'],
    [
      'a phone, and something was added that night',
      method({ kind: 'phone' }),
      window({ additions: [{ at: NIGHT + 1, address: null }] }),
      'unknown',
      'remove',
    ],
    ['a pass', method({ kind: 'temporary-access-pass', addedAt: at(-9000) }), window(), 'attacker', 'remove'],
    ['a code token', method({ kind: 'hardware-oath' }), window(), 'owner', 'by-hand'],
    ['an unknown kind', method({ kind: 'unknown' }), window(), 'owner', 'by-hand'],
    ['the password', method({ kind: 'password' }), window({ additions: null }), 'unknown', 'keep'],
  ])('%s', (_, one, when, belongs, expected) => {
    expect(attributeMethod(one, when).belongs).toBe(belongs);
    expect(fate(one, when)).toBe(expected);
  });
});

describe('the logs', () => {
  const row = (minutes: number, part: Partial<Parameters<typeof analyzeSignIns>[0][number]> = {}) => ({
    at: at(minutes),
    errorCode: 0,
    correlationId: null,
    address: '192.0.2.10',
    ...part,
  });

  it('show a success that follows a refused prompt, or comes from where the account was never used', () => {
    const rows = [row(-5000), row(1, { errorCode: 500121, address: '203.0.113.77' }), row(2), row(3, { address: '203.0.113.77' })];
    expect(analyzeSignIns(rows, NIGHT)).toMatchObject({ denials: 1, successes: [{ at: at(2) }, { at: at(3) }] });
    expect(analyzeSignIns([row(-5000), row(2)], NIGHT).successes).toEqual([]);
  });

  it('begin the window with the first of them, and a day before the report where there is none', () => {
    const rows = [row(-5000), row(2, { address: '203.0.113.77' })];
    const actions = [{ at: at(4), activity: 'User registered security info', address: '203.0.113.77' }];
    expect(windowOf(rows, actions, { reportedAt: NIGHT + 20 * 60_000, durations: DEFAULT_DURATIONS })).toEqual({
      fromMs: NIGHT + 120_000,
      attackerAddresses: ['203.0.113.77'],
      additions: [{ at: NIGHT + 240_000, address: '203.0.113.77' }],
      sameMomentMs: SAME_MOMENT_MS,
    });
    const nobodyIn = { attackerAddresses: [], additions: null, sameMomentMs: SAME_MOMENT_MS };
    expect(windowOf(null, null, { reportedAt: NIGHT, durations: DEFAULT_DURATIONS })).toEqual({ fromMs: NIGHT - 86_400_000, ...nobodyIn });
    const durations = { windowBeforeReportMs: 9000, sameMomentMs: 200 };
    expect(windowOf(null, null, { reportedAt: NIGHT, durations })).toEqual({ fromMs: NIGHT - 9000, ...nobodyIn, sameMomentMs: 200 });
  });
});
