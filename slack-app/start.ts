// Composes the Slack app: the part that receives people's actions, and the part that shows them the case. It holds its
// signing key and Slack's tokens, and nothing that can change an account or open sealed data.
import { setTimeout as pause } from 'node:timers/promises';
import type { WebClient } from '@slack/web-api';
import { caseId } from '../domain/ids.ts';
import { makeSigner } from '../inbox/envelope.ts';
import { loadSealingPublicKey, loadSigningKey } from '../inbox/keys.ts';
import { openInbox } from '../inbox/store.ts';
import { useDatabaseAs } from '../ledger/rights.ts';
import { type AppTools, makeApp } from './app.ts';
import { type CaseReader, openCaseReader } from './case-reader.ts';
import { channelVisibilityReader } from './channel-visibility.ts';
import { keepLeaderLock } from './leader-lock.ts';
import { type Log, problemOf } from './log.ts';
import { makePoster } from './poster.ts';
import { labelsOf, namesOf } from './projection.ts';
import { type Projector, startProjector } from './projector.ts';
import { backgroundClient } from './slack-client.ts';
import { slackFailure } from './slack-failures.ts';
import { makeSocket } from './socket.ts';
import { openSlackTables } from './tables.ts';

export interface SlackAppSettings {
  readonly apiUrl: string;
  readonly botToken: string;
  readonly appToken: string;
  /** The workspace whose people may report. */
  readonly teamId: string;
  readonly responderChannel: string;
  readonly standbyChannel: string | null;
  readonly callBackNumber: string;
  readonly databaseUrl: string;
  /** The folder with this process's key files. */
  readonly keys: string;
  /** How many connections to Slack are ours, over all processes of this app. */
  readonly ownConnections?: number;
}

export interface SlackApp {
  /** Is the connection that delivers people's actions open now? */
  connected(): boolean;
  /** Connects as the role of this part and checks its privileges. @throws RunbookError */
  useDatabase(): Promise<void>;
  stop(): Promise<void>;
}

/** The app was set up for another workspace, or Slack does not know its tokens: the operator must correct it. */
export class SlackSetupProblem extends Error {
  override readonly name = 'SlackSetupProblem';
}

/** A person waits for the answer, and Slack gives up after three seconds. */
const INBOX_STATEMENT_MS = 2_000;
const LISTEN_AGAIN_MS = 1_000;
const LONGEST_LISTEN_PAUSE_MS = 10_000;

/**
 * Starts taking reports and showing cases.
 * @throws SlackSetupProblem, KeyProblem, or Slack's own error when it cannot be reached
 */
export async function startSlackApp(settings: SlackAppSettings, log: Log): Promise<SlackApp> {
  const { apiUrl, botToken, appToken, teamId, callBackNumber, databaseUrl, keys } = settings;
  const door = { apiUrl, botToken };
  const client = backgroundClient(door, log);
  const [signingKey, sealingKey, self] = await Promise.all([loadSigningKey(keys), loadSealingPublicKey(keys), whoAmI(client, settings)]);

  const inbox = openInbox({ databaseUrl, statementTimeoutMs: INBOX_STATEMENT_MS });
  const tables = openSlackTables({ databaseUrl, teamId });
  const reader = openCaseReader(databaseUrl);
  const audience = channelVisibilityReader(client, (channel, failure) =>
    log.warn({ channel, failure }, 'It could not be read who is in a channel, so details are not shown there.'),
  );
  const lead = keepLeaderLock(databaseUrl, () => void projector.catchUp());
  const projector = startProjector(
    { reader, tables, audience, log, poster: makePoster(client, tables.posts), mayWrite: () => lead.mine() },
    settings,
  );
  const listening = listenWhenPossible(reader, projector, log);

  const socket = makeSocket({ apiUrl, appToken, ownConnections: settings.ownConnections ?? 1, log });
  makeApp({
    receiver: socket.receiver,
    door,
    ...self,
    log,
    callBackNumber,
    tell: teller(client, log),
    report: { inbox, signer: makeSigner(signingKey), sealingKey, teamId },
    cases: {
      view: (id) => reader.caseView(caseId(id)),
      labelsOf: (id, plan) => labelsOf(tables.display, id, plan),
      names: (view) => namesOf(tables.people, view),
    },
    joined: (channel) => void projector.readersChanged(channel),
  });

  const stop = async (): Promise<void> => {
    await socket.close();
    await listening.stop();
    await projector.stop();
    await lead.stop();
    await Promise.all([inbox.close(), tables.close(), reader.close()]);
  };
  try {
    await socket.open();
  } catch (error) {
    await stop();
    return refusedToken('SLACK_APP_TOKEN', error);
  }
  return { connected: () => socket.connected(), useDatabase: () => useDatabaseAs('slack', databaseUrl), stop };
}

/** Checks with Slack whose tokens these are. A production token in a drill, or the reverse, is refused here. */
async function whoAmI(
  client: WebClient,
  { teamId, appToken }: Pick<SlackAppSettings, 'teamId' | 'appToken'>,
): Promise<Pick<AppTools, 'botUserId' | 'botId' | 'appId'>> {
  const [{ team_id, user_id, bot_id }, { app_id }] = await Promise.all([
    client.auth.test().catch((error: unknown) => refusedToken('SLACK_BOT_TOKEN', error)),
    // Only the app token says which app it is.
    client.auth.test({ token: appToken }).catch((error: unknown) => refusedToken('SLACK_APP_TOKEN', error)),
  ]);
  if (team_id !== teamId)
    throw new SlackSetupProblem(`SLACK_TEAM_ID is ${teamId}, and SLACK_BOT_TOKEN belongs to the workspace ${team_id ?? '(unknown)'}.`);
  if (user_id === undefined || bot_id === undefined) throw new SlackSetupProblem('SLACK_BOT_TOKEN is not the token of a bot.');
  if (typeof app_id !== 'string') throw new SlackSetupProblem('SLACK_APP_TOKEN is not an app-level token (it starts with xapp-).');
  return { botUserId: user_id, botId: bot_id, appId: app_id };
}

/** Slack will refuse these again, so the operator must correct them. Other failures may pass. */
function refusedToken(setting: 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN', error: unknown): never {
  const failure = slackFailure(error);
  if (failure.kind === 'refused') throw new SlackSetupProblem(`Slack refuses ${setting} (${failure.code}).`);
  throw error;
}

/** A direct message to one person. It comes besides the real answer, so its failure is only logged. */
const teller =
  (client: WebClient, log: Log) =>
  async (person: string, sentence: string): Promise<void> => {
    try {
      const { channel } = await client.conversations.open({ users: person });
      if (channel?.id === undefined) throw new TypeError('expected a direct conversation, got none');
      await client.chat.postMessage({ channel: channel.id, text: sentence, parse: 'none', link_names: false, mrkdwn: false });
    } catch (error) {
      log.warn({ problem: problemOf(error) }, 'A person could not be told something in Slack.');
    }
  };

/** The database may start later. Until then the form tells people to call. */
function listenWhenPossible(reader: CaseReader, projector: Projector, log: Log): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const begin = async (): Promise<(() => Promise<void>) | undefined> => {
    for (let wait = LISTEN_AGAIN_MS; !signal.aborted; wait = Math.min(wait * 2, LONGEST_LISTEN_PAUSE_MS)) {
      try {
        const stop = await reader.listen((id) => void projector.refresh(id));
        // Entries between the first read and this moment caused no notification.
        void projector.catchUp();
        return stop;
      } catch (error) {
        log.warn({ problem: problemOf(error) }, 'The ledger does not answer yet; Slack shows nothing new until it does.');
        await pause(wait, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
    return undefined;
  };
  const begun = begin();
  return {
    async stop() {
      stopping.abort();
      await (await begun)?.();
    },
  };
}
