import { afterEach, describe, expect, it } from 'vitest';
import type { MethodSeed } from '../../../drill/microsoft/company.ts';
import { AT_WORK, answerPrompt, begin, breakIn, outcome, tokensOf } from './people.ts';
import {
  type Answered,
  APPS,
  type AppKey,
  errorOf,
  IDS,
  PASSWORDS,
  type Practice,
  type PracticeOptions,
  practiceTenant,
  valuesOf,
} from './practice.ts';

let practice: Practice;
afterEach(() => practice.stop());

const UNION = 'UserAuthenticationMethod.ReadWrite.All';
const MOBILE = '3179e48a-750b-4051-897c-87b9720928f7';
const ALTERNATE = 'b6332ec1-7057-4abe-9331-3d72feddfe41';
const OFFICE = 'e37fc753-ff3b-4958-9484-eaa9425c82bc';
const EMAIL = '3ddfcfc8-9383-446f-83cc-3ab9be4be18f';
const PASSWORD = '28c10230-6103-485e-b985-444c60001490';
const APP = 'f1a1d2f6-6c0b-4e0d-b7b5-5f1c1f0f2b90';
const CODES = '1a000000-0000-4000-8000-000000000001';
const HELLO = '1a000000-0000-4000-8000-000000000002';
const PASS = '1a000000-0000-4000-8000-000000000003';
const KEY = 'dGhlLWtleS1vZi1hbmE2';

const authenticator: MethodSeed = { kind: 'authenticator', id: APP, displayName: 'Phone of Ana' };
const mobile: MethodSeed = { kind: 'phone', phoneNumber: '+31 612345678', phoneType: 'mobile' };
const alternate: MethodSeed = { kind: 'phone', phoneNumber: '+31 687654321', phoneType: 'alternateMobile' };
const office: MethodSeed = { kind: 'phone', phoneNumber: '+31 201234567', phoneType: 'office' };
const codes: MethodSeed = { kind: 'softwareOath', id: CODES };
const key: MethodSeed = { kind: 'fido2', id: KEY, displayName: 'Key of Ana' };
const hello: MethodSeed = { kind: 'hello', id: HELLO, displayName: 'LAPTOP-ANA' };
const email: MethodSeed = { kind: 'email', emailAddress: 'ana@mail.example' };
const pass: MethodSeed = { kind: 'tap', id: PASS, lifetimeInMinutes: 60, isUsableOnce: true };
const ALL: readonly MethodSeed[] = [authenticator, mobile, codes, key, hello, email, pass];

/** Type, granular permission, and what has it among the methods above. */
const TYPES = [
  ['microsoftAuthenticator', 'UserAuthMethod-MicrosoftAuthApp.ReadWrite.All', APP, authenticator],
  ['phone', 'UserAuthMethod-Phone.ReadWrite.All', MOBILE, mobile],
  ['email', 'UserAuthMethod-Email.ReadWrite.All', EMAIL, email],
  ['fido2', 'UserAuthMethod-Passkey.ReadWrite.All', KEY, key],
  ['softwareOath', 'UserAuthMethod-SoftwareOATH.ReadWrite.All', CODES, codes],
  ['windowsHelloForBusiness', 'UserAuthMethod-WindowsHello.ReadWrite.All', HELLO, hello],
  ['temporaryAccessPass', 'UserAuthMethod-TAP.ReadWrite.All', PASS, pass],
] as const;
type Type = (typeof TYPES)[number][0];

interface Setting extends Omit<PracticeOptions, 'company'> {
  /** Of Ana and of Olga. */
  readonly methods: readonly MethodSeed[];
  /** Of the actor. */
  readonly permissions?: readonly string[];
}

/** Time is played so fast that the quota of five in ten seconds never runs out, and neither would a session last. */
const tenantWith = ({ methods, permissions = [UNION], ...options }: Setting): Promise<Practice> =>
  practiceTenant({
    timeScale: 100_000,
    ...options,
    company: (company) => ({
      ...company,
      people: company.people.map((person) => (person.key === 'ana' || person.key === 'olga' ? { ...person, methods } : person)),
      apps: company.apps.map((app) => (app.key === 'actor' ? { ...app, permissions } : app)),
    }),
  });

const remove = (type: Type, id: string, { app = 'actor', person = IDS.ana }: { app?: AppKey; person?: string } = {}): Promise<Answered> =>
  practice.as(app)('DELETE', `/v1.0/users/${person}/authentication/${type}Methods/${id}`);
const listed = async (): Promise<readonly unknown[]> =>
  valuesOf(await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}/authentication/methods`)).map((item) => item['id']);
const records = (type: Type) => practice.tenant.journal.records().filter((record) => record.operation === `auth.${type}Methods.delete`);

describe.each(TYPES)('deleting a method of the type %s', (type, permission, id, seed) => {
  it('takes it away with no more than its own permission', async () => {
    practice = await tenantWith({ methods: [seed], permissions: [permission] });

    const answer = await remove(type, id);

    expect(answer.status).toBe(204);
    expect(answer.body).toEqual({});
    expect(await listed()).toEqual([PASSWORD]);
    expect(records(type)).toMatchObject([
      { person: 'ana', effects: [{ what: 'method', target: `${IDS.ana}/method/${id}`, from: seed.kind, to: null }] },
    ]);
  });

  it('is refused without it, whatever other methods the app may delete', async () => {
    const others = TYPES.map(([, each]) => each).filter((each) => each !== permission);
    practice = await tenantWith({
      methods: [seed],
      permissions: [...others, 'UserAuthenticationMethod.Read.All', 'Directory.ReadWrite.All'],
    });

    const answer = await remove(type, id);

    expect(answer.status).toBe(403);
    expect(errorOf(answer).code).toBe('Authorization_RequestDenied');
    expect(await listed()).toEqual([PASSWORD, id]);
  });

  it('finds nothing under the id of another type, of the password or of no one', async () => {
    practice = await tenantWith({ methods: ALL });
    const others = TYPES.map(([, , each]) => each).filter((each) => each !== id);

    for (const other of [...others, PASSWORD, '00000000-0000-4000-8000-00000000dead']) {
      const answer = await remove(type, other);
      expect(answer.status).toBe(404);
      expect(errorOf(answer)).toMatchObject({ code: 'Request_ResourceNotFound', innerError: { message: expect.stringContaining(other) } });
    }
    expect(await listed()).toHaveLength(ALL.length + 1);
  });

  it('finds nothing a second time', async () => {
    practice = await tenantWith({ methods: [seed] });
    await remove(type, id);

    expect((await remove(type, id)).status).toBe(404);
    expect(records(type).map((record) => record.effects.length)).toEqual([1, 0]);
  });
});

describe('deleting a method', () => {
  it('is not for a reader, and not for the person’s own client', async () => {
    practice = await tenantWith({ methods: ALL, timeScale: 1 });
    const { access } = await breakIn(practice, 'ana', PASSWORDS.ana);

    expect((await remove('email', EMAIL, { app: 'reader' })).status).toBe(403);
    expect((await practice.send('DELETE', `/v1.0/me/authentication/emailMethods/${EMAIL}`, { token: access })).status).toBe(403);
    expect(await listed()).toContain(EMAIL);
  });

  it('asks an app for no directory role, not even for an administrator’s methods', async () => {
    practice = await tenantWith({ methods: [key] });

    // The actor's role does not outrank hers, as blocking her account would need.
    expect((await remove('fido2', KEY, { person: IDS.olga })).status).toBe(204);
  });

  it('finds no one under an id that no one has', async () => {
    practice = await tenantWith({ methods: ALL });

    expect((await remove('email', EMAIL, { person: '00000000-0000-4000-8000-00000000dead' })).status).toBe(404);
  });

  it('has no call for the password, and none for all types together', async () => {
    practice = await tenantWith({ methods: ALL });

    for (const path of [`passwordMethods/${PASSWORD}`, `methods/${EMAIL}`]) {
      expect((await practice.as('actor')('DELETE', `/v1.0/users/${IDS.ana}/authentication/${path}`)).status).toBe(501);
      expect(practice.tenant.journal.records().at(-1)).toMatchObject({ unknown: true });
    }
    expect(await listed()).toHaveLength(ALL.length + 1);
  });

  it('shows in the audit log as the app’s action on the person', async () => {
    practice = await tenantWith({ methods: ALL });
    await remove('email', EMAIL);

    const filter = encodeURIComponent(`targetResources/any(t:t/id eq '${IDS.ana}')`);
    const rows = valuesOf(await practice.as('reader')('GET', `/v1.0/auditLogs/directoryAudits?$filter=${filter}`));

    expect(rows).toMatchObject([
      {
        activityDisplayName: 'Admin deleted security info',
        loggedByService: 'Authentication Methods',
        operationType: 'Delete',
        initiatedBy: { user: null, app: { appId: APPS.actor.appId } },
        targetResources: [{ id: IDS.ana, type: 'User' }],
      },
    ]);
  });

  it('counts in the same five calls in ten seconds as reading them', async () => {
    practice = await tenantWith({ methods: ALL, timeScale: 1 });
    for (const [type, , id] of TYPES.slice(1, 6)) expect((await remove(type, id)).status).toBeLessThan(429);

    const answer = await remove('temporaryAccessPass', PASS);

    expect(answer.status).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(await listed()).toContain(PASS);
  });

  it('can still be missing from a list that is asked right after it, and is not from the delete', async () => {
    // With this seed the replicas lag eight to eleven seconds, which are about one here.
    practice = await tenantWith({ methods: ALL, lag: 'default', timeScale: 10, seed: 12 });
    await remove('email', EMAIL);

    expect(await listed()).toContain(EMAIL);
    expect((await remove('email', EMAIL)).status).toBe(404);
    // Slower than the quota of the list.
    await expect.poll(listed, { interval: 300, timeout: 10_000 }).not.toContain(EMAIL);
  });
});

describe('the default second factor', () => {
  const NO_OTHERS = 'Cannot delete default method with other methods configured. Please change default method before deletion.';
  const MATCHES =
    "The requested authentication method id of [f1a1d2f6-6c0b-4e0d-b7b5-5f1c1f0f2b90] matches the user's current default authentication method, and cannot be deleted until the default authentication method is changed";

  it('is refused in both wordings, said twice each', async () => {
    practice = await tenantWith({ methods: ALL });
    const seen = new Set<string>();

    for (let count = 0; count < 20; count += 1) {
      const answer = await remove('microsoftAuthenticator', APP);
      expect(answer.status).toBe(400);
      expect(errorOf(answer).code).toBe('badRequest');
      expect(errorOf(answer).innerError['message']).toBe(errorOf(answer).message);
      seen.add(errorOf(answer).message);
    }

    expect([...seen].sort()).toEqual([NO_OTHERS, MATCHES].sort());
    expect(records('microsoftAuthenticator').every((record) => record.effects.length === 0 && record.effectAt === undefined)).toBe(true);
  });

  it('is refused with the same text when the same tenant is played again', async () => {
    const words = async (seed: number) => {
      practice = await tenantWith({ methods: ALL, seed });
      const said = [];
      for (let count = 0; count < 6; count += 1) said.push(errorOf(await remove('microsoftAuthenticator', APP)).message);
      await practice.stop();
      return said;
    };

    const first = await words(7);

    expect(await words(7)).toEqual(first);
    expect([await words(8), await words(9)]).not.toEqual([first, first]);
  });

  it('can be deleted once no other method could be the default', async () => {
    practice = await tenantWith({ methods: ALL });
    for (const [type, id] of [
      ['phone', MOBILE],
      ['softwareOath', CODES],
    ] as const) {
      expect((await remove('microsoftAuthenticator', APP)).status).toBe(400);
      expect((await remove(type, id)).status).toBe(204);
    }

    // A key, a paired computer, an address and a pass remain, and none of them can be asked first.
    expect((await remove('microsoftAuthenticator', APP)).status).toBe(204);
    expect(await listed()).toEqual([PASSWORD, KEY, HELLO, EMAIL, PASS]);
  });

  it('is the one the seed names, not the first', async () => {
    practice = await tenantWith({ methods: [authenticator, { ...codes, default: true }] });

    expect((await remove('softwareOath', CODES)).status).toBe(400);
    expect((await remove('microsoftAuthenticator', APP)).status).toBe(204);
    expect((await remove('softwareOath', CODES)).status).toBe(204);
  });

  it('is held in place by what the attacker added, too', async () => {
    practice = await tenantWith({ methods: [authenticator], timeScale: 1 });
    const { access } = await breakIn(practice, 'ana', PASSWORDS.ana);
    const added = await practice.send('POST', '/practice/security-info', { token: access, body: { kind: 'softwareOath' } });

    expect((await remove('microsoftAuthenticator', APP)).status).toBe(400);
    expect((await remove('softwareOath', String(added.body['id']))).status).toBe(204);
    expect((await remove('microsoftAuthenticator', APP)).status).toBe(204);
  });

  it('is the next in line after it went and another was added', async () => {
    practice = await tenantWith({ methods: [{ ...mobile, default: true }], timeScale: 1 });
    const { access } = await breakIn(practice, 'ana', PASSWORDS.ana);
    const add = async (body: unknown) =>
      String((await practice.send('POST', '/practice/security-info', { token: access, body })).body['id']);
    expect((await remove('phone', MOBILE)).status).toBe(204);
    const first = await add({ kind: 'authenticator', displayName: 'Pixel 4' });
    const second = await add({ kind: 'softwareOath' });

    expect((await remove('microsoftAuthenticator', first)).status).toBe(400);
    expect((await remove('softwareOath', second)).status).toBe(204);
  });
});

describe('a phone number', () => {
  it('has the fixed id of its sort', async () => {
    practice = await tenantWith({ methods: [key, mobile, alternate, office] });

    expect(await listed()).toEqual([PASSWORD, KEY, MOBILE, ALTERNATE, OFFICE]);
  });

  it('keeps its id when the number is another’s, and the delete takes what stands there', async () => {
    practice = await tenantWith({ methods: [mobile, key], timeScale: 1 });
    const { access } = await breakIn(practice, 'ana', PASSWORDS.ana);
    await remove('phone', MOBILE);
    await practice.send('POST', '/practice/security-info', { token: access, body: { kind: 'phone', phoneNumber: '+234 8000000' } });
    const items = valuesOf(await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}/authentication/methods`));
    expect(items.find((item) => item['id'] === MOBILE)).toMatchObject({ phoneNumber: '+234 8000000' });
    const { truth } = practice.tenant;
    expect(truth.footholds()).toMatchObject([{ id: MOBILE, present: true }]);

    expect((await remove('phone', MOBILE)).status).toBe(204);

    expect(truth.footholds()).toMatchObject([{ id: MOBILE, present: false }]);
    const [first, second] = records('phone');
    expect(truth.ownersThings().find((thing) => thing.id === MOBILE)).toMatchObject({
      present: false,
      changedBy: { requestId: first?.requestId },
    });
    expect(second?.requestId).not.toBe(first?.requestId);
  });

  it('of the main mobile cannot go before the alternate one', async () => {
    practice = await tenantWith({ methods: [authenticator, mobile, alternate] });

    const answer = await remove('phone', MOBILE);
    expect(answer.status).toBe(400);
    expect(errorOf(answer).code).toBe('badRequest');

    expect((await remove('phone', ALTERNATE)).status).toBe(204);
    expect((await remove('phone', MOBILE)).status).toBe(204);
  });
});

describe('a temporary access pass', () => {
  it('stands in the list without its code, and says whether it can be used', async () => {
    const fresh = { ...pass, createdDateTime: new Date().toISOString() };
    practice = await tenantWith({ methods: [fresh] });
    const item = valuesOf(await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}/authentication/methods`))[1];

    expect(item).toMatchObject({
      '@odata.type': '#microsoft.graph.temporaryAccessPassAuthenticationMethod',
      id: PASS,
      temporaryAccessPass: null,
      isUsable: true,
      methodUsabilityReason: 'EnabledByPolicy',
    });
  });

  it('lets no one in when it has run out', async () => {
    practice = await tenantWith({ methods: [pass] });

    expect(await begin(practice, 'ana@contoso.example', PASSWORDS.ana, 'owner', AT_WORK)).toMatchObject({ state: 'refused', code: 50_072 });
  });
});

describe('the truth about a method that an app deleted', () => {
  it('says which of the owner’s items were removed and by whom', async () => {
    practice = await tenantWith({ methods: ALL });
    await remove('email', EMAIL);

    const things = practice.tenant.truth.ownersThings().filter((thing) => thing.person === 'ana' && thing.kind === 'method');

    expect(things.filter((thing) => !thing.present)).toMatchObject([
      { id: EMAIL, changedBy: { actor: { kind: 'app', appId: APPS.actor.appId }, requestId: records('email')[0]?.requestId } },
    ]);
    expect(things.filter((thing) => thing.present)).toHaveLength(ALL.length - 1);
  });

  it('says that the attacker’s is gone, and the attacker cannot come back with it', async () => {
    practice = await tenantWith({ methods: [authenticator], timeScale: 1 });
    const { access } = await breakIn(practice, 'ana', PASSWORDS.ana);
    const added = await practice.send('POST', '/practice/security-info', {
      token: access,
      body: { kind: 'fido2', displayName: 'Key of somebody' },
    });
    const again = () => begin(practice, 'ana@contoso.example', PASSWORDS.ana, 'attacker', AT_WORK);
    expect(tokensOf(await again())).toBeDefined();

    await remove('fido2', String(added.body['id']));

    expect(practice.tenant.truth.footholds()).toMatchObject([{ kind: 'method', present: false }]);
    const { id, state } = await again();
    expect(state).toBe('waiting');
    await answerPrompt(practice, 'ana', 'deny');
    expect(await outcome(practice, id)).toMatchObject({ state: 'refused' });
  });
});
