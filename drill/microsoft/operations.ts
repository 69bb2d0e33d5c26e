/**
 * Every call this tenant has: who may make it, what it costs and how long it
 * takes. Transcribed from Microsoft's published pages, apart from the product's
 * own table; a test compares the two.
 */
import type { LatencyClass } from './latency.ts';
import type { Bucket } from './quota.ts';

export interface Operation {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the version. Names in braces are parameters; `{id}` under /users is a person. */
  readonly path: string;
  readonly versions: readonly ('v1.0' | 'beta')[];
  /** Application permissions: any one line is enough, all of a line are needed. Empty: no app may. */
  readonly application: readonly (readonly string[])[];
  /** Delegated permissions, likewise; the signed-in person reaches their own items only. */
  readonly delegated: readonly (readonly string[])[];
  readonly bucket: Bucket;
  readonly units: number;
  readonly latency: LatencyClass;
  /** Needs a directory role that outranks the target. */
  readonly sensitive?: true;
  /** Answers only with a Microsoft Entra ID licence of that kind. */
  readonly licence?: 'p1' | 'p2';
}

const any = (...names: readonly string[]): readonly (readonly string[])[] => names.map((name) => [name]);

const BOTH = ['v1.0', 'beta'] as const;
const READS_USERS = any('User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All');
const READS_ROLES = any(
  'RoleManagement.Read.Directory',
  'RoleManagement.ReadWrite.Directory',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
);
const READS_ELIGIBILITY = any(
  'RoleEligibilitySchedule.Read.Directory',
  'RoleEligibilitySchedule.ReadWrite.Directory',
  'RoleManagement.Read.All',
  'RoleManagement.Read.Directory',
  'RoleManagement.ReadWrite.Directory',
);
const READS_GROUPS = any(
  'GroupMember.Read.All',
  'GroupMember.ReadWrite.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
);
const READS_APPS = any(
  'Application.Read.All',
  'Application.ReadWrite.OwnedBy',
  'Application.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
);
const READS_LOGS = any('AuditLog.Read.All');
const READS_METHODS = any('UserAuthenticationMethod.Read.All', 'UserAuthenticationMethod.ReadWrite.All');

/** Types of sign-in methods, each with the name of its own family of permissions. */
const METHOD_TYPES = [
  ['microsoftAuthenticator', 'MicrosoftAuthApp'],
  ['phone', 'Phone'],
  ['email', 'Email'],
  ['fido2', 'Passkey'],
  ['softwareOath', 'SoftwareOATH'],
  ['windowsHelloForBusiness', 'WindowsHello'],
  ['temporaryAccessPass', 'TAP'],
  ['platformCredential', 'PlatformCred'],
  ['externalAuthentication', 'External'],
] as const;

const directory = { versions: BOTH, bucket: 'identity', units: 1, latency: 'directoryRead', delegated: [] } as const;
const write = { ...directory, latency: 'write' } as const;
const logs = { bucket: 'reports', units: 1, latency: 'signIns', delegated: [], licence: 'p1' } as const;
const methods = { versions: BOTH, bucket: 'reports', units: 1, latency: 'methods' } as const;
const mailRules = { versions: BOTH, bucket: 'outlook', units: 1, latency: 'mailRules' } as const;

export const OPERATIONS: readonly Operation[] = [
  {
    ...directory,
    id: 'user.get',
    method: 'GET',
    path: '/users/{id}',
    application: READS_USERS,
    delegated: any('User.Read', 'User.ReadWrite'),
  },
  { ...directory, id: 'user.list', method: 'GET', path: '/users', application: READS_USERS, units: 2 },
  {
    ...write,
    id: 'user.disable',
    method: 'PATCH',
    path: '/users/{id}',
    application: [['User.EnableDisableAccount.All', 'User.Read.All'], ...any('User.ReadWrite.All', 'Directory.ReadWrite.All')],
    sensitive: true,
  },
  {
    ...write,
    id: 'user.enable',
    method: 'PATCH',
    path: '/users/{id}',
    application: [['User.EnableDisableAccount.All', 'User.Read.All'], ...any('User.ReadWrite.All', 'Directory.ReadWrite.All')],
    sensitive: true,
  },
  {
    ...write,
    id: 'user.resetPassword',
    method: 'PATCH',
    path: '/users/{id}',
    application: any('User-PasswordProfile.ReadWrite.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'),
    sensitive: true,
  },
  {
    ...write,
    id: 'user.update',
    method: 'PATCH',
    path: '/users/{id}',
    application: any('User.ReadWrite.All', 'Directory.ReadWrite.All'),
  },
  {
    ...write,
    id: 'user.revokeSignInSessions',
    method: 'POST',
    path: '/users/{id}/revokeSignInSessions',
    application: any('User.RevokeSessions.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'),
    delegated: any('User.RevokeSessions.All', 'User.ReadWrite'),
  },
  {
    ...methods,
    id: 'auth.methods.list',
    method: 'GET',
    path: '/users/{id}/authentication/methods',
    application: READS_METHODS,
    delegated: any('UserAuthenticationMethod.Read', 'UserAuthenticationMethod.ReadWrite'),
  },
  // There is one for each type and none for all: the mixed list is for reading only, and the password has none.
  // Not marked as sensitive, for any owner of the methods: for an app no directory role is documented here, and
  // Microsoft does not document whether the real service asks for one when the target is an administrator.
  ...METHOD_TYPES.map(([type, family]) => ({
    ...methods,
    id: `auth.${type}Methods.delete`,
    method: 'DELETE' as const,
    path: `/users/{id}/authentication/${type}Methods/{methodId}`,
    application: any(`UserAuthMethod-${family}.ReadWrite.All`, 'UserAuthenticationMethod.ReadWrite.All'),
    delegated: [],
  })),
  {
    ...directory,
    id: 'groups.memberOf',
    method: 'GET',
    path: '/users/{id}/memberOf',
    application: any('Directory.Read.All', 'Group.ReadBasic.All', 'GroupMember.ReadBasic.All', 'Directory.ReadWrite.All'),
    delegated: any('User.Read'),
    units: 2,
  },
  {
    ...directory,
    id: 'groups.transitiveMemberOf',
    method: 'GET',
    path: '/users/{id}/transitiveMemberOf',
    application: any(
      'User.Read.All',
      'Directory.Read.All',
      'Group.Read.All',
      'Group.ReadBasic.All',
      'GroupMember.Read.All',
      'GroupMember.ReadBasic.All',
      'Directory.ReadWrite.All',
    ),
    delegated: any('User.Read'),
    units: 2,
  },
  { ...directory, id: 'group.get', method: 'GET', path: '/groups/{groupId}', application: READS_GROUPS },
  { ...directory, id: 'groups.members', method: 'GET', path: '/groups/{groupId}/members', application: READS_GROUPS, units: 3 },
  {
    ...directory,
    id: 'groups.transitiveMembers',
    method: 'GET',
    path: '/groups/{groupId}/transitiveMembers',
    application: READS_GROUPS,
    units: 3,
  },
  {
    ...directory,
    id: 'roles.assignments.list',
    method: 'GET',
    path: '/roleManagement/directory/roleAssignments',
    application: READS_ROLES,
  },
  {
    ...directory,
    id: 'roles.eligible.list',
    method: 'GET',
    path: '/roleManagement/directory/roleEligibilityScheduleInstances',
    application: READS_ELIGIBILITY,
    licence: 'p2',
  },
  {
    ...directory,
    id: 'roles.definitions.list',
    method: 'GET',
    path: '/roleManagement/directory/roleDefinitions',
    application: READS_ROLES,
  },
  { ...directory, id: 'directoryRoles.list', method: 'GET', path: '/directoryRoles', application: READS_ROLES },
  { ...directory, id: 'sp.get', method: 'GET', path: '/servicePrincipals/{spId}', application: READS_APPS },
  { ...directory, id: 'sp.getByAppId', method: 'GET', path: "/servicePrincipals(appId='{appId}')", application: READS_APPS },
  {
    ...directory,
    id: 'org.get',
    method: 'GET',
    path: '/organization',
    application: any('Organization.Read.All', 'Directory.Read.All', 'User.Read.All'),
    delegated: any('User.Read'),
  },
  {
    ...directory,
    id: 'domains.list',
    method: 'GET',
    path: '/domains',
    application: any('Domain.Read.All', 'Domain.ReadWrite.All', 'Directory.Read.All'),
  },
  {
    ...directory,
    id: 'sku.list',
    method: 'GET',
    path: '/subscribedSkus',
    application: any(
      'LicenseAssignment.Read.All',
      'Directory.Read.All',
      'Organization.Read.All',
      'Directory.ReadWrite.All',
      'Organization.ReadWrite.All',
    ),
    units: 3,
  },
  { ...logs, id: 'signins.list.v1', method: 'GET', path: '/auditLogs/signIns', versions: ['v1.0'], application: READS_LOGS },
  { ...logs, id: 'signins.list.beta', method: 'GET', path: '/auditLogs/signIns', versions: ['beta'], application: READS_LOGS },
  ...['audit.byInitiator', 'audit.byTarget', 'audit.list'].map((id) => ({
    ...logs,
    id,
    method: 'GET' as const,
    path: '/auditLogs/directoryAudits',
    versions: BOTH,
    application: any('AuditLog.Read.All', 'Directory.Read.All'),
  })),
  { ...directory, id: 'devices.owned', method: 'GET', path: '/users/{id}/ownedDevices', application: READS_USERS, units: 2 },
  { ...directory, id: 'devices.registered', method: 'GET', path: '/users/{id}/registeredDevices', application: READS_USERS, units: 2 },
  {
    ...mailRules,
    id: 'mail.rules.list',
    method: 'GET',
    path: '/users/{id}/mailFolders/inbox/messageRules',
    application: any('MailboxSettings.Read', 'MailboxSettings.ReadWrite'),
    delegated: any('MailboxSettings.Read', 'MailboxSettings.ReadWrite'),
  },
  {
    ...mailRules,
    id: 'mail.rules.create',
    method: 'POST',
    path: '/users/{id}/mailFolders/inbox/messageRules',
    application: any('MailboxSettings.ReadWrite'),
    delegated: any('MailboxSettings.ReadWrite'),
  },
  {
    ...mailRules,
    id: 'mail.messages.list',
    method: 'GET',
    path: '/users/{id}/messages',
    application: any('Mail.ReadBasic.All', 'Mail.Read', 'Mail.ReadWrite'),
    delegated: any('Mail.ReadBasic', 'Mail.Read', 'Mail.ReadWrite'),
  },
  {
    ...directory,
    id: 'oauth.grants.list',
    method: 'GET',
    path: '/users/{id}/oauth2PermissionGrants',
    application: any('Directory.Read.All', 'DelegatedPermissionGrant.ReadWrite.All'),
    units: 2,
  },
  {
    id: 'risk.user.get',
    method: 'GET',
    path: '/identityProtection/riskyUsers/{id}',
    versions: BOTH,
    application: any('IdentityRiskyUser.Read.All', 'IdentityRiskyUser.ReadWrite.All'),
    delegated: [],
    bucket: 'identityProtection',
    units: 1,
    latency: 'risk',
    licence: 'p2',
  },
];

/** Does a holder of these permissions have what one of the lines asks for? */
export const permits = (lines: readonly (readonly string[])[], held: readonly string[]): boolean =>
  lines.some((line) => line.every((name) => held.includes(name)));

const PATTERNS = new Map<string, RegExp>();

const patternOf = (path: string): RegExp => {
  const known = PATTERNS.get(path);
  if (known !== undefined) return known;
  const source = path.replaceAll(/[.()$']/g, String.raw`\$&`).replaceAll(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>[^/()']+)`);
  const made = new RegExp(`^${source}/?$`, 'i');
  PATTERNS.set(path, made);
  return made;
};

/** `/me` of an app or of no one: a call that is refused, and no call this tenant does not have. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

export interface Found {
  readonly operation: Operation;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly method: string;
  readonly version: string;
  /** Below the version. */
  readonly path: string;
  readonly filter: string;
  readonly body: unknown;
}

/** Which operation a request is. `/me` is the signed-in person's own `/users/{id}`. */
export function findOperation(asked: Asked, me: string | undefined): Found | undefined {
  const path = asked.path.replace(/^\/me(?=\/|$)/i, `/users/${me ?? NOBODY}`);
  for (const each of OPERATIONS) {
    if (each.method !== asked.method || !each.versions.some((version) => version === asked.version)) continue;
    const parameters = patternOf(each.path).exec(path)?.groups ?? (patternOf(each.path).test(path) ? {} : undefined);
    if (parameters !== undefined && isMeant(each.id, asked)) return { operation: each, parameters: { ...parameters } };
  }
  return undefined;
}

/** Where one path is several operations, the request says which. */
function isMeant(id: string, { filter, body }: Asked): boolean {
  const fields = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  switch (id) {
    case 'user.disable':
      return fields['accountEnabled'] === false;
    case 'user.enable':
      return fields['accountEnabled'] === true;
    case 'user.resetPassword':
      return 'passwordProfile' in fields;
    case 'audit.byInitiator':
      return filter.includes('initiatedBy/');
    case 'audit.byTarget':
      return filter.includes('targetResources/');
    default:
      return true;
  }
}
