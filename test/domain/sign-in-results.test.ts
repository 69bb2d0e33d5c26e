import { describe, expect, it } from 'vitest';
import { analyzeSignIns, isConclusive, type LoggedSignIn, supportsReport } from '../../domain/log-analysis.ts';
import { mayHaveEntered, resultOf, type SignInResult } from '../../domain/sign-in-results.ts';

const REPORT = Date.parse('2026-11-23T03:10:00Z');
const SINCE = REPORT - 24 * 60 * 60_000;
const HOME = '192.0.2.10';
const ABROAD = '203.0.113.77';

const row = (minutes: number, errorCode: number, part: Partial<LoggedSignIn> = {}): LoggedSignIn => ({
  at: new Date(REPORT + minutes * 60_000).toISOString(),
  errorCode,
  correlationId: null,
  address: ABROAD,
  ...part,
});
const HABIT = row(-5000, 0, { address: HOME });
const DENIAL = row(-10, 500_121);

describe('a result code', () => {
  it.each<[number, SignInResult]>([
    [0, 'success'],
    [50_140, 'passed'],
    [50_199, 'passed'],
    [65_001, 'passed'],
    [50_105, 'passed'],
    [50_072, 'half-passed'],
    [50_074, 'half-passed'],
    [50_076, 'half-passed'],
    [50_079, 'half-passed'],
    [50_055, 'half-passed'],
    [53_003, 'half-passed'],
    [530_032, 'half-passed'],
    [500_121, 'denied'],
    [50_126, 'failed'],
    [50_053, 'failed'],
    [50_057, 'failed'],
    [50_133, 'failed'],
    [50_173, 'failed'],
    [1, 'unknown'],
    [999_999, 'unknown'],
    [-1, 'unknown'],
  ])('%i says %s', (code, result) => {
    expect(resultOf(code)).toBe(result);
  });

  it('that is not listed may be an entry, as a success and a sign-in that passed everything may', () => {
    expect([0, 50_140, 999_999].map(mayHaveEntered)).toEqual([true, true, true]);
    expect([50_074, 500_121, 50_126].map(mayHaveEntered)).toEqual([false, false, false]);
  });
});

describe('the sign-in log', () => {
  const read = (...rows: readonly LoggedSignIn[]): string => {
    const signs = analyzeSignIns([HABIT, ...rows], SINCE);
    if (supportsReport(signs, [], SINCE)) return 'bears it out';
    return isConclusive([], signs.undecided.length) ? 'is clean' : 'does not decide';
  };

  it.each<[string, readonly LoggedSignIn[], string]>([
    ['denials only', [DENIAL, row(-9, 500_121)], 'is clean'],
    ['denials and wrong passwords', [DENIAL, row(-9, 50_126)], 'is clean'],
    ['an interrupt after everything was passed', [DENIAL, row(-5, 50_140)], 'bears it out'],
    ['the same without a denial, from a strange address', [row(-5, 50_140)], 'bears it out'],
    ['the same from the usual address', [row(-5, 50_140, { address: HOME })], 'is clean'],
    ['the same from the usual address, after a denial', [DENIAL, row(-5, 50_140, { address: HOME })], 'bears it out'],
    ['the same from an address that the log does not name', [row(-5, 50_140, { address: null })], 'bears it out'],
    ['a missing consent', [DENIAL, row(-5, 65_001)], 'bears it out'],
    ['a code that is not listed', [DENIAL, row(-5, 999_999)], 'bears it out'],
    ['a sign-in that stopped at the second factor', [row(-11, 50_074)], 'does not decide'],
    ['one that stopped to register a second factor', [DENIAL, row(-5, 50_072)], 'does not decide'],
    ['one that a policy blocked after the password', [DENIAL, row(-5, 53_003)], 'does not decide'],
    [
      'one that stopped at the second factor, and its prompt was denied',
      [row(-11, 50_074, { correlationId: 'a' }), { ...DENIAL, correlationId: 'a' }],
      'is clean',
    ],
    [
      'the same, and another attempt that did not end',
      [row(-11, 50_074, { correlationId: 'a' }), { ...DENIAL, correlationId: 'a' }, row(-8, 50_074, { correlationId: 'b' })],
      'does not decide',
    ],
    ['one whose denial came before it', [{ ...DENIAL, correlationId: 'a' }, row(-5, 50_074, { correlationId: 'a' })], 'does not decide'],
    [
      'a denial of the same correlation id after everything was passed',
      [row(-11, 50_140, { correlationId: 'a' }), { ...DENIAL, correlationId: 'a' }],
      'bears it out',
    ],
    [
      'a denial of the same correlation id elsewhere',
      [row(-11, 50_074, { correlationId: 'a' }), { ...DENIAL, correlationId: 'a', address: HOME }],
      'does not decide',
    ],
  ])('with %s %s', (_, rows, expected) => {
    expect(read(...rows)).toBe(expected);
  });

  it('that could not be read does not decide', () => {
    expect(isConclusive([{ what: 'sign-in-log', why: 'no-answer' }], 0)).toBe(false);
    expect(isConclusive([{ what: 'audit-log', why: 'no-answer' }], 0)).toBe(true);
  });
});
