/** All of Graph that this tenant has, in one list, and who is let in to it. */
import { badToken, denied, type GraphError, licenceMissing, Refusal } from '../answers.ts';
import type { Actor, Handler, Handlers, TenantContext } from '../call.ts';
import { type Operation, permits } from '../operations.ts';
import { PERSON_SCOPES } from '../tokens.ts';
import { belongingHandlers } from './belongings.ts';
import { groupHandlers } from './groups.ts';
import { logHandlers } from './logs.ts';
import { methodHandlers } from './methods.ts';
import { organizationHandlers } from './organization.ts';
import { roleHandlers } from './roles.ts';
import { userHandlers } from './users.ts';

const HANDLERS: Handlers = {
  ...userHandlers,
  ...groupHandlers,
  ...roleHandlers,
  ...organizationHandlers,
  ...logHandlers,
  ...belongingHandlers,
  ...methodHandlers,
};

/** What carries an operation out; the table of operations and this list name the same ones. */
export function handlerOf({ id }: Operation): Handler {
  const handler = HANDLERS[id];
  if (handler === undefined) throw new Error(`the table has an operation ${id}, and nothing carries it out`);
  return handler;
}

/**
 * Permission and licence, in the order in which the real service checks them.
 * @throws Refusal
 */
export function admit(operation: Operation, actor: Actor, personId: string | undefined, { company }: TenantContext): void {
  switch (actor.kind) {
    case 'nobody':
      throw new Refusal(badToken('Access token is empty.'));
    case 'app':
      if (!permits(operation.application, actor.permissions)) throw denied();
      break;
    case 'user':
      if (!permits(operation.delegated, actor.scopes)) throw denied();
      if (personId !== undefined && personId !== actor.session.personId) throw denied();
      break;
  }
  const { p1, p2 } = company.licences;
  if (operation.licence === 'p1' && !p1 && !p2) throw licenceMissing('p1', operation.id);
  if (operation.licence === 'p2' && !p2) throw licenceMissing('p2', operation.id);
}

export interface Identified {
  readonly actor: Actor;
  /** Why the token that came was not taken. */
  readonly problem: GraphError | undefined;
  /** Who came with it, also when it was not taken: for the journal. */
  readonly personId?: string;
  readonly appId?: string;
}

const RAN_OUT = 'Lifetime validation failed, the token is expired.';
const CUT =
  'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp';

/** Reads the bearer token of a request and asks the sessions whether it is still good. */
export async function identify(
  authorization: string | undefined,
  at: number,
  { tokens, sessions, company }: TenantContext,
): Promise<Identified> {
  const jwt = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  if (jwt === undefined) return { actor: { kind: 'nobody' }, problem: badToken('Access token is empty.') };
  const claims = await tokens.read(jwt, at);
  switch (claims.kind) {
    case 'bad':
      return { actor: { kind: 'nobody' }, problem: badToken(claims.why) };
    case 'app': {
      const app = company.apps.find((each) => each.appId === claims.appId);
      if (app === undefined) return { actor: { kind: 'nobody' }, problem: badToken('The application of the token is unknown.') };
      return { actor: { kind: 'app', app, permissions: claims.roles }, problem: undefined, appId: app.appId };
    }
    case 'user': {
      const { personId, appId } = claims;
      const used = sessions.use(claims.uti, at);
      switch (used.kind) {
        case 'good':
          return {
            actor: { kind: 'user', session: used.session, clientId: appId, scopes: PERSON_SCOPES },
            problem: undefined,
            personId,
            appId,
          };
        case 'cut': {
          const challenge = JSON.stringify({ access_token: { nbf: { essential: true, value: String(Math.floor(at / 1000)) } } });
          return { actor: { kind: 'nobody' }, problem: badToken(CUT, challenge), personId, appId };
        }
        case 'expired':
        case 'unknown':
          return { actor: { kind: 'nobody' }, problem: badToken(RAN_OUT), personId, appId };
      }
    }
  }
}
