/** The actors against the real practice tenant: what an attacker can do before and after an account is blocked. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { openActorLog } from '../../../drill/run/actor-log.ts';
import { type Company, startCompany } from '../../../drill/run/run-scenario.ts';
import { parseScenario } from '../../../drill/scenarios/scenario.ts';
import type { From } from '../../../drill/scenarios/types.ts';
import { truthOf } from '../../../drill/score/truth-snapshot.ts';
import { openMfaResponder } from '../../../drill/staff/mfa-responder.ts';
import type { Session, TenantUser } from '../../../drill/tenant-user.ts';
import { openTenantUserClient } from '../../../drill/tenant-user-client.ts';

const scenario = parseScenario({
  name: 'actors',
  story: 'x',
  timeScale: 2000,
  latency: 'none',
  lag: 'none',
  people: {
    ana: { inboxRules: [{ name: 'Newsletters' }], devices: [{ name: 'laptop' }] },
    bram: { enabled: false },
    gus: { account: 'guest' },
  },
});
const LAGOS: From = { ip: '203.0.113.77', city: 'Lagos', country: 'NG', asn: 64_511, app: 'Exchange Online', cae: false };

let folder: string;
let company: Company;
let hands: TenantUser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unapprove-actors-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function open(prompts: Readonly<Record<string, readonly ('approve' | 'deny' | 'ignore')[]>>): Promise<void> {
  company = await startCompany(scenario, { run: 'test', folder, routingKeys: ['r'.repeat(32), 's'.repeat(32)] });
  hands = openTenantUserClient({
    scenario,
    tenant: company.tenant,
    caPem: company.caPem,
    answerPrompt: openMfaResponder(
      prompts,
      openActorLog(() => 0),
    ),
    approverGroupId: company.cast.approverGroupId,
  });
}
afterEach(async () => {
  await hands.close();
  await company.stop();
});

const comeIn = (person: string, holder: 'owner' | 'attacker' = 'attacker') =>
  hands.signIn({ person, password: company.cast.passwordOf(person), from: LAGOS, holder });

async function inside(person: string): Promise<Session> {
  const seen = await comeIn(person);
  if (seen.kind !== 'succeeded') throw new Error(`expected to get in, saw ${seen.saw}`);
  return seen.value;
}

it('a push bombing succeeds when the owner gives in, and each denial is in the truth', async () => {
  await open({ ana: ['deny', 'ignore', 'approve'] });
  const seen = [await comeIn('ana'), await comeIn('ana'), await comeIn('ana')];
  expect(seen.map(({ kind, saw }) => `${kind} ${saw.split(' ')[0] ?? ''}`.trim())).toEqual([
    'refused AADSTS500121',
    'refused AADSTS500121',
    'succeeded',
  ]);
  const ana = truthOf(company).people.find(({ key }) => key === 'ana');
  expect(ana?.attacker).toMatchObject({ everIn: true, usableNow: true, refusedSince: null });
});

it('a wrong password, a blocked account and a denied prompt are refused, each with its code', async () => {
  await open({ ana: ['deny'], bram: ['approve'] });
  const wrong = await hands.signIn({ person: 'ana', password: 'Winter2026!', from: LAGOS, holder: 'attacker' });
  expect([wrong, await comeIn('bram'), await comeIn('ana')].map(({ saw }) => saw.split(' ')[0])).toEqual([
    'AADSTS50126',
    'AADSTS50057',
    'AADSTS500121',
  ]);
});

it('what the attacker plants is a foothold, and what the owner had is not', async () => {
  await open({ ana: ['approve'] });
  const session = await inside('ana');
  const actions = [
    await hands.readMail(session),
    await hands.addMethod(session, { kind: 'authenticator', name: 'Pixel 4' }),
    await hands.addInboxRule(session, { name: '.', deletes: true, subjectContains: ['security'] }),
    await hands.registerDevice(session, { name: 'DESKTOP-4F2A' }),
    await hands.consent(session, { app: 'Mail Backup Pro', scopes: ['Mail.Read'] }),
    await hands.refresh(session),
  ];
  expect(actions.map(({ kind }) => kind)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded', 'succeeded']);
  const truth = truthOf(company);
  expect(truth.footholds.map(({ kind, person, present }) => `${kind} ${person} ${String(present)}`).sort()).toEqual([
    'consent ana true',
    'device ana true',
    'inbox-rule ana true',
    'method ana true',
  ]);
  expect(
    truth.ownersThings
      .filter(({ person }) => person === 'ana')
      .map(({ kind }) => kind)
      .sort(),
  ).toEqual(['device', 'inbox-rule', 'method', 'method']);
  expect(truth.ownersThings.every((thing) => thing.present && thing.changedByApp === null)).toBe(true);
});

it('a method the attacker registered lets them in without the owner', async () => {
  await open({ ana: ['approve', 'deny'] });
  await hands.addMethod(await inside('ana'), { kind: 'authenticator', name: 'Pixel 4' });
  expect((await comeIn('ana')).kind).toBe('succeeded');
});

it('tokens really run out, and the client renews what it may renew', async () => {
  await open({ ana: ['approve'] });
  const session = await inside('ana');
  const renewed = (): boolean => company.tenant.journal.records().some(({ path }) => path.endsWith('/token'));
  while (!renewed()) expect((await hands.readMail(session)).kind).toBe('succeeded');
});
