/** How stored objects look on the wire: the JSON of Web API answers and of payloads. */
import type { Conversation, StoredMessage } from './conversations.ts';
import type { StoredView } from './views.ts';
import type { WorkspaceState } from './workspace-state.ts';

type Json = Record<string, unknown>;

/** A message object. Metadata is left out unless asked for, as Slack leaves it out. */
export function messageBody(world: WorkspaceState, message: StoredMessage, options: { readonly metadata?: boolean } = {}): Json {
  const fromBot = message.botId !== undefined;
  return {
    type: 'message',
    ...(message.broadcast === true ? { subtype: 'thread_broadcast' } : {}),
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: world.team.id,
    ...(fromBot ? { bot_id: message.botId, app_id: world.appId } : {}),
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(message.editedTs === undefined ? {} : { edited: { user: message.user, ts: message.editedTs } }),
    ...(options.metadata === true && message.metadata !== undefined ? { metadata: message.metadata } : {}),
  };
}

/** What a thread's first message says about its replies. */
export function threadFacts(replies: readonly StoredMessage[]): Json {
  const last = replies.at(-1);
  if (last === undefined) return {};
  const users = [...new Set(replies.map((reply) => reply.user))];
  return { reply_count: replies.length, reply_users: users, reply_users_count: users.length, latest_reply: last.ts };
}

/** A view object; `state` is what the person has filled in so far. */
export function viewBody(world: WorkspaceState, view: StoredView, state: Json = {}): Json {
  const { definition } = view;
  const frame =
    definition.type === 'home'
      ? {
          title: { type: 'plain_text', text: 'View Title', emoji: true },
          close: null,
          submit: null,
          clear_on_close: false,
          notify_on_close: false,
        }
      : {
          title: { emoji: true, ...definition.title },
          close: definition.close ?? null,
          submit: definition.submit ?? null,
          clear_on_close: definition.clear_on_close ?? false,
          notify_on_close: definition.notify_on_close ?? false,
        };
  return {
    id: view.id,
    team_id: world.team.id,
    type: definition.type,
    blocks: definition.blocks,
    private_metadata: definition.private_metadata ?? '',
    callback_id: definition.callback_id ?? '',
    state: { values: state },
    hash: view.hash,
    ...frame,
    previous_view_id: view.previousViewId ?? null,
    root_view_id: view.rootViewId,
    app_id: world.appId,
    external_id: definition.external_id ?? '',
    app_installed_team_id: world.team.id,
    bot_id: world.botId,
  };
}

export function channelBody(world: WorkspaceState, conversation: Conversation): Json {
  if (conversation.kind === 'im') {
    const user = [...conversation.members].find((member) => member !== world.botUserId);
    return { id: conversation.id, is_im: true, is_org_shared: false, user, is_archived: false, is_open: true, priority: 0 };
  }
  const isPrivate = conversation.kind === 'private';
  return {
    id: conversation.id,
    name: conversation.name,
    name_normalized: conversation.name,
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: isPrivate,
    is_archived: conversation.archived,
    is_general: false,
    is_frozen: false,
    is_member: conversation.members.has(world.botUserId),
    is_shared: conversation.externallyShared,
    is_ext_shared: conversation.externallyShared,
    is_org_shared: false,
    is_pending_ext_shared: false,
    pending_shared: [],
    shared_team_ids: [world.team.id],
    context_team_id: world.team.id,
    created: 1_700_000_000,
  };
}
