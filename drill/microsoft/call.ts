/** What an operation is given, and the state it may read. */
import type { Answer } from './answers.ts';
import { notFound, Refusal } from './answers.ts';
import type { AppSeed, CompanySeed } from './company.ts';
import type { AuditEvent, Logs } from './logs.ts';
import type { Asking } from './odata/list.ts';
import type { View } from './replicas.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Session, Sessions } from './sessions.ts';
import type { SignIns } from './sign-ins.ts';
import type { PersonCells, State } from './state.ts';
import type { TokenService } from './tokens.ts';

export type Actor =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'app'; readonly app: AppSeed; readonly permissions: readonly string[] }
  | { readonly kind: 'user'; readonly session: Session; readonly clientId: string; readonly scopes: readonly string[] };

export interface Call {
  readonly operation: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly version: string;
  /** Origin and path of the request. */
  readonly address: string;
  readonly body: unknown;
  readonly actor: Actor;
  readonly view: View;
  readonly at: number;
  readonly requestId: string;
  readonly clientRequestId: string;
}

export interface TenantContext {
  readonly company: CompanySeed;
  readonly state: State;
  readonly sessions: Sessions;
  readonly signIns: SignIns;
  readonly logs: Logs;
  readonly tokens: TokenService;
  readonly chance: SeededRandom;
  readonly scale: number;
  now(): number;
  origin(): string;
  /** Resolves when the tenant stops: open requests end then. */
  readonly stopping: AbortSignal;
}

export type Handler = (call: Call, world: TenantContext) => Answer | Promise<Answer>;
export type Handlers = Readonly<Record<string, Handler>>;

/** Whom the audit log names for an action of the caller. */
export function initiatorOf(actor: Actor, { state }: TenantContext): AuditEvent['by'] {
  switch (actor.kind) {
    case 'nobody':
      return { kind: 'nobody' };
    case 'app':
      return { kind: 'app', appId: actor.app.appId, displayName: actor.app.name, servicePrincipalId: actor.app.servicePrincipalId };
    case 'user': {
      const person = state.people.get(actor.session.personId);
      return person === undefined ? { kind: 'nobody' } : { kind: 'user', person: person.seed, ip: actor.session.from.ip };
    }
  }
}

/** The person a path names, by object id or user principal name. */
export function personOf(call: Call, { state }: TenantContext): PersonCells {
  const named = call.parameters['id'] ?? '';
  const found = state.people.get(named.toLowerCase()) ?? state.personByUpn(named);
  if (found === null) throw notFound(named);
  return found;
}

export const asking = (call: Call, world: TenantContext, context: string): Asking => ({
  query: call.query,
  address: call.address,
  context: `${world.origin()}/${call.version}/$metadata#${context}`,
});

/** The fields of a JSON body. */
export function fieldsOf(call: Call): Readonly<Record<string, unknown>> {
  if (typeof call.body !== 'object' || call.body === null || Array.isArray(call.body)) {
    throw new Refusal({
      status: 400,
      code: 'BadRequest',
      message: 'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    });
  }
  return call.body as Readonly<Record<string, unknown>>;
}
