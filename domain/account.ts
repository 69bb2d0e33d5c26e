// The kind of an account. The policy depends on it, so it is decided here only, the most careful kind first.
import type { ObjectId } from './ids.ts';

export type AccountKind = 'protected' | 'guest' | 'restricted' | 'privileged' | 'ordinary';

/** Why an account is protected. Its sentences are in slack-app/wording.ts. */
export type ProtectedBecause = 'break-glass' | 'sync' | 'last-administrators' | 'last-approvers';

/** Where a block in the cloud alone does not keep the attacker out. */
export type OutsideReach = 'synced' | 'federated' | 'guest-home-tenant';

/** What the directory says about the subject now. */
export interface AccountFacts {
  readonly id: ObjectId;
  /** Null: the directory does not say it. */
  readonly enabled: boolean | null;
  readonly userType: 'Member' | 'Guest';
  readonly synced: boolean;
  readonly federated: boolean;
  readonly managementRestricted: boolean;
  /** Template ids of directory roles, active or eligible, direct or through a group. */
  readonly roles: readonly string[];
  readonly inRoleAssignableGroup: boolean;
}

/** The baseline, stored before any case: who must never be locked out automatically. */
export interface Baseline {
  readonly digest: string;
  readonly storedAt: string;
  readonly breakGlass: readonly ObjectId[];
  /** Break-glass accounts that were seen enabled and holding Global Administrator. */
  readonly provenBreakGlass: readonly ObjectId[];
  readonly syncAccounts: readonly ObjectId[];
  /** Enabled people (not break-glass) who hold Global Administrator. */
  readonly administrators: readonly ObjectId[];
  readonly approverGroup: ObjectId;
  readonly approvers: readonly ObjectId[];
}

/** Template ids that Microsoft publishes; they are the same in every tenant. */
export const ROLE_TEMPLATES = {
  globalAdministrator: '62e90394-69f5-4237-9190-012177145e10',
  directorySynchronizationAccounts: 'd29b2b05-8046-44ba-8758-1e26182fcf32',
} as const;

export interface AccountJudgement {
  readonly kind: AccountKind;
  readonly protectedBecause: ProtectedBecause | null;
  readonly outsideReach: readonly OutsideReach[];
}

/** Why this account may not be blocked automatically, or null. The client asks again before every write. */
export function protectedBecause(id: ObjectId, baseline: Baseline): ProtectedBecause | null {
  if (baseline.breakGlass.includes(id)) return 'break-glass';
  if (baseline.syncAccounts.includes(id)) return 'sync';
  if (baseline.administrators.includes(id) && baseline.administrators.length <= 2) return 'last-administrators';
  if (baseline.approvers.includes(id) && baseline.approvers.length <= 2) return 'last-approvers';
  return null;
}

/** The kind of the subject's account, the most careful kind first. */
export function judgeAccount(facts: AccountFacts, baseline: Baseline): AccountJudgement {
  const because = facts.roles.includes(ROLE_TEMPLATES.directorySynchronizationAccounts) ? 'sync' : protectedBecause(facts.id, baseline);
  return { kind: kindOf(facts, because), protectedBecause: because, outsideReach: outsideReach(facts) };
}

function kindOf(facts: AccountFacts, because: ProtectedBecause | null): AccountKind {
  if (because !== null) return 'protected';
  if (facts.userType === 'Guest') return 'guest';
  if (facts.managementRestricted) return 'restricted';
  if (facts.roles.length > 0 || facts.inRoleAssignableGroup) return 'privileged';
  return 'ordinary';
}

function outsideReach(facts: AccountFacts): OutsideReach[] {
  const reach: OutsideReach[] = [];
  if (facts.userType === 'Guest') reach.push('guest-home-tenant');
  if (facts.synced) reach.push('synced');
  if (facts.federated) reach.push('federated');
  return reach;
}
