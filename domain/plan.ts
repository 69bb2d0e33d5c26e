// What people are asked to approve. A plan lists its changes one by one. Its digest covers exactly these, so another tick
// makes another digest.
import type { OutsideReach } from './account.ts';
import type { Attributed } from './attribution.ts';
import { type Change, type StepName, targetKey } from './step.ts';

/** The kind of a plan; one prompt asks about one plan. */
export const PLAN_KINDS = ['containment', 'eradication', 'release', 'undo'] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

export interface PlannedChange extends Change {
  /** Only what is ticked is changed. */
  readonly ticked: boolean;
  /** Null for the account itself, which needs no attribution. */
  readonly sorted: Attributed | null;
}

export interface PlannedStep {
  readonly step: StepName;
  readonly changes: readonly PlannedChange[];
}

/** What no API call of ours can change: a manual task. */
export interface ManualTask {
  readonly what: 'reset-password' | 'remove-methods';
  readonly because: OutsideReach | 'no-api' | 'list-unreadable';
}

/** Exactly what is digested. */
export interface PlanContent {
  readonly case: string;
  readonly group: PlanKind;
  /** Counts the plans of one kind in a case, from 1. */
  readonly round: number;
  /** Counts the versions of one plan, from 1. */
  readonly revision: number;
  /** Names the entries of its steps: no two plans share one. */
  readonly attempt: number;
  readonly steps: readonly PlannedStep[];
  readonly byHand: readonly ManualTask[];
  /** Fingerprints of the items that stay; any other item found later is new. */
  readonly kept: readonly string[];
  /** SHA-256 (hex) of the labels it is shown with: the names of the items are part of what people approve. */
  readonly labelsSha256: string;
}

/** The names of a plan's items, by the key of their target. Personal, so never in a ledger body. */
export interface PlanLabels {
  /** Random: without it the labels could be guessed from their hash. */
  readonly salt: string;
  readonly of: Readonly<Record<string, string>>;
  /** The names of the items that stay. */
  readonly kept: readonly string[];
  /** The names of the items that a person must remove manually. */
  readonly byHand: readonly string[];
}

/** The name of a plan: the same in all its revisions. */
export const planName = ({ group, round }: Pick<PlanContent, 'group' | 'round'>): string => `${group}/${round}`;

/** The steps with what is ticked; a step with nothing ticked is left out. */
export const tickedSteps = ({ steps }: Pick<PlanContent, 'steps'>): PlannedStep[] =>
  steps
    .map(({ step, changes }) => ({ step, changes: changes.filter((change) => change.ticked) }))
    .filter(({ changes }) => changes.length > 0);

/** The same plan with other ticks. @returns null when nothing would differ, nothing would be left to do, or something is named that is not in the plan */
export function withTicks(plan: PlanContent, ticked: readonly string[]): PlanContent | null {
  const known = plan.steps.flatMap(({ changes }) => changes.map(({ target }) => targetKey(target)));
  if (ticked.some((key) => !known.includes(key))) return null;
  const steps = plan.steps.map((planned) => ({
    ...planned,
    // A change of the account itself is not a choice, so it keeps its tick.
    changes: planned.changes.map((change) =>
      isChoice(change) ? { ...change, ticked: ticked.includes(targetKey(change.target)) } : change,
    ),
  }));
  const same = JSON.stringify(steps) === JSON.stringify(plan.steps);
  return same || tickedSteps({ steps }).length === 0 ? null : { ...plan, revision: plan.revision + 1, steps };
}

/** May a person tick or untick this? Single items, yes; changes of the account itself belong to the whole plan. */
export const isChoice = ({ target }: Pick<Change, 'target'>): boolean => target.kind !== 'account';

/**
 * The plan code: four digits shown above the Approve button and typed into the form.
 * It only prevents an approval by reflex. From 1000 to 9999.
 * @param digest of the plan, hex
 */
export const planCode = (digest: string): string => String(1000 + (Number.parseInt(digest.slice(0, 12), 16) % 9000));

/** The ledger keys of a plan's later entries. The plan itself is stored under its name, so storing it twice stores it once. */
export const planKey = (digest: string, what: 'approved' | 'declined' | 'begun' | 'done' | 'expired' | 'replaced'): string =>
  `plan/${digest}/${what}`;

/** Where the names of a plan's items are stored for display: the plan itself holds none. */
export const labelsKey = (digest: string): string => `plan/${digest}`;
