// The types that all steps share: what changes, what the result is, what was read.
import type { MethodKind } from './method.ts';

/** Every step, in the order of the runbook. */
export const STEP_NAMES = ['block-sign-in', 'revoke-sessions', 'reset-password', 'remove-methods', 'release-false-alarm'] as const;
export type StepName = (typeof STEP_NAMES)[number];

/** The two containment steps. */
export const CONTAINMENT_STEPS = ['block-sign-in', 'revoke-sessions'] as const satisfies readonly StepName[];
export type ContainmentStep = (typeof CONTAINMENT_STEPS)[number];
export const isContainmentStep = (step: StepName): step is ContainmentStep => CONTAINMENT_STEPS.some((each) => each === step);

/** What a change is made to. */
export type Target =
  | { readonly kind: 'account'; readonly id: string }
  | { readonly kind: 'method'; readonly id: string; readonly method: MethodKind };

/** The key of a target in the ledger and in actions. */
export const targetKey = ({ kind, id }: Target): string => `${kind}:${id}`;

/** A value that people can compare. Personal values are fingerprints. */
export type Fact = string | boolean | null;

/** Why a change is made. Its sentences are in labels.ts. */
export const CHANGE_REASONS = [
  'attacker-could-sign-in-again',
  'sessions-live-until-revoked',
  'attacker-may-know-password',
  'method-proves-identity',
  'logs-show-no-attacker',
  'released-by-mistake',
] as const;
export type ChangeReason = (typeof CHANGE_REASONS)[number];

/** How a change is undone, or why it cannot be undone. Its sentences are in labels.ts. */
export const UNDO_CODES = [
  'opened-by-people-only',
  'stays-revoked',
  'old-password-gone',
  'owner-registers-again',
  'block-again',
  'release-again',
] as const;
export type UndoCode = (typeof UNDO_CODES)[number];

export interface Undo {
  readonly kind: 'can' | 'cannot';
  readonly code: UndoCode;
}

/** One change: the value before and after. Everything else about a step follows from `from` and `to`. */
export interface Change {
  readonly target: Target;
  readonly from: Fact;
  readonly to: Fact;
  readonly why: ChangeReason;
  readonly undo: Undo;
}

/** What the other side answered to the one write of a step. */
export interface Receipt {
  /** Null when the tenant showed `to` and our earlier answer was lost: most likely our change, but not certain. */
  readonly changed: boolean | null;
  readonly requestId: string | null;
}

/** A raw answer as it came, kept as evidence. */
export interface RawAnswer {
  readonly name: string;
  readonly url: string;
  readonly requestId: string;
  /** The other side's Date header, ISO. */
  readonly date: string;
  readonly body: unknown;
}

/** A value that was read, with the answers it was read from. */
export interface Reading<Value> {
  readonly value: Value;
  readonly answers: readonly RawAnswer[];
  /** What the answers do not show completely. */
  readonly blindSpots?: readonly BlindSpot[];
}

/** Something that could not be checked. It is named on the card and in the bundle, never counted as clean. */
export interface BlindSpot {
  readonly what: 'sign-in-log' | 'audit-log' | 'sign-in-methods' | 'roles' | 'eligible-roles' | 'account';
  readonly why: 'licence' | 'permission' | 'no-answer' | 'incomplete-answer';
}

/** Why a planned target was skipped. */
export type DroppedBecause = 'item-replaced' | 'default-method-last';

/**
 * The result of a step. verified: fresh reads showed every target as planned, and
 * `at` is the ledger's time of the last read (database clock, ms); targets that
 * drifted since the plan were skipped and are counted in `dropped`. unseen:
 * applied, but reads still show the old state.
 */
export type StepOutcome =
  | {
      readonly kind: 'verified';
      readonly step: StepName;
      readonly at: number;
      readonly changed: boolean;
      readonly dropped: number;
      readonly newItems: number;
    }
  | { readonly kind: 'unseen'; readonly step: StepName };
