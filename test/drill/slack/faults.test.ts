/** Calls that go wrong to order: before the effect, after it, never answered, throttled. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebAPIHTTPError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startWorkspace } from '../../../drill/slack/start.ts';
import type { Workspace } from '../../../drill/slack/types.ts';
import { APP_TOKEN, BOT, BOT_TOKEN, boltAppFor, practiceWorkspace, RESPONDERS, webClientFor } from './practice.ts';

const post = { channel: RESPONDERS, text: 'card', metadata: { event_type: 'case', event_payload: { post: 'card-1' } } };
let workspace: Workspace;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'workspace-'));
  workspace = await practiceWorkspace({ transcriptFile: join(folder, 'transcript.jsonl') });
});

afterEach(async () => {
  await workspace.stop();
  rmSync(folder, { recursive: true });
});

describe('a call', () => {
  it('throttled with Retry-After says how long, and is as usual afterwards', async () => {
    const client = webClientFor(workspace);
    workspace.faults.add({ method: 'chat.postMessage', kind: 'status', status: 429, retryAfterSeconds: 7, occurrence: 1 });
    await expect(client.chat.postMessage(post)).rejects.toSatisfy(
      (error) => error instanceof WebAPIRateLimitedError && error.retryAfter === 7,
    );
    expect((await client.chat.postMessage(post)).ok).toBe(true);
    expect(workspace.messages(RESPONDERS)).toHaveLength(1);
  });

  it('throttled without Retry-After is an error of no class', async () => {
    workspace.faults.add({ method: 'chat.postMessage', kind: 'status', status: 429 });
    await expect(webClientFor(workspace).chat.postMessage(post)).rejects.not.toBeInstanceOf(WebAPIRateLimitedError);
    expect(workspace.messages(RESPONDERS)).toEqual([]);
  });

  it('can fail before its effect or after it, and the client cannot tell which', async () => {
    const client = webClientFor(workspace);
    workspace.faults.add({ method: 'chat.postMessage', kind: 'status', status: 500, occurrence: 1 });
    workspace.faults.add({ method: 'chat.postMessage', kind: 'status-after', status: 500, occurrence: 2 });
    await expect(client.chat.postMessage(post)).rejects.toBeInstanceOf(WebAPIHTTPError);
    expect(workspace.messages(RESPONDERS)).toHaveLength(0);
    await expect(client.chat.postMessage(post)).rejects.toBeInstanceOf(WebAPIHTTPError);
    expect(workspace.messages(RESPONDERS)).toHaveLength(1);
    const found = await client.conversations.history({ channel: RESPONDERS, include_all_metadata: true });
    expect(found.messages?.[0]?.metadata?.event_payload).toEqual({ post: 'card-1' });
  });

  it.each(['hang', 'hang-after', 'reset-after'] as const)('can go without an answer: %s', async (kind) => {
    workspace.faults.add({ method: 'chat.postMessage', kind });
    await expect(webClientFor(workspace, BOT_TOKEN, 150).chat.postMessage(post)).rejects.toBeInstanceOf(WebAPIRequestError);
    expect(workspace.messages(RESPONDERS)).toHaveLength(kind === 'hang' ? 0 : 1);
  });

  it('can be refused with any of the codes', async () => {
    const remove = workspace.faults.add({ method: 'chat.update', kind: 'error', error: 'edit_window_closed', occurrence: { from: 1 } });
    const { ts = '' } = await webClientFor(workspace).chat.postMessage(post);
    const change = { channel: RESPONDERS, ts, text: 'new' };
    await expect(webClientFor(workspace).chat.update(change)).rejects.toMatchObject({ data: { error: 'edit_window_closed' } });
    await expect(webClientFor(workspace).chat.update(change)).rejects.toMatchObject({ data: { error: 'edit_window_closed' } });
    remove();
    expect((await webClientFor(workspace).chat.update(change)).ok).toBe(true);
  });

  it('goes wrong from one occurrence to another, until the faults are cleared', async () => {
    const client = webClientFor(workspace);
    workspace.faults.add({ method: 'chat.getPermalink', kind: 'error', error: 'internal_error', occurrence: { from: 2, to: 3 } });
    const { ts = '' } = await client.chat.postMessage(post);
    const outcomes = [];
    for (let time = 1; time <= 4; time += 1) {
      const asked = client.chat.getPermalink({ channel: RESPONDERS, message_ts: ts });
      outcomes.push(
        await asked.then(
          () => 'good',
          () => 'bad',
        ),
      );
    }
    expect(outcomes).toEqual(['good', 'bad', 'bad', 'good']);
    workspace.faults.add({ method: 'chat.getPermalink', kind: 'error', error: 'internal_error', occurrence: { from: 1 } });
    workspace.faults.clear();
    expect((await client.chat.getPermalink({ channel: RESPONDERS, message_ts: ts })).ok).toBe(true);
  });
});

describe('the transcript', () => {
  it('is on disk, line by line, without a token or a ticket in it', async () => {
    const bolt = boltAppFor(workspace);
    await bolt.app.start();
    await webClientFor(workspace).chat.postMessage(post);
    await webClientFor(workspace, 'xoxb-somebody-else')
      .auth.test()
      .catch(() => undefined);
    await bolt.stop();

    const text = readFileSync(join(folder, 'transcript.jsonl'), 'utf8');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines).toEqual(JSON.parse(JSON.stringify(workspace.transcript.entries())));
    expect(text).toContain('card-1');
    for (const secret of [BOT_TOKEN, APP_TOKEN, 'xoxb-somebody-else']) expect(text).not.toContain(secret);
    expect(text).not.toMatch(/ticket=[0-9a-f]{8}-/);
  });

  it('keeps every version of a message', async () => {
    const client = webClientFor(workspace);
    const { ts = '' } = await client.chat.postMessage(post);
    await client.chat.update({ channel: RESPONDERS, ts, text: 'second' });
    await client.chat.delete({ channel: RESPONDERS, ts });
    const versions = workspace.transcript.entries().filter((entry) => entry.kind.startsWith('message.'));
    expect(versions).toMatchObject([
      { kind: 'message.posted', message: { text: 'card', version: 1 } },
      { kind: 'message.updated', message: { text: 'second', version: 2 } },
      { kind: 'message.deleted', message: { text: 'second' } },
    ]);
  });

  it('says what it saw last when a wait runs out', async () => {
    await webClientFor(workspace).auth.test();
    await expect(workspace.transcript.until((entry) => entry.kind === 'view.opened', { timeoutMs: 20 })).rejects.toThrow('api.answer');
  });
});

describe('starting', () => {
  const options = { team: { id: 'T1', domain: 'x', name: 'X' }, appId: 'A1', botUserId: BOT, people: [], channels: [], seed: 1 };

  it.each([
    [
      'a bot token that looks real',
      { botToken: ['xoxb', '1234567890', '1234567890123', 'AbCdEfGh'].join('-'), appToken: APP_TOKEN },
      'real workspace',
    ],
    [
      'an app token that looks real',
      { botToken: BOT_TOKEN, appToken: ['xapp', '1', 'A0123456789', '1234567890123', '0a'.repeat(32)].join('-') },
      'real workspace',
    ],
    ['something that is no bot token', { botToken: 'secret', appToken: APP_TOKEN }, 'xoxb-'],
  ])('refuses %s without repeating it', async (_name, tokens, words) => {
    const starting = startWorkspace({ ...options, ...tokens });
    await expect(starting).rejects.toThrow(words);
    await expect(starting).rejects.not.toThrow(tokens.botToken);
  });

  it('fails plainly on a port in use', async () => {
    await expect(practiceWorkspace({ port: workspace.port })).rejects.toThrow('EADDRINUSE');
  });

  it('draws the same ids from the same seed', async () => {
    const again = await practiceWorkspace({ clock: () => 1_763_880_000_000 });
    const third = await practiceWorkspace({ clock: () => 1_763_880_000_000 });
    const tsOf = async (one: Workspace): Promise<unknown> =>
      await webClientFor(one).chat.postMessage({ ...post, blocks: [{ type: 'divider' }] });
    expect(await tsOf(again)).toMatchObject({ ts: '1763880000.000000' });
    await tsOf(third);
    expect(again.messages(RESPONDERS)).toEqual(third.messages(RESPONDERS));
    await again.stop();
    await third.stop();
  });
});
