// The shape of a step. Five moves (inspect, plan, apply, verify, undo), `renew` for
// what people approved, and `say` for the ledger; the optional ones serve one or two
// steps. The runner does the rest, so a step file holds only what is true of that step.
import { wholeSecond } from '../../domain/containment-times.ts';
import type { ObjectId } from '../../domain/ids.ts';
import type { Change, Reading, Receipt, StepName, Target, Undo, UndoCode } from '../../domain/step.ts';
import type { Intent } from '../../ledger/intent.ts';
import type { AccountWriter } from '../microsoft/account-writer.ts';
import type { MethodWriter } from '../microsoft/method-writer.ts';

/** The clients that a step may use. */
export interface Writers {
  readonly account: AccountWriter;
  readonly methods: MethodWriter;
}

/** Makes a value of a person comparable without telling it. */
export type Fingerprint = (text: string) => string;

/** What a planned change has become when its turn comes. */
export type Renewed =
  /** As planned, with what is read only now filled in. */
  | { readonly kind: 'as-planned'; readonly change: Change }
  /** Another administrator has made it already. */
  | { readonly kind: 'gone' }
  /** It is not the item that people approved: left alone. */
  | { readonly kind: 'drifted' };

export interface Step<Seen> {
  readonly name: StepName;
  /** Reads what is about to change. */
  inspect(doors: Writers, subject: ObjectId): Promise<Reading<Seen>>;
  /** Pure. What the policy orders at once, without a plan; empty when it is so already. */
  plan(subject: ObjectId, seen: Seen): readonly Change[];
  /** Pure. Holds a change of an approved plan against what is there now. */
  renew(change: Change, seen: Seen, fingerprint: Fingerprint): Renewed;
  /** `from` and `to` are times that are read when its turn comes: not those of the plan, and never earlier ones. */
  readonly renewsTimes?: true;
  /** Pure. Microsoft tells times in whole seconds: a change in the second of the one before could not be told from it. */
  isTooSoon?(change: Change): boolean;
  /** The only move that writes. Calling it twice must do no harm. */
  apply(doors: Writers, subject: ObjectId, intent: Intent): Promise<Receipt>;
  /** Pure: the runner has read afresh; does that reading show the change? */
  verify(seen: Seen, change: Change, fingerprint: Fingerprint): boolean;
  /** What a reading shows of a target, as text for the ledger. */
  say(seen: Seen, target: Target): { readonly saw: string; readonly readAt: string };
  /** Fingerprints of everything of this kind that is there, for steps that remove many items: later rechecks are compared with it. */
  picture?(seen: Seen, fingerprint: Fingerprint): readonly string[];
  /** Fingerprints of everything that keeps another one from being taken away before it. */
  keepsDefault?(seen: Seen, fingerprint: Fingerprint): readonly string[];
  /** The change that takes this one back, or null for one that cannot be taken back. */
  undo(change: Change): Change | null;
}

/** For a change that cannot be taken back: the sentence is shown before approval. */
export const cannotUndo = (code: UndoCode): Undo => ({ kind: 'cannot', code });
export const canUndo = (code: UndoCode): Undo => ({ kind: 'can', code });

/**
 * The Date of an answer is the clock of the server that answered, a time inside it that of the directory: they differ by
 * seconds. Far below the time between two revocations of ours, so that an earlier one is never taken for this one.
 */
const CLOCKS_APART_MS = 5_000;

/** For changes that set a time: `to` is the Date of the reading, `from` the time that was set before. Has it been set since? */
export function isSetSince(at: string | null, { from, to }: Change): boolean {
  if (at === null || typeof to !== 'string') return false;
  const isLater = typeof from !== 'string' || Date.parse(at) > Date.parse(from);
  return isLater && Date.parse(at) >= Date.parse(to) - CLOCKS_APART_MS;
}

/** Set in the second of the reading, or later by its own clock: the next change may get the same whole second. */
export const isJustSet = ({ from, to }: Change): boolean =>
  typeof from === 'string' && typeof to === 'string' && Date.parse(from) >= wholeSecond(Date.parse(to));
