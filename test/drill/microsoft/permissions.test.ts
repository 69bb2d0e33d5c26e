import { afterEach, describe, expect, it } from 'vitest';
import { type Answered, type AppKey, errorOf, IDS, type Practice, practiceTenant } from './practice.ts';

let practice: Practice;
afterEach(() => practice.stop());

const block = (app: AppKey, person: keyof typeof IDS): Promise<Answered> =>
  practice.as(app)('PATCH', `/v1.0/users/${IDS[person]}`, { accountEnabled: false });
const isEnabled = (person: keyof typeof IDS): boolean => practice.tenant.truth.account(person).enabled;

describe('closing an account', () => {
  it.each([
    ['an ordinary person', 'ana'],
    ['a helpdesk administrator', 'hanna'],
    ['a synced account, in the cloud', 'sven'],
    ['a guest', 'gus'],
  ] as const)('is granted to a User Administrator for %s', async (_, person) => {
    practice = await practiceTenant();

    const answer = await block('actor', person);

    expect(answer.status).toBe(204);
    expect(answer.body).toEqual({});
    expect(isEnabled(person)).toBe(false);
  });

  it.each([
    ['an administrator of another kind', 'olga'],
    ['a holder of a custom role', 'erik'],
    ['a member of a group that can be given roles', 'tess'],
    ['a person in a restricted unit', 'rita'],
  ] as const)('is refused to a User Administrator for %s', async (_, person) => {
    practice = await practiceTenant();

    const answer = await block('actor', person);

    expect(answer.status).toBe(403);
    expect(errorOf(answer)).toMatchObject({
      code: 'Authorization_RequestDenied',
      message: 'Insufficient privileges to complete the operation.',
    });
    expect(isEnabled(person)).toBe(true);
  });

  it('reaches administrators with the highest role, but not into a restricted unit', async () => {
    practice = await practiceTenant();

    expect((await block('strong', 'olga')).status).toBe(204);
    expect((await block('strong', 'tess')).status).toBe(204);
    expect((await block('strong', 'rita')).status).toBe(403);
  });

  it('needs the directory role besides the permission', async () => {
    practice = await practiceTenant({
      company: (company) => ({ ...company, apps: company.apps.map((app) => (app.key === 'actor' ? { ...app, roles: [] } : app)) }),
    });

    expect((await block('actor', 'ana')).status).toBe(403);
  });

  it('needs the permission besides the directory role', async () => {
    practice = await practiceTenant({
      company: (company) => ({
        ...company,
        apps: company.apps.map((app) => (app.key === 'actor' ? { ...app, permissions: ['User.EnableDisableAccount.All'] } : app)),
      }),
    });

    // One of a pair of permissions is not enough.
    expect((await block('actor', 'ana')).status).toBe(403);
  });

  it('is not for an app that may only read', async () => {
    practice = await practiceTenant();

    expect((await block('reader', 'ana')).status).toBe(403);
    expect(isEnabled('ana')).toBe(true);
  });

  it('changes nothing a second time, and says so in the journal', async () => {
    practice = await practiceTenant();

    await block('actor', 'ana');
    expect((await block('actor', 'ana')).status).toBe(204);

    const effects = practice.tenant.journal
      .records()
      .filter((record) => record.operation === 'user.disable')
      .map((record) => record.effects);
    expect(effects).toEqual([[{ what: 'accountEnabled', target: IDS.ana, from: true, to: false }], []]);
  });

  it('can be taken back, and leaves the tenant as it was', async () => {
    practice = await practiceTenant();
    const before = practice.tenant.truth.state();

    await block('actor', 'ana');
    expect(practice.tenant.truth.state()).not.toEqual(before);
    await practice.as('actor')('PATCH', `/v1.0/users/${IDS.ana}`, { accountEnabled: true });

    expect(practice.tenant.truth.state()).toEqual(before);
  });

  it('finds no one under an id that no one has', async () => {
    practice = await practiceTenant();

    const answer = await practice.as('actor')('PATCH', '/v1.0/users/00000000-0000-4000-8000-00000000dead', { accountEnabled: false });

    expect(answer.status).toBe(404);
    expect(errorOf(answer).code).toBe('Request_ResourceNotFound');
  });

  it('refuses a value that is none, also to an app that may change everything', async () => {
    practice = await practiceTenant({
      company: (company) => ({
        ...company,
        apps: company.apps.map((app) => (app.key === 'strong' ? { ...app, permissions: ['User.ReadWrite.All'] } : app)),
      }),
    });

    expect((await practice.as('strong')('PATCH', `/v1.0/users/${IDS.ana}`, { accountEnabled: 'no' })).status).toBe(400);
  });
});

describe('ending sessions', () => {
  it('needs no directory role and moves the time to now', async () => {
    practice = await practiceTenant();
    const before = Date.now();

    const answer = await practice.as('weak')('POST', `/v1.0/users/${IDS.ana}/revokeSignInSessions`, {});

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ '@odata.context': `${practice.tenant.url}/v1.0/$metadata#Edm.Boolean`, value: true });
    const validFrom = Date.parse(practice.tenant.truth.account('ana').signInSessionsValidFrom);
    expect(validFrom).toBeGreaterThanOrEqual(before);
    const shown = await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}?$select=signInSessionsValidFromDateTime`);
    // Graph cuts the milliseconds off.
    expect(shown.body['signInSessionsValidFromDateTime']).toBe(`${new Date(validFrom).toISOString().slice(0, 19)}Z`);
  });

  it('is told by the name of the Graph property in the journal', async () => {
    practice = await practiceTenant();

    await practice.as('actor')('POST', `/v1.0/users/${IDS.ana}/revokeSignInSessions`);

    const record = practice.tenant.journal.records().find((each) => each.operation === 'user.revokeSignInSessions');
    expect(record?.effects.map((effect) => effect.what)).toEqual(['signInSessionsValidFrom']);
  });

  it('does nothing to a guest, and answers as if it did', async () => {
    practice = await practiceTenant();
    const before = practice.tenant.truth.account('gus');

    expect((await practice.as('actor')('POST', `/v1.0/users/${IDS.gus}/revokeSignInSessions`)).status).toBe(200);

    expect(practice.tenant.truth.account('gus')).toEqual(before);
  });
});

describe('setting a password', () => {
  const strong = { passwordProfile: { password: 'Correct-Horse-99', forceChangePasswordNextSignIn: true } };
  const asPasswordApp = () =>
    practiceTenant({
      company: (company) => ({
        ...company,
        apps: company.apps.map((app) =>
          app.key === 'actor' ? { ...app, permissions: [...app.permissions, 'User-PasswordProfile.ReadWrite.All'] } : app,
        ),
      }),
    });

  it('is not possible for a synced account', async () => {
    practice = await asPasswordApp();

    const answer = await practice.as('actor')('PATCH', `/v1.0/users/${IDS.sven}`, strong);

    expect(answer.status).toBe(400);
    expect(errorOf(answer).code).toBe('Request_BadRequest');
    expect(errorOf(answer).message).toContain('on-premises mastered');
  });

  it('wants a strong one', async () => {
    practice = await asPasswordApp();

    expect((await practice.as('actor')('PATCH', `/v1.0/users/${IDS.ana}`, { passwordProfile: { password: 'winter' } })).status).toBe(400);
    expect((await practice.as('actor')('PATCH', `/v1.0/users/${IDS.ana}`, strong)).status).toBe(204);
  });
});

describe('reading', () => {
  it('shows an app stubs of what it may not read', async () => {
    practice = await practiceTenant({
      company: (company) => ({
        ...company,
        apps: company.apps.map((app) => (app.key === 'weak' ? { ...app, permissions: ['User.Read.All'] } : app)),
      }),
    });

    const answer = await practice.as('weak')('GET', `/v1.0/users/${IDS.hanna}/transitiveMemberOf`);

    expect(answer.status).toBe(200);
    expect(answer.body['value']).toMatchObject([
      { '@odata.type': '#microsoft.graph.directoryRole', roleTemplateId: null, displayName: null },
    ]);
  });

  it.each([
    ['the methods', `/v1.0/users/${IDS.ana}/authentication/methods`],
    ['the sign-in log', '/beta/auditLogs/signIns'],
    ['role assignments', `/v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '${IDS.ana}'`],
    ['domains', '/v1.0/domains'],
  ])('%s needs its own permission', async (_, path) => {
    practice = await practiceTenant();

    const answer = await practice.as('weak')('GET', path);

    expect(answer.status).toBe(403);
    expect(errorOf(answer).code).toBe('Authorization_RequestDenied');
  });

  it('logs need a licence', async () => {
    practice = await practiceTenant({ company: (company) => ({ ...company, licences: { p1: false, p2: false } }) });

    for (const path of ['/v1.0/auditLogs/signIns', '/beta/auditLogs/signIns', '/v1.0/auditLogs/directoryAudits']) {
      const answer = await practice.as('reader')('GET', path);
      expect(answer.status).toBe(403);
      expect(errorOf(answer).code).toBe('Authentication_RequestFromNonPremiumTenantOrB2CTenant');
    }
  });

  it('eligible roles need the larger licence', async () => {
    practice = await practiceTenant({ company: (company) => ({ ...company, licences: { p1: true, p2: false } }) });

    const answer = await practice.as('reader')('GET', '/v1.0/roleManagement/directory/roleEligibilityScheduleInstances');

    expect(answer.status).toBe(400);
    expect(errorOf(answer).code).toBe('AadPremiumLicenseRequired');
  });
});
