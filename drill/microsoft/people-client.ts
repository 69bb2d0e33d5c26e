/**
 * What a person does, over real HTTPS: signing in from somewhere, answering the
 * prompt on a phone, reading mail, adding a method. The actors of a drill use it
 * for the owner and for the attacker alike.
 *
 * `holder` says who it really is. It goes into the tenant's truth and into
 * nothing that Graph answers.
 */
import { Agent, fetch as undiciFetch } from 'undici';
import { z } from 'zod';
import type { MethodSeed } from './company.ts';
import type { Holder } from './directory-items.ts';
import type { From } from './sessions.ts';
import type { Prompt, PromptAnswer, StopsAt } from './sign-ins.ts';

export type { From, Holder, Prompt, PromptAnswer, StopsAt };

/** What a signed-in person's client holds; refreshing replaces the access token in place. */
export interface HeldSession {
  readonly id: string;
  readonly holder: Holder;
  readonly from: From;
  accessToken: string;
  refreshToken: string;
  /** Milliseconds, by the client's own clock. */
  expiresAt: number;
}

export type SignInResult =
  | { readonly kind: 'signed-in'; readonly session: HeldSession }
  /** A prompt waits on the owner's phone; ask again with the id. */
  | { readonly kind: 'waiting'; readonly id: string }
  | { readonly kind: 'refused'; readonly code: number; readonly said: string };

export type ActResult =
  | { readonly kind: 'done'; readonly id?: string }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string; readonly said: string };

export type RefreshResult = { readonly kind: 'refreshed' } | { readonly kind: 'refused'; readonly code: number; readonly said: string };

export interface SignInAsk {
  readonly upn: string;
  /** Without one a person comes with a security key or a paired computer of their own. */
  readonly password?: string;
  readonly from: From;
  readonly holder: Holder;
  /** The browser is left there. */
  readonly stopsAt?: StopsAt;
}

export type MethodAsk =
  | { readonly kind: 'authenticator' | 'fido2' | 'hello'; readonly displayName: string }
  | {
      readonly kind: 'phone';
      readonly phoneNumber: string;
      readonly phoneType?: Extract<MethodSeed, { kind: 'phone' }>['phoneType'];
    }
  | { readonly kind: 'email'; readonly emailAddress: string }
  | { readonly kind: 'softwareOath' };

/** A method by what stands on the page; `shownAs`: a part of its name, number or address. */
export interface ShownMethod {
  readonly kind: MethodAsk['kind'] | 'tap';
  readonly shownAs?: string;
}

export interface RuleAsk {
  readonly displayName: string;
  readonly sequence?: number;
  readonly conditions?: Readonly<Record<string, unknown>>;
  readonly actions: Readonly<Record<string, unknown>>;
}

/** What an administrator does to a person's account in the portal. Both are keys or object ids. */
export interface ByHand {
  readonly person: string;
  readonly by: string;
}

/** Likewise for a group. Without `by` no one is known to have done it. */
export interface MembershipChange {
  /** Object id. */
  readonly group: string;
  readonly person: string;
  readonly by?: string;
}

export interface PeopleClient {
  /** Types the password, or brings a key. Answers at once when nothing has to be approved. */
  signIn(ask: SignInAsk): Promise<SignInResult>;
  /** Reads once what became of a sign-in; waits up to two seconds for a change. */
  poll(id: string, ask: Pick<SignInAsk, 'from' | 'holder'>): Promise<SignInResult>;
  /** Looks until the sign-in is decided. */
  untilDecided(started: SignInResult, ask: Pick<SignInAsk, 'from' | 'holder'>): Promise<Exclude<SignInResult, { kind: 'waiting' }>>;
  /** What the owner's phone shows; waits up to two seconds for something to appear. `person` is a key or an object id. */
  prompts(person: string): Promise<readonly Prompt[]>;
  /** `refused` when the prompt is gone. */
  answerPrompt(promptId: string, answer: PromptAnswer): Promise<ActResult>;
  approvePrompt(promptId: string): Promise<ActResult>;
  denyPrompt(promptId: string): Promise<ActResult>;
  /** Ignores the prompt until it is gone; no one waits for it. */
  ignorePrompt(promptId: string): Promise<ActResult>;
  refresh(session: HeldSession): Promise<RefreshResult>;
  /** Reads the mailbox: the data access that counts as being inside. */
  useMailbox(session: HeldSession): Promise<ActResult>;
  addMethod(session: HeldSession, method: MethodAsk): Promise<ActResult>;
  removeMethod(session: HeldSession, method: ShownMethod): Promise<ActResult>;
  addInboxRule(session: HeldSession, rule: RuleAsk): Promise<ActResult>;
  registerDevice(session: HeldSession, device: { readonly displayName: string; readonly operatingSystem?: string }): Promise<ActResult>;
  consentToApp(session: HeldSession, consent: { readonly app: string; readonly scopes: readonly string[] }): Promise<ActResult>;
  disableByHand(act: ByHand): Promise<ActResult>;
  enableByHand(act: ByHand): Promise<ActResult>;
  revokeSessionsByHand(act: ByHand): Promise<ActResult>;
  removeMethodManually(act: ByHand & ShownMethod): Promise<ActResult>;
  joinGroup(change: MembershipChange): Promise<ActResult>;
  leaveGroup(change: MembershipChange): Promise<ActResult>;
  close(): Promise<void>;
}

export interface PeopleClientOptions {
  /** `https://localhost:PORT` */
  readonly baseUrl: string;
  readonly tenantId: string;
  /** The practice CA, for a process that was started before there was one; others trust through NODE_EXTRA_CA_CERTS. */
  readonly ca?: string;
}

const TOKENS = z.object({ access_token: z.string(), refresh_token: z.string(), expires_in: z.number(), session_id: z.string() });
const STARTED = z.discriminatedUnion('state', [
  z.object({ state: z.literal('waiting'), id: z.string() }),
  z.object({ state: z.literal('refused'), id: z.string(), code: z.number(), said: z.string() }),
  z.object({ state: z.literal('signed-in'), id: z.string(), tokens: TOKENS }),
]);
const PROMPTS = z.object({
  value: z.array(
    z.object({ id: z.string(), app: z.string(), city: z.string(), country: z.string(), method: z.string(), since: z.string() }),
  ),
});
const REFUSED_TOKEN = z.object({ error_description: z.string(), error_codes: z.array(z.number()).min(1) });
const REFUSED = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const MADE = z.looseObject({ id: z.string() });

export function openPeopleClient({ baseUrl, tenantId, ca }: PeopleClientOptions): PeopleClient {
  const agent = ca === undefined ? undefined : new Agent({ connect: { ca } });

  async function ask(
    method: 'GET' | 'POST',
    path: string,
    body?: unknown,
    session?: HeldSession,
  ): Promise<{ status: number; json: unknown }> {
    const form = body instanceof URLSearchParams;
    const response = await undiciFetch(`${baseUrl}${path}`, {
      method,
      headers: {
        ...(session === undefined ? {} : { authorization: `Bearer ${session.accessToken}` }),
        ...(body === undefined ? {} : { 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: form ? body.toString() : JSON.stringify(body) }),
      ...(agent === undefined ? {} : { dispatcher: agent }),
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
  }

  async function act(method: 'GET' | 'POST', path: string, body?: unknown, session?: HeldSession): Promise<ActResult> {
    const { status, json } = await ask(method, path, body, session);
    if (status >= 300) {
      const { error } = REFUSED.parse(json);
      return { kind: 'refused', status, code: error.code, said: error.message };
    }
    const made = MADE.safeParse(json);
    return made.success ? { kind: 'done', id: made.data.id } : { kind: 'done' };
  }

  async function started(
    { status, json }: { status: number; json: unknown },
    who: Pick<SignInAsk, 'from' | 'holder'>,
  ): Promise<SignInResult> {
    if (status !== 200) {
      const { error } = REFUSED.parse(json);
      throw new Error(`expected the sign-in page to answer, got ${status} ${error.code}: ${error.message}`);
    }
    const made = STARTED.parse(json);
    switch (made.state) {
      case 'waiting':
        return { kind: 'waiting', id: made.id };
      case 'refused':
        return { kind: 'refused', code: made.code, said: made.said };
      case 'signed-in':
        return { kind: 'signed-in', session: { id: made.tokens.session_id, holder: who.holder, from: who.from, ...held(made.tokens) } };
    }
  }

  const account = ({ person, by }: ByHand, what: 'disable' | 'enable' | 'revoke-sessions'): Promise<ActResult> =>
    act('POST', `/practice/people/${encodeURIComponent(person)}/${what}`, { by });
  const membership = ({ group, ...change }: MembershipChange, what: 'members' | 'leave'): Promise<ActResult> =>
    act('POST', `/practice/groups/${encodeURIComponent(group)}/${what}`, change);
  const poll: PeopleClient['poll'] = async (id, who) =>
    await started(await ask('GET', `/practice/sign-ins/${encodeURIComponent(id)}`), who);
  const answerPrompt: PeopleClient['answerPrompt'] = (id, answer) => act('POST', `/practice/prompts/${encodeURIComponent(id)}`, { answer });

  return {
    signIn: async (who) => await started(await ask('POST', '/practice/sign-ins', who), who),
    poll,
    async untilDecided(first, who) {
      let seen = first;
      while (seen.kind === 'waiting') seen = await poll(seen.id, who);
      return seen;
    },
    async prompts(person) {
      const { json } = await ask('GET', `/practice/people/${encodeURIComponent(person)}/prompts`);
      return PROMPTS.parse(json).value;
    },
    answerPrompt,
    approvePrompt: (id) => answerPrompt(id, 'approve'),
    denyPrompt: (id) => answerPrompt(id, 'deny'),
    ignorePrompt: (id) => answerPrompt(id, 'ignore'),
    async refresh(session) {
      const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: session.refreshToken });
      const { status, json } = await ask('POST', `/${tenantId}/oauth2/v2.0/token`, form);
      if (status === 200) {
        Object.assign(session, held(TOKENS.parse(json)));
        return { kind: 'refreshed' };
      }
      const { error_codes, error_description } = REFUSED_TOKEN.parse(json);
      return { kind: 'refused', code: error_codes[0] ?? 0, said: error_description };
    },
    useMailbox: (session) => act('GET', '/v1.0/me/messages', undefined, session),
    addMethod: (session, method) => act('POST', '/practice/security-info', method, session),
    removeMethod: (session, method) => act('POST', '/practice/security-info/remove', method, session),
    addInboxRule: (session, { sequence = 1, ...rule }) =>
      act('POST', '/v1.0/me/mailFolders/inbox/messageRules', { isEnabled: true, sequence, ...rule }, session),
    registerDevice: (session, device) => act('POST', '/practice/devices', device, session),
    consentToApp: (session, consent) => act('POST', '/practice/consents', consent, session),
    disableByHand: (asked) => account(asked, 'disable'),
    enableByHand: (asked) => account(asked, 'enable'),
    revokeSessionsByHand: (asked) => account(asked, 'revoke-sessions'),
    removeMethodManually: ({ person, ...asked }) => act('POST', `/practice/people/${encodeURIComponent(person)}/remove-method`, asked),
    joinGroup: (change) => membership(change, 'members'),
    leaveGroup: (change) => membership(change, 'leave'),
    async close() {
      await agent?.close();
    },
  };
}

const held = (tokens: z.infer<typeof TOKENS>): Pick<HeldSession, 'accessToken' | 'refreshToken' | 'expiresAt'> => ({
  accessToken: tokens.access_token,
  refreshToken: tokens.refresh_token,
  expiresAt: Date.now() + tokens.expires_in * 1000,
});
