// The Socket Mode connection that delivers people's actions. It works around three defects of the
// library (socket-mode 3.1.0): after a routine refresh it stays away for five
// seconds, a failed reconnect ends as an unhandled rejection, and an envelope
// without an inner event (Slack sends `app_rate_limited` that way) throws
// inside it and is never answered. So reconnecting is done here, and such an
// envelope is answered before the library sees it.
import { setTimeout as pause } from 'node:timers/promises';
import { SocketModeReceiver } from '@slack/bolt';
import { z } from 'zod';
import { type Log, problemOf, slackLogger } from './log.ts';
import { fetchFromSlack } from './slack-client.ts';

export interface SocketSettings {
  readonly apiUrl: string;
  readonly appToken: string;
  /** How many connections of this app are ours, over all processes. */
  readonly ownConnections: number;
  readonly log: Log;
}

export interface Socket {
  readonly receiver: SocketModeReceiver;
  /** Connects and stays connected. Resolves once connected the first time. @throws when Slack refuses the app token */
  open(): Promise<void>;
  connected(): boolean;
  close(): Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 15_000;
const CLOSE_WITHIN_MS = 1_000;

const FRAME = z.looseObject({
  type: z.string(),
  envelope_id: z.string().optional(),
  num_connections: z.number().optional(),
  payload: z.looseObject({ type: z.string().optional(), event: z.looseObject({ type: z.string() }).optional() }).optional(),
});

export function makeSocket({ apiUrl, appToken, ownConnections, log }: SocketSettings): Socket {
  const receiver = new SocketModeReceiver({
    appToken,
    autoReconnectEnabled: false,
    clientPingTimeout: 5_000,
    logger: slackLogger(log),
    // A separate object: the socket client writes its retry settings and token into what it is given.
    installerOptions: {
      clientOptions: {
        slackApiUrl: apiUrl,
        timeout: 5_000,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        fetch: fetchFromSlack(apiUrl),
      },
    },
    customPropertiesExtractor: (envelope: { readonly envelope_id?: string }) => ({ envelopeId: envelope.envelope_id }),
  });
  const { client } = receiver;
  const stopping = new AbortController();
  let live = false;

  const library = client.listeners('ws_message');
  client.removeAllListeners('ws_message');
  client.on('ws_message', (data: string | ArrayBuffer, isBinary: boolean) => {
    const frame = isBinary || typeof data !== 'string' ? undefined : parsed(data);
    if (frame?.type === 'hello' && (frame.num_connections ?? 0) > ownConnections) {
      log.warn(
        { connections: frame.num_connections, ours: ownConnections },
        'More connections than ours receive what people send to this app. Check whether another process uses its app token.',
      );
    }
    if (frame?.type === 'events_api' && frame.payload?.event === undefined) {
      log.warn({ type: frame.payload?.type ?? 'none' }, 'Slack sent an envelope without an event; it was answered and left at that.');
      client.websocket?.send(JSON.stringify({ envelope_id: frame.envelope_id, payload: {} }), () => undefined);
      return;
    }
    for (const listener of library) {
      Promise.resolve(listener.call(client, data, isBinary)).catch((error: unknown) =>
        log.error({ problem: problemOf(error) }, 'A message from Slack could not be taken apart.'),
      );
    }
  });

  client.on('connected', () => {
    live = true;
  });
  client.on('disconnected', () => {
    live = false;
  });

  const connect = async (): Promise<void> => {
    try {
      await client.start();
    } catch (error) {
      // The library gives no reason when the server closes the connection before its greeting.
      throw error ?? new Error('expected a greeting from Slack, got a closed connection');
    }
  };

  const stayConnected = async (): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      await untilDisconnected();
      if (stopping.signal.aborted) return;
      const wait = failures === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS);
      await pause(wait, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        await connect();
        failures = 0;
      } catch (error) {
        failures += 1;
        log.warn({ problem: problemOf(error), failures }, 'No connection to Slack; trying again.');
      }
    }
  };
  const untilDisconnected = async (): Promise<void> => {
    if (!live) return;
    await new Promise<void>((resolve) => {
      const over = (): void => {
        stopping.signal.removeEventListener('abort', over);
        client.off('disconnected', over);
        resolve();
      };
      stopping.signal.addEventListener('abort', over);
      client.on('disconnected', over);
    });
  };

  let staying: Promise<void> | undefined;
  return {
    receiver,
    async open() {
      await connect();
      staying = stayConnected();
    },
    connected: () => live,
    async close() {
      stopping.abort();
      await staying;
      // The closing handshake may take half a minute; a process that stops does not wait for it.
      await Promise.race([client.disconnect(), pause(CLOSE_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}

function parsed(data: string): z.infer<typeof FRAME> | undefined {
  try {
    return FRAME.safeParse(JSON.parse(data)).data;
  } catch {
    // Not JSON: the library ignores it too.
    return undefined;
  }
}
