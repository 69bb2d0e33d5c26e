/**
 * Socket Mode's other end: one-time tickets, hello, envelopes, acks.
 *
 * It contends with an app that answers late, twice, or not at all, and with
 * connections that die while something is under way. Every delivery ends in
 * exactly one of acked, timed-out, undelivered.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { DisconnectReason, SocketFault, SocketNow } from './faults.ts';
import type { ConnectionInfo, Delivery, Envelope } from './types.ts';
import type { WorkspaceState } from './workspace-state.ts';

const TICKET_LIFE_MS = 30_000;
const MOST_CONNECTIONS = 10;
const PING_EVERY_MS = 10_000;
/** After a warning Slack closes the connection itself, about this much later. */
const CLOSE_AFTER_WARNING_MS = 10_000;
const FAREWELL_MS = 500;

const ackFrame = z.object({ envelope_id: z.string(), payload: z.unknown().optional() });

export interface SocketDoor {
  /** A WebSocket path with a ticket that is good once, for half a minute. */
  ticket(): string;
  deliver(envelope: Envelope): Promise<Delivery>;
  doNow(fault: SocketNow): void;
  connections(): readonly ConnectionInfo[];
  /** Sends a close frame to every connection and cuts what has not closed half a second later. */
  stop(): Promise<void>;
}

interface Connection {
  readonly id: string;
  readonly openedAt: string;
  readonly socket: WebSocket;
}

interface Sent {
  readonly at: number;
  settle: ((delivery: Delivery) => void) | undefined;
  acks: number;
  /** How often the envelope was put on a wire: that many acks are right. */
  copies: number;
  timedOut: boolean;
}

/** Adds the socket endpoint to a server; it answers upgrades below `/link/` and refuses all others. */
export function createSocketDoor(server: Pick<Server, 'on'>, world: WorkspaceState): SocketDoor {
  const { ids, transcript } = world;
  const websockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const tickets = new Map<string, number>();
  const open = new Map<string, Connection>();
  // More than one under an id when the same envelope is delivered again on purpose.
  const sent = new Map<string, Sent[]>();
  const timers = new Set<NodeJS.Timeout>();
  let count = 0;

  const later = (ms: number, act: () => void): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
    return timer;
  };

  server.on('upgrade', (request: IncomingMessage, raw: Duplex, head: Buffer) => {
    const address = new URL(request.url ?? '/', 'http://localhost');
    const ticket = address.searchParams.get('ticket') ?? '';
    const issuedAt = tickets.get(ticket);
    tickets.delete(ticket);
    const why =
      address.pathname !== '/link/'
        ? 'no such path'
        : issuedAt === undefined
          ? 'ticket unknown or used before'
          : performance.now() - issuedAt > TICKET_LIFE_MS
            ? 'ticket too old'
            : undefined;
    if (why !== undefined) {
      transcript.write({ kind: 'socket.refused', why });
      raw.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    websockets.handleUpgrade(request, raw, head, welcome);
  });

  function welcome(socket: WebSocket): void {
    count += 1;
    const connection: Connection = { id: `connection-${count}`, openedAt: new Date(world.clock()).toISOString(), socket };
    open.set(connection.id, connection);
    transcript.write({ kind: 'socket.opened', connection: connection.id, numConnections: open.size });
    socket.on('message', (data, isBinary) => {
      if (!isBinary) hear(connection, data);
    });
    socket.on('close', (code) => {
      open.delete(connection.id);
      transcript.write({ kind: 'socket.closed', connection: connection.id, code });
    });
    // A broken frame closes the connection; the close above is what is recorded.
    socket.on('error', () => socket.terminate());
    const host = `practice-applink-${count}`;
    if (open.size > MOST_CONNECTIONS) {
      disconnect(connection, 'too_many_websockets');
      return;
    }
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: open.size,
        debug_info: { host, build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: world.appId },
      }),
    );
  }

  const pinging = setInterval(() => {
    for (const { socket } of open.values()) if (socket.readyState === socket.OPEN) socket.ping();
  }, PING_EVERY_MS);

  function disconnect(connection: Connection, reason: DisconnectReason): void {
    transcript.write({ kind: 'socket.disconnect-sent', connection: connection.id, reason });
    connection.socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: connection.id } }));
    later(CLOSE_AFTER_WARNING_MS, () => connection.socket.close(1000));
  }

  function hear(connection: Connection, data: RawData): void {
    const frame = parseAck(data);
    if (frame === undefined) {
      const words = 'not an ack: a JSON object with envelope_id was expected';
      transcript.write({
        kind: 'envelope.acked',
        envelopeId: '',
        connection: connection.id,
        within: 0,
        late: false,
        problem: words,
        payload: null,
      });
      return;
    }
    const deliveries = sent.get(frame.envelope_id) ?? [];
    const delivery = deliveries.find((one) => one.settle !== undefined) ?? deliveries.at(-1);
    const within = delivery === undefined ? 0 : Math.round(performance.now() - delivery.at);
    const problem =
      delivery === undefined ? 'ack for an envelope that was never sent' : delivery.acks >= delivery.copies ? 'acked before' : undefined;
    if (delivery !== undefined) delivery.acks += 1;
    transcript.write({
      kind: 'envelope.acked',
      envelopeId: frame.envelope_id,
      connection: connection.id,
      within,
      late: delivery?.timedOut === true,
      ...(problem === undefined ? {} : { problem }),
      payload: frame.payload ?? {},
    });
    delivery?.settle?.({ kind: 'acked', within, connection: connection.id, payload: frame.payload ?? {} });
  }

  function choose(): Connection | undefined {
    const alive = [...open.values()].filter(({ socket }) => socket.readyState === socket.OPEN);
    return alive[ids.pick(alive.length)];
  }

  function send(connection: Connection, meant: Envelope, fault: SocketFault | undefined): void {
    const envelope = fault?.kind === 'sent-to-another' ? readdressed(meant, fault) : meant;
    const { envelope_id: envelopeId = '', type } = envelope;
    transcript.write({
      kind: 'envelope.sent',
      envelopeId,
      type,
      payloadType: payloadTypeOf(envelope),
      connection: connection.id,
      envelope,
      ...(fault === undefined ? {} : { fault: fault.kind }),
    });
    if (fault?.kind === 'drop-before') {
      connection.socket.terminate();
      return;
    }
    const text = JSON.stringify(envelope);
    if (fault?.kind === 'fragment') {
      const third = Math.ceil(text.length / 3);
      connection.socket.send(text.slice(0, third), { fin: false });
      connection.socket.send(text.slice(third, 2 * third), { fin: false });
      connection.socket.send(text.slice(2 * third), { fin: true });
      return;
    }
    connection.socket.send(text, () => {
      if (fault?.kind === 'drop-after') connection.socket.terminate();
    });
  }

  return {
    ticket() {
      const ticket = ids.uuid();
      tickets.set(ticket, performance.now());
      return `/link/?ticket=${ticket}&app_id=${world.appId}`;
    },

    deliver(envelope) {
      const fault = world.faults.forDelivery(payloadTypeOf(envelope));
      if (fault?.kind === 'disconnect-before') for (const connection of open.values()) disconnect(connection, fault.reason);
      const connection = choose();
      const envelopeId = envelope.envelope_id ?? '';
      if (connection === undefined) {
        const why = 'no connection is open';
        transcript.write({ kind: 'envelope.unsent', envelopeId, type: envelope.type, why });
        return Promise.resolve({ kind: 'undelivered', why });
      }
      return new Promise<Delivery>((resolve) => {
        const delivery: Sent = {
          at: performance.now(),
          settle: undefined,
          acks: 0,
          copies: fault?.kind === 'deliver-twice' ? 2 : 1,
          timedOut: false,
        };
        const patience = later(world.patienceMs, () => {
          delivery.timedOut = true;
          transcript.write({ kind: 'envelope.timed-out', envelopeId, after: world.patienceMs });
          delivery.settle?.({ kind: 'timed-out', after: world.patienceMs });
        });
        delivery.settle = (outcome) => {
          clearTimeout(patience);
          timers.delete(patience);
          delivery.settle = undefined;
          resolve(outcome);
        };
        sent.set(envelopeId, [...(sent.get(envelopeId) ?? []), delivery]);
        send(connection, envelope, fault);
        if (fault?.kind === 'deliver-twice') send(choose() ?? connection, envelope, fault);
        if (fault?.kind === 'disconnect-after') disconnect(connection, fault.reason);
      });
    },

    doNow(fault) {
      for (const connection of open.values()) {
        if (fault.now === 'drop') connection.socket.terminate();
        else disconnect(connection, fault.reason);
      }
    },

    connections: () => [...open.values()].map(({ id, openedAt }) => ({ id, openedAt })),

    async stop() {
      clearInterval(pinging);
      for (const timer of timers) clearTimeout(timer);
      for (const delivery of [...sent.values()].flat()) delivery.settle?.({ kind: 'undelivered', why: 'the workspace was stopped' });
      await Promise.all([...open.values()].map(({ socket }) => farewell(socket)));
      websockets.close();
    },
  };
}

/** The ids of app and workspace, wherever the payload names them. */
function readdressed(envelope: Envelope, { appId, teamId }: { readonly appId?: string; readonly teamId?: string }): Envelope {
  const change = (value: unknown, key = ''): unknown => {
    if (appId !== undefined && (key === 'api_app_id' || key === 'app_id')) return appId;
    if (teamId !== undefined && (key === 'team_id' || key === 'context_team_id' || key === 'app_installed_team_id')) return teamId;
    if (Array.isArray(value)) return value.map((one) => change(one));
    if (typeof value !== 'object' || value === null) return value;
    const inner = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, change(one, name)]));
    return key === 'team' && teamId !== undefined ? { ...inner, id: teamId } : inner;
  };
  const payload = change(envelope.payload);
  return { ...envelope, payload: appId === undefined ? payload : { ...(payload as object), api_app_id: appId } };
}

async function farewell(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return;
  await new Promise<void>((resolve) => {
    const cut = setTimeout(() => socket.terminate(), FAREWELL_MS);
    socket.once('close', () => {
      clearTimeout(cut);
      resolve();
    });
    socket.close(1001);
  });
}

/** `view_submission`, `block_actions`…; for events the inner event's type. */
function payloadTypeOf(envelope: Envelope): string {
  const payload = z.object({ type: z.string().optional(), event: z.object({ type: z.string() }).optional() }).safeParse(envelope.payload);
  return (payload.success ? (payload.data.event?.type ?? payload.data.type) : undefined) ?? envelope.type;
}

function parseAck(data: RawData): z.infer<typeof ackFrame> | undefined {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
    const parsed = ackFrame.safeParse(JSON.parse(bytes.toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // Not JSON: the caller records it as a wrong ack.
  }
}
