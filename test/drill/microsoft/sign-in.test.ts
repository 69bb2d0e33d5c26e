import { afterEach, describe, expect, it } from 'vitest';
import { ABROAD, AT_WORK, answerPrompt, begin, block, breakIn, outcome, readMail, refresh, tokensOf } from './people.ts';
import { errorOf, IDS, type Json, PASSWORDS, type Practice, practiceTenant, valuesOf } from './practice.ts';

let practice: Practice;
afterEach(() => practice.stop());

const ANA = 'ana@contoso.example';
const signIns = async (version: 'v1.0' | 'beta'): Promise<readonly Json[]> => {
  if (version === 'v1.0') return rowsOf(version, '');
  const kinds = ['nonInteractiveUser', 'interactiveUser'].map((kind) => rowsOf(version, ` and signInEventTypes/any(t: t eq '${kind}')`));
  const rows = (await Promise.all(kinds)).flat();
  return rows.sort((one, other) => String(other['createdDateTime']).localeCompare(String(one['createdDateTime'])));
};
const rowsOf = async (version: 'v1.0' | 'beta', kinds: string): Promise<readonly Json[]> => {
  const filter = encodeURIComponent(`userId eq '${IDS.ana}' and createdDateTime ge 2026-01-01T00:00:00Z${kinds}`);
  return valuesOf(await practice.as('reader')('GET', `/${version}/auditLogs/signIns?$filter=${filter}&$top=1000`));
};

describe('a sign-in with a stolen password', () => {
  it('waits for the owner’s phone, and lets in the person who asked when the owner approves', async () => {
    practice = await practiceTenant();

    const begun = await begin(practice, ANA, PASSWORDS.ana, 'attacker', ABROAD);
    expect(begun).toMatchObject({ state: 'waiting' });
    expect(practice.tenant.truth.access('ana')).toEqual([]);
    await answerPrompt(practice, 'ana', 'approve');
    const tokens = tokensOf(await outcome(practice, begun['id']));

    const mail = await readMail(practice, tokens);
    expect(mail.status).toBe(200);
    expect(practice.tenant.truth.access('ana')).toMatchObject([
      { holder: 'attacker', session: tokens.session, usableNow: true, usableUntil: null },
    ]);
  });

  it.each([
    ['deny', 'MFA denied; user declined the authentication'],
    ['ignore', 'MFA denied; user did not respond to mobile app notification'],
    ['report', 'MFA denied; Phone App Reported Fraud'],
  ] as const)('fails when the owner’s answer is to %s it, and the log says how', async (answer, words) => {
    practice = await practiceTenant();

    const { id } = await begin(practice, ANA, PASSWORDS.ana, 'attacker', ABROAD);
    await answerPrompt(practice, 'ana', answer);

    expect(await outcome(practice, id)).toMatchObject({ state: 'refused', code: 500_121 });
    const [row] = await signIns('beta');
    expect(row).toMatchObject({
      userId: IDS.ana,
      ipAddress: ABROAD.ip,
      autonomousSystemNumber: ABROAD.asn,
      location: { city: 'Lagos', countryOrRegion: 'NG' },
      status: { errorCode: 500_121, additionalDetails: words },
      authenticationRequirement: 'multiFactorAuthentication',
    });
    expect(row?.['authenticationDetails']).toMatchObject([
      { authenticationMethod: 'Password', succeeded: true },
      { succeeded: false, authenticationStepResultDetail: words },
    ]);
  });

  it.each([
    ['keep-me-signed-in', 50_140],
    ['second-factor', 50_074],
  ] as const)('gives no session when the browser is left at %s, and the log says where it stopped', async (stopsAt, code) => {
    practice = await practiceTenant();

    const begun = await begin(practice, ANA, PASSWORDS.ana, 'attacker', ABROAD, stopsAt);
    if (begun['state'] === 'waiting') await answerPrompt(practice, 'ana', 'approve');

    expect(await outcome(practice, begun['id'])).toMatchObject({ state: 'refused', code });
    expect(practice.tenant.truth.access('ana')).toEqual([]);
    expect((await signIns('beta'))[0]).toMatchObject({ ipAddress: ABROAD.ip, status: { errorCode: code } });
  });

  it('shows less in v1.0 than in beta', async () => {
    practice = await practiceTenant();
    const tokens = await breakIn(practice, 'ana', PASSWORDS.ana);
    await refresh(practice, tokens);

    const [plain, ...others] = await signIns('v1.0');
    const beta = await signIns('beta');

    expect(others).toEqual([]);
    for (const name of ['authenticationDetails', 'sessionId', 'uniqueTokenIdentifier', 'autonomousSystemNumber', 'signInEventTypes']) {
      expect(plain).not.toHaveProperty(name);
      expect(beta[0]).toHaveProperty(name);
    }
    expect(beta.map((row) => row['signInEventTypes'])).toEqual([['nonInteractiveUser'], ['interactiveUser']]);
    expect(new Set(beta.map((row) => row['sessionId']))).toEqual(new Set([tokens.session]));
  });

  it('with a wrong password never reaches the phone', async () => {
    practice = await practiceTenant();

    expect(await begin(practice, ANA, 'Winter2026!', 'attacker', ABROAD)).toMatchObject({ state: 'refused', code: 50_126 });
    expect(await begin(practice, 'nobody@contoso.example', 'x', 'attacker', ABROAD)).toMatchObject({ state: 'refused' });
    expect(await begin(practice, 'dora@contoso.example', 'Password-of-dora-1', 'attacker', ABROAD)).toMatchObject({
      state: 'refused',
      code: 50_057,
    });
  });

  it('gets nowhere against a security key', async () => {
    practice = await practiceTenant();

    expect(await begin(practice, 'ben@contoso.example', PASSWORDS.ben, 'attacker', ABROAD)).toMatchObject({ state: 'refused' });
    expect(tokensOf(await begin(practice, 'ben@contoso.example', PASSWORDS.ben, 'owner', AT_WORK))).toBeDefined();
  });

  it('is refused when the account was blocked while the prompt was on the phone', async () => {
    practice = await practiceTenant();

    const { id } = await begin(practice, ANA, PASSWORDS.ana, 'attacker', ABROAD);
    await block(practice, IDS.ana);
    await answerPrompt(practice, 'ana', 'approve');

    expect(await outcome(practice, id)).toMatchObject({ state: 'refused', code: 50_057 });
    expect(practice.tenant.truth.access('ana')).toEqual([]);
  });
});

describe('a person who is inside', () => {
  it('leaves items behind that are theirs in the truth only', async () => {
    practice = await practiceTenant();
    const { access } = await breakIn(practice, 'ana', PASSWORDS.ana);
    const before = practice.tenant.truth.ownersThings();

    const made = [
      await practice.send('POST', '/practice/security-info', { token: access, body: { kind: 'authenticator', displayName: 'Pixel 4' } }),
      await practice.send('POST', '/practice/devices', { token: access, body: { displayName: 'DESKTOP-4F2A' } }),
      await practice.send('POST', '/practice/consents', { token: access, body: { app: 'Mail Backup Pro', scopes: ['Mail.Read'] } }),
      await practice.send('POST', '/v1.0/me/mailFolders/inbox/messageRules', {
        token: access,
        body: { displayName: '.', sequence: 1, isEnabled: true, conditions: { subjectContains: ['MFA'] }, actions: { delete: true } },
      }),
    ];

    expect(made.map((each) => each.status)).toEqual([201, 201, 201, 201]);
    const { truth } = practice.tenant;
    expect(
      truth
        .footholds()
        .map(({ kind, person, present }) => [kind, person, present] as const)
        .toSorted(([one], [other]) => one.localeCompare(other)),
    ).toEqual([
      ['consent', 'ana', true],
      ['device', 'ana', true],
      ['inbox-rule', 'ana', true],
      ['method', 'ana', true],
    ]);
    expect(truth.ownersThings()).toEqual(before);
    const methods = await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}/authentication/methods`);
    const rules = await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}/mailFolders/inbox/messageRules`);
    expect(valuesOf(methods)).toHaveLength(4);
    expect(JSON.stringify([methods.body, rules.body])).not.toContain('attacker');
  });

  it('comes back with a method of their own, without the owner’s phone', async () => {
    practice = await practiceTenant();
    const { access } = await breakIn(practice, 'ana', PASSWORDS.ana);
    await practice.send('POST', '/practice/security-info', { token: access, body: { kind: 'authenticator', displayName: 'Pixel 4' } });

    expect(await begin(practice, ANA, PASSWORDS.ana, 'attacker', ABROAD)).toMatchObject({ state: 'signed-in' });
  });

  it('shows in the audit log as the account, with their address', async () => {
    practice = await practiceTenant();
    const { access } = await breakIn(practice, 'ana', PASSWORDS.ana);
    await practice.send('POST', '/practice/security-info', { token: access, body: { kind: 'phone', phoneNumber: '+234 8000000' } });
    await practice.send('POST', '/practice/consents', { token: access, body: { app: 'Mail Backup Pro', scopes: ['Mail.Read'] } });

    const filter = encodeURIComponent(`initiatedBy/user/id eq '${IDS.ana}' and activityDateTime ge 2026-01-01T00:00:00Z`);
    const rows = valuesOf(await practice.as('reader')('GET', `/v1.0/auditLogs/directoryAudits?$filter=${filter}`));

    expect(rows.map((row) => row['activityDisplayName'])).toEqual(
      expect.arrayContaining(['User registered security info', 'Consent to application', 'Add delegated permission grant']),
    );
    for (const row of rows) expect(row['initiatedBy']).toMatchObject({ app: null, user: { id: IDS.ana, ipAddress: ABROAD.ip } });
  });

  it('reaches their own items only', async () => {
    practice = await practiceTenant();
    const { access } = await breakIn(practice, 'ana', PASSWORDS.ana);

    expect((await practice.send('GET', '/v1.0/me', { token: access })).body['id']).toBe(IDS.ana);
    expect((await practice.send('GET', `/v1.0/users/${IDS.ben}/messages`, { token: access })).status).toBe(403);
    expect((await practice.send('GET', '/beta/auditLogs/signIns', { token: access })).status).toBe(403);
    expect((await practice.send('PATCH', `/v1.0/users/${IDS.ana}`, { token: access, body: { accountEnabled: false } })).status).toBe(403);
  });

  it('is told apart from an app: /me is no one to an app', async () => {
    practice = await practiceTenant();

    const answer = await practice.as('reader')('GET', '/v1.0/me');

    expect(answer.status).not.toBe(200);
    expect(errorOf(answer).code).not.toBe('');
  });
});

describe('an action of the product', () => {
  it('shows in the audit log as the app', async () => {
    practice = await practiceTenant();
    await block(practice, IDS.ana);

    const filter = encodeURIComponent(`targetResources/any(t:t/id eq '${IDS.ana}')`);
    const rows = valuesOf(await practice.as('reader')('GET', `/v1.0/auditLogs/directoryAudits?$filter=${filter}`));

    expect(rows.map((row) => row['activityDisplayName'])).toEqual(expect.arrayContaining(['Disable account', 'Update user']));
    expect(rows[0]?.['initiatedBy']).toMatchObject({ user: null, app: { displayName: 'practice actor' } });
  });
});

describe('the two logs', () => {
  it('are minutes late, by the tenant’s own clock', async () => {
    // 2 to 15 minutes are 240 to 1,800 ms here.
    practice = await practiceTenant({ lag: 'default', timeScale: 500 });
    await breakIn(practice, 'ana', PASSWORDS.ana);
    const happenedAt = Date.now();

    expect(await signIns('v1.0')).toEqual([]);
    await expect.poll(() => signIns('v1.0'), { interval: 150 }).toHaveLength(1);
    expect(Date.now() - happenedAt).toBeGreaterThan(200);
    expect(Date.now() - happenedAt).toBeLessThan(4000);
  });

  it.each([
    ['a filter that is not documented', `riskLevelAggregated eq 'high'`],
    ['another operator', `userId ne '${IDS.ana}'`],
    ['alternatives outside a list', `userId eq '${IDS.ana}' or userId eq '${IDS.ben}'`],
    ['event types in v1.0', `signInEventTypes/any(t: t eq 'interactiveUser')`],
  ])('refuse %s', async (_, filter) => {
    practice = await practiceTenant();

    expect((await practice.as('reader')('GET', `/v1.0/auditLogs/signIns?$filter=${encodeURIComponent(filter)}`)).status).toBe(400);
  });

  it.each([
    ['in one clause', "signInEventTypes/any(t: t eq 'interactiveUser' or t eq 'nonInteractiveUser')"],
    ['in two clauses', "signInEventTypes/any(t: t eq 'interactiveUser') and signInEventTypes/any(t: t eq 'nonInteractiveUser')"],
  ])('refuse two kinds of sign-in %s', async (_, filter) => {
    practice = await practiceTenant();

    expect((await practice.as('reader')('GET', `/beta/auditLogs/signIns?$filter=${encodeURIComponent(filter)}`)).status).toBe(400);
  });
});
