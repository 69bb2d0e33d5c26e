// Whether a payload is for this app and from its workspace. Slack's signature does not name the recipient: a payload of another app, or of another workspace
// that has the app, is carried over the same connection with a good signature.
import { z } from 'zod';
import { isForeign, SENDER } from './sender.ts';

export interface OwnIds {
  readonly appId: string;
  readonly teamId: string;
}

export type Origin = 'ours' | 'foreign-app' | 'foreign-workspace';

/** Slack puts no app id into these two. */
const WITHOUT_APP_ID: readonly string[] = ['shortcut', 'message_action'];

const APP = z.looseObject({
  type: z.string().optional(),
  api_app_id: z.string().nullish(),
  view: z.looseObject({ app_id: z.string().nullish() }).nullish(),
});
const INTERACTION = z.looseObject(SENDER);
const COMMAND = z.looseObject({ command: z.string(), team_id: z.string() });
const EVENT = z.looseObject({
  type: z.literal('event_callback'),
  team_id: z.string().nullish(),
  context_team_id: z.string().nullish(),
  authorizations: z.array(z.looseObject({ team_id: z.string().nullish() })).nullish(),
});

export function originOf(body: unknown, { appId, teamId }: OwnIds): Origin {
  const app = APP.safeParse(body).data;
  if (app === undefined || !isOwnApp(app, appId)) return 'foreign-app';
  return isOwnTeam(body, teamId) ? 'ours' : 'foreign-workspace';
}

function isOwnApp({ type, api_app_id, view }: z.infer<typeof APP>, appId: string): boolean {
  const mayLackId = type !== undefined && WITHOUT_APP_ID.includes(type);
  if (typeof api_app_id !== 'string' && !mayLackId) return false;
  return [api_app_id, view?.app_id].every((id) => id === null || id === undefined || id === appId);
}

function isOwnTeam(body: unknown, teamId: string): boolean {
  const event = EVENT.safeParse(body).data;
  if (event !== undefined) {
    // In a shared channel the event may come from another company; it is for us when it was sent to our workspace.
    const teams = [event.team_id, event.context_team_id, ...(event.authorizations ?? []).map(({ team_id }) => team_id)];
    return teams.includes(teamId);
  }
  const command = COMMAND.safeParse(body).data;
  if (command !== undefined) return command.team_id === teamId;
  const interaction = INTERACTION.safeParse(body).data;
  // A payload without a sender is refused later, by the listener that cannot read it.
  return interaction === undefined || !isForeign(interaction, teamId);
}
