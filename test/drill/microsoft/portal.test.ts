import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CompanySeed } from '../../../drill/microsoft/company.ts';
import { openPeopleClient, type PeopleClient } from '../../../drill/microsoft/people-client.ts';
import { ABROAD, aadsts, block, breakIn, refresh } from './people.ts';
import {
  APPS,
  GROUPS,
  IDS,
  type Json,
  PASSWORDS,
  type Practice,
  type PracticeOptions,
  practiceTenant,
  TENANT_ID,
  valuesOf,
} from './practice.ts';

let practice: Practice;
let people: PeopleClient;
afterEach(async () => {
  await people.close();
  await practice.stop();
});

/** Ben administers users, Hanna everything; Olga, Tess and Rita are what they are elsewhere. */
const withAdministrators = (company: CompanySeed): CompanySeed => ({
  ...company,
  people: company.people.map((person) =>
    person.key === 'ben'
      ? { ...person, roles: ['User Administrator'] }
      : person.key === 'hanna'
        ? { ...person, roles: ['Global Administrator'] }
        : person,
  ),
  groups: company.groups.map((group) => (group.key === 'finance' ? { ...group, owners: ['tess'] } : group)),
});

async function open(options: Omit<PracticeOptions, 'company'> = {}): Promise<void> {
  practice = await practiceTenant({ ...options, company: withAdministrators });
  people = openPeopleClient({ baseUrl: practice.tenant.url, tenantId: TENANT_ID, ca: practice.caPem });
}

async function inside() {
  const ask = { upn: 'ana@contoso.example', password: PASSWORDS.ana, from: ABROAD, holder: 'attacker' } as const;
  const started = await people.signIn(ask);
  const [prompt] = await people.prompts('ana');
  await people.approvePrompt(prompt?.id ?? '');
  const decided = await people.untilDecided(started, ask);
  if (decided.kind !== 'signed-in') throw new Error(`expected to be let in, got ${decided.code}`);
  return decided.session;
}

const audits = async (): Promise<readonly Json[]> => valuesOf(await practice.as('reader')('GET', '/v1.0/auditLogs/directoryAudits'));
const history = (what: string) => practice.tenant.truth.accountHistory('ana').filter((change) => change.what === what);
const records = (operation: string) => practice.tenant.journal.records().filter((record) => record.operation === operation);
const membersOf = async (group: string) =>
  valuesOf(await practice.as('reader')('GET', `/v1.0/groups/${group}/transitiveMembers?$select=id`)).map((item) => item['id']);

describe('an account disabled manually', () => {
  beforeEach(() => open());

  it('is disabled as by an app, and in the truth by a person', async () => {
    const tokens = await breakIn(practice, 'ana', PASSWORDS.ana);

    expect(await people.disableByHand({ person: 'ana', by: 'ben' })).toEqual({ kind: 'done' });

    expect(aadsts(await refresh(practice, tokens))).toBe(50_057);
    expect(practice.tenant.truth.account('ana').enabled).toBe(false);
    expect(history('accountEnabled')).toMatchObject([{ from: true, to: false, actor: { kind: 'user', personId: IDS.ben } }]);
    expect(history('accountEnabled')[0]?.actor).not.toHaveProperty('appId');
    expect(records('person.disabledByHand')).toMatchObject([{ person: 'ana', actor: { kind: 'user', personId: IDS.ben } }]);
  });

  it('is told from one that an app disabled', async () => {
    await block(practice, IDS.ana);
    await people.enableByHand({ person: IDS.ana, by: IDS.ben });

    expect(history('accountEnabled')).toMatchObject([
      { to: false, actor: { kind: 'app', appId: APPS.actor.appId } },
      { to: true, actor: { kind: 'user', personId: IDS.ben } },
    ]);
  });

  it('shows in the audit log as the administrator’s action', async () => {
    await people.disableByHand({ person: 'ana', by: 'ben' });
    await people.revokeSessionsByHand({ person: 'ana', by: 'ben' });

    const rows = await audits();

    expect(rows.map((row) => row['activityDisplayName'])).toEqual(
      expect.arrayContaining(['Disable account', 'Update user', 'Update StsRefreshTokenValidFrom Timestamp']),
    );
    for (const row of rows) {
      expect(row).toMatchObject({ initiatedBy: { app: null, user: { id: IDS.ben } }, targetResources: [{ id: IDS.ana }] });
    }
  });

  it('is changed once however often it is asked', async () => {
    await people.disableByHand({ person: 'ana', by: 'ben' });
    await people.disableByHand({ person: 'ana', by: 'hanna' });

    expect(history('accountEnabled')).toHaveLength(1);
    expect(await audits()).toHaveLength(2);
  });

  it('can have its sessions revoked manually, which takes effect as late as any revocation', async () => {
    const tokens = await breakIn(practice, 'ana', PASSWORDS.ana);

    expect(await people.revokeSessionsByHand({ person: 'ana', by: 'ben' })).toEqual({ kind: 'done' });

    expect(history('signInSessionsValidFrom')).toMatchObject([{ actor: { kind: 'user', personId: IDS.ben } }]);
    expect((await refresh(practice, tokens)).status).toBe(200);
  });

  it.each([
    ['a person without a role', 'ana', 'tess', 403],
    ['a User Administrator for another kind of administrator', 'olga', 'ben', 403],
    ['a User Administrator for a member of a group that can be given roles', 'tess', 'ben', 403],
    ['an account that is blocked itself', 'ana', 'dora', 403],
    ['no one at all', 'ana', 'nobody', 404],
    ['for no one at all', 'nobody', 'ben', 404],
  ])('is refused to %s', async (_, person, by, status) => {
    const before = practice.tenant.truth.state();

    expect(await people.disableByHand({ person, by })).toMatchObject({ kind: 'refused', status });
    expect(practice.tenant.truth.state()).toEqual(before);
  });

  it.each([
    ['another kind of administrator', 'olga', 'hanna'],
    ['a person in a restricted unit', 'rita', 'ben'],
  ])('is open to those who outrank %s', async (_, person, by) => {
    expect(await people.disableByHand({ person, by })).toEqual({ kind: 'done' });
  });

  it('is no way in for an app', async () => {
    const answer = await practice.as('strong')('POST', '/practice/people/ana/disable', { by: 'hanna' });

    expect(answer.status).toBe(403);
    expect(practice.tenant.truth.account('ana').enabled).toBe(true);
  });

  it('wants to know by whose hand', async () => {
    expect((await practice.send('POST', '/practice/people/ana/disable', { body: {} })).status).toBe(400);
  });
});

describe('a sign-in method, taken away manually', () => {
  beforeEach(() => open());

  const methods = async () =>
    valuesOf(await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}/authentication/methods`)).map((item) => item['id']);

  it('goes by its name, and the audit log names the administrator', async () => {
    const before = await methods();
    const session = await inside();
    await people.addMethod(session, { kind: 'phone', phoneNumber: '+234 8000000' });

    expect(await people.removeMethodManually({ person: 'ana', by: 'ben', kind: 'phone', shownAs: '8000000' })).toEqual({ kind: 'done' });

    expect(await methods()).toEqual(before);
    expect(practice.tenant.truth.footholds()).toMatchObject([{ kind: 'method', present: false }]);
    expect(await audits()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          activityDisplayName: 'Admin deleted security info',
          initiatedBy: expect.objectContaining({ user: expect.objectContaining({ id: IDS.ben }) }),
        }),
      ]),
    );
  });

  it('can be done by the person who is signed in, too, and then the log names them and where they were', async () => {
    const session = await inside();
    await people.addMethod(session, { kind: 'phone', phoneNumber: '+234 8000000' });

    expect(await people.removeMethod(session, { kind: 'phone', shownAs: '8000000' })).toEqual({ kind: 'done' });
    expect(await people.removeMethod(session, { kind: 'phone', shownAs: '8000000' })).toMatchObject({ kind: 'refused', status: 404 });

    expect(await audits()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          activityDisplayName: 'User deleted security info',
          initiatedBy: expect.objectContaining({ user: expect.objectContaining({ id: IDS.ana, ipAddress: '203.0.113.77' }) }),
        }),
      ]),
    );
  });

  it('is refused to those who may not touch the account, and under the rules of the service', async () => {
    expect(await people.removeMethodManually({ person: 'olga', by: 'ben', kind: 'fido2' })).toMatchObject({ kind: 'refused', status: 403 });
    const session = await inside();
    await people.addMethod(session, { kind: 'softwareOath' });
    // The default one, while another one could be.
    expect(await people.removeMethod(session, { kind: 'authenticator' })).toMatchObject({ kind: 'refused', status: 400 });
  });
});

describe('who is in a group, changed manually', () => {
  it('shows to readers and in the audit log', async () => {
    await open();

    expect(await people.joinGroup({ group: GROUPS.finance, person: 'ben', by: 'ben' })).toEqual({ kind: 'done' });
    expect(await people.leaveGroup({ group: GROUPS.finance, person: 'ana', by: 'tess' })).toEqual({ kind: 'done' });

    expect(await membersOf(GROUPS.finance)).toEqual([IDS.ben]);
    expect(history('membership')).toMatchObject([
      { target: `${IDS.ana}/group/${GROUPS.finance}`, from: 'Finance', to: null, actor: { kind: 'user', personId: IDS.tess } },
    ]);
    expect(records('group.join')).toMatchObject([{ person: 'ben', effects: [{ what: 'membership', from: null, to: 'Finance' }] }]);
    expect(await audits()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          activityDisplayName: 'Add member to group',
          category: 'GroupManagement',
          initiatedBy: { app: null, user: expect.objectContaining({ id: IDS.ben }) },
        }),
        expect.objectContaining({
          activityDisplayName: 'Remove member from group',
          initiatedBy: { app: null, user: expect.objectContaining({ id: IDS.tess }) },
          targetResources: [
            expect.objectContaining({ id: IDS.ana, type: 'User' }),
            expect.objectContaining({ id: GROUPS.finance, type: 'Group' }),
          ],
        }),
      ]),
    );
  });

  it('can be done with no one known to have done it', async () => {
    await open();

    expect(await people.leaveGroup({ group: GROUPS.finance, person: 'ana' })).toEqual({ kind: 'done' });

    expect(await audits()).toMatchObject([{ activityDisplayName: 'Remove member from group', initiatedBy: { user: null, app: null } }]);
    expect(records('group.leave')).toMatchObject([{ person: 'ana', actor: { kind: 'nobody' } }]);
  });

  it('shows late on the replicas', async () => {
    // With this seed the replicas lag eight to eleven seconds, which are about one here.
    await open({ lag: 'default', timeScale: 10, seed: 12 });
    await people.leaveGroup({ group: GROUPS.finance, person: 'ana', by: 'hanna' });

    expect(await membersOf(GROUPS.finance)).toEqual([IDS.ana]);
    await expect
      .poll(async () => (await Promise.all(Array.from({ length: 12 }, () => membersOf(GROUPS.finance)))).flat(), {
        interval: 50,
        timeout: 5000,
      })
      .toEqual([]);
  });

  it('counts at once for who outranks whom', async () => {
    await open({ lag: 'default', timeScale: 10, seed: 12 });
    await people.joinGroup({ group: GROUPS.tierZero, person: 'ana', by: 'hanna' });

    expect((await block(practice, IDS.ana)).status).toBe(403);
  });

  it.each([
    ['a User Administrator in a group that can be given roles', 'joinGroup', GROUPS.tierZero, 'ana', 'ben', 403],
    ['a person without a role', 'joinGroup', GROUPS.staff, 'ana', 'tess', 403],
    ['joining twice', 'joinGroup', GROUPS.finance, 'ana', 'ben', 400],
    ['leaving what one is not in', 'leaveGroup', GROUPS.finance, 'ben', 'ben', 404],
    ['a group that is none', 'joinGroup', IDS.ana, 'ana', 'ben', 404],
  ] as const)('is refused: %s', async (_, act, group, person, by, status) => {
    await open();
    const before = practice.tenant.truth.state();

    expect(await people[act]({ group, person, by })).toMatchObject({ kind: 'refused', status });
    expect(practice.tenant.truth.state()).toEqual(before);
  });
});
