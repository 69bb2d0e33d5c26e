/** How Graph shows a person: which properties there are, and which are answered without being asked for. */
import { seconds } from '../answers.ts';
import type { TenantContext } from '../call.ts';
import type { Item, ListRules } from '../odata/list.ts';
import type { View } from '../replicas.ts';
import type { PersonCells } from '../state.ts';

const BY_DEFAULT = [
  'businessPhones',
  'displayName',
  'givenName',
  'jobTitle',
  'mail',
  'mobilePhone',
  'officeLocation',
  'preferredLanguage',
  'surname',
  'userPrincipalName',
  'id',
] as const;

const MORE = [
  'accountEnabled',
  'assignedLicenses',
  'createdDateTime',
  'department',
  'identities',
  'isManagementRestricted',
  'lastPasswordChangeDateTime',
  'onPremisesDistinguishedName',
  'onPremisesDomainName',
  'onPremisesLastSyncDateTime',
  'onPremisesSamAccountName',
  'onPremisesSyncEnabled',
  'otherMails',
  'passwordPolicies',
  'passwordProfile',
  'proxyAddresses',
  'signInSessionsValidFromDateTime',
  'usageLocation',
  'userType',
] as const;

export const USER_RULES: ListRules = {
  type: 'microsoft.graph.user',
  properties: [...BY_DEFAULT, ...MORE],
  byDefault: BY_DEFAULT,
  filterable: {
    id: ['eq'],
    userPrincipalName: ['eq', 'startswith'],
    displayName: ['eq', 'startswith'],
    mail: ['eq', 'startswith'],
    accountEnabled: ['eq'],
    userType: ['eq'],
    onPremisesSyncEnabled: ['eq'],
  },
  paged: { size: 100, most: 999 },
};

const SKU = '05e9a617-0261-4cee-bb44-138d3ef5d965';
const SYNC_EVERY_MS = 30 * 60_000;

/** A person with every property this tenant knows, as one view of the directory has them. */
export function userItem({ seed, account }: PersonCells, view: View, { scale, company, now }: TenantContext): Item {
  const { enabled, createdAt, passwordChangedAt, sessionsValidFrom } = account.read(view);
  const [given = seed.displayName, ...rest] = seed.displayName.split(' ');
  const mail = seed.mailbox === 'none' ? null : seed.upn;
  const synced = seed.synced ? true : null;
  const lastSync = Math.floor(now() / (SYNC_EVERY_MS / scale)) * (SYNC_EVERY_MS / scale);
  return {
    businessPhones: [],
    displayName: seed.displayName,
    givenName: given,
    jobTitle: null,
    mail,
    mobilePhone: seed.phone ?? null,
    officeLocation: null,
    preferredLanguage: null,
    surname: rest.join(' ') || null,
    userPrincipalName: seed.upn,
    id: seed.id,
    accountEnabled: enabled,
    assignedLicenses: seed.mailbox === 'cloud' ? [{ disabledPlans: [], skuId: SKU }] : [],
    createdDateTime: seconds(createdAt),
    department: null,
    identities: [{ signInType: 'userPrincipalName', issuer: company.domains[0]?.name ?? '', issuerAssignedId: seed.upn }],
    isManagementRestricted: seed.restricted ? true : null,
    lastPasswordChangeDateTime: seconds(passwordChangedAt),
    onPremisesDistinguishedName: synced && `CN=${seed.displayName},OU=Users,DC=corp,DC=example`,
    onPremisesDomainName: synced && 'corp.example',
    onPremisesLastSyncDateTime: synced && seconds(lastSync),
    onPremisesSamAccountName: synced && seed.upn.split('@')[0],
    onPremisesSyncEnabled: synced,
    otherMails: [],
    passwordPolicies: null,
    passwordProfile: null,
    proxyAddresses: mail === null ? [] : [`SMTP:${mail}`],
    signInSessionsValidFromDateTime: seconds(sessionsValidFrom),
    usageLocation: null,
    userType: seed.userType,
  };
}
