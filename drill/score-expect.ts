// Holds a card against what its scenario expects, in words.
import type { Count, Expectation } from './scenarios/types.ts';

/** What the expectation is compared with. */
export interface Found {
  readonly outcome: string;
  readonly account: 'closed' | 'open';
  readonly closedBy: 'product' | 'person' | 'nobody';
  readonly cases: number;
  readonly reports: number;
  readonly footholdsLeft: number;
  readonly ownersThingsTouched: number;
  readonly blindSpots: readonly string[];
  readonly failedSteps: readonly string[];
  readonly refusedActs: number;
  readonly held: boolean;
  readonly paged: boolean;
  readonly intruderOut: boolean;
}

const NAMES: Readonly<Record<keyof Found, string>> = {
  outcome: 'outcome',
  account: 'account by the truth',
  closedBy: 'closed by',
  cases: 'cases',
  reports: 'reports on the record',
  footholdsLeft: 'footholds left',
  ownersThingsTouched: "owner's things touched",
  blindSpots: 'blind spots',
  failedSteps: 'failed steps',
  refusedActs: 'acts refused on the record',
  held: 'held for a person',
  paged: 'a person was paged',
  intruderOut: 'intruder out',
};

/** One line for each difference; empty when everything expected was found. */
export function differences(expected: Expectation, found: Found): string[] {
  return (Object.keys(NAMES) as (keyof Found)[]).flatMap((key) => {
    const wanted = expected[key];
    if (wanted === undefined || fits(wanted, found[key])) return [];
    return [`${NAMES[key]}: expected ${inWords(wanted)}, found ${inWords(found[key])}`];
  });
}

function fits(wanted: Expectation[keyof Found], found: Found[keyof Found]): boolean {
  if (isList(wanted)) return isList(found) && [...wanted].sort().join('\n') === [...found].sort().join('\n');
  if (typeof wanted === 'object')
    return typeof found === 'number' && found >= (wanted.min ?? 0) && found <= (wanted.max ?? Number.POSITIVE_INFINITY);
  return wanted === found;
}

function inWords(value: Count | string | boolean | readonly string[]): string {
  if (isList(value)) return value.length === 0 ? 'none' : value.join('; ');
  if (typeof value === 'object') return `${value.min ?? 0} to ${value.max ?? 'any number'}`;
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

const isList = (value: unknown): value is readonly string[] => Array.isArray(value);
