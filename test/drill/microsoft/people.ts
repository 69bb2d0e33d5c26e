// People at the practice tenant, by the bare requests that a browser and a phone
// would make: what the people's client is tested against.
import { expect } from 'vitest';
import type { StopsAt } from '../../../drill/microsoft/people-client.ts';
import { type Answered, type Json, type Practice, TENANT_ID, valuesOf } from './practice.ts';

export const ABROAD = { ip: '203.0.113.77', city: 'Lagos', country: 'NG', asn: 64_511, app: 'Exchange Online', cae: false };
export const AT_WORK = { ip: '192.0.2.10', city: 'Utrecht', country: 'NL', asn: 64_500, app: 'Exchange Online', cae: true };

export type From = typeof ABROAD;
export type Holder = 'owner' | 'attacker';

export interface Tokens {
  readonly access: string;
  readonly refresh: string;
  readonly session: string;
}

export async function begin(
  practice: Practice,
  upn: string,
  password: string,
  holder: Holder,
  from: From,
  stopsAt?: StopsAt,
): Promise<Json> {
  const { status, body } = await practice.send('POST', '/practice/sign-ins', { body: { upn, password, holder, from, stopsAt } });
  expect(status).toBe(200);
  return body;
}

export async function answerPrompt(practice: Practice, person: string, answer: 'approve' | 'deny' | 'ignore' | 'report'): Promise<void> {
  const [prompt] = valuesOf(await practice.send('GET', `/practice/people/${person}/prompts`));
  expect((await practice.send('POST', `/practice/prompts/${String(prompt?.['id'])}`, { body: { answer } })).status).toBe(204);
}

export const outcome = async (practice: Practice, id: unknown): Promise<Json> =>
  (await practice.send('GET', `/practice/sign-ins/${String(id)}`)).body;

/** The attacker types the password, the owner approves: that is how it begins. */
export async function breakIn(practice: Practice, person: 'ana', password: string, from: From = ABROAD): Promise<Tokens> {
  const { id } = await begin(practice, `${person}@contoso.example`, password, 'attacker', from);
  await answerPrompt(practice, person, 'approve');
  return tokensOf(await outcome(practice, id));
}

export function tokensOf(body: Json): Tokens {
  const tokens = body['tokens'] as Json | undefined;
  if (tokens === undefined) throw new Error(`expected tokens, got ${JSON.stringify(body)}`);
  return { access: String(tokens['access_token']), refresh: String(tokens['refresh_token']), session: String(tokens['session_id']) };
}

export const refresh = (practice: Practice, { refresh: token }: Tokens): Promise<Answered> =>
  practice.send('POST', `/${TENANT_ID}/oauth2/v2.0/token`, { form: { grant_type: 'refresh_token', refresh_token: token } });

export const readMail = (practice: Practice, { access }: Pick<Tokens, 'access'>): Promise<Answered> =>
  practice.send('GET', '/v1.0/me/messages?$top=1', { token: access });

export const block = (practice: Practice, id: string): Promise<Answered> =>
  practice.as('actor')('PATCH', `/v1.0/users/${id}`, { accountEnabled: false });

export const revoke = (practice: Practice, id: string): Promise<Answered> =>
  practice.as('actor')('POST', `/v1.0/users/${id}/revokeSignInSessions`);

export const aadsts = ({ body }: Answered): number | undefined => (body['error_codes'] as readonly number[] | undefined)?.[0];
