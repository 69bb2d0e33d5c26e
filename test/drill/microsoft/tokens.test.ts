import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APPS, errorOf, IDS, type Practice, practiceTenant, TENANT_ID, tokenForm } from './practice.ts';

let practice: Practice;
beforeAll(async () => {
  practice = await practiceTenant();
});
afterAll(() => practice.stop());

const ask = (form: Record<string, string>, tenant = TENANT_ID) => practice.send('POST', `/${tenant}/oauth2/v2.0/token`, { form });
const aadsts = (answer: Awaited<ReturnType<typeof ask>>) => (answer.body['error_codes'] as readonly number[])[0];

describe('an app and its certificate', () => {
  it('gets a token that Graph takes', async () => {
    const answer = await ask(await tokenForm(practice.tenant, 'reader'));

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ token_type: 'Bearer' });
    expect(answer.body['expires_in']).toBeGreaterThan(300);
    const token = String(answer.body['access_token']);
    expect((await practice.send('GET', `/v1.0/users/${IDS.ana}`, { token })).status).toBe(200);
  });

  it.each([
    ['a key that is not the certificate’s', { signer: 'actor' as const }, 401, 700_027],
    ['another kind of signature', { alg: 'RS256' as const }, 401, 700_027],
    ['another audience', { audience: 'https://login.example.com/token' }, 401, 700_023],
    ['a statement that has run out', { expiresIn: -60, notBefore: -600 }, 401, 700_024],
    ['a statement from the future', { notBefore: 120 }, 401, 700_024],
    ['an app no one registered', { clientId: 'ffffffff-0000-4000-8000-000000000000' }, 400, 700_016],
    ['the scope of another service', { scope: 'https://vault.example.com/.default' }, 400, 70_011],
    ['a single permission as scope', { scope: 'User.Read.All' }, 400, 70_011],
  ])('is refused with %s', async (_, changes, status, code) => {
    const answer = await ask(await tokenForm(practice.tenant, 'reader', changes));

    expect(answer.status).toBe(status);
    expect(aadsts(answer)).toBe(code);
    expect(answer.body['error_description']).toContain(`AADSTS${code}`);
  });

  it('may have a clock that is half a second ahead', async () => {
    expect((await ask(await tokenForm(practice.tenant, 'reader', { notBefore: 1 }))).status).toBe(200);
  });

  it('is not known in a tenant that is not this one', async () => {
    const other = '00000000-1111-4222-8333-444444444444';
    const answer = await ask(await tokenForm(practice.tenant, 'reader'), other);

    expect(answer.status).toBe(400);
    expect(aadsts(answer)).toBe(90_002);
  });

  it('cannot use a secret instead', async () => {
    const { client_assertion: _, client_assertion_type: __, ...form } = await tokenForm(practice.tenant, 'reader');
    const answer = await ask({ ...form, client_secret: 'hunter2' });

    expect(answer.status).toBe(401);
  });
});

describe('what the sign-in service says about itself', () => {
  it('names an issuer and endpoints on its own host', async () => {
    const { body } = await practice.send('GET', `/${TENANT_ID}/v2.0/.well-known/openid-configuration`);

    expect(body).toMatchObject({
      issuer: `${practice.tenant.url}/${TENANT_ID}/v2.0`,
      token_endpoint: `${practice.tenant.url}/${TENANT_ID}/oauth2/v2.0/token`,
    });
  });
});

describe('a bearer token', () => {
  it('must be there', async () => {
    const answer = await practice.send('GET', `/v1.0/users/${IDS.ana}`);

    expect(answer.status).toBe(401);
    expect(errorOf(answer).code).toBe('InvalidAuthenticationToken');
  });

  it('must not be bent', async () => {
    const [header, payload, signature] = (await practice.token('weak')).split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const bent = Buffer.from(JSON.stringify({ ...claims, roles: ['User.Read.All'], appid: APPS.reader.appId })).toString('base64url');
    const answer = await practice.send('GET', `/v1.0/users/${IDS.ana}`, { token: [header, bent, signature].join('.') });

    expect(answer.status).toBe(401);
    expect(errorOf(answer).code).toBe('InvalidAuthenticationToken');
  });

  it('of another tenant is worth nothing here', async () => {
    const other = await practiceTenant();
    const token = await other.token('reader');
    await other.stop();

    expect((await practice.send('GET', `/v1.0/users/${IDS.ana}`, { token })).status).toBe(401);
  });
});

describe('every answer', () => {
  it('carries its ids and the time', async () => {
    const id = '0f3d0000-1111-4222-8333-444444444444';
    const answer = await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}`, undefined, { headers: { 'client-request-id': id } });

    expect(answer.headers['client-request-id']).toBe(id);
    expect(answer.headers['request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(Date.parse(answer.headers['date'] ?? '')).toBeGreaterThan(Date.now() - 5000);
    const record = practice.tenant.journal.records().findLast((each) => each.clientRequestId === id);
    expect(record?.requestId).toBe(answer.headers['request-id']);
  });

  it('repeats the ids inside a refusal', async () => {
    const answer = await practice.as('reader')('GET', '/v1.0/users/00000000-0000-4000-8000-00000000dead');

    expect(answer.status).toBe(404);
    expect(errorOf(answer)).toMatchObject({
      code: 'Request_ResourceNotFound',
      innerError: { 'request-id': answer.headers['request-id'], 'client-request-id': answer.headers['client-request-id'] },
    });
  });
});
