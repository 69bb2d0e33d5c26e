// Holds a card against what its scenario expects, in words.
import { type Count, type Expectation, PLAN_KINDS, type PlanKind } from '../scenarios/types.ts';

/** What the expectation is compared with. */
export interface Found {
  readonly outcome: string;
  readonly account: 'blocked' | 'open';
  readonly blockedBy: 'product' | 'person' | 'nobody';
  readonly cases: number;
  readonly reports: number;
  readonly footholdsLeft: number;
  readonly ownersItemsTouched: number;
  readonly blindSpots: readonly string[];
  readonly notChecked: readonly string[];
  readonly failedSteps: readonly string[];
  readonly refusedActions: number;
  readonly held: boolean;
  readonly paged: boolean;
  readonly pagedNext: boolean;
  readonly attackerOut: boolean;
  readonly refusals: readonly string[];
  readonly finished: boolean;
  readonly confirmed: boolean;
  readonly callTaken: boolean;
  readonly approvals: { readonly asked: number; readonly proper: number; readonly refused: number };
  /** By group. */
  readonly plans: Readonly<Record<string, string>>;
}

/** What is one value on both sides; `approvals` and `plans` have parts. */
type Single = Exclude<keyof Found, 'approvals' | 'plans'>;

const NAMES: Readonly<Record<Single, string>> = {
  outcome: 'outcome',
  account: 'account by the truth',
  blockedBy: 'closed by',
  cases: 'cases',
  reports: 'reports on the record',
  footholdsLeft: 'footholds left',
  ownersItemsTouched: "owner's things touched",
  blindSpots: 'blind spots',
  notChecked: 'not checked',
  failedSteps: 'failed steps',
  refusedActions: 'acts refused on the record',
  held: 'held for a person',
  paged: 'a person was paged',
  pagedNext: 'the next in line was paged',
  attackerOut: 'attacker out',
  refusals: 'reasons of refused decisions',
  finished: 'case finished',
  confirmed: 'closing confirmed',
  callTaken: 'a person said that they will call',
};

/** One line for each difference; empty when everything expected was found. */
export function differences(expected: Expectation, found: Found): string[] {
  const { approvals, plans } = expected;
  return [
    ...unknownKeys(expected),
    ...(Object.keys(NAMES) as Single[]).flatMap((key) => difference(NAMES[key], expected[key], found[key])),
    ...(['asked', 'proper', 'refused'] as const).flatMap((key) => difference(`approvals ${key}`, approvals?.[key], found.approvals[key])),
    ...(Object.keys(plans ?? {}) as PlanKind[]).flatMap((key) => difference(`plan of ${key}`, plans?.[key], found.plans[key] ?? 'none')),
  ];
}

/** What nothing is compared with would be expected in vain. */
function unknownKeys({ approvals = {}, plans = {}, ...single }: Expectation): string[] {
  const known = [
    [single, Object.keys(NAMES), ''],
    [approvals, ['asked', 'proper', 'refused'], 'approvals.'],
    [plans, PLAN_KINDS, 'plans.'],
  ] as const;
  return known.flatMap(([part, keys, before]) =>
    Object.keys(part)
      .filter((key) => !keys.some((each) => each === key))
      .map((key) => `the score does not know what is expected here: ${before}${key}`),
  );
}

type Wanted = Count | string | boolean | readonly string[];

const difference = (name: string, wanted: Wanted | undefined, found: Wanted): string[] =>
  wanted === undefined || fits(wanted, found) ? [] : [`${name}: expected ${inWords(wanted)}, found ${inWords(found)}`];

function fits(wanted: Wanted, found: Wanted): boolean {
  if (isList(wanted)) return isList(found) && [...wanted].sort().join('\n') === [...found].sort().join('\n');
  if (typeof wanted === 'object')
    return typeof found === 'number' && found >= (wanted.min ?? 0) && found <= (wanted.max ?? Number.POSITIVE_INFINITY);
  return wanted === found;
}

function inWords(value: Wanted): string {
  if (isList(value)) return value.length === 0 ? 'none' : value.join('; ');
  if (typeof value === 'object') return `${value.min ?? 0} to ${value.max ?? 'any number'}`;
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

const isList = (value: unknown): value is readonly string[] => Array.isArray(value);
