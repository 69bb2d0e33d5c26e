/** The parts of one workspace, made once and handed to the Web API, the socket and the people. */
import { type Conversations, createConversations } from './conversations.ts';
import type { FaultBook } from './faults.ts';
import { createIds, type Ids } from './ids.ts';
import { createPeople, type People } from './people.ts';
import { createResponseUrls, type ResponseUrls } from './response-urls.ts';
import { MANIFEST_BOT_SCOPES } from './scopes.ts';
import type { TranscriptWriter } from './transcript.ts';
import type { TeamSeed, WorkspaceOptions } from './types.ts';
import { createViews, type Views } from './views.ts';

export interface WorkspaceState {
  readonly team: TeamSeed;
  readonly appId: string;
  readonly botId: string;
  readonly botUserId: string;
  readonly tokens: { readonly bot: string; readonly app: string };
  readonly botScopes: readonly string[];
  readonly patienceMs: number;
  readonly rateScale: number;
  readonly clock: () => number;
  readonly ids: Ids;
  readonly people: People;
  readonly conversations: Conversations;
  readonly views: Views;
  readonly responseUrls: ResponseUrls;
  readonly transcript: TranscriptWriter;
  readonly faults: FaultBook;
}

export function createWorkspaceState(options: WorkspaceOptions, transcript: TranscriptWriter, faults: FaultBook): WorkspaceState {
  const clock = options.clock ?? Date.now;
  const ids = createIds(options.seed, clock);
  const patienceMs = options.patienceMs ?? 3_000;
  return {
    // The workspace's address must show that it is not the real one.
    team: /drill/i.test(options.team.domain) ? options.team : { ...options.team, domain: `drill-${options.team.domain}` },
    appId: options.appId,
    botId: ids.next('B'),
    botUserId: options.botUserId,
    tokens: { bot: options.botToken, app: options.appToken },
    botScopes: options.botScopes ?? MANIFEST_BOT_SCOPES,
    patienceMs,
    rateScale: options.rateScale ?? 1,
    clock,
    ids,
    people: createPeople(options),
    conversations: createConversations(options.channels, options.botUserId, ids, transcript),
    views: createViews(ids, clock, patienceMs, transcript),
    responseUrls: createResponseUrls(options.team.id, ids, clock),
    transcript,
    faults,
  };
}
