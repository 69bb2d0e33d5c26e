/**
 * What the workspace's own tests share: a small made-up company and a real Bolt
 * app over real Socket Mode. The receiver is built apart from the app so that
 * the socket client's retry settings do not leak into the listeners' client.
 */
import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { WebClient } from '@slack/web-api';
import { startWorkspace } from '../../../drill/slack/start.ts';
import type { Workspace, WorkspaceOptions } from '../../../drill/slack/types.ts';

export const ANA = 'U0ANA00001';
export const BRAM = 'U0BRAM0001';
export const GUEST = 'U0GUEST001';
export const STRANGER = 'U0STRANGER';
export const GONE = 'U0GONE0001';
export const BOT = 'U0BOT00001';
export const RESPONDERS = 'C0RESPOND1';
export const LOBBY = 'C0LOBBY001';
export const BOARD = 'C0BOARD001';
export const BOT_TOKEN = 'xoxb-practice-bot';
export const APP_TOKEN = 'xapp-practice-app';

export async function practiceWorkspace(changes: Partial<WorkspaceOptions> = {}): Promise<Workspace> {
  return await startWorkspace({
    team: { id: 'T0CONTOSO1', domain: 'contoso', name: 'Contoso' },
    appId: 'A0PRACTICE',
    botUserId: BOT,
    botToken: BOT_TOKEN,
    appToken: APP_TOKEN,
    people: [
      { id: ANA, name: 'ana', realName: 'Ana Pires', email: 'ana@contoso.example' },
      { id: BRAM, name: 'bram', realName: 'Bram de Wit', email: 'bram@contoso.example' },
      { id: GUEST, name: 'gus', realName: 'Gus Guest', email: 'gus@example.com', restricted: true },
      { id: STRANGER, name: 'sam', realName: 'Sam Stranger', email: 'sam@example.com', stranger: true, teamId: 'T0OTHER001' },
      { id: GONE, name: 'gwen', realName: 'Gwen Gone', email: 'gwen@contoso.example', deleted: true },
    ],
    channels: [
      { id: RESPONDERS, name: 'responders', private: true, members: [BOT, BRAM] },
      { id: LOBBY, name: 'lobby', private: false, members: [ANA, BRAM] },
      { id: BOARD, name: 'board', private: true, members: [ANA] },
    ],
    seed: 7,
    ...changes,
  });
}

export interface BoltApp {
  readonly app: App;
  stop(): Promise<void>;
}

/** A Bolt app that is not started yet: register listeners, then `await app.start()`. */
export function boltAppFor(workspace: Workspace): BoltApp {
  const slackApiUrl = workspace.apiUrl;
  const receiver = new SocketModeReceiver({
    appToken: APP_TOKEN,
    logLevel: LogLevel.ERROR,
    clientPingTimeout: 1_000,
    installerOptions: { clientOptions: { slackApiUrl, retryConfig: { retries: 3, factor: 1.2, minTimeout: 100, maxTimeout: 500 } } },
  });
  const app = new App({
    receiver,
    token: BOT_TOKEN,
    tokenVerificationEnabled: false,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl, timeout: 2_500, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, allowAbsoluteUrls: false },
    convoStore: false,
  });
  return {
    app,
    async stop() {
      await app.stop();
    },
  };
}

/** The client of a background worker: no retries of its own. */
export function webClientFor(workspace: Workspace, token = BOT_TOKEN, timeout = 2_000): WebClient {
  return new WebClient(token, {
    slackApiUrl: workspace.apiUrl,
    timeout,
    logLevel: LogLevel.ERROR,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
  });
}
