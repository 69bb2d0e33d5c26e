/** The Web API is as strict as the real one: who may do what, where, how much, and in what words it is refused. */
import { WebAPIRateLimitedError } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../../../drill/slack/types.ts';
import { ANA, APP_TOKEN, BOARD, BOT, BRAM, GONE, GUEST, LOBBY, practiceWorkspace, RESPONDERS, STRANGER, webClientFor } from './practice.ts';

let workspace: Workspace;
let now = Date.parse('2026-11-23T10:00:00Z');

beforeEach(async () => {
  now = Date.parse('2026-11-23T10:00:00Z');
  workspace = await practiceWorkspace({ clock: () => now });
});

afterEach(async () => {
  await workspace.stop();
});

/** A plain call without the client, for what the client would not send. */
async function call(
  method: string,
  body: string | URLSearchParams,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${workspace.apiUrl}${method}`, { method: 'POST', body, headers });
  const parsed: unknown = await answer.json();
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}

const form = (fields: Record<string, string>): URLSearchParams => new URLSearchParams(fields);
const asBot = { authorization: 'Bearer xoxb-practice-bot' };

describe('tokens and scopes', () => {
  it('knows its own bot and says DRILL in the address', async () => {
    expect(await webClientFor(workspace).auth.test()).toMatchObject({
      team_id: 'T0CONTOSO1',
      user_id: BOT,
      is_enterprise_install: false,
      url: 'https://drill-contoso.slack.com/',
    });
  });

  it.each([
    ['no token', undefined, 'not_authed'],
    ['a token of another person', 'xoxb-other', 'invalid_auth'],
    ['the app token where the bot belongs', APP_TOKEN, 'not_allowed_token_type'],
  ])('refuses %s', async (_name, token, error) => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    expect(await call('users.info', form({ user: ANA }), headers)).toEqual({ ok: false, error });
  });

  it('takes the app token for Socket Mode only in the header', async () => {
    expect(await call('apps.connections.open', form({ token: APP_TOKEN }))).toMatchObject({ ok: false, error: 'not_authed' });
    expect(await call('apps.connections.open', form({}), { authorization: `Bearer ${APP_TOKEN}` })).toMatchObject({ ok: true });
  });

  it('names the scope that is missing', async () => {
    const client = webClientFor(workspace);
    await expect(client.team.info()).rejects.toMatchObject({ data: { error: 'missing_scope', needed: 'team:read' } });
    await expect(client.chat.postMessage({ channel: RESPONDERS, text: 'x', username: 'Head of Security' })).rejects.toMatchObject({
      data: { error: 'missing_scope', needed: 'chat:write.customize' },
    });
    await expect(client.conversations.info({ channel: LOBBY })).rejects.toMatchObject({ data: { needed: 'channels:read' } });
  });

  it('flags a method it does not have', async () => {
    await expect(webClientFor(workspace).reactions.add({ channel: RESPONDERS, name: 'wave', timestamp: '1.000000' })).rejects.toMatchObject(
      {
        data: { error: 'unknown_method' },
      },
    );
    expect(workspace.transcript.entries()).toContainEqual(
      expect.objectContaining({ kind: 'api.request', method: 'reactions.add', unknown: true }),
    );
  });
});

describe('posting', () => {
  it.each([
    ['a private channel the bot is not in', BOARD, 'channel_not_found'],
    ['a public channel the bot is not in', LOBBY, 'not_in_channel'],
    ['a channel that does not exist', 'C0NOWHERE1', 'channel_not_found'],
    ['a person who has left', GONE, 'user_disabled'],
    ['itself', BOT, 'cannot_dm_bot'],
  ])('refuses %s', async (_name, channel, error) => {
    await expect(webClientFor(workspace).chat.postMessage({ channel, text: 'x' })).rejects.toMatchObject({ data: { error } });
  });

  it('answers bad blocks with a line for each problem', async () => {
    const blocks = JSON.stringify([{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }, { type: 'alert' }]);
    expect(await call('chat.postMessage', form({ channel: RESPONDERS, text: 'x', blocks }), asBot)).toMatchObject({
      ok: false,
      error: 'invalid_blocks',
      response_metadata: {
        messages: [
          '[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]',
          '[ERROR] unsupported type: alert [json-pointer:/blocks/1/type]',
        ],
      },
    });
    expect(await call('chat.postMessage', form({ channel: RESPONDERS, text: 'x', blocks: '{' }), asBot)).toMatchObject({
      error: 'invalid_blocks_format',
    });
    expect(workspace.messages(RESPONDERS)).toEqual([]);
  });

  it('takes JSON bodies as well as forms', async () => {
    const body = JSON.stringify({ channel: RESPONDERS, text: 'hello', blocks: [{ type: 'divider' }] });
    expect(await call('chat.postMessage', body, { ...asBot, 'content-type': 'application/json; charset=utf-8' })).toMatchObject({
      ok: true,
    });
    expect(workspace.messages(RESPONDERS)).toMatchObject([{ text: 'hello', blocks: [{ type: 'divider' }] }]);
  });

  it('gives every message of a moment its own timestamp', async () => {
    const client = webClientFor(workspace);
    const sent = [];
    for (const text of ['a', 'b', 'c', 'd']) sent.push((await client.chat.postMessage({ channel: RESPONDERS, text })).ts);
    expect(new Set(sent).size).toBe(4);
    expect(sent).toEqual(sent.toSorted((one, other) => Number(one) - Number(other)));
  });

  it('cuts a text above 40,000 characters and says so, but refuses above 4,000 on update', async () => {
    const client = webClientFor(workspace);
    const posted = await client.chat.postMessage({ channel: RESPONDERS, text: 'x'.repeat(40_001) });
    expect(posted.warning).toBe('message_truncated');
    expect(workspace.messages(RESPONDERS)[0]?.text).toHaveLength(40_000);
    const ts = posted.ts ?? '';
    await expect(client.chat.update({ channel: RESPONDERS, ts, text: 'x'.repeat(4_001) })).rejects.toMatchObject({
      data: { error: 'msg_too_long' },
    });
  });

  it('lets the app change only its own messages, and none that is not there', async () => {
    const client = webClientFor(workspace);
    const { ts } = workspace.as(BRAM).write(RESPONDERS, 'mine');
    await expect(client.chat.update({ channel: RESPONDERS, ts, text: 'x' })).rejects.toMatchObject({
      data: { error: 'cant_update_message' },
    });
    await expect(client.chat.delete({ channel: RESPONDERS, ts })).rejects.toMatchObject({ data: { error: 'cant_delete_message' } });
    expect(workspace.messages(RESPONDERS)).toMatchObject([{ text: 'mine', user: BRAM, version: 1 }]);
    await expect(client.chat.update({ channel: RESPONDERS, ts: '1.000000', text: 'x' })).rejects.toMatchObject({
      data: { error: 'message_not_found' },
    });
    const whisper = await client.chat.postEphemeral({ channel: RESPONDERS, user: BRAM, text: 'only you' });
    await expect(client.chat.update({ channel: RESPONDERS, ts: whisper.message_ts ?? '', text: 'x' })).rejects.toMatchObject({
      data: { error: 'message_not_found' },
    });
    expect(workspace.as(BRAM).ephemerals()).toMatchObject([{ text: 'only you' }]);
    await expect(client.chat.postEphemeral({ channel: RESPONDERS, user: ANA, text: 'x' })).rejects.toMatchObject({
      data: { error: 'user_not_in_channel' },
    });
  });

  it('keeps metadata through an update without it, drops it with an empty one, and shows it only when asked', async () => {
    const client = webClientFor(workspace);
    const metadata = { event_type: 'case', event_payload: { post: 'card-1' } };
    const { ts = '' } = await client.chat.postMessage({ channel: RESPONDERS, text: 'one', metadata });
    await client.chat.update({ channel: RESPONDERS, ts, text: 'two' });
    expect((await client.conversations.history({ channel: RESPONDERS })).messages?.[0]?.metadata).toBeUndefined();
    expect((await client.conversations.history({ channel: RESPONDERS, include_all_metadata: true })).messages?.[0]).toMatchObject({
      text: 'two',
      metadata,
    });
    await call('chat.update', form({ channel: RESPONDERS, ts, text: 'three', metadata: '{}' }), asBot);
    expect(workspace.messages(RESPONDERS)[0]?.metadata).toBeUndefined();
    expect(await call('chat.postMessage', form({ channel: RESPONDERS, text: 'x', metadata: '{"event_type":7}' }), asBot)).toMatchObject({
      error: 'invalid_metadata_schema',
    });
  });

  it('reaches a person by their id and by an opened conversation: the same one', async () => {
    const client = webClientFor(workspace);
    const opened = await client.conversations.open({ users: ANA });
    const posted = await client.chat.postMessage({ channel: ANA, text: 'We are on it.' });
    expect(posted.channel).toBe(opened.channel?.id);
    expect(posted.channel).toMatch(/^D/);
    expect(workspace.dm(ANA)).toMatchObject([{ text: 'We are on it.', user: BOT }]);
    expect(workspace.dm(BRAM)).toEqual([]);
    expect(() => workspace.as(ANA).write(posted.channel ?? '', 'hello?')).toThrow('turned off');
  });

  it('keeps replies in their thread and refuses a thread that is not there', async () => {
    const client = webClientFor(workspace);
    const { ts: root = '' } = await client.chat.postMessage({ channel: RESPONDERS, text: 'card' });
    const { ts: reply = '' } = await client.chat.postMessage({ channel: RESPONDERS, text: 'reply', thread_ts: root });
    expect((await client.conversations.history({ channel: RESPONDERS })).messages).toMatchObject([
      { text: 'card', reply_count: 1, latest_reply: reply },
    ]);
    expect((await client.conversations.replies({ channel: RESPONDERS, ts: root })).messages?.map((one) => one.text)).toEqual([
      'card',
      'reply',
    ]);
    await expect(client.chat.postMessage({ channel: RESPONDERS, text: 'x', thread_ts: reply })).rejects.toMatchObject({
      data: { error: 'cannot_reply_to_message' },
    });
  });

  it('finds a message again by its time, its permalink and its pages', async () => {
    const client = webClientFor(workspace);
    const all: string[] = [];
    for (const text of ['a', 'b', 'c']) all.push((await client.chat.postMessage({ channel: RESPONDERS, text })).ts ?? '');
    const [first = '', second = ''] = all;
    const after = await client.conversations.history({ channel: RESPONDERS, oldest: first });
    expect(after.messages?.map((one) => one.text)).toEqual(['c', 'b']);
    const page = await client.conversations.history({ channel: RESPONDERS, limit: 2 });
    expect(page.has_more).toBe(true);
    const rest = await client.conversations.history({ channel: RESPONDERS, limit: 2, cursor: page.response_metadata?.next_cursor ?? '' });
    expect(rest.messages?.map((one) => one.text)).toEqual(['a']);
    expect((await client.chat.getPermalink({ channel: RESPONDERS, message_ts: second })).permalink).toBe(
      `https://drill-contoso.slack.com/archives/${RESPONDERS}/p${second.replace('.', '')}`,
    );
    await client.chat.delete({ channel: RESPONDERS, ts: first });
    expect(workspace.messages(RESPONDERS)).toHaveLength(2);
  });
});

describe('people and channels', () => {
  it.each([
    [GUEST, { is_restricted: true, is_ultra_restricted: false, deleted: false }],
    [STRANGER, { is_stranger: true, team_id: 'T0OTHER001' }],
    [GONE, { deleted: true }],
    [BOT, { is_bot: true }],
    [ANA, { is_bot: false, is_restricted: false, deleted: false, profile: { email: 'ana@contoso.example' } }],
  ])('says of %s what approvals depend on', async (user, flags) => {
    expect((await webClientFor(workspace).users.info({ user })).user).toMatchObject(flags);
  });

  it('finds people by address, but no strangers and no one who left', async () => {
    const client = webClientFor(workspace);
    expect((await client.users.lookupByEmail({ email: 'ANA@contoso.example' })).user?.id).toBe(ANA);
    for (const email of ['sam@example.com', 'gwen@contoso.example', 'nobody@example.com']) {
      await expect(client.users.lookupByEmail({ email })).rejects.toMatchObject({ data: { error: 'users_not_found' } });
    }
  });

  it("hides a stranger's address", async () => {
    const { user } = await webClientFor(workspace).users.info({ user: STRANGER });
    expect(user?.profile?.email).toBeUndefined();
  });

  it('tells who is in a channel as it stands now', async () => {
    const client = webClientFor(workspace);
    expect((await client.conversations.members({ channel: RESPONDERS })).members).toEqual([BOT, BRAM]);
    void workspace.join(RESPONDERS, ANA);
    expect((await client.conversations.members({ channel: RESPONDERS })).members).toEqual([BOT, BRAM, ANA]);
    expect((await client.conversations.info({ channel: RESPONDERS })).channel).toMatchObject({
      is_private: true,
      is_member: true,
      is_archived: false,
      is_ext_shared: false,
    });
    await expect(client.conversations.members({ channel: BOARD })).rejects.toMatchObject({ data: { error: 'channel_not_found' } });
  });
});

describe('rates', () => {
  it('forgives a burst of five posts in a channel, then asks for patience, per channel', async () => {
    const client = webClientFor(workspace);
    for (let sent = 0; sent < 5; sent += 1) await client.chat.postMessage({ channel: RESPONDERS, text: 'x' });
    await expect(client.chat.postMessage({ channel: RESPONDERS, text: 'x' })).rejects.toThrow(WebAPIRateLimitedError);
    await expect(client.chat.postMessage({ channel: RESPONDERS, text: 'x' })).rejects.toMatchObject({ retryAfter: 1 });
    expect((await client.chat.postMessage({ channel: ANA, text: 'x' })).ok).toBe(true);
    now += 1_000;
    expect((await client.chat.postMessage({ channel: RESPONDERS, text: 'x' })).ok).toBe(true);
  });

  it('counts the tiers per method', async () => {
    const client = webClientFor(workspace);
    for (let sent = 0; sent < 50; sent += 1) await client.conversations.info({ channel: RESPONDERS });
    await expect(client.conversations.info({ channel: RESPONDERS })).rejects.toMatchObject({ retryAfter: 2 });
    expect((await client.conversations.members({ channel: RESPONDERS })).ok).toBe(true);
  });
});

describe('the Home tab', () => {
  it('is published per person and guarded by its hash', async () => {
    const client = webClientFor(workspace);
    const view = { type: 'home' as const, blocks: [{ type: 'divider' as const }] };
    const first = await client.views.publish({ user_id: ANA, view });
    expect(workspace.as(ANA).home()).toMatchObject({ type: 'home', hash: first.view?.hash });
    now += 1_000;
    await client.views.publish({ user_id: ANA, view, hash: first.view?.hash ?? '' });
    await expect(client.views.publish({ user_id: ANA, view, hash: first.view?.hash ?? '' })).rejects.toMatchObject({
      data: { error: 'hash_conflict' },
    });
    expect(workspace.as(BRAM).home()).toBeUndefined();
  });
});
