// Every call we make to Microsoft Graph, declared once, with the least right it
// needs. The clients, the doctor and the docs read this table; the practice
// tenant keeps its own, and a test compares the two.

export type App = 'reader' | 'actor';

/** Kinds of sign-in of a person. Microsoft refuses a filter that names two of them: one request each. */
export const SIGN_IN_EVENT_TYPES = ['interactiveUser', 'nonInteractiveUser'] as const;
export type SignInEventType = (typeof SIGN_IN_EVENT_TYPES)[number];

/** What Microsoft counts a call under; see meters.ts. */
export type Bucket = 'identity' | 'reports' | 'identityProtection';

export interface Endpoint {
  readonly id: string;
  readonly app: App;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly bucket: Bucket;
  /** Resource units, where Microsoft counts more than one for the call. */
  readonly units?: number;
  readonly version: 'v1.0' | 'beta';
  /** `{id}` stands for an object id, never for a name or an address; `{methodId}` for the id of a sign-in method, `{eventType}` for a kind of sign-in. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Application permissions, all of them needed. */
  readonly permissions: readonly string[];
  /** True for containment calls: Microsoft serves requests of high priority first when it throttles. */
  readonly urgent?: boolean;
}

const ACCOUNT_FIELDS =
  'id,accountEnabled,userType,userPrincipalName,onPremisesSyncEnabled,isManagementRestricted,signInSessionsValidFromDateTime';

/** One delete for each kind of method that has one, each with a right of its own. */
const removal = <Id extends string>(type: Id, permission: string) =>
  ({
    id: `auth.${type}.delete` as const,
    app: 'actor',
    method: 'DELETE',
    bucket: 'reports',
    version: 'v1.0',
    path: `/users/{id}/authentication/${type}/{methodId}`,
    permissions: [permission],
    urgent: true,
  }) as const;

export const ENDPOINTS = {
  learnAccount: {
    id: 'user.get',
    app: 'reader',
    method: 'GET',
    bucket: 'identity',
    version: 'v1.0',
    path: '/users/{id}',
    query: { $select: ACCOUNT_FIELDS },
    permissions: ['User.Read.All'],
    urgent: true,
  },
  readAccount: {
    id: 'user.get',
    app: 'actor',
    method: 'GET',
    bucket: 'identity',
    version: 'v1.0',
    path: '/users/{id}',
    query: { $select: 'id,accountEnabled,signInSessionsValidFromDateTime' },
    permissions: ['User.Read.All'],
    urgent: true,
  },
  memberships: {
    id: 'groups.transitiveMemberOf',
    app: 'reader',
    method: 'GET',
    bucket: 'identity',
    units: 2,
    version: 'v1.0',
    path: '/users/{id}/transitiveMemberOf',
    permissions: ['Directory.Read.All'],
    urgent: true,
  },
  roleAssignments: {
    id: 'roles.assignments.list',
    app: 'reader',
    method: 'GET',
    bucket: 'identity',
    version: 'v1.0',
    path: '/roleManagement/directory/roleAssignments',
    query: { $filter: "principalId eq '{id}'" },
    permissions: ['RoleManagement.Read.Directory'],
    urgent: true,
  },
  roleHolders: {
    id: 'roles.assignments.list',
    app: 'reader',
    method: 'GET',
    bucket: 'identity',
    version: 'v1.0',
    path: '/roleManagement/directory/roleAssignments',
    query: { $filter: "roleDefinitionId eq '{id}'" },
    permissions: ['RoleManagement.Read.Directory'],
  },
  eligibleRoles: {
    id: 'roles.eligible.list',
    app: 'reader',
    method: 'GET',
    bucket: 'identity',
    version: 'v1.0',
    path: '/roleManagement/directory/roleEligibilityScheduleInstances',
    query: { $filter: "principalId eq '{id}'" },
    permissions: ['RoleEligibilitySchedule.Read.Directory'],
    urgent: true,
  },
  groupMembers: {
    id: 'groups.transitiveMembers',
    app: 'reader',
    method: 'GET',
    bucket: 'identity',
    units: 2,
    version: 'v1.0',
    path: '/groups/{id}/transitiveMembers',
    // Without it no userType is answered, and a guest would count as one of ours.
    query: { $select: 'id,userType' },
    permissions: ['GroupMember.Read.All'],
  },
  domains: {
    id: 'domains.list',
    app: 'reader',
    method: 'GET',
    bucket: 'identity',
    version: 'v1.0',
    path: '/domains',
    query: { $select: 'id,authenticationType,isVerified' },
    permissions: ['Domain.Read.All'],
  },
  surveyAccount: {
    id: 'user.get',
    app: 'reader',
    method: 'GET',
    bucket: 'identity',
    version: 'v1.0',
    path: '/users/{id}',
    query: {
      $select:
        'id,displayName,userPrincipalName,accountEnabled,userType,onPremisesSyncEnabled,onPremisesLastSyncDateTime,lastPasswordChangeDateTime,signInSessionsValidFromDateTime,createdDateTime,identities,proxyAddresses,otherMails,mobilePhone',
    },
    permissions: ['User.Read.All'],
  },
  methods: {
    id: 'auth.methods.list',
    app: 'reader',
    method: 'GET',
    bucket: 'reports',
    version: 'v1.0',
    path: '/users/{id}/authentication/methods',
    permissions: ['UserAuthenticationMethod.Read.All'],
  },
  signIns: {
    id: 'signins.list.beta',
    app: 'reader',
    method: 'GET',
    bucket: 'reports',
    version: 'beta',
    path: '/auditLogs/signIns',
    query: {
      $filter: "userId eq '{id}' and createdDateTime ge {since} and signInEventTypes/any(t: t eq '{eventType}')",
      $top: '1000',
    },
    permissions: ['AuditLog.Read.All'],
  },
  auditsBySubject: {
    id: 'audit.byInitiator',
    app: 'reader',
    method: 'GET',
    bucket: 'reports',
    version: 'v1.0',
    path: '/auditLogs/directoryAudits',
    query: { $filter: "initiatedBy/user/id eq '{id}' and activityDateTime ge {since}", $top: '1000' },
    permissions: ['AuditLog.Read.All'],
  },
  blockSignIn: {
    id: 'user.disable',
    app: 'actor',
    method: 'PATCH',
    bucket: 'identity',
    version: 'v1.0',
    path: '/users/{id}',
    permissions: ['User.EnableDisableAccount.All', 'User.Read.All'],
    urgent: true,
  },
  revokeSessions: {
    id: 'user.revokeSignInSessions',
    app: 'actor',
    method: 'POST',
    bucket: 'identity',
    version: 'v1.0',
    path: '/users/{id}/revokeSignInSessions',
    permissions: ['User.RevokeSessions.All'],
    urgent: true,
  },
  readPassword: {
    id: 'user.get',
    app: 'actor',
    method: 'GET',
    bucket: 'identity',
    version: 'v1.0',
    path: '/users/{id}',
    query: { $select: 'id,lastPasswordChangeDateTime,onPremisesSyncEnabled' },
    permissions: ['User.Read.All'],
    urgent: true,
  },
  resetPassword: {
    id: 'user.resetPassword',
    app: 'actor',
    method: 'PATCH',
    bucket: 'identity',
    version: 'v1.0',
    path: '/users/{id}',
    permissions: ['User-PasswordProfile.ReadWrite.All'],
    urgent: true,
  },
  readMethods: {
    id: 'auth.methods.list',
    app: 'actor',
    method: 'GET',
    bucket: 'reports',
    version: 'v1.0',
    path: '/users/{id}/authentication/methods',
    permissions: ['UserAuthenticationMethod.Read.All'],
    urgent: true,
  },
  removeAuthenticator: removal('microsoftAuthenticatorMethods', 'UserAuthMethod-MicrosoftAuthApp.ReadWrite.All'),
  removePhone: removal('phoneMethods', 'UserAuthMethod-Phone.ReadWrite.All'),
  removeEmail: removal('emailMethods', 'UserAuthMethod-Email.ReadWrite.All'),
  removeSoftwareOath: removal('softwareOathMethods', 'UserAuthMethod-SoftwareOATH.ReadWrite.All'),
  removeFido2: removal('fido2Methods', 'UserAuthMethod-Passkey.ReadWrite.All'),
  removeHello: removal('windowsHelloForBusinessMethods', 'UserAuthMethod-WindowsHello.ReadWrite.All'),
  removePlatformCredential: removal('platformCredentialMethods', 'UserAuthMethod-PlatformCred.ReadWrite.All'),
  removeExternal: removal('externalAuthenticationMethods', 'UserAuthMethod-External.ReadWrite.All'),
  removeAccessPass: removal('temporaryAccessPassMethods', 'UserAuthMethod-TAP.ReadWrite.All'),
  openAccount: {
    id: 'user.enable',
    app: 'actor',
    method: 'PATCH',
    bucket: 'identity',
    version: 'v1.0',
    path: '/users/{id}',
    permissions: ['User.EnableDisableAccount.All', 'User.Read.All'],
  },
} as const satisfies Record<string, Endpoint>;

/** The application permissions that an administrator has to consent to for one of our two apps. */
export const permissionsOf = (app: App): string[] => [
  ...new Set(Object.values<Endpoint>(ENDPOINTS).flatMap((call) => (call.app === app ? call.permissions : []))),
];
