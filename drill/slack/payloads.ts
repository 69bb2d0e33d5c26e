/**
 * The JSON that Slack sends when a person does something. Transport apart: Socket
 * Mode puts it into an envelope, HTTP would put the same into a signed form.
 *
 * Shapes checked against the payload samples of the maker's own Java and Node
 * kits; fields that Slack leaves out (a global shortcut has no channel) are left
 * out here too, so that code leaning on them fails in practice first.
 */

import type { Conversation, StoredMessage } from './conversations.ts';
import type { Person } from './people.ts';
import { channelBody, messageBody, viewBody } from './serializers.ts';
import type { StoredView } from './views.ts';
import type { WorkspaceState } from './workspace-state.ts';

type Json = Record<string, unknown>;

/** Legacy: present in every payload, means nothing any more, must not be relied on. */
const VERIFICATION_TOKEN = 'practice-verification-token';

/** The values of every input in a view: block id, then action id. */
export type FormState = Readonly<Record<string, Readonly<Record<string, Json>>>>;

const frame = (world: WorkspaceState): Json => ({
  team: { id: world.team.id, domain: world.team.domain },
  enterprise: null,
  is_enterprise_install: false,
  token: VERIFICATION_TOKEN,
});

const who = (person: Person): Json => ({ id: person.id, username: person.name, team_id: person.teamId });
const whoNamed = (person: Person): Json => ({ ...who(person), name: person.name });

/** A payload's `action_ts`: the moment of the action, in Slack's own notation. */
const actionTs = (world: WorkspaceState): string => (world.clock() / 1000).toFixed(6);

export function shortcutPayload(world: WorkspaceState, person: Person, callbackId: string, triggerId: string): Json {
  return {
    type: 'shortcut',
    ...frame(world),
    action_ts: actionTs(world),
    user: who(person),
    callback_id: callbackId,
    trigger_id: triggerId,
  };
}

/** One pressed or changed element, with the fields of its kind. */
export type PressedElement = Json & { readonly type: string; readonly action_id: string; readonly block_id: string };

export function messageActionPayload(
  world: WorkspaceState,
  person: Person,
  spot: { readonly conversation: Conversation; readonly message: StoredMessage; readonly isEphemeral: boolean; readonly state: FormState },
  pressed: PressedElement,
  triggerId: string,
  responseUrl: string,
): Json {
  const { conversation, message, isEphemeral, state } = spot;
  return {
    type: 'block_actions',
    ...frame(world),
    user: whoNamed(person),
    api_app_id: world.appId,
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: conversation.id,
      is_ephemeral: isEphemeral,
      ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    },
    trigger_id: triggerId,
    channel: { id: conversation.id, name: conversation.kind === 'im' ? 'directmessage' : conversation.name },
    ...(isEphemeral ? {} : { message: messageBody(world, message) }),
    state: { values: state },
    response_url: responseUrl,
    actions: [{ ...pressed, action_ts: actionTs(world) }],
  };
}

export function viewActionPayload(
  world: WorkspaceState,
  person: Person,
  view: StoredView,
  state: FormState,
  pressed: PressedElement,
  triggerId: string,
): Json {
  return {
    type: 'block_actions',
    ...frame(world),
    user: whoNamed(person),
    api_app_id: world.appId,
    container: { type: 'view', view_id: view.id },
    trigger_id: triggerId,
    view: viewBody(world, view, state),
    actions: [{ ...pressed, action_ts: actionTs(world) }],
  };
}

export function viewSubmissionPayload(world: WorkspaceState, person: Person, view: StoredView, state: FormState, triggerId: string): Json {
  return {
    type: 'view_submission',
    ...frame(world),
    user: whoNamed(person),
    api_app_id: world.appId,
    trigger_id: triggerId,
    view: viewBody(world, view, state),
    response_urls: [],
  };
}

export function viewClosedPayload(world: WorkspaceState, person: Person, view: StoredView, state: FormState, isCleared: boolean): Json {
  return {
    type: 'view_closed',
    ...frame(world),
    user: whoNamed(person),
    api_app_id: world.appId,
    view: viewBody(world, view, state),
    is_cleared: isCleared,
  };
}

/** The Events API frame around an inner event. */
export function eventPayload(world: WorkspaceState, event: Json & { readonly type: string }): Json {
  return {
    token: VERIFICATION_TOKEN,
    team_id: world.team.id,
    context_team_id: world.team.id,
    context_enterprise_id: null,
    api_app_id: world.appId,
    event,
    type: 'event_callback',
    event_id: world.ids.next('Ev'),
    event_time: Math.floor(world.clock() / 1000),
    authorizations: [{ enterprise_id: null, team_id: world.team.id, user_id: world.botUserId, is_bot: true, is_enterprise_install: false }],
    is_ext_shared_channel: false,
    event_context: `4-${world.ids.hex(32)}`,
  };
}

export function appHomeOpenedEvent(
  world: WorkspaceState,
  person: Person,
  channel: Conversation,
  view: StoredView | undefined,
): Json & { readonly type: string } {
  return {
    type: 'app_home_opened',
    user: person.id,
    channel: channel.id,
    tab: 'home',
    ...(view === undefined ? {} : { view: viewBody(world, view) }),
    event_ts: actionTs(world),
  };
}

export function memberJoinedEvent(world: WorkspaceState, person: Person, channel: Conversation): Json & { readonly type: string } {
  return {
    type: 'member_joined_channel',
    user: person.id,
    channel: channel.id,
    channel_type: channelBody(world, channel)['is_private'] === true ? 'G' : 'C',
    team: person.teamId,
    event_ts: actionTs(world),
  };
}
