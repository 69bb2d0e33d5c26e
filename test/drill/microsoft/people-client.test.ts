import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPeopleClient, type PeopleClient } from '../../../drill/microsoft/people-client.ts';
import { block } from './people.ts';
import { IDS, PASSWORDS, type Practice, practiceTenant, TENANT_ID, valuesOf } from './practice.ts';

const FROM = { ip: '203.0.113.77', city: 'Lagos', country: 'NG', asn: 64_511, app: 'Exchange Online', cae: false };

let practice: Practice;
let people: PeopleClient;
beforeEach(async () => {
  practice = await practiceTenant();
  people = openPeopleClient({ baseUrl: practice.tenant.url, tenantId: TENANT_ID, ca: practice.caPem });
});
afterEach(async () => {
  await people.close();
  await practice.stop();
});

const ask = { upn: 'ana@contoso.example', password: PASSWORDS.ana, from: FROM, holder: 'attacker' } as const;

async function inside() {
  const started = await people.signIn(ask);
  const [prompt] = await people.prompts('ana');
  await people.approvePrompt(prompt?.id ?? '');
  const decided = await people.untilDecided(started, ask);
  if (decided.kind !== 'signed-in') throw new Error(`expected to be let in, got ${decided.code}`);
  return decided.session;
}

describe('the people’s client', () => {
  it('plays the whole story: prompt, approval, mail, footholds, refusal', async () => {
    const session = await inside();

    expect(await people.useMailbox(session)).toEqual({ kind: 'done' });
    expect(await people.refresh(session)).toEqual({ kind: 'refreshed' });
    expect(await people.addMethod(session, { kind: 'authenticator', displayName: 'Pixel 4' })).toMatchObject({ kind: 'done' });
    expect(await people.addInboxRule(session, { displayName: '.', actions: { delete: true } })).toMatchObject({ kind: 'done' });
    expect(await people.registerDevice(session, { displayName: 'DESKTOP-4F2A' })).toMatchObject({ kind: 'done' });
    expect(await people.consentToApp(session, { app: 'Mail Backup Pro', scopes: ['Mail.Read'] })).toMatchObject({ kind: 'done' });
    expect(practice.tenant.truth.footholds()).toHaveLength(4);

    await block(practice, IDS.ana);

    expect(await people.refresh(session)).toMatchObject({ kind: 'refused', code: 50_057 });
    expect(await people.signIn(ask)).toMatchObject({ kind: 'refused', code: 50_057 });
    // Already handed out, and the client cannot be told.
    expect(await people.useMailbox(session)).toEqual({ kind: 'done' });
  });

  it.each(['deny', 'ignore'] as const)('is refused when the owner’s answer is %s', async (answer) => {
    const started = await people.signIn(ask);
    const [prompt] = await people.prompts('ana');
    expect(prompt).toMatchObject({ app: 'Exchange Online', city: 'Lagos', country: 'NG' });

    await (answer === 'deny' ? people.denyPrompt(prompt?.id ?? '') : people.ignorePrompt(prompt?.id ?? ''));

    expect(await people.untilDecided(started, ask)).toMatchObject({ kind: 'refused', code: 500_121 });
    expect(await people.prompts('ana')).toEqual([]);
  });

  it('cannot answer a prompt twice', async () => {
    await people.signIn(ask);
    const [prompt] = await people.prompts('ana');
    await people.denyPrompt(prompt?.id ?? '');

    expect(await people.approvePrompt(prompt?.id ?? '')).toMatchObject({ kind: 'refused', status: 404 });
  });

  it('never lets the holder’s name into anything Graph answers', async () => {
    await people.addMethod(await inside(), { kind: 'phone', phoneNumber: '+234 8000000' });

    for (const path of ['/beta/auditLogs/signIns', '/v1.0/auditLogs/directoryAudits', `/v1.0/users/${IDS.ana}/authentication/methods`]) {
      const answer = await practice.as('reader')('GET', path);
      expect(valuesOf(answer).length).toBeGreaterThan(0);
      expect(JSON.stringify(answer.body)).not.toMatch(/attacker|holder/);
    }
  });

  it('hands the score every secret it must search for', async () => {
    const session = await inside();
    const secrets = practice.tenant.secrets().map((each) => each.value);

    expect(secrets).toEqual(expect.arrayContaining([session.accessToken, session.refreshToken, PASSWORDS.ana]));
  });
});
