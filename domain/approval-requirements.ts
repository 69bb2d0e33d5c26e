// What each kind of plan needs, as a table: how many approvers, whether they need a fresh sign-in (step-up), and
// whether it can wait until morning. The other half of the policy is in policy.ts.
import type { AccountKind } from './account.ts';
import type { PlanKind } from './plan.ts';

export interface ApprovalRequirements {
  readonly approvers: 1 | 2;
  /** A fresh phishing-resistant sign-in besides the approval: against a stolen Slack session. */
  readonly stepUp: boolean;
}

interface Row extends ApprovalRequirements {
  readonly account: readonly AccountKind[];
  readonly group: PlanKind;
}

const EVERYBODY: readonly AccountKind[] = ['ordinary', 'guest'];
const POWERFUL: readonly AccountKind[] = ['privileged', 'restricted'];

/**
 * No row for protected accounts: people handle them manually. There is no place yet
 * to give a step-up, so a plan that needs one cannot be approved: it is shown, and a
 * person does it manually.
 */
export const REQUIREMENTS_TABLE: readonly Row[] = [
  { account: EVERYBODY, group: 'containment', approvers: 1, stepUp: false },
  { account: EVERYBODY, group: 'eradication', approvers: 1, stepUp: false },
  { account: EVERYBODY, group: 'release', approvers: 1, stepUp: false },
  { account: EVERYBODY, group: 'undo', approvers: 1, stepUp: false },
  { account: POWERFUL, group: 'containment', approvers: 2, stepUp: true },
  { account: POWERFUL, group: 'eradication', approvers: 2, stepUp: true },
  { account: POWERFUL, group: 'release', approvers: 2, stepUp: true },
  { account: POWERFUL, group: 'undo', approvers: 1, stepUp: true },
];

/** Stricter requirements of an installation. They cannot make a row milder. */
export interface Stricter {
  readonly twoApprovers: readonly PlanKind[];
}

export const NOTHING_STRICTER: Stricter = { twoApprovers: [] };

/** @returns null when no plan of this group is made for such an account */
export function requirementsFor(account: AccountKind, group: PlanKind, stricter: Stricter): ApprovalRequirements | null {
  const row = REQUIREMENTS_TABLE.find((candidate) => candidate.group === group && candidate.account.includes(account));
  if (row === undefined) return null;
  return { approvers: stricter.twoApprovers.includes(group) ? 2 : row.approvers, stepUp: row.stepUp };
}

export interface Urgency {
  /** A sentence at the top of the prompt. */
  readonly words: string;
  /** Are people paged when no one decides? */
  readonly rings: boolean;
}

/** Why this is asked at night, or that it can wait; then no one is paged. */
export const URGENCY: Readonly<Record<PlanKind, Urgency>> = {
  containment: { words: 'Decide now: the attacker may already be inside the account.', rings: true },
  eradication: { words: 'Decide now: an attacker who added a sign-in method can use it to set a new password.', rings: true },
  release: { words: 'This can wait until morning: nothing gets worse meanwhile, and nobody is paged about it.', rings: false },
  undo: { words: 'Decide now: the account is not blocked.', rings: true },
};
