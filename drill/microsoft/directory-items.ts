/**
 * What the directory and the mailboxes hold. Times are milliseconds; what Graph
 * shows of them is cut to its own precision elsewhere.
 */
import type { DeviceSeed, MethodSeed } from './company.ts';
import type { DirectoryRole } from './directory-roles.ts';

/** Who is behind a session or an item. Known to the truth only; Graph never shows it. */
export type Holder = 'owner' | 'attacker';

export interface Held {
  readonly holder: Holder;
  /** Null for what was there before the tenant started. */
  readonly plantedAt: number | null;
}

/** What can change about an account. The rest is in its seed. */
export interface Account {
  readonly id: string;
  readonly enabled: boolean;
  /** Sessions that began before are refused. */
  readonly sessionsValidFrom: number;
  readonly password: string;
  readonly passwordChangedAt: number;
  readonly createdAt: number;
}

export interface Method extends Held {
  readonly id: string;
  readonly seed: MethodSeed;
  readonly createdAt: number;
}

export interface Device extends Held {
  readonly id: string;
  /** The registration's own id, as sign-in logs name it. */
  readonly deviceId: string;
  readonly seed: DeviceSeed;
  readonly registeredAt: number;
}

export interface Rule extends Held {
  readonly id: string;
  readonly displayName: string;
  readonly sequence: number;
  readonly isEnabled: boolean;
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly actions: Readonly<Record<string, unknown>>;
}

export interface Grant extends Held {
  readonly id: string;
  /** Object id of the service principal that may act for the person. */
  readonly clientId: string;
  readonly resourceId: string;
  readonly scope: string;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly roleAssignable: boolean;
  readonly members: readonly string[];
  readonly owners: readonly string[];
}

export interface RoleAssignment {
  readonly id: string;
  readonly principalId: string;
  readonly principal: 'user' | 'group' | 'servicePrincipal';
  readonly role: DirectoryRole;
  readonly since: number;
}

export interface ServicePrincipal {
  readonly id: string;
  readonly appId: string;
  readonly displayName: string;
  /** Registered in this tenant, not in another one. */
  readonly ours: boolean;
  /** Graph application permissions it was granted. */
  readonly permissions: readonly string[];
  readonly createdAt: number;
}
