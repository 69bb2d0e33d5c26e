/**
 * What a practice company is made of before anything happens to it. A scenario, a
 * test or a bench writes one of these; the tenant never changes it.
 */

/** A made-up company: all people and items in its directory. */
export interface CompanySeed {
  /** GUID. */
  readonly tenantId: string;
  readonly name: string;
  readonly licences: { readonly p1: boolean; readonly p2: boolean };
  readonly domains: readonly DomainSeed[];
  readonly people: readonly PersonSeed[];
  readonly groups: readonly GroupSeed[];
  readonly apps: readonly AppSeed[];
}

export interface DomainSeed {
  readonly name: string;
  readonly authentication: 'Managed' | 'Federated';
  /** Default: the first domain. */
  readonly isDefault?: boolean;
}

export interface PersonSeed {
  /** The name by which scenarios and tests call this person. */
  readonly key: string;
  /** Object id, a GUID. */
  readonly id: string;
  readonly displayName: string;
  readonly upn: string;
  readonly userType: 'Member' | 'Guest';
  readonly enabled: boolean;
  /** The account comes from an on-premises directory. */
  readonly synced: boolean;
  /** In a restricted management administrative unit: administrators of the whole tenant may not touch it. */
  readonly restricted: boolean;
  /** Display names of directory roles held now. A name that Microsoft does not ship is a custom role. */
  readonly roles: readonly string[];
  readonly eligibleRoles: readonly string[];
  readonly password: string;
  /** The password method is always there and not written here. */
  readonly methods: readonly MethodSeed[];
  readonly devices?: readonly DeviceSeed[];
  readonly inboxRules?: readonly RuleSeed[];
  readonly mailbox: 'cloud' | 'none' | 'on-premises';
  readonly phone?: string;
}

interface MethodCommon {
  /** Without it one is drawn from the seed. Phone and e-mail methods have Microsoft's fixed ids. */
  readonly id?: string;
  /** The default second factor; without one the first that can be a default is it. */
  readonly default?: true;
}

export type MethodSeed = MethodCommon &
  (
    | {
        readonly kind: 'authenticator';
        readonly displayName: string;
        readonly deviceTag?: string;
        readonly phoneAppVersion?: string;
        readonly createdDateTime?: string;
      }
    | { readonly kind: 'phone'; readonly phoneNumber: string; readonly phoneType: 'mobile' | 'alternateMobile' | 'office' }
    | { readonly kind: 'email'; readonly emailAddress: string }
    | {
        readonly kind: 'fido2';
        readonly displayName: string;
        readonly aaGuid?: string;
        readonly model?: string;
        readonly createdDateTime?: string;
      }
    | { readonly kind: 'hello'; readonly displayName: string; readonly createdDateTime?: string }
    | { readonly kind: 'platformCredential'; readonly displayName: string; readonly platform: 'macOS' | 'windows' }
    /** Another company's factor, set up for the whole tenant. */
    | { readonly kind: 'external'; readonly displayName: string }
    | { readonly kind: 'softwareOath' }
    | {
        readonly kind: 'tap';
        readonly lifetimeInMinutes: number;
        readonly isUsableOnce: boolean;
        readonly startDateTime?: string;
        readonly createdDateTime?: string;
      }
  );

export interface DeviceSeed {
  readonly id?: string;
  readonly displayName: string;
  readonly operatingSystem?: string;
  readonly trustType?: 'AzureAd' | 'ServerAd' | 'Workplace';
  readonly isManaged?: boolean;
  readonly isCompliant?: boolean;
  readonly registrationDateTime?: string;
}

export interface RuleSeed {
  readonly displayName: string;
  readonly isEnabled?: boolean;
  readonly conditions?: Readonly<Record<string, unknown>>;
  readonly actions?: Readonly<Record<string, unknown>>;
}

export interface GroupSeed {
  readonly key: string;
  readonly id: string;
  readonly name: string;
  readonly roleAssignable?: boolean;
  /** Keys of people or of other groups. */
  readonly members: readonly string[];
  /** Keys of people. */
  readonly owners?: readonly string[];
  /** Directory roles every member has through the group. */
  readonly roles?: readonly string[];
}

export interface AppSeed {
  readonly key: string;
  /** Application (client) id. */
  readonly appId: string;
  /** Object id of its service principal. */
  readonly servicePrincipalId: string;
  readonly name: string;
  /** Graph application permissions an administrator consented to. */
  readonly permissions: readonly string[];
  /** Directory roles of the service principal. */
  readonly roles: readonly string[];
  /** The public certificate it proves itself with. */
  readonly certificatePem: string;
}
