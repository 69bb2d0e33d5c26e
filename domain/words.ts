// What steps, plans and failures are called. The same words on a page, on a card and in
// a plan, so that a tired person meets one name for one thing.
import { type FailureCode, isFailureCode } from './errors.ts';
import type { PlanGroup } from './plan.ts';
import type { ManualDecisionReason } from './policy.ts';
import type { ChangeReason, ContainingStep, StepName, UndoCode } from './step.ts';

export const STEP_NAME: Readonly<Record<StepName, string>> = {
  'block-sign-in': 'Block sign-in',
  'revoke-sessions': 'End all sessions',
  'reset-password': 'Reset the password',
  'remove-methods': 'Remove ways to sign in',
  'release-false-alarm': 'Open the account again',
};

export const GROUP_NAME: Readonly<Record<PlanGroup, string>> = {
  contain: 'closing',
  'clean-up': 'clean-up',
  release: 'release',
  undo: 'undo',
};

/** Why the policy leaves an account to people. */
export const MANUAL_DECISION: Readonly<Record<ManualDecisionReason, string>> = {
  'protected-account': 'A protected account is never closed by a machine.',
  'no-row-fits': 'No row of the policy fits this report.',
  'no-way-back-in': 'Closing this account needs a proven break-glass account and two other administrators in the baseline.',
};

/** Why a change is made. */
export const CHANGE_REASON: Readonly<Record<ChangeReason, string>> = {
  'attacker-could-sign-in-again': 'An intruder who knows the password could sign in again at any moment.',
  'sessions-live-until-revoked': 'Whoever holds a session keeps it until it is revoked.',
  'attacker-may-know-password': 'Whoever sent the prompt may know the password.',
  'method-proves-identity': 'Whoever holds it can pass for the owner.',
  'logs-show-nobody': 'The logs are complete, and show that nobody got in.',
  'released-by-mistake': 'The account was released by mistake.',
};

/** How a change is taken back, or why it cannot be. */
export const UNDO: Readonly<Record<UndoCode, string>> = {
  'opened-by-people-only': 'A closed account is opened by people only: by a release, or when its owner is brought back in person.',
  'stays-revoked': 'A revoked session stays revoked; the owner signs in again.',
  'old-password-gone': 'The old password is gone for good; the owner gets a new start in person.',
  'owner-registers-again': 'A removed method cannot be put back; the owner registers it again.',
  'block-again': 'The account can be blocked again, by a plan of its own.',
  'release-again': 'The account can be released again, by a plan of its own.',
};

/** Where a person does it. */
export const BY_HAND: Readonly<Record<ContainingStep, string>> = {
  'block-sign-in': 'Entra admin center, Users, this person, Edit properties, Settings: clear "Account enabled".',
  'revoke-sessions': 'Entra admin center, Users, this person: press "Revoke sessions".',
};

const FAILURE: Partial<Readonly<Record<FailureCode, string>>> = {
  GRAPH_FORBIDDEN: 'Microsoft does not allow our app to change this account',
  GRAPH_UNAUTHORIZED: "Microsoft did not accept our app's sign-in",
  GRAPH_TOKEN_REFUSED: 'Microsoft gave our app no token',
  GRAPH_NOT_FOUND: 'Microsoft does not find this account',
  GRAPH_REFUSED: 'Microsoft refused the change',
  GRAPH_LICENCE_MISSING: 'the tenant has no licence for it',
  GRAPH_ANSWER_UNREADABLE: "Microsoft's answer could not be read",
  GRAPH_THROTTLED: 'Microsoft kept telling us to wait',
  GRAPH_UNAVAILABLE: 'Microsoft did not answer for too long',
  GRAPH_TIMED_OUT: 'Microsoft did not answer for too long',
  GRAPH_CONFLICT: 'something else kept changing this account',
  PROTECTED_ACCOUNT: 'this account is never changed by a machine',
  NEVER_VISIBLE: 'it was sent, and fresh reads still show the old state',
  CASE_UNKNOWN: 'the record knows no such case',
  PLAN_STALE: 'the account had changed since the plan was made',
  PLAN_DECLINED: 'somebody declined the plan',
  APPROVAL_LOST: 'an approver may not approve any more',
  ACCOUNT_OPEN: 'the account is open, and an open account is not cleaned up',
  GRAPH_DEFAULT_METHOD: 'Microsoft keeps the default way to sign in while others are left',
  BRAKE_ON: 'too many accounts were blocked by policy in a short time',
  LEDGER_UNAVAILABLE: 'the record could not be written, and without it nothing is changed',
  LEDGER_REFUSED: 'the record refused an entry, and without it nothing is changed',
  // The runner meets these only where somebody wrote past it.
  PLAN_UNKNOWN: 'the record holds something that nobody here should have written; call whoever runs unapprove, and do not go on',
  INTENT_MISSING: 'the record lacks something that must be there; call whoever runs unapprove, and do not go on',
  STEP_TOO_EARLY: 'it was asked for before its turn; call whoever runs unapprove, and do not go on',
};

/** Why something failed, in words, with the code for whoever looks it up. */
export function failure(code: string | null): string {
  if (code === null) return 'no reason was recorded';
  const words = isFailureCode(code) ? FAILURE[code] : undefined;
  return words === undefined ? code : `${words} (${code})`;
}
