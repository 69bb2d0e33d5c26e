/** Which part of the tenant a request is for, and how that part refuses. */
import { type Answer, badRequest, denied, Refusal } from './answers.ts';
import type { TenantContext } from './call.ts';
import type { JournalActor } from './journal.ts';
import type { LatencyClass } from './latency.ts';
import { type Asked, findOperation, OPERATIONS, type Operation } from './operations.ts';
import type { View } from './replicas.ts';
import { admit, handlerOf, type Identified } from './routes/graph.ts';
import { PORTAL_ROUTES } from './routes/portal.ts';
import { PRACTICE_ROUTES } from './routes/practice.ts';
import { giveToken } from './routes/sign-in-service.ts';
import { TokenRefusal } from './token-refusal.ts';

export interface Incoming {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
  readonly form: URLSearchParams;
  readonly identified: Identified;
  readonly at: number;
  readonly requestId: string;
  readonly clientRequestId: string;
}

export interface Route {
  readonly operation: string;
  readonly latency: LatencyClass;
  /** Key of the person it is about. */
  readonly person?: string;
  /** Who does it, where the token of the request does not say. */
  readonly actor?: JournalActor;
  /** Present for Graph calls: they are metered. */
  readonly graph?: Operation;
  run(view: View): Answer | Promise<Answer>;
}

const PAGES = [...PRACTICE_ROUTES, ...PORTAL_ROUTES];
const SIGN_IN_SERVICE = { refresh: 'token.refresh', app: 'token.app', keys: 'token.keys', configuration: 'token.configuration' } as const;

/** Every name that a record of the journal may carry as its operation. */
export const operationNames = (): readonly string[] => [
  ...OPERATIONS.map(({ id }) => id),
  ...PAGES.map(({ operation }) => operation),
  ...Object.values(SIGN_IN_SERVICE),
];

/** @returns undefined for a call this tenant does not have */
export function findRoute(incoming: Incoming, world: TenantContext): Route | undefined {
  const { pathname } = incoming.url;
  if (pathname.startsWith('/v1.0/') || pathname.startsWith('/beta/')) return graphRoute(incoming, world);
  if (pathname.startsWith('/practice/')) return practiceRoute(incoming, world);
  return signInRoute(incoming, world);
}

function graphRoute(incoming: Incoming, world: TenantContext): Route | undefined {
  const { url, identified, body, method } = incoming;
  const [, version = '', path = ''] = /^\/(v1\.0|beta)(\/.*)$/.exec(url.pathname) ?? [];
  const asked: Asked = { method, version, path, filter: url.searchParams.get('$filter') ?? '', body };
  const found = findOperation(asked, identified.personId);
  if (found === undefined) return undefined;
  const { operation } = found;
  const parameters = decodeAll(found.parameters);
  const named = parameters?.['id'];
  const person = named === undefined ? personInQuery(url, world) : (world.state.person(named) ?? world.state.personByUpn(named));
  return {
    operation: operation.id,
    latency: operation.latency,
    graph: operation,
    ...(person === null || person === undefined ? {} : { person: person.seed.key }),
    run(view) {
      if (parameters === null) throw badRequest('The path cannot be read.', 'BadRequest');
      if (identified.problem !== undefined) throw new Refusal(identified.problem);
      admit(operation, identified.actor, named === undefined ? undefined : (person?.seed.id ?? named), world);
      return handlerOf(operation)(
        {
          operation: operation.id,
          parameters,
          query: url.searchParams,
          version,
          address: `${world.origin()}${url.pathname}`,
          body,
          actor: identified.actor,
          view,
          at: world.now(),
          requestId: incoming.requestId,
          clientRequestId: incoming.clientRequestId,
        },
        world,
      );
    },
  };
}

/** @returns null when one of them is no proper percent encoding */
function decodeAll(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> | null {
  try {
    return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch (problem) {
    if (problem instanceof URIError) return null;
    throw problem;
  }
}

/** Logs and role lists name their person in the filter. */
const personInQuery = (url: URL, { state }: TenantContext) => {
  const id = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(url.searchParams.get('$filter') ?? '')?.[0];
  return id === undefined ? null : state.person(id);
};

function practiceRoute(incoming: Incoming, world: TenantContext): Route | undefined {
  for (const { operation, method, path, by, handle } of PAGES) {
    const found = method === incoming.method ? path.exec(incoming.url.pathname) : null;
    if (found === null) continue;
    const { identified, body, clientRequestId } = incoming;
    const person = identified.personId === undefined ? personOfPractice(found[1], body, world) : world.state.person(identified.personId);
    const administrator = by === 'administrator' ? personInBody('by', body, world) : null;
    return {
      operation,
      latency: 'none',
      ...(person === null ? {} : { person: person.seed.key }),
      ...(administrator === null ? {} : { actor: { kind: 'user', personId: administrator.seed.id } }),
      run() {
        if (by === 'session' && identified.problem !== undefined) throw new Refusal(identified.problem);
        if (identified.actor.kind === 'app') throw denied();
        return handle({ body, parameter: found[1] ?? '', actor: identified.actor, at: world.now(), clientRequestId }, world);
      },
    };
  }
  return undefined;
}

const personOfPractice = (parameter: string | undefined, body: unknown, world: TenantContext) =>
  personInBody('upn', body, world) ??
  personInBody('person', body, world) ??
  (parameter === undefined ? null : world.state.person(parameter));

function personInBody(field: 'upn' | 'person' | 'by', body: unknown, { state }: TenantContext) {
  const fields = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  const name = fields[field];
  if (typeof name !== 'string') return null;
  return field === 'upn' ? state.personByUpn(name) : state.person(name);
}

function signInRoute({ method, url, form }: Incoming, world: TenantContext): Route | undefined {
  const found = /^\/([^/]+)\/(v2\.0\/\.well-known\/openid-configuration|discovery\/v2\.0\/keys|oauth2\/v2\.0\/token)$/.exec(url.pathname);
  if (found === null) return undefined;
  const [, tenant = '', what = ''] = found;
  const requireTenant = (): void => {
    if (tenant.toLowerCase() !== world.company.tenantId.toLowerCase()) {
      throw new TokenRefusal(
        400,
        'invalid_tenant',
        90_002,
        `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID.`,
      );
    }
  };
  if (method === 'POST' && what.endsWith('token')) {
    const refresh = form.get('grant_type') === 'refresh_token';
    return {
      operation: refresh ? SIGN_IN_SERVICE.refresh : SIGN_IN_SERVICE.app,
      latency: 'directoryRead',
      run() {
        requireTenant();
        return giveToken({ form, at: world.now() }, world);
      },
    };
  }
  if (method !== 'GET') return undefined;
  const keys = what.endsWith('keys');
  return {
    operation: keys ? SIGN_IN_SERVICE.keys : SIGN_IN_SERVICE.configuration,
    latency: 'directoryRead',
    run() {
      requireTenant();
      return { status: 200, body: keys ? world.tokens.keys() : world.tokens.configuration() };
    },
  };
}
