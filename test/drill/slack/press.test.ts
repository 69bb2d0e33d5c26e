/** What reaches the app when a person presses or picks, in a channel and inside a modal. */
import type { KnownBlock, ModalView } from '@slack/types';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TranscriptEntry } from '../../../drill/slack/transcript.ts';
import type { Workspace } from '../../../drill/slack/types.ts';
import { ANA, type BoltApp, BRAM, boltAppFor, practiceWorkspace, RESPONDERS, STRANGER, webClientFor } from './practice.ts';

const hold = { text: { type: 'plain_text' as const, text: 'Hold' }, value: 'hold' };
const choices = [hold, { text: { type: 'plain_text' as const, text: 'Go on' }, value: 'go' }];
const card: KnownBlock[] = [
  {
    type: 'actions',
    block_id: 'actions',
    elements: [
      { type: 'button', action_id: 'own', value: '1', text: { type: 'plain_text', text: 'Take it' }, style: 'primary' },
      { type: 'users_select', action_id: 'owner' },
      { type: 'static_select', action_id: 'next', options: choices, initial_option: hold },
      { type: 'overflow', action_id: 'more', options: choices },
    ],
  },
];
const form: ModalView = {
  type: 'modal',
  callback_id: 'form',
  title: { type: 'plain_text', text: 'Form' },
  blocks: [
    {
      type: 'section',
      block_id: 'pick',
      text: { type: 'mrkdwn', text: 'Which?' },
      accessory: { type: 'static_select', action_id: 'which', options: choices },
    },
  ],
};

let workspace: Workspace;
let bolt: BoltApp;

beforeEach(async () => {
  workspace = await practiceWorkspace();
  bolt = boltAppFor(workspace);
  bolt.app.action(/.*/, async ({ ack }) => await ack());
  bolt.app.shortcut('open', async ({ ack, shortcut, client }) => {
    await ack();
    await client.views.open({ trigger_id: shortcut.trigger_id, view: form });
  });
  await bolt.app.start();
});

afterEach(async () => {
  await bolt.stop();
  await workspace.stop();
});

async function postCard(): Promise<{ readonly channel: string; readonly ts: string }> {
  const { ts = '' } = await webClientFor(workspace).chat.postMessage({ channel: RESPONDERS, text: 'Case 1', blocks: card });
  return { channel: RESPONDERS, ts };
}

function lastAction(): TranscriptEntry | undefined {
  return workspace.transcript.entries().findLast((entry) => entry.kind === 'envelope.sent' && entry.payloadType === 'block_actions');
}

it('carries a button with its value, its message and where it stood', async () => {
  const spot = await postCard();
  await workspace.as(BRAM).click({ ...spot, actionId: 'own' });
  expect(lastAction()).toMatchObject({
    envelope: {
      accepts_response_payload: false,
      payload: {
        type: 'block_actions',
        user: { id: BRAM, username: 'bram', name: 'bram', team_id: 'T0CONTOSO1' },
        api_app_id: 'A0PRACTICE',
        container: { type: 'message', message_ts: spot.ts, channel_id: RESPONDERS, is_ephemeral: false },
        channel: { id: RESPONDERS, name: 'responders' },
        message: { type: 'message', ts: spot.ts, text: 'Case 1', app_id: 'A0PRACTICE' },
        state: { values: { actions: { owner: { selected_user: null }, next: { selected_option: { value: 'hold' } } } } },
        actions: [{ type: 'button', action_id: 'own', block_id: 'actions', value: '1', style: 'primary' }],
      },
    },
  });
});

it('carries what was picked, in the action and in the state', async () => {
  const spot = await postCard();
  await workspace.as(BRAM).click({ ...spot, actionId: 'owner', value: ANA });
  expect(lastAction()).toMatchObject({
    envelope: {
      payload: {
        actions: [{ type: 'users_select', action_id: 'owner', selected_user: ANA }],
        state: { values: { actions: { owner: { selected_user: ANA } } } },
      },
    },
  });
  await workspace.as(BRAM).click({ ...spot, actionId: 'more', value: 'go' });
  expect(lastAction()).toMatchObject({ envelope: { payload: { actions: [{ type: 'overflow', selected_option: { value: 'go' } }] } } });
});

it('offers only what is in the menu', async () => {
  const spot = await postCard();
  await expect(workspace.as(BRAM).click({ ...spot, actionId: 'next', value: 'other' })).rejects.toThrow('not among the options');
  await expect(workspace.as(BRAM).click({ ...spot, actionId: 'owner', value: 'U0NOBODY01' })).rejects.toThrow('nobody here');
  await expect(workspace.as(BRAM).click({ ...spot, actionId: 'next' })).rejects.toThrow('what to pick');
  expect(lastAction()).toBeUndefined();
});

it('carries a pick inside a modal with the view and no channel', async () => {
  const modal = await workspace.as(ANA).openShortcut('open');
  expect(await modal.press({ actionId: 'which', value: 'go' })).toMatchObject({ acked: true });
  const sent = lastAction();
  expect(sent).toMatchObject({
    envelope: {
      payload: {
        container: { type: 'view', view_id: modal.view.id },
        view: { callback_id: 'form', state: { values: { pick: { which: { selected_option: { value: 'go' } } } } } },
        actions: [{ type: 'static_select', action_id: 'which', selected_option: { value: 'go' } }],
      },
    },
  });
  expect(sent).not.toHaveProperty('envelope.payload.channel');
  expect(sent).not.toHaveProperty('envelope.payload.response_url');
});

it('sends a shortcut without a channel, a response address or anything else Slack leaves out', async () => {
  await workspace.as(ANA).openShortcut('open');
  const sent = workspace.transcript.entries().find((entry) => entry.kind === 'envelope.sent' && entry.payloadType === 'shortcut');
  const payload = sent?.kind === 'envelope.sent' ? Object(sent.envelope).payload : {};
  expect(Object.keys(payload).toSorted((one, other) => one.localeCompare(other))).toEqual([
    'action_ts',
    'callback_id',
    'enterprise',
    'is_enterprise_install',
    'team',
    'token',
    'trigger_id',
    'type',
    'user',
  ]);
});

it('offers its shortcuts to no one from another organisation', async () => {
  await expect(workspace.as(STRANGER).openShortcut('open')).rejects.toThrow('another');
});

it('shows the new message after an update, and no longer what was on it before', async () => {
  const spot = await postCard();
  await webClientFor(workspace).chat.update({ ...spot, text: 'Case 1: done', blocks: [] });
  await expect(workspace.as(BRAM).click({ ...spot, actionId: 'own' })).rejects.toThrow('nothing to press');
  expect(workspace.as(BRAM).reads(RESPONDERS)).toMatchObject([{ text: 'Case 1: done', version: 2 }]);
  expect(() => workspace.as(ANA).reads(RESPONDERS)).toThrow('cannot see');
});
