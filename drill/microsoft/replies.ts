/** What goes back over the wire: answers, refusals in the envelope of the service that refuses, and silence. */
import type { ServerResponse } from 'node:http';
import { errorBody, faultError, type GraphError, Refusal, UnknownCall } from './answers.ts';
import type { TenantContext } from './call.ts';
import type { Fault } from './faults.ts';
import type { Line } from './journal.ts';
import type { Incoming, Route } from './route.ts';
import { tokenErrorBody } from './routes/sign-in-service.ts';
import { TokenRefusal } from './token-refusal.ts';

const HANG_MS = 120_000;

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly errorCode?: string;
}

export function refusalReply(problem: unknown, incoming: Incoming, ids: { requestId: string; clientRequestId: string; at: number }): Reply {
  if (problem instanceof Refusal) return graphReply(problem.error, ids);
  if (problem instanceof UnknownCall) return unknownCall(incoming);
  if (problem instanceof TokenRefusal) {
    return {
      status: problem.status,
      body: tokenErrorBody(problem, ids.requestId, ids.clientRequestId, ids.at),
      errorCode: `AADSTS${problem.code}`,
    };
  }
  const message = problem instanceof Error ? (problem.stack ?? problem.message) : String(problem);
  return { ...graphReply({ status: 500, code: 'PracticeTenantBroken', message }, ids) };
}

const graphReply = (error: GraphError, ids: { requestId: string; clientRequestId: string; at: number }): Reply => ({
  status: error.status,
  body: errorBody(error, ids),
  errorCode: error.code,
  ...(error.headers === undefined ? {} : { headers: error.headers }),
});

export const unknownCall = ({ method, url, requestId, clientRequestId, at }: Incoming): Reply =>
  graphReply(
    { status: 501, code: 'NotImplemented', message: `The practice tenant has no ${method} ${url.pathname}.` },
    { requestId, clientRequestId, at },
  );

export function playedStatus(
  route: Route,
  fault: Extract<Fault, { kind: 'status' | 'status-after' }>,
  incoming: Incoming,
  world: TenantContext,
): Reply {
  const ids = { requestId: incoming.requestId, clientRequestId: incoming.clientRequestId, at: world.now() };
  const error = faultError(fault, ids.at);
  if (!route.operation.startsWith('token.')) return graphReply(error, ids);
  const said = {
    error: fault.code ?? 'temporarily_unavailable',
    code: 90_033,
    message: fault.message ?? 'A transient error has occurred. Please try again.',
  };
  const body = tokenErrorBody(said, ids.requestId, ids.clientRequestId, ids.at);
  return { status: fault.status, body, errorCode: said.error, ...(error.headers === undefined ? {} : { headers: error.headers }) };
}

export async function write(
  response: ServerResponse,
  { status, body, headers, errorCode }: Reply,
  line: Line,
  ids: { requestId: string; clientRequestId: string; at: number },
): Promise<void> {
  const content = body === undefined ? undefined : JSON.stringify(body);
  response.sendDate = false;
  response.writeHead(status, {
    date: new Date(ids.at).toUTCString(),
    'request-id': ids.requestId,
    'client-request-id': ids.clientRequestId,
    'cache-control': 'no-store, no-cache',
    'strict-transport-security': 'max-age=31536000',
    ...(content === undefined
      ? {}
      : {
          'content-type': 'application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8',
          'content-length': String(Buffer.byteLength(content)),
        }),
    ...headers,
  });
  // In the journal first: a caller that reads it after its answer must find itself there.
  line.answered(status, errorCode);
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(content, () => resolve());
  });
}

/** Keeps the connection open and silent until the caller gives up, the time is over or the tenant stops. */
export async function hold(response: ServerResponse, line: Line, { hangMs }: Fault, { stopping }: TenantContext): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, hangMs ?? HANG_MS);
    const end = (): void => {
      clearTimeout(timer);
      resolve();
    };
    response.once('close', end);
    stopping.addEventListener('abort', end, { once: true });
  });
  drop(response, line);
}

export function drop(response: ServerResponse, line: Line): void {
  line.dropped();
  response.socket?.destroy();
}
