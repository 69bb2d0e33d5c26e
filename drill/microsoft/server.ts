/**
 * The way of one request through the tenant: it arrives, waits as long as such a
 * call takes, is let in or refused, changes something, waits again, is answered.
 * Faults come in between, and the journal sees every station.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { setTimeout as after, setImmediate as nextTurn } from 'node:timers/promises';
import { type Answer, Refusal, throttled, UnknownCall } from './answers.ts';
import type { TenantContext } from './call.ts';
import type { KeyAndCertificate } from './certificates.ts';
import type { Fault, FaultBook } from './faults.ts';
import type { JournalActor, JournalBook, Line } from './journal.ts';
import type { LatencyClass } from './latency.ts';
import { type Cursor, pageOf, requirePage, takeCursor, withOddField } from './odd-answers.ts';
import type { Quota } from './quota.ts';
import { REPLICAS, type View } from './replicas.ts';
import { drop, hold, playedStatus, type Reply, refusalReply, unknownCall, write } from './replies.ts';
import { findRoute, type Incoming, type Route } from './route.ts';
import { type Identified, identify } from './routes/graph.ts';
import type { Stream } from './seeded-random.ts';
import type { TruthBook } from './truth.ts';

export interface Parts {
  readonly world: TenantContext;
  readonly journal: JournalBook;
  readonly faults: FaultBook;
  readonly quota: Quota;
  readonly truth: TruthBook;
  readonly latency: (kind: LatencyClass) => number;
  /** Which replica a reader lands on, and request ids. */
  readonly draws: Stream;
}

const BODY_MOST = 4 * 1024 * 1024;
/** The share of a call's time that passes before its effect. */
const BEFORE_EFFECT = 0.7;
const LATE_MS = 1000;

export function createTenantServer(parts: Parts, { keyPem, certPem }: KeyAndCertificate): Server {
  const server = createServer({ key: keyPem, cert: certPem, keepAliveTimeout: 65_000 }, (request, response) => {
    take(request, response, parts).catch((problem: unknown) => {
      // When the caller is gone or the tenant is stopping there is no one left to answer; any other error is a defect here and is reported.
      if (parts.world.stopping.aborted || response.destroyed) response.destroy();
      else response.writeHead(500).end(problem instanceof Error ? problem.stack : String(problem));
    });
  });
  return server;
}

async function take(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { world, journal, faults, draws } = parts;
  const text = await bodyOf(request);
  const at = world.now();
  const identified = await identify(request.headers.authorization, at, world);
  const requestId = draws.guid();
  const asked = request.headers['client-request-id'];
  const clientRequestId = typeof asked === 'string' && asked !== '' ? asked : requestId;
  const url = new URL(request.url ?? '/', world.origin());
  const { search } = url;
  const cursor = takeCursor(url);
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  const incoming: Incoming = {
    method: request.method ?? 'GET',
    url,
    body: isForm ? undefined : parseJson(text),
    form: new URLSearchParams(isForm ? text : ''),
    identified,
    at,
    requestId,
    clientRequestId,
  };
  const route = findRoute(incoming, world);
  const line = journal.arrived({
    at: new Date(at).toISOString(),
    actor: route?.actor ?? actorOf(identified, incoming),
    operation: route?.operation ?? 'unknown',
    method: incoming.method,
    path: url.pathname,
    query: decodeQuery(search),
    requestId,
    ...(asked === undefined ? {} : { clientRequestId }),
    ...(route?.person === undefined ? {} : { person: route.person }),
    ...(route === undefined ? { unknown: true as const } : {}),
  });
  let aheadMs = 0;
  const send = (reply: Reply): Promise<void> => write(response, reply, line, { requestId, clientRequestId, at: world.now() + aheadMs });
  if (route === undefined) {
    await send(unknownCall(incoming));
    return;
  }

  const fault = faults.due({ operation: route.operation, actorKey: actorKey(identified, incoming, world), person: route.person });
  if (fault !== undefined) line.played(fault.kind);
  if (fault?.kind === 'clock-ahead') aheadMs = fault.aheadMs;
  const took = parts.latency(route.latency);
  await pause(took * BEFORE_EFFECT, world);

  if (fault?.kind === 'timeout-before') return await hold(response, line, fault, world);
  if (fault?.kind === 'reset') return drop(response, line);
  if (fault?.kind === 'status') return await send(playedStatus(route, fault, incoming, world));

  const { reply, release } = await answer(route, viewFor(fault, parts), incoming, line, { fault, cursor }, parts);
  try {
    // One turn of the event loop, so that code that waits for the effect acts before the caller can know of it.
    await nextTurn();
    await pause(took * (1 - BEFORE_EFFECT), world);
    if (fault?.kind === 'timeout-after') return await hold(response, line, fault, world);
    if (fault?.kind === 'status-after' && reply.status < 300) return await send(playedStatus(route, fault, incoming, world));
    if (reply.status < 300 && identified.actor.kind === 'user') {
      world.sessions.met(identified.actor.session.personId, identified.actor.session.holder, 'let-in', at);
    }
    await send(reply);
  } finally {
    release();
  }
}

async function answer(
  route: Route,
  view: View,
  incoming: Incoming,
  line: Line,
  { fault, cursor }: { readonly fault: Fault | undefined; readonly cursor: Cursor | undefined },
  parts: Parts,
): Promise<{ reply: Reply; release: () => void }> {
  const { world, quota, truth } = parts;
  const { requestId, clientRequestId, identified } = incoming;
  const ids = { requestId, clientRequestId, at: world.now() };
  let release = (): void => undefined;
  let headers: Readonly<Record<string, string>> = {};
  try {
    if (route.graph !== undefined && identified.problem === undefined) {
      const { bucket, units, latency } = route.graph;
      const cost = Math.max(
        1,
        units - (incoming.url.searchParams.has('$select') ? 1 : 0) + (incoming.url.searchParams.has('$expand') ? 1 : 0),
      );
      const appId = identified.appId ?? '';
      const admitted = quota.admit({ bucket, appId, mailbox: route.person, units: cost, write: latency === 'write' }, ids.at);
      if (admitted.kind === 'throttled') throw new Refusal(throttled(admitted.code, admitted.headers));
      ({ release, headers } = admitted);
    }
    requirePage(cursor);
    const made = bent(await route.run(view), { fault, cursor }, incoming);
    carryOut(made, fault, line, (effects, at) => truth.happened(effects, line.record.actor, requestId, at), world);
    return { reply: { ...made, headers: { ...headers, ...made.headers } }, release };
  } catch (problem) {
    if (problem instanceof UnknownCall) line.unknown();
    return { reply: refusalReply(problem, incoming, ids), release };
  }
}

/** The answer as the faults of its content have it. A page of a list stays one of that list, also when its fault is over. */
function bent(
  made: Answer,
  { fault, cursor }: { readonly fault: Fault | undefined; readonly cursor: Cursor | undefined },
  { url }: Incoming,
): Answer {
  const page = cursor ?? (fault?.kind === 'pages' ? { from: 0, size: fault.size, ...pagesOf(fault) } : undefined);
  const body = page === undefined ? made.body : pageOf(made.body, page, url);
  const odd = fault?.kind === 'odd-field' ? withOddField(body, fault) : body;
  return odd === made.body ? made : { ...made, body: odd };
}

const pagesOf = ({ link, overlapping }: Extract<Fault, { kind: 'pages' }>) => ({
  ...(link === undefined ? {} : { link }),
  ...(overlapping === undefined ? {} : { overlapping }),
});

function carryOut(
  { commit }: Answer,
  fault: Fault | undefined,
  line: Line,
  tell: (effects: ReturnType<NonNullable<Answer['commit']>>, at: number) => void,
  world: TenantContext,
): void {
  if (commit === undefined) return;
  const now = (): void => {
    const at = world.now();
    const effects = commit(at);
    tell(effects, at);
    line.changed(effects, at);
  };
  if (fault?.kind !== 'late-effect') return now();
  const timer = setTimeout(now, fault.hangMs ?? LATE_MS);
  world.stopping.addEventListener('abort', () => clearTimeout(timer), { once: true });
}

function viewFor(fault: Fault | undefined, { world, draws }: Parts): View {
  return fault?.kind === 'stale-read' ? { kind: 'before-last-write' } : { kind: 'replica', index: draws.pick(REPLICAS), at: world.now() };
}

async function pause(ms: number, { stopping }: TenantContext): Promise<void> {
  if (ms > 0) await after(ms, undefined, { signal: stopping });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_MOST) throw new Error('the body is larger than any request here may be');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Refused later, in the words of whichever service was asked.
  }
}

function decodeQuery(search: string): string {
  const raw = search.slice(1).replaceAll('+', ' ');
  try {
    return decodeURIComponent(raw);
  } catch {
    return raw;
  }
}

function actorOf({ actor, personId, appId }: Identified, { form }: Incoming): JournalActor {
  if (personId !== undefined) {
    return {
      kind: 'user',
      personId,
      ...(appId === undefined ? {} : { appId }),
      ...(actor.kind === 'user' ? { session: actor.session.id } : {}),
    };
  }
  if (appId !== undefined) return { kind: 'app', appId };
  const client = form.get('client_id');
  return form.get('grant_type') === 'client_credentials' && client !== null ? { kind: 'app', appId: client } : { kind: 'nobody' };
}

function actorKey(identified: Identified, { form }: Incoming, { company }: TenantContext): string | undefined {
  const appId = identified.appId ?? form.get('client_id');
  return company.apps.find((app) => app.appId === appId)?.key;
}
