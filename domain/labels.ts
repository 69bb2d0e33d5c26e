// The names of steps, plans and failures: the same on a page, on a card and in a plan.
import { type FailureCode, isFailureCode } from './errors.ts';
import type { PlanKind } from './plan.ts';
import type { ManualDecisionReason } from './policy.ts';
import type { ChangeReason, ContainmentStep, StepName, UndoCode } from './step.ts';

export const STEP_NAME: Readonly<Record<StepName, string>> = {
  'block-sign-in': 'Block sign-in',
  'revoke-sessions': 'Revoke all sessions',
  'reset-password': 'Reset the password',
  'remove-methods': 'Remove sign-in methods',
  'release-false-alarm': 'Enable the account again',
};

export const PLAN_KIND_NAME: Readonly<Record<PlanKind, string>> = {
  containment: 'containment',
  eradication: 'eradication',
  release: 'release',
  undo: 'undo',
};

/** Why the policy leaves an account to people. */
export const MANUAL_DECISION: Readonly<Record<ManualDecisionReason, string>> = {
  'protected-account': 'A protected account is never blocked automatically.',
  'no-row-fits': 'No row of the policy fits this report.',
  'no-way-back-in': 'Blocking this account automatically needs a proven break-glass account and two other administrators in the baseline.',
};

/** Why a change is made. */
export const CHANGE_REASON: Readonly<Record<ChangeReason, string>> = {
  'attacker-could-sign-in-again': 'An attacker who knows the password could sign in again at any moment.',
  'sessions-live-until-revoked': 'A session stays usable until it is revoked.',
  'attacker-may-know-password': 'The attacker may know the password.',
  'method-proves-identity': 'An attacker who holds it can sign in as the owner.',
  'logs-show-no-attacker': 'The logs are complete and show no sign-in of an attacker.',
  'released-by-mistake': 'The account was released by mistake.',
};

/** How a change is undone, or why it cannot be undone. */
export const UNDO: Readonly<Record<UndoCode, string>> = {
  'opened-by-people-only': 'Only people enable a blocked account: by a release, or when its owner receives access again in person.',
  'stays-revoked': 'A revoked session stays revoked; the owner signs in again.',
  'old-password-gone': 'The old password is gone for good; the owner receives access again in person.',
  'owner-registers-again': 'A removed method cannot be put back; the owner registers it again.',
  'block-again': 'The account can be blocked again, by a plan of its own.',
  'release-again': 'The account can be released again, by a plan of its own.',
};

/** Where a person makes the change manually. */
export const MANUAL_TASK: Readonly<Record<ContainmentStep, string>> = {
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
  GRAPH_CONFLICT: 'another program or person kept changing this account',
  PROTECTED_ACCOUNT: 'this account is never changed automatically',
  NEVER_VISIBLE: 'the change was sent, and fresh reads still show the old state',
  CASE_UNKNOWN: 'the ledger has no such case',
  PLAN_STALE: 'the account had changed since the plan was made',
  PLAN_DECLINED: 'an approver declined the plan',
  APPROVAL_LOST: 'an approver of the plan may not approve any more',
  ACCOUNT_OPEN: 'the account is not blocked, and eradication needs a blocked account',
  GRAPH_DEFAULT_METHOD: 'Microsoft does not remove the default sign-in method while others are left',
  BLOCK_LIMIT_REACHED: 'the automatic block limit was reached: too many accounts were blocked in a short time',
  UNEXPECTED: 'an error occurred that unapprove does not know; the log of the worker names it',
  LEDGER_UNAVAILABLE: 'the ledger could not be written, and nothing is changed without it',
  LEDGER_REFUSED: 'the ledger refused an entry, and nothing is changed without it',
  // These occur only when another program wrote into the ledger or started a step.
  PLAN_UNKNOWN: 'the ledger holds an entry that unapprove did not write; call the operator of unapprove, and do not resume the case',
  INTENT_MISSING: 'the ledger lacks an entry that must be there; call the operator of unapprove, and do not resume the case',
  STEP_TOO_EARLY: 'it was requested before its turn; call the operator of unapprove, and do not resume the case',
};

/** Why a step failed: the sentence, with the code for people who look it up. */
export function failure(code: string | null): string {
  if (code === null) return 'no reason was recorded';
  const words = isFailureCode(code) ? FAILURE[code] : undefined;
  return words === undefined ? code : `${words} (${code})`;
}
