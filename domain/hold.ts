// Why a case is on hold, what ends the hold, and the sentence for each reason. The ledger keeps codes; the sentences are
// the same on a page and on a card.
import type { Refusal } from './approval.ts';
import { type FailureCode, remedyOf } from './errors.ts';
import type { ObjectId } from './ids.ts';
import { failure, MANUAL_DECISION, MANUAL_TASK, STEP_NAME } from './labels.ts';
import type { ManualDecisionReason } from './policy.ts';
import { isContainmentStep, type StepName } from './step.ts';

/** What a recheck found, or what people did. */
const FOUND = {
  'opened-again': 'The account was enabled again after it had been blocked three times.',
  'signed-in': 'There was a sign-in to the account after it had been blocked: it was enabled for a while.',
  'activity-after': 'The account was used after the last session should have ended.',
  unreadable: 'The account could not be read, so it is not known whether it is blocked.',
  'still-open': 'The account is still not blocked.',
  'new-items-again': 'A new sign-in method was added again after three eradications: find out who can still add one.',
  'unreadable-after-release': 'The sign-in log could not be read after the release.',
  'signed-in-after-release': 'An attacker may have signed in after the release, or shortly before it.',
  'by-hand': 'A responder put the case on hold.',
  'declined-too-late': 'An approver declined a plan that had already begun.',
  'containment-declined': 'Blocking this account was declined. Decide what happens next.',
  'held-on-the-record': 'The ledger says that the case is on hold, and the running case did not know of it.',
} as const;

/** Reasons that a successful containment settles. Attacker activity, and an account that is enabled again and again, need a person. */
const SETTLED_BY_CONTAINMENT: readonly HoldReason['kind'][] = [
  'still-open',
  'unreadable',
  'unreadable-after-release',
  'signed-in-after-release',
  'step-failed',
  'left-to-people',
];
export const isSettledByContainment = ({ kind }: HoldReason): boolean => SETTLED_BY_CONTAINMENT.includes(kind);

export type HoldReason =
  | { readonly kind: keyof typeof FOUND }
  | { readonly kind: 'step-failed'; readonly step: StepName; readonly code: FailureCode }
  | { readonly kind: 'no-plan'; readonly because: FailureCode | Refusal }
  /** The policy leaves the decision to people. */
  | { readonly kind: 'left-to-people'; readonly because: ManualDecisionReason };

/** Why nothing is changed now. */
export interface Held {
  readonly reasons: readonly HoldReason[];
  /** Null: a failure or a finding placed the hold. */
  readonly by: ObjectId | null;
  /** `recheck`: a recheck that finds the account blocked ends it. `person`: only a person's resume ends it. */
  readonly endsWith: 'recheck' | 'person';
}

/** What ended a hold. */
export type HoldEndedBecause =
  | 'account-blocked'
  | 'account-open-again'
  | 'blocked-by-hand'
  | 'containment-approved'
  | 'recheck-clean'
  | 'resumed-by-person';

/** A hold that only a person ends keeps its owner and its end; later findings only add reasons. */
export function holdAfter(before: Held | null, later: Held): Held {
  if (before === null || before.endsWith === 'recheck') return later;
  const news = later.reasons.filter((reason) => !hasReason(before, reason));
  return { by: before.by ?? later.by, reasons: [...before.reasons, ...news], endsWith: 'person' };
}

export const hasReason = ({ reasons }: Pick<Held, 'reasons'>, reason: HoldReason): boolean =>
  reasons.some((each) => codeOf(each) === codeOf(reason));

function codeOf(reason: HoldReason): string {
  switch (reason.kind) {
    case 'step-failed':
      return `${reason.kind}/${reason.step}/${reason.code}`;
    case 'no-plan':
    case 'left-to-people':
      return `${reason.kind}/${reason.because}`;
    default:
      return reason.kind;
  }
}

export function holdReasonText(reason: HoldReason): string {
  switch (reason.kind) {
    case 'step-failed':
      return `${STEP_NAME[reason.step]}: failed, because ${failure(reason.code)}.${afterFailure(reason.step, reason.code)}`;
    case 'no-plan':
      return `No plan could be made: ${whyNotMade(reason.because)}. ${CORRECT_AND_RESUME}`;
    case 'left-to-people':
      return MANUAL_DECISION[reason.because];
    default:
      return FOUND[reason.kind];
  }
}

const CORRECT_AND_RESUME = 'Correct the cause, then resume the case.';

function afterFailure(step: StepName, code: FailureCode): string {
  if (isContainmentStep(step)) return ` Do it by hand: ${MANUAL_TASK[step]}`;
  return remedyOf(code) === 'retry' ? ' It is tried again when the case is resumed.' : ` ${CORRECT_AND_RESUME}`;
}

/** Why a plan could not be made. */
export const whyNotMade = (because: FailureCode | Refusal): string => NOT_MADE[because] ?? failure(because);

const NOT_MADE: Partial<Readonly<Record<string, string>>> = {
  'logs-forbid': 'the logs are not complete yet, cannot be read, or show a sign-in of the attacker',
  'nothing-to-undo': 'nothing was changed in this case that can be undone',
  'not-allowed-now': 'it cannot be done in this case now',
} satisfies Partial<Record<Refusal, string>>;
