// How actors reach the tenant: the tenant's own people client, over HTTPS, with
// the owner's phone beside it. Sessions stay in here; actors hold a name only.

import {
  type ActResult,
  type HeldSession,
  type MethodAsk,
  openPeopleClient,
  type RefreshResult,
  type ShownMethod,
} from './microsoft/people-client.ts';
import { phoneType, ruleSeed } from './run/seed-items.ts';
import type { AddedMethod, NamedMethod, Scenario } from './scenarios/types.ts';
import type { AnswerPrompt, Seen, Session, TenantUser } from './tenant-user.ts';

export interface TenantUserClientOptions {
  readonly scenario: Scenario;
  readonly tenant: { readonly url: string; readonly company: { readonly tenantId: string } };
  readonly caPem: string;
  readonly answerPrompt: AnswerPrompt;
  /** Object id of the group whose members may approve. */
  readonly approverGroupId: string;
}

export function openTenantUserClient({ scenario, tenant, caPem, answerPrompt, approverGroupId }: TenantUserClientOptions): TenantUser {
  const client = openPeopleClient({ baseUrl: tenant.url, tenantId: tenant.company.tenantId, ca: caPem });
  const kept = new Map<Session, HeldSession>();
  const answered = new Set<string>();
  const phones = new Set<Promise<void>>();

  const upnOf = (person: string): string => scenario.people[person]?.upn ?? `${person}@nowhere.example`;
  const heldBy = (session: Session): HeldSession => {
    const held = kept.get(session);
    if (held === undefined) throw new Error('expected a session of these hands, got another one');
    return held;
  };

  /** The owner reads the phone each time a prompt comes, until this sign-in is decided. */
  async function answerPhone(person: string, decided: () => boolean): Promise<void> {
    while (!decided()) {
      for (const { id } of await client.prompts(person)) {
        if (answered.has(id)) continue;
        answered.add(id);
        await client.answerPrompt(id, answerPrompt(person));
      }
    }
  }

  const act = (session: Session, use: (held: HeldSession) => Promise<ActResult>): Promise<Seen> =>
    noticing(async () => {
      const held = heldBy(session);
      // Any client renews a token that has run out before it asks for anything.
      if (Date.now() >= held.expiresAt) {
        const renewed = await client.refresh(held);
        if (renewed.kind === 'refused') return refusedRefresh(renewed);
      }
      return seen(await use(held));
    });

  const inThePortal = { close: client.disableByHand, open: client.enableByHand, endSessions: client.revokeSessionsByHand };

  return {
    signIn: ({ person, password, from, holder, stopsAt }) =>
      noticing<Session>(async () => {
        const started = await client.signIn({
          upn: upnOf(person),
          from,
          holder,
          ...(password === undefined ? {} : { password }),
          ...(stopsAt === undefined ? {} : { stopsAt }),
        });
        let decided = false;
        const phone = started.kind === 'waiting' ? answerPhone(person, () => decided) : Promise.resolve();
        const deciding = client.untilDecided(started, { from, holder }).finally(() => {
          decided = true;
        });
        // A person reads a phone a little longer than there is something to see: no one waits for that,
        // but a phone that breaks ends the wait for an answer.
        phones.add(phone.catch(() => undefined));
        const outcome = await Promise.race([deciding, phone.then(() => deciding)]);
        if (outcome.kind === 'refused') return { kind: 'refused', saw: `AADSTS${outcome.code} ${outcome.said}` };
        const session: Session = { person, holder };
        kept.set(session, outcome.session);
        return succeeded(session);
      }),
    refresh: (session) =>
      noticing(async () => {
        const result = await client.refresh(heldBy(session));
        return result.kind === 'refused' ? refusedRefresh(result) : succeeded(undefined);
      }),
    readMail: (session) => act(session, (held) => client.useMailbox(held)),
    addMethod: (session, method) => act(session, (held) => client.addMethod(held, methodAsk(method))),
    removeMethod: (session, method) => act(session, (held) => client.removeMethod(held, shownMethod(method))),
    addInboxRule: (session, rule) =>
      act(session, (held) => {
        const { displayName, conditions, actions } = ruleSeed(rule);
        return client.addInboxRule(held, { displayName, actions: actions ?? {}, ...(conditions === undefined ? {} : { conditions }) });
      }),
    registerDevice: (session, { name }) => act(session, (held) => client.registerDevice(held, { displayName: name })),
    consent: (session, consent) => act(session, (held) => client.consentToApp(held, consent)),
    changeApprovers: ({ member, joins, by }) =>
      noticing(async () => {
        const change = { group: approverGroupId, person: member, ...(by === undefined ? {} : { by }) };
        return seen(await (joins ? client.joinGroup(change) : client.leaveGroup(change)));
      }),
    byHand: (what, who) => noticing(async () => seen(await inThePortal[what](who))),
    removeMethodManually: ({ method, ...who }) =>
      noticing(async () => seen(await client.removeMethodManually({ ...who, ...shownMethod(method) }))),
    async close() {
      await Promise.all(phones);
      await client.close();
    },
  };
}

const succeeded = <Value>(value: Value): Seen<Value> => ({ kind: 'succeeded', saw: '', value });

const seen = (result: ActResult): Seen =>
  result.kind === 'done' ? succeeded(undefined) : { kind: 'refused', saw: `${result.status} ${result.code}` };

const refusedRefresh = ({ code }: Extract<RefreshResult, { kind: 'refused' }>): { kind: 'refused'; saw: string } => ({
  kind: 'refused',
  saw: `AADSTS${code}`,
});

/** A connection that breaks is something people see, not something that ends the drill. */
async function noticing<Value = undefined>(work: () => Promise<Seen<Value>>): Promise<Seen<Value>> {
  try {
    return await work();
  } catch (error) {
    return { kind: 'failed', saw: error instanceof Error ? error.message : String(error) };
  }
}

const shownMethod = ({ kind, name }: NamedMethod): ShownMethod => ({ kind, ...(name === undefined ? {} : { shownAs: name }) });

function methodAsk({ kind, name, value }: AddedMethod): MethodAsk {
  switch (kind) {
    case 'authenticator':
    case 'fido2':
    case 'hello':
      return { kind, displayName: name ?? 'Pixel 4' };
    case 'phone':
      return { kind, phoneNumber: value ?? '+31 6 00000000', ...(name === undefined ? {} : { phoneType: phoneType(name) }) };
    case 'email':
      return { kind, emailAddress: value ?? 'somebody@mail.example' };
    case 'softwareOath':
      return { kind };
  }
}
