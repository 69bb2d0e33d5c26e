/**
 * The practice workspace: the other side of the Slack client, as strict as the
 * real one. It never helps: what Slack would refuse is refused, what Slack would
 * lose is lost, and all of it is in the transcript.
 *
 * It listens on loopback only and refuses a token that looks real, so that a
 * mistake in a configuration cannot carry a production token in here.
 */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { createSocketDelivery } from './delivery.ts';
import { createFaults } from './faults.ts';
import { closeServer, listenOnLoopback } from './loopback.ts';
import { eventPayload, memberJoinedEvent } from './payloads.ts';
import { slackUser } from './slack-user.ts';
import { createSocketDoor } from './socket.ts';
import { createTranscript } from './transcript.ts';
import type { Workspace, WorkspaceOptions } from './types.ts';
import { createWebApi } from './web-api/app.ts';
import { createWorkspaceState } from './workspace-state.ts';

const REAL_BOT_TOKEN = /^xox[a-z]-\d{6,}-\d{6,}/;
const REAL_APP_TOKEN = /^xapp-\d-A[A-Z0-9]{8,}-\d{8,}-[0-9a-f]{32,}$/;

/**
 * Starts a workspace and resolves when it listens.
 * @throws when a token looks like one of a real workspace, or is no bot or app token at all.
 */
export async function startWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  refuseRealTokens(options);
  const clock = options.clock ?? Date.now;
  const transcript = createTranscript(clock, options.transcriptFile);
  const faults = createFaults((fault) => socket.doNow(fault));
  const world = createWorkspaceState(options, transcript, faults);

  const stopping = new AbortController();
  let port = 0;
  const baseUrl = (): string => `http://127.0.0.1:${port}`;
  const api = createWebApi({ world, baseUrl, ticket: () => socket.ticket(), stopping: stopping.signal });
  const listener = getRequestListener(api.fetch);
  const server = createServer((request, response) => void listener(request, response));
  const socket = createSocketDoor(server, world);
  const carrier = createSocketDelivery(socket, world);

  port = await listenOnLoopback(server, options.port ?? 0);

  const personOr = (userId: string): NonNullable<ReturnType<typeof world.people.find>> => {
    const person = world.people.find(userId);
    if (person === undefined) throw new Error(`nobody with the id ${userId} in the practice workspace`);
    return person;
  };
  const channelOr = (channelId: string): NonNullable<ReturnType<typeof world.conversations.find>> => {
    const channel = world.conversations.find(channelId);
    if (channel === undefined) throw new Error(`no channel ${channelId} in the practice workspace`);
    return channel;
  };

  return {
    port,
    apiUrl: `${baseUrl()}/api/`,
    team: world.team,
    transcript,
    faults,
    as(userId) {
      const person = personOr(userId);
      if (person.deleted === true) throw new Error(`${userId} is deactivated and cannot do anything`);
      return slackUser({ world, carrier, baseUrl }, person);
    },
    messages: (channelId) => world.conversations.messages(channelOr(channelId).id),
    dm: (userId) => world.conversations.messages(world.conversations.directWith(personOr(userId).id).conversation.id),
    connections: () => socket.connections(),
    deliver: (envelope) => socket.deliver(envelope),
    async join(channelId, userId) {
      const channel = channelOr(channelId);
      const person = personOr(userId);
      channel.members.add(person.id);
      transcript.write({ kind: 'person.act', person: person.id, act: 'join', details: { channel: channel.id } });
      if (!channel.members.has(world.botUserId)) return;
      await carrier.event(eventPayload(world, memberJoinedEvent(world, person, channel)));
    },
    leave(channelId, userId) {
      channelOr(channelId).members.delete(userId);
      transcript.write({ kind: 'person.act', person: userId, act: 'leave', details: { channel: channelId } });
    },
    async stop() {
      stopping.abort();
      carrier.stop();
      await socket.stop();
      await closeServer(server);
      transcript.close();
    },
  };
}

function refuseRealTokens({ botToken, appToken }: WorkspaceOptions): void {
  if (REAL_BOT_TOKEN.test(botToken) || REAL_APP_TOKEN.test(appToken)) {
    throw new Error('this is a practice workspace, and the token given looks like one of a real workspace: use a made-up one');
  }
  if (!botToken.startsWith('xoxb-')) throw new Error('expected a bot token that starts with xoxb-, got something else');
  if (!appToken.startsWith('xapp-')) throw new Error('expected an app token that starts with xapp-, got something else');
}
