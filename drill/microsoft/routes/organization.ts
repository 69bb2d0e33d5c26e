/** The tenant itself: its name, domains, licences and apps. */
import { notFound, seconds } from '../answers.ts';
import { asking, type Handlers, type TenantContext } from '../call.ts';
import type { ServicePrincipal } from '../directory-items.ts';
import { answerList, answerOne, type Item, type ListRules } from '../odata/list.ts';

const PLANS = {
  p1: { id: '41781fb2-bc02-4b7c-bd55-b576c07bb09d', name: 'AAD_PREMIUM' },
  p2: { id: 'eec0eb4f-6444-4f95-aba0-50c24d67f998', name: 'AAD_PREMIUM_P2' },
  exchange: { id: '9aaf7827-d63c-4b61-89c3-182f06f82e5c', name: 'EXCHANGE_S_STANDARD' },
} as const;

function sku({ company }: TenantContext): Item {
  const { p1, p2 } = company.licences;
  const plans = [PLANS.exchange, ...(p1 || p2 ? [PLANS.p1] : []), ...(p2 ? [PLANS.p2] : [])];
  return {
    id: `${company.tenantId}_${p2 ? '06ebc4ee-1bb5-47dd-8120-11324bc54e06' : '05e9a617-0261-4cee-bb44-138d3ef5d965'}`,
    accountName: company.name,
    appliesTo: 'User',
    capabilityStatus: 'Enabled',
    consumedUnits: company.people.length,
    prepaidUnits: { enabled: company.people.length, suspended: 0, warning: 0, lockedOut: 0 },
    skuId: p2 ? '06ebc4ee-1bb5-47dd-8120-11324bc54e06' : '05e9a617-0261-4cee-bb44-138d3ef5d965',
    skuPartNumber: p2 ? 'SPE_E5' : p1 ? 'SPE_E3' : 'O365_BUSINESS_ESSENTIALS',
    servicePlans: plans.map(({ id, name }) => ({
      servicePlanId: id,
      servicePlanName: name,
      provisioningStatus: 'Success',
      appliesTo: 'User',
    })),
  };
}

const spItem = (sp: ServicePrincipal, { company }: TenantContext): Item => ({
  id: sp.id,
  accountEnabled: true,
  appId: sp.appId,
  appDisplayName: sp.displayName,
  appOwnerOrganizationId: sp.ours ? company.tenantId : '9b4f7b1e-2f0b-4a5e-8f4b-0f6f5c1a77aa',
  createdDateTime: seconds(sp.createdAt),
  displayName: sp.displayName,
  homepage: null,
  keyCredentials: [],
  passwordCredentials: [],
  publisherName: null,
  replyUrls: [],
  servicePrincipalType: 'Application',
  signInAudience: sp.ours ? 'AzureADMyOrg' : 'AzureADMultipleOrgs',
  tags: [],
  verifiedPublisher: { displayName: null, verifiedPublisherId: null, addedDateTime: null },
});

const named = (type: string, item: Item): ListRules => ({ type, properties: Object.keys(item) });

export const organizationHandlers: Handlers = {
  'org.get': (call, world) => {
    const { company } = world;
    const synced = company.people.some((person) => person.synced) ? true : null;
    const item: Item = {
      id: company.tenantId,
      displayName: company.name,
      createdDateTime: '2019-05-02T08:00:00Z',
      countryLetterCode: 'NL',
      onPremisesSyncEnabled: synced,
      onPremisesLastSyncDateTime: synced && seconds(call.at - (call.at % 1_800_000)),
      tenantType: 'AAD',
      assignedPlans: [],
      verifiedDomains: company.domains.map(({ name, authentication, isDefault }, index) => ({
        name,
        isDefault: isDefault ?? index === 0,
        isInitial: false,
        type: authentication,
        capabilities: 'Email',
      })),
    };
    return { status: 200, body: answerList([item], named('microsoft.graph.organization', item), asking(call, world, 'organization')) };
  },
  'domains.list': (call, world) => {
    const items = world.company.domains.map(({ name, authentication, isDefault }, index) => ({
      id: name,
      authenticationType: authentication,
      availabilityStatus: null,
      isAdminManaged: true,
      isDefault: isDefault ?? index === 0,
      isInitial: false,
      isRoot: true,
      isVerified: true,
      passwordNotificationWindowInDays: 14,
      passwordValidityPeriodInDays: 2_147_483_647,
      supportedServices: ['Email', 'OfficeCommunicationsOnline'],
    }));
    return { status: 200, body: answerList(items, named('microsoft.graph.domain', items[0] ?? {}), asking(call, world, 'domains')) };
  },
  'sku.list': (call, world) => {
    const item = sku(world);
    return { status: 200, body: answerList([item], named('microsoft.graph.subscribedSku', item), asking(call, world, 'subscribedSkus')) };
  },
  'sp.get': (call, world) => {
    const id = call.parameters['spId'] ?? '';
    const found = world.state.servicePrincipals.read(call.view).find((sp) => sp.id === id.toLowerCase());
    if (found === undefined) throw notFound(id);
    const item = spItem(found, world);
    return {
      status: 200,
      body: answerOne(item, named('microsoft.graph.servicePrincipal', item), asking(call, world, 'servicePrincipals')),
    };
  },
  'sp.getByAppId': (call, world) => {
    const id = call.parameters['appId'] ?? '';
    const found = world.state.servicePrincipals.read(call.view).find((sp) => sp.appId === id.toLowerCase());
    if (found === undefined) throw notFound(id);
    const item = spItem(found, world);
    return {
      status: 200,
      body: answerOne(item, named('microsoft.graph.servicePrincipal', item), asking(call, world, 'servicePrincipals')),
    };
  },
};
