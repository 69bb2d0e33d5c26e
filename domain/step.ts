// The words every step speaks: what will change, what came of it, what was seen.

/** The two steps that close the door, and the reads beside them. */
export const CONTAINING_STEPS = ['block-sign-in', 'revoke-sessions'] as const;
export type ContainingStep = (typeof CONTAINING_STEPS)[number];

export interface Target {
  readonly kind: 'account';
  readonly id: string;
}

/** The shown side of a change: something a person can compare by eye. */
export type Fact = string | boolean | null;

export type Undo = { readonly kind: 'can'; readonly how: string } | { readonly kind: 'cannot'; readonly sentence: string };

/** What the fact was and what it will be. Everything else about a step follows from `from` and `to`. */
export interface Change {
  readonly target: Target;
  readonly from: Fact;
  readonly to: Fact;
  readonly why: string;
  readonly undo: Undo;
}

/** What the other side answered to the one write of a step. */
export interface Receipt {
  /** Null when the tenant showed `to` and our own earlier answer was lost: ours most likely, and nobody can say for certain. */
  readonly changed: boolean | null;
  readonly requestId: string | null;
}

/** What a fresh read showed. Only this makes a step done, never a receipt. */
export interface Verdict {
  readonly reached: boolean;
  readonly saw: string;
  /** The other side's own clock (its Date header), ISO. */
  readonly readAt: string;
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
}

/** Something that could not be checked. It is named on the card and in the bundle, never counted as clean. */
export interface BlindSpot {
  readonly what: 'sign-in log' | 'audit log' | 'sign-in methods' | 'roles' | 'eligible roles' | 'account';
  readonly why: 'licence' | 'permission' | 'no answer' | 'incomplete answer';
}

/**
 * What a step came to. verified: a fresh read showed it, `at` is the record's
 * time of that (database clock, ms). unseen: applied, but reads still show the
 * old state. failed: a person has to look at it.
 */
export type StepOutcome =
  | { readonly kind: 'verified'; readonly step: ContainingStep; readonly at: number; readonly changed: boolean }
  | { readonly kind: 'unseen'; readonly step: ContainingStep }
  | { readonly kind: 'failed'; readonly step: ContainingStep; readonly code: string };
