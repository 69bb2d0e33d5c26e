/**
 * What people do in a browser or on a phone, where the real service has pages
 * and no API: the sign-in page, the prompt on the phone, the security-info page,
 * joining a device, consenting to an app. Only the actors of a drill come here.
 */
import { z } from 'zod';
import { type Answer, Refusal } from '../answers.ts';
import type { TenantContext } from '../call.ts';
import type { MethodSeed } from '../company.ts';
import { guidOf } from '../directory-roles.ts';
import { isShownAs, removeMethod } from '../method-mutations.ts';
import { methodId } from '../method-shapes.ts';
import { PRIMARY } from '../replicas.ts';
import type { Session } from '../sessions.ts';
import type { Attempt } from '../sign-ins.ts';
import type { PersonCells } from '../state.ts';
import { thingTarget } from '../truth.ts';
import { type PracticeCall, type PracticeRoute, parse } from './practice-route.ts';
import { personTokens } from './sign-in-service.ts';

/** A request that waits for a person is answered after this long, whatever came. */
const WAIT_MS = 2000;
const GRAPH_APP_OBJECT = guidOf('Microsoft Graph service principal');

const FROM = z.object({
  ip: z.string(),
  city: z.string(),
  country: z.string(),
  asn: z.number().int(),
  app: z.string(),
  cae: z.boolean(),
  device: z.object({ deviceId: z.string().optional(), operatingSystem: z.string().optional(), browser: z.string().optional() }).optional(),
});

const BEGIN = z.object({
  upn: z.string(),
  password: z.string().optional(),
  holder: z.enum(['owner', 'attacker']),
  from: FROM,
  stopsAt: z.enum(['second-factor', 'keep-me-signed-in']).optional(),
});
const ANSWER = z.object({ answer: z.enum(['approve', 'deny', 'ignore', 'report']) });
const METHOD = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('authenticator'), displayName: z.string() }),
  z.object({ kind: z.literal('phone'), phoneNumber: z.string(), phoneType: z.enum(['mobile', 'alternateMobile', 'office']).optional() }),
  z.object({ kind: z.literal('email'), emailAddress: z.string() }),
  z.object({ kind: z.literal('fido2'), displayName: z.string() }),
  z.object({ kind: z.literal('hello'), displayName: z.string() }),
  z.object({ kind: z.literal('softwareOath') }),
]);
/** By what stands on the page: there may be several of a kind. */
export const SHOWN_METHOD = z.object({
  kind: z.enum(['authenticator', 'phone', 'email', 'fido2', 'hello', 'softwareOath', 'tap']),
  shownAs: z.string().optional(),
});
const DEVICE = z.object({ displayName: z.string(), operatingSystem: z.string().optional() });
const CONSENT = z.object({ app: z.string(), scopes: z.array(z.string()).min(1) });

export const PRACTICE_ROUTES: readonly PracticeRoute[] = [
  { operation: 'signIn.begin', method: 'POST', path: /^\/practice\/sign-ins$/, handle: begin },
  { operation: 'signIn.outcome', method: 'GET', path: /^\/practice\/sign-ins\/([^/]+)$/, handle: outcome },
  { operation: 'prompt.list', method: 'GET', path: /^\/practice\/people\/([^/]+)\/prompts$/, handle: prompts },
  { operation: 'prompt.answer', method: 'POST', path: /^\/practice\/prompts\/([^/]+)$/, handle: answerPrompt },
  { operation: 'person.addMethod', method: 'POST', path: /^\/practice\/security-info$/, by: 'session', handle: addMethod },
  { operation: 'person.removeMethod', method: 'POST', path: /^\/practice\/security-info\/remove$/, by: 'session', handle: removeOwnMethod },
  { operation: 'person.registerDevice', method: 'POST', path: /^\/practice\/devices$/, by: 'session', handle: registerDevice },
  { operation: 'person.consent', method: 'POST', path: /^\/practice\/consents$/, by: 'session', handle: consent },
];

async function begin({ body, at }: PracticeCall, world: TenantContext): Promise<Answer> {
  const { upn, password, holder, from, stopsAt } = parse(BEGIN, body);
  const { device, ...rest } = from;
  const known = { ...rest, ...(device === undefined ? {} : { device: definedOnly(device) }) };
  const attempt = world.signIns.begin(upn, password, known, holder, at, stopsAt);
  const person = world.state.personByUpn(upn)?.seed.id;
  const made = attempt.outcome();
  return {
    status: 200,
    body: await said(attempt, world),
    commit: () => {
      if (person === undefined || made?.kind === 'refused') return [];
      if (made === null) return [{ what: 'sign-in', target: `${person}/sign-in/${attempt.id}`, from: null, to: 'waiting' }];
      return [{ what: 'session', target: `${person}/session/${made.session.id}`, from: null, to: 'began' }];
    },
  };
}

const definedOnly = (device: { deviceId?: string | undefined; operatingSystem?: string | undefined; browser?: string | undefined }) =>
  Object.fromEntries(Object.entries(device).filter(([, value]) => value !== undefined)) as NonNullable<Session['from']['device']>;

async function outcome({ parameter }: PracticeCall, world: TenantContext): Promise<Answer> {
  const attempt = world.signIns.attempt(parameter);
  if (attempt === undefined) throw new Refusal({ status: 404, code: 'ResourceNotFound', message: 'There is no such sign-in.' });
  await untilOr(attempt.decided, world.stopping);
  return { status: 200, body: await said(attempt, world) };
}

async function said(attempt: Attempt, world: TenantContext): Promise<unknown> {
  const made = attempt.outcome();
  if (made === null) return { id: attempt.id, state: 'waiting' };
  if (made.kind === 'refused') return { id: attempt.id, state: 'refused', code: made.code, said: made.said };
  return { id: attempt.id, state: 'signed-in', tokens: await personTokens(made.session.id, made, world) };
}

async function untilOr(fact: Promise<void>, stopping: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, WAIT_MS);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    stopping.addEventListener('abort', end, { once: true });
    void fact.then(end);
  });
}

async function prompts({ parameter }: PracticeCall, world: TenantContext): Promise<Answer> {
  const person = world.state.person(parameter);
  if (person === null) throw new Refusal({ status: 404, code: 'ResourceNotFound', message: 'There is no such person.' });
  await world.signIns.nextPrompt(person.seed.id, world.stopping.aborted ? 0 : WAIT_MS);
  return { status: 200, body: { value: world.signIns.prompts(person.seed.id) } };
}

function answerPrompt({ parameter, body, at }: PracticeCall, world: TenantContext): Answer {
  const { answer } = parse(ANSWER, body);
  const person = world.signIns.answer(parameter, answer, at);
  if (person === null) throw new Refusal({ status: 404, code: 'ResourceNotFound', message: 'No such prompt waits any more.' });
  return { status: 204, commit: () => [{ what: 'prompt', target: `${person}/prompt/${parameter}`, from: 'waiting', to: answer }] };
}

function signedIn({ actor }: PracticeCall, world: TenantContext): { session: Session; person: PersonCells } {
  const person = actor.kind === 'user' ? world.state.people.get(actor.session.personId) : undefined;
  if (actor.kind !== 'user' || person === undefined) {
    throw new Refusal({ status: 403, code: 'Forbidden', message: 'Only a signed-in person can do this.' });
  }
  return { session: actor.session, person };
}

function addMethod(call: PracticeCall, world: TenantContext): Answer {
  const { session, person } = signedIn(call, world);
  const asked = parse(METHOD, call.body);
  const seed: MethodSeed = asked.kind === 'phone' ? { ...asked, phoneType: asked.phoneType ?? freePhone(person) } : asked;
  const id = methodId(seed, world.chance('method ids'));
  if (person.methods.read(PRIMARY).some((method) => method.id === id)) {
    throw new Refusal({ status: 400, code: 'badRequest', message: 'A method of this kind is registered already.' });
  }
  return {
    status: 201,
    body: { id },
    commit(at) {
      const method = { id, seed, createdAt: at, holder: session.holder, plantedAt: at };
      person.methods.write([...person.methods.read(PRIMARY), method], at);
      world.logs.audit({
        at,
        activity: 'User registered security info',
        category: 'UserManagement',
        service: 'Authentication Methods',
        operationType: 'Add',
        by: { kind: 'user', person: person.seed, ip: session.from.ip },
        targets: [{ id: person.seed.id, type: 'User', displayName: person.seed.displayName, userPrincipalName: person.seed.upn }],
        correlationId: call.clientRequestId,
        resultReason: `User registered ${seed.kind}`,
      });
      return [{ what: 'method', target: thingTarget(person.seed.id, 'method', id), from: null, to: seed.kind }];
    },
  };
}

function removeOwnMethod(call: PracticeCall, world: TenantContext): Answer {
  const { session, person } = signedIn(call, world);
  const { kind, shownAs } = parse(SHOWN_METHOD, call.body);
  const by = { kind: 'user', person: person.seed, ip: session.from.ip } as const;
  const removal = { by, correlationId: call.clientRequestId, own: true };
  return removeMethod(person, (each) => isShownAs(each, kind, shownAs), shownAs ?? kind, removal, world);
}

/** The page offers the second mobile number once there is a first. */
function freePhone(person: PersonCells): 'mobile' | 'alternateMobile' {
  const taken = person.methods.read(PRIMARY).some(({ seed }) => seed.kind === 'phone' && seed.phoneType === 'mobile');
  return taken ? 'alternateMobile' : 'mobile';
}

function registerDevice(call: PracticeCall, world: TenantContext): Answer {
  const { session, person } = signedIn(call, world);
  const { displayName, operatingSystem } = parse(DEVICE, call.body);
  const ids = world.chance('device ids');
  const id = ids.guid();
  const device = { id, deviceId: ids.guid(), seed: { displayName, ...(operatingSystem === undefined ? {} : { operatingSystem }) } };
  return {
    status: 201,
    body: { id, deviceId: device.deviceId },
    commit(at) {
      person.devices.write([...person.devices.read(PRIMARY), { ...device, registeredAt: at, holder: session.holder, plantedAt: at }], at);
      for (const activity of ['Register device', 'Add registered owner to device']) {
        world.logs.audit({
          at,
          activity,
          category: 'Device',
          service: 'Device Registration Service',
          operationType: 'Add',
          by: { kind: 'user', person: person.seed, ip: session.from.ip },
          targets: [{ id, type: 'Device', displayName }],
          correlationId: call.clientRequestId,
        });
      }
      return [{ what: 'device', target: thingTarget(person.seed.id, 'device', id), from: null, to: displayName }];
    },
  };
}

function consent(call: PracticeCall, world: TenantContext): Answer {
  const { session, person } = signedIn(call, world);
  const { app, scopes } = parse(CONSENT, call.body);
  const known = world.state.servicePrincipals.read(PRIMARY).find((sp) => sp.displayName === app);
  const client = known ?? {
    id: guidOf(`service principal ${app}`),
    appId: guidOf(`application ${app}`),
    displayName: app,
    ours: false,
    permissions: [],
    createdAt: call.at,
  };
  const id = world.chance('grant ids').text(32);
  return {
    status: 201,
    body: { id, clientId: client.id },
    commit(at) {
      if (known === undefined)
        world.state.servicePrincipals.write([...world.state.servicePrincipals.read(PRIMARY), { ...client, createdAt: at }], at);
      const grant = {
        id,
        clientId: client.id,
        resourceId: GRAPH_APP_OBJECT,
        scope: scopes.join(' '),
        holder: session.holder,
        plantedAt: at,
      };
      person.grants.write([...person.grants.read(PRIMARY), grant], at);
      for (const activity of ['Consent to application', 'Add delegated permission grant']) {
        world.logs.audit({
          at,
          activity,
          category: 'ApplicationManagement',
          service: 'Core Directory',
          operationType: 'Assign',
          by: { kind: 'user', person: person.seed, ip: session.from.ip },
          targets: [
            {
              id: client.id,
              type: 'ServicePrincipal',
              displayName: app,
              modified: [{ name: 'DelegatedPermissionGrant.Scope', from: undefined, to: grant.scope }],
            },
          ],
          correlationId: call.clientRequestId,
        });
      }
      return [{ what: 'consent', target: thingTarget(person.seed.id, 'consent', id), from: null, to: grant.scope }];
    },
  };
}
