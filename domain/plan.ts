// What people are asked to approve. A plan is made of changes that are named one
// by one; its digest stands for exactly these, so an approval can name nothing
// else. Another tick, another digest.
import type { OutsideReach } from './account.ts';
import type { Attributed } from './attribution.ts';
import { type Change, type StepName, targetKey } from './step.ts';

/** What is asked with one prompt. */
export const PLAN_KINDS = ['containment', 'eradication', 'release', 'undo'] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

export interface PlannedChange extends Change {
  /** Only what is ticked is changed. */
  readonly ticked: boolean;
  /** Null where nothing had to be sorted: the account itself is whose it is. */
  readonly sorted: Attributed | null;
}

export interface PlannedStep {
  readonly step: StepName;
  readonly changes: readonly PlannedChange[];
}

/** What no call of ours can change, so that a person has to. */
export interface ManualTask {
  readonly what: 'reset-password' | 'remove-methods';
  readonly because: OutsideReach | 'no-api' | 'list-unreadable';
}

/** Exactly what is digested. */
export interface PlanContent {
  readonly case: string;
  readonly group: PlanKind;
  /** Counts the plans of one group in a case, from 1. */
  readonly round: number;
  /** Counts the versions of one plan, from 1. */
  readonly revision: number;
  /** Names the entries of its steps: no two plans share one. */
  readonly attempt: number;
  readonly steps: readonly PlannedStep[];
  readonly byHand: readonly ManualTask[];
  /** Fingerprints of what stays as it is: what comes on top is new. */
  readonly kept: readonly string[];
  /** SHA-256 (hex) of the labels it is shown with: what things are called belongs to what people approve. */
  readonly labelsSha256: string;
}

/** What the things of a plan are called, by the key of their target. Personal, so it stands in no body of the record. */
export interface PlanLabels {
  /** Random: without it the labels could be guessed from their hash. */
  readonly salt: string;
  readonly of: Readonly<Record<string, string>>;
  /** What stays, for a reader who wonders. */
  readonly kept: readonly string[];
  /** What no call removes, for the person who has to. */
  readonly byHand: readonly string[];
}

/** A plan as it is named by people: the same in all its revisions. */
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
    // What was not up for a choice keeps its tick: only single things are ticked, the account is not.
    changes: planned.changes.map((change) =>
      isChoice(change) ? { ...change, ticked: ticked.includes(targetKey(change.target)) } : change,
    ),
  }));
  const same = JSON.stringify(steps) === JSON.stringify(plan.steps);
  return same || tickedSteps({ steps }).length === 0 ? null : { ...plan, revision: plan.revision + 1, steps };
}

/** May a person tick or untick this? Single things, yes; the moves on the account itself stand or fall with the plan. */
export const isChoice = ({ target }: Pick<Change, 'target'>): boolean => target.kind !== 'account';

/**
 * Four digits that stand above the Approve button and are typed into the form:
 * they stop a hand that taps by reflex, and nothing else. From 1000 to 9999.
 * @param digest of the plan, hex
 */
export const planCode = (digest: string): string => String(1000 + (Number.parseInt(digest.slice(0, 12), 16) % 9000));

/** The keys under which what becomes of a plan stands. The plan itself stands under its name: making it twice makes it once. */
export const planKey = (digest: string, what: 'approved' | 'declined' | 'begun' | 'done' | 'expired' | 'replaced'): string =>
  `plan/${digest}/${what}`;

/** Where the names of a plan's things are kept for showing: the plan itself holds none. */
export const labelsKey = (digest: string): string => `plan/${digest}`;
