// The words every step speaks: what will change, what came of it, what was seen.
import type { MethodKind } from './method.ts';

/** Every step there is, in the order in which the paper runbook takes them. */
export const STEP_NAMES = ['block-sign-in', 'revoke-sessions', 'reset-password', 'remove-methods', 'release-false-alarm'] as const;
export type StepName = (typeof STEP_NAMES)[number];

/** The two steps that close the door. */
export const CONTAINMENT_STEPS = ['block-sign-in', 'revoke-sessions'] as const satisfies readonly StepName[];
export type ContainmentStep = (typeof CONTAINMENT_STEPS)[number];
export const isContainmentStep = (step: StepName): step is ContainmentStep => CONTAINMENT_STEPS.some((each) => each === step);

/** What a change is made to. */
export type Target =
  | { readonly kind: 'account'; readonly id: string }
  | { readonly kind: 'method'; readonly id: string; readonly method: MethodKind };

/** How a target is named in keys and in actions of people. */
export const targetKey = ({ kind, id }: Target): string => `${kind}:${id}`;

/** The shown side of a change: something a person can compare by eye. Values of a person stand here as fingerprints. */
export type Fact = string | boolean | null;

/** Why a change is made. Its words are in words.ts. */
export const CHANGE_REASONS = [
  'attacker-could-sign-in-again',
  'sessions-live-until-revoked',
  'attacker-may-know-password',
  'method-proves-identity',
  'logs-show-nobody',
  'released-by-mistake',
] as const;
export type ChangeReason = (typeof CHANGE_REASONS)[number];

/** How a change is taken back, or why it cannot be. Its words are in words.ts. */
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

/** What the fact was and what it will be. Everything else about a step follows from `from` and `to`. */
export interface Change {
  readonly target: Target;
  readonly from: Fact;
  readonly to: Fact;
  readonly why: ChangeReason;
  readonly undo: Undo;
}

/** What the other side answered to the one write of a step. */
export interface Receipt {
  /** Null when the tenant showed `to` and our own earlier answer was lost: ours most likely, and nobody can say for certain. */
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
  /** What the answers do not say, or not completely. */
  readonly blindSpots?: readonly BlindSpot[];
}

/** Something that could not be checked. It is named on the card and in the bundle, never counted as clean. */
export interface BlindSpot {
  readonly what: 'sign-in-log' | 'audit-log' | 'sign-in-methods' | 'roles' | 'eligible-roles' | 'account';
  readonly why: 'licence' | 'permission' | 'no-answer' | 'incomplete-answer';
}

/** Why a planned target was left alone when its turn came. */
export type DroppedBecause = 'item-replaced' | 'default-method-last';

/**
 * What a step came to. verified: fresh reads showed every target as planned,
 * `at` is the record's time of the last of them (database clock, ms); what had
 * drifted since the plan was left alone and is counted in `dropped`. unseen:
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
