/**
 * The Web API as one endpoint: every request passes the same way (read, faults,
 * token, rate, scopes, arguments, action) and leaves two lines in the transcript,
 * one when it came and one when it was answered.
 */
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { ApiFault } from '../faults.ts';
import { untilGone } from '../loopback.ts';
import type { TokenKind } from '../transcript.ts';
import type { WorkspaceState } from '../workspace-state.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { identityMethods } from './identity.ts';
import { type Method, Refusal } from './method.ts';
import { createRates, type Rates } from './rates.ts';
import { type ApiRequest, readRequest } from './request.ts';
import { answerThroughUrl } from './response-url.ts';
import { viewMethods } from './views.ts';

type Json = Record<string, unknown>;
type Reach = Context<{ Bindings: HttpBindings }>;

interface Answer {
  readonly status: number;
  readonly body: Json | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export interface WebApiDoor {
  readonly world: WorkspaceState;
  /** `http://127.0.0.1:PORT`, known once the server listens. */
  readonly baseUrl: () => string;
  readonly ticket: () => string;
  /** Aborted when the workspace stops: requests that hang on purpose end then. */
  readonly stopping: AbortSignal;
}

const METHODS: Readonly<Record<string, Method>> = { ...chatMethods, ...viewMethods, ...conversationMethods, ...identityMethods };

export function createWebApi(door: WebApiDoor): Hono<{ Bindings: HttpBindings }> {
  const { world } = door;
  const rates = createRates(world.clock, world.rateScale);
  const app = new Hono<{ Bindings: HttpBindings }>();

  app.on(['GET', 'POST'], '/api/:method', async (context) => {
    const started = performance.now();
    const name = context.req.param('method');
    const read = await readRequest(context);
    const request: ApiRequest = read.kind === 'read' ? read.request : { args: {}, token: undefined, tokenInHeader: false };
    const id = `request-${world.ids.hex(12)}`;
    const token = kindOf(request.token, world);
    const unknown = Object.hasOwn(METHODS, name) ? {} : { unknown: true as const };
    world.transcript.write({ kind: 'api.request', request: id, method: name, token, args: readable(request.args), ...unknown });

    const fault = world.faults.forCall(name);
    const record = (answer: Answer): void => {
      const body = answer.body ?? {};
      const error = body['error'];
      world.transcript.write({
        kind: 'api.answer',
        request: id,
        method: name,
        status: answer.status,
        ok: body['ok'] === true,
        ...(typeof error === 'string' ? { error } : {}),
        body: withoutTicket(body),
        ms: Math.round(performance.now() - started),
        ...(fault === undefined ? {} : { fault: fault.kind }),
      });
    };
    const act = (): Answer => (read.kind === 'refused' ? refusal(read.error) : handle(name, request, token, door, rates));
    return await answerUnder(fault, act, record, context, door.stopping);
  });

  app.post('/actions/*', async (context) => await answerThroughUrl(context, world));
  return app;
}

/** Carries out the call as the fault allows. What reaches the client and what happened can differ: that is the point. */
async function answerUnder(
  fault: ApiFault | undefined,
  act: () => Answer,
  record: (answer: Answer) => void,
  context: Reach,
  stopping: AbortSignal,
): Promise<Response> {
  const silence: Answer = { status: 0, body: undefined, headers: {} };
  const send = (answer: Answer): Response => {
    record(answer);
    return answer.body === undefined
      ? new Response('', { status: answer.status, headers: answer.headers })
      : Response.json(answer.body, { status: answer.status, headers: answer.headers });
  };
  const hang = async (): Promise<Response> => {
    record(silence);
    await untilGone(context.req.raw.signal, stopping);
    return new Response('', { status: 503 });
  };
  switch (fault?.kind) {
    case undefined:
      return send(act());
    case 'slow':
      await passing(fault.ms, stopping);
      return send(act());
    case 'error':
      return send(refusal(fault.error));
    case 'status': {
      const wait = fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
      return send({ status: fault.status, body: undefined, headers: wait });
    }
    case 'status-after':
      act();
      return send({ status: fault.status, body: undefined, headers: {} });
    case 'hang':
      return await hang();
    case 'hang-after':
      act();
      return await hang();
    case 'reset-after':
      act();
      record(silence);
      context.env.incoming.socket.destroy();
      return new Response('', { status: 503 });
  }
}

function handle(name: string, request: ApiRequest, token: TokenKind, door: WebApiDoor, rates: Rates): Answer {
  const { world } = door;
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
  if (method === undefined) return refusal('unknown_method', { req_method: name });
  if (token === 'none') return refusal('not_authed');
  if (token === 'foreign') return refusal('invalid_auth');
  if (method.token !== 'either' && method.token !== token) return refusal('not_allowed_token_type');
  if (method.token === 'app' && !request.tokenInHeader) return refusal('not_authed');

  const place = method.tier === 'post' ? String(request.args['channel']) : '';
  const wait = rates.take(method.tier, `${name}:${place}`);
  if (wait !== undefined) return { status: 429, body: { ok: false, error: 'ratelimited' }, headers: { 'retry-after': String(wait) } };

  const provided = token === 'app' ? ['connections:write'] : world.botScopes;
  const headers = { 'x-oauth-scopes': provided.join(','), 'x-accepted-oauth-scopes': method.scopes.join(',') };
  const needs = (scope: string): void => {
    if (!provided.includes(scope)) throw new Refusal('missing_scope', { needed: scope, provided: provided.join(',') });
  };
  try {
    method.scopes.forEach(needs);
    const body = method.run(request.args, { world, token, baseUrl: door.baseUrl(), needs, ticket: door.ticket });
    return { status: 200, body: { ok: true, ...body }, headers };
  } catch (error) {
    if (error instanceof Refusal) return { ...refusal(error.code, error.details), headers };
    throw error;
  }
}

function refusal(error: string, details: Json = {}): Answer {
  return { status: 200, body: { ok: false, error, ...details }, headers: {} };
}

function kindOf(token: string | undefined, world: WorkspaceState): TokenKind {
  if (token === undefined) return 'none';
  if (token === world.tokens.bot) return 'bot';
  return token === world.tokens.app ? 'app' : 'foreign';
}

/** Arguments for the transcript: the JSON inside a form is shown as what it is. */
function readable(args: Readonly<Json>): Json {
  const shown: Json = {};
  for (const [key, value] of Object.entries(args)) shown[key] = typeof value === 'string' && /^[[{]/.test(value) ? parsedOr(value) : value;
  return shown;
}

function parsedOr(value: string): unknown {
  try {
    const parsed: unknown = JSON.parse(value);
    return parsed;
  } catch {
    return value; // Not JSON after all: shown as it came.
  }
}

/** A ticket opens a connection, so the transcript keeps only that there was one. */
function withoutTicket(body: Json): Json {
  const { url } = body;
  return typeof url === 'string' ? { ...body, url: url.replace(/ticket=[^&]+/, 'ticket=(once)') } : body;
}

async function passing(ms: number, stopping: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    stopping.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
