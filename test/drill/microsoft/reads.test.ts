import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APPS, errorOf, GROUPS, IDS, PEOPLE, type Practice, practiceTenant, valuesOf } from './practice.ts';

let practice: Practice;
beforeAll(async () => {
  practice = await practiceTenant();
});
afterAll(() => practice.stop());

const get = (path: string) => practice.as('reader')('GET', path);

describe('a person', () => {
  it('comes with the default properties only, unless more are selected', async () => {
    const { body } = await get(`/v1.0/users/${IDS.ana}`);

    expect(Object.keys(body).sort()).toEqual(
      [
        '@odata.context',
        'businessPhones',
        'displayName',
        'givenName',
        'id',
        'jobTitle',
        'mail',
        'mobilePhone',
        'officeLocation',
        'preferredLanguage',
        'surname',
        'userPrincipalName',
      ].sort(),
    );
  });

  it('comes with exactly what was selected', async () => {
    const { body } = await get(`/v1.0/users/${IDS.rita}?$select=id,accountEnabled,isManagementRestricted,onPremisesSyncEnabled`);

    expect(body).toEqual({
      '@odata.context': expect.stringContaining('$metadata#users(id,accountEnabled,isManagementRestricted,onPremisesSyncEnabled)/$entity'),
      id: IDS.rita,
      accountEnabled: true,
      isManagementRestricted: true,
      onPremisesSyncEnabled: null,
    });
  });

  it('can be named by user principal name', async () => {
    expect((await get('/v1.0/users/ana@contoso.example')).body['id']).toBe(IDS.ana);
  });

  it('is never found by the name that scenarios use', async () => {
    expect((await get('/v1.0/users/ana')).status).toBe(404);
  });

  it.each([
    ['an unknown property', `/v1.0/users/${IDS.ana}?$select=id,shoeSize`],
    ['a filter on one object', `/v1.0/users/${IDS.ana}?$filter=accountEnabled eq true`],
    ['an option there is not', `/v1.0/users/${IDS.ana}?$apply=groupby((id))`],
    ['a filter on a property that cannot be filtered', `/v1.0/users?$filter=passwordPolicies eq 'x'`],
    ['an operator that is not documented', `/v1.0/users?$filter=userType ne 'Guest'`],
    ['a filter that is no filter', `/v1.0/users?$filter=userType eq`],
    ['too large a page', '/v1.0/users?$top=1000'],
    ['a filter on the list of methods', `/v1.0/users/${IDS.ana}/authentication/methods?$filter=id eq 'x'`],
    ['a time that is none', `/v1.0/auditLogs/directoryAudits?$filter=activityDateTime ge 'yesterday'`],
    ['a path that cannot be read', '/v1.0/users/%zz'],
  ])('is a 400 with %s', async (_, path) => {
    expect((await get(path)).status).toBe(400);
  });
});

describe('a list', () => {
  it('comes in pages, each with the way to the next', async () => {
    const seen: string[] = [];
    let path: string | undefined = '/v1.0/users?$top=4&$select=id';
    let pages = 0;
    while (path !== undefined) {
      const answer = await get(path);
      pages += 1;
      seen.push(...valuesOf(answer).map((item) => String(item['id'])));
      path = answer.body['@odata.nextLink'] as string | undefined;
    }

    expect(pages).toBe(3);
    expect(seen.sort()).toEqual(PEOPLE.map((each) => each.id).sort());
  });

  it('can be filtered as its page says', async () => {
    const guests = await get(`/v1.0/users?$filter=userType eq 'Guest'&$select=id`);

    expect(valuesOf(guests)).toEqual([{ id: IDS.gus }]);
  });
});

describe('groups and roles', () => {
  it('walks up through groups, roles included', async () => {
    const answer = await get(`/v1.0/users/${IDS.ana}/transitiveMemberOf`);
    const direct = await get(`/v1.0/users/${IDS.ana}/memberOf`);

    expect(valuesOf(answer).map((item) => item['id'])).toEqual([GROUPS.finance, GROUPS.staff]);
    expect(valuesOf(direct).map((item) => item['id'])).toEqual([GROUPS.finance]);
  });

  it('says which groups can be given roles, and which roles come with them', async () => {
    const items = valuesOf(await get(`/v1.0/users/${IDS.tess}/transitiveMemberOf`));

    expect(items).toMatchObject([
      { '@odata.type': '#microsoft.graph.group', id: GROUPS.tierZero, isAssignableToRole: true },
      { '@odata.type': '#microsoft.graph.directoryRole', roleTemplateId: '194ae4cb-b126-40b2-bd5b-6091b380977d' },
    ]);
  });

  it('walks down to every member, each one once', async () => {
    const items = valuesOf(await get(`/v1.0/groups/${GROUPS.staff}/transitiveMembers`));

    expect(items.map((item) => [item['@odata.type'], item['id']])).toEqual([
      ['#microsoft.graph.group', GROUPS.finance],
      ['#microsoft.graph.user', IDS.ana],
      ['#microsoft.graph.user', IDS.ben],
      ['#microsoft.graph.user', IDS.gus],
    ]);
  });

  it('lists the role assignments of one principal, and with what they mean', async () => {
    const plain = valuesOf(await get(`/v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '${IDS.hanna}'`));
    const expanded = valuesOf(
      await get(`/v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '${IDS.hanna}'&$expand=roleDefinition`),
    );

    expect(plain).toMatchObject([
      { principalId: IDS.hanna, roleDefinitionId: '729827e3-9c14-49f7-bb1b-9608f156bbb8', directoryScopeId: '/', resourceScope: '/' },
    ]);
    expect(plain[0]).not.toHaveProperty('roleDefinition');
    expect(expanded).toMatchObject([{ roleDefinition: { displayName: 'Helpdesk Administrator', isBuiltIn: true } }]);
  });

  it('lists everybody who holds one role, apps included', async () => {
    const userAdministrator = 'fe930be7-5e62-47db-91af-98c3a49a38b1';
    const items = valuesOf(await get(`/v1.0/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '${userAdministrator}'`));

    expect(items.map((item) => item['principalId'])).toEqual([APPS.actor.servicePrincipalId]);
  });

  it('shows eligible roles apart from held ones', async () => {
    const held = await get(`/v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '${IDS.ben}'`);
    const eligible = await get(`/v1.0/roleManagement/directory/roleEligibilityScheduleInstances?$filter=principalId eq '${IDS.ben}'`);

    expect(valuesOf(held)).toEqual([]);
    expect(valuesOf(eligible)).toMatchObject([
      { principalId: IDS.ben, roleDefinitionId: 'fe930be7-5e62-47db-91af-98c3a49a38b1', memberType: 'Direct' },
    ]);
  });

  it('is a 404 for a group that is none', async () => {
    expect((await get('/v1.0/groups/00000000-0000-4000-8000-00000000dead/members')).status).toBe(404);
  });
});

describe('what belongs to a person', () => {
  it('lists methods with types, the password first, phones without a date', async () => {
    const items = valuesOf(await get(`/v1.0/users/${IDS.ana}/authentication/methods`));

    expect(items.map((item) => item['@odata.type'])).toEqual([
      '#microsoft.graph.passwordAuthenticationMethod',
      '#microsoft.graph.microsoftAuthenticatorAuthenticationMethod',
      '#microsoft.graph.phoneAuthenticationMethod',
    ]);
    expect(items[2]).toMatchObject({ id: '3179e48a-750b-4051-897c-87b9720928f7', phoneNumber: '+31 612345678', phoneType: 'mobile' });
    expect(items[2]).not.toHaveProperty('createdDateTime');
  });

  it('says that a mailbox is elsewhere', async () => {
    const answer = await get(`/v1.0/users/${IDS.gus}/mailFolders/inbox/messageRules`);

    expect(answer.status).toBe(404);
    expect(errorOf(answer).code).toBe('MailboxNotEnabledForRESTAPI');
  });

  it('lists inbox rules and devices', async () => {
    expect(valuesOf(await get(`/v1.0/users/${IDS.ana}/mailFolders/inbox/messageRules`))).toMatchObject([
      { displayName: 'Newsletters', isEnabled: true, conditions: { subjectContains: ['news'] } },
    ]);
    expect(valuesOf(await get(`/v1.0/users/${IDS.ana}/registeredDevices`))).toMatchObject([{ displayName: 'LAPTOP-ANA' }]);
  });
});

describe('the company', () => {
  it('lists its domains with who signs people in', async () => {
    expect(valuesOf(await get('/v1.0/domains?$select=id,authenticationType,isVerified'))).toEqual([
      { id: 'contoso.example', authenticationType: 'Managed', isVerified: true },
      { id: 'fed.example', authenticationType: 'Federated', isVerified: true },
    ]);
  });

  it('has an organization, licences and service principals', async () => {
    expect(valuesOf(await get('/v1.0/organization'))).toMatchObject([{ displayName: 'Contoso', tenantType: 'AAD' }]);
    const [sku] = valuesOf(await get('/v1.0/subscribedSkus'));
    expect(sku?.['servicePlans']).toEqual(expect.arrayContaining([expect.objectContaining({ servicePlanName: 'AAD_PREMIUM_P2' })]));
    expect((await get(`/v1.0/servicePrincipals(appId='${APPS.actor.appId}')`)).body).toMatchObject({ id: APPS.actor.servicePrincipalId });
  });
});

describe('a call this tenant does not have', () => {
  it.each([
    ['GET', '/v1.0/users/x/todo/lists'],
    ['DELETE', `/v1.0/users/${IDS.ana}`],
    ['GET', '/v2.0/users'],
    ['GET', '/'],
  ])('%s %s is a 501 and marked in the journal', async (method, path) => {
    const answer = await practice.as('reader')(method, path);

    expect(answer.status).toBe(501);
    expect(practice.tenant.journal.records().at(-1)).toMatchObject({ unknown: true, status: 501 });
  });

  it('is also a PATCH that changes more than is played', async () => {
    const answer = await practice.as('actor')('PATCH', `/v1.0/users/${IDS.ana}`, { accountEnabled: false, displayName: 'Ana' });

    expect(answer.status).toBe(501);
    expect(practice.tenant.journal.records().at(-1)).toMatchObject({ unknown: true });
    expect(practice.tenant.truth.account('ana').enabled).toBe(true);
  });
});
