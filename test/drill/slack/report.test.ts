/** One report from shortcut to changed message, through the real Slack client. */
import type { ModalView } from '@slack/types';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Workspace } from '../../../drill/slack/types.ts';
import { ANA, type BoltApp, BRAM, boltAppFor, practiceWorkspace, RESPONDERS } from './practice.ts';

const WHAT = { blockId: 'what', actionId: 'what_happened' } as const;

const reportForm: ModalView = {
  type: 'modal',
  callback_id: 'report',
  title: { type: 'plain_text', text: 'Report a sign-in' },
  submit: { type: 'plain_text', text: 'Send report' },
  notify_on_close: true,
  private_metadata: 'form 1',
  blocks: [
    {
      type: 'input',
      block_id: 'what',
      label: { type: 'plain_text', text: 'What happened?' },
      element: {
        type: 'radio_buttons',
        action_id: 'what_happened',
        options: [
          { text: { type: 'plain_text', text: 'I approved a prompt I did not start' }, value: 'approved' },
          { text: { type: 'plain_text', text: 'I denied it' }, value: 'denied' },
        ],
      },
    },
    {
      type: 'input',
      block_id: 'more',
      optional: true,
      label: { type: 'plain_text', text: 'Anything else?' },
      element: { type: 'plain_text_input', action_id: 'more_text', multiline: true, min_length: 3, max_length: 20 },
    },
  ],
};

const thanks: ModalView = {
  type: 'modal',
  callback_id: 'thanks',
  title: { type: 'plain_text', text: 'Thank you' },
  blocks: [{ type: 'section', text: { type: 'plain_text', text: 'Security has been told.' } }],
};

let workspace: Workspace;
let bolt: BoltApp;

beforeEach(async () => {
  workspace = await practiceWorkspace();
  bolt = boltAppFor(workspace);
  bolt.app.shortcut('report_mfa', async ({ ack, shortcut, client }) => {
    await ack();
    await client.views.open({ trigger_id: shortcut.trigger_id, view: reportForm });
  });
  bolt.app.view({ type: 'view_closed', callback_id: 'report' }, async ({ ack }) => {
    await ack();
  });
  bolt.app.view('report', async ({ ack, view, client }) => {
    const chosen = view.state.values['what']?.['what_happened']?.selected_option?.value;
    if (chosen === 'denied') {
      await ack({ response_action: 'errors', errors: { more: 'Please tell us when.' } });
      return;
    }
    await ack({ response_action: 'update', view: thanks });
    const posted = await client.chat.postMessage({
      channel: RESPONDERS,
      text: 'Case 1: new report',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'Case 1' } },
        { type: 'actions', elements: [{ type: 'button', action_id: 'own', value: '1', text: { type: 'plain_text', text: 'Take it' } }] },
      ],
      metadata: { event_type: 'case', event_payload: { post: 'card-1' } },
    });
    await client.chat.update({ channel: RESPONDERS, ts: posted.ts ?? '', text: 'Case 1: containing', blocks: [] });
  });
  await bolt.app.start();
});

afterEach(async () => {
  await bolt.stop();
  await workspace.stop();
});

it('carries a report from the shortcut to a message that the app then changes', async () => {
  const modal = await workspace.as(ANA).openShortcut('report_mfa');
  expect(modal.view.title).toBe('Report a sign-in');
  expect(modal.inputs().map((input) => [input.label, input.required])).toEqual([
    ['What happened?', true],
    ['Anything else?', false],
  ]);
  modal.fill({ ...WHAT, option: 'approved' });
  modal.fill({ blockId: 'more', actionId: 'more_text', value: 'at ten' });

  const outcome = await modal.submit();

  expect(outcome).toMatchObject({ kind: 'updated', view: { title: 'Thank you' } });
  await workspace.transcript.until((entry) => entry.kind === 'message.updated');
  expect(workspace.messages(RESPONDERS)).toMatchObject([
    { text: 'Case 1: containing', version: 2, metadata: { event_type: 'case', event_payload: { post: 'card-1' } } },
  ]);
  const submission = await workspace.transcript.until((entry) => entry.kind === 'envelope.sent' && entry.payloadType === 'view_submission');
  expect(submission).toMatchObject({
    envelope: {
      type: 'interactive',
      accepts_response_payload: true,
      payload: {
        user: { id: ANA, team_id: 'T0CONTOSO1' },
        team: { id: 'T0CONTOSO1', domain: 'drill-contoso' },
        view: {
          private_metadata: 'form 1',
          state: {
            values: {
              what: { what_happened: { type: 'radio_buttons', selected_option: { value: 'approved' } } },
              more: { more_text: { type: 'plain_text_input', value: 'at ten' } },
            },
          },
        },
      },
    },
  });
  expect(workspace.transcript.entries().filter((entry) => entry.kind === 'api.request' && entry.unknown === true)).toEqual([]);
});

it("shows the app's own objection and keeps the modal open", async () => {
  const modal = await workspace.as(ANA).openShortcut('report_mfa');
  modal.fill({ ...WHAT, option: 'denied' });

  expect(await modal.submit()).toEqual({ kind: 'errors', by: 'app', errors: { more: 'Please tell us when.' } });
  expect(modal.open).toBe(true);
});

it('sends nothing while a required answer is missing or one is too short', async () => {
  const modal = await workspace.as(ANA).openShortcut('report_mfa');
  modal.fill({ blockId: 'more', actionId: 'more_text', value: 'hm' });

  const outcome = await modal.submit();

  expect(outcome).toMatchObject({ kind: 'errors', by: 'slack' });
  expect(Object.keys(outcome.kind === 'errors' ? outcome.errors : {})).toEqual(['what', 'more']);
  expect(workspace.transcript.entries().some((entry) => entry.kind === 'envelope.sent' && entry.payloadType === 'view_submission')).toBe(
    false,
  );
});

it('does not let a person type or pick what the form does not allow', async () => {
  const modal = await workspace.as(ANA).openShortcut('report_mfa');

  expect(() => modal.fill({ ...WHAT, option: 'invented' })).toThrow('not among the options');
  expect(() => modal.fill({ blockId: 'more', actionId: 'more_text', value: 'x'.repeat(21) })).toThrow('no more than 20 characters');
  expect(() => modal.fill({ blockId: 'nowhere', actionId: 'x', value: 'x' })).toThrow('no part "nowhere"');
  expect(() => modal.fill({ ...WHAT, value: 'approved' })).toThrow('filled in with { option }');
});

it('tells the app that an unsent form was closed, without pretending it was sent', async () => {
  const modal = await workspace.as(ANA).openShortcut('report_mfa');

  await modal.close();

  expect(modal.open).toBe(false);
  await expect(modal.submit()).rejects.toThrow('closed');
  const closed = await workspace.transcript.until((entry) => entry.kind === 'envelope.sent' && entry.payloadType === 'view_closed');
  expect(closed).toMatchObject({ envelope: { payload: { is_cleared: false, user: { id: ANA } } } });
});

it('lets only people in the channel press what stands there', async () => {
  const posted = await bolt.app.client.chat.postMessage({
    channel: RESPONDERS,
    text: 'Case 2',
    blocks: [
      { type: 'actions', elements: [{ type: 'button', action_id: 'own', value: '2', text: { type: 'plain_text', text: 'Take it' } }] },
    ],
  });
  const spot = { channel: RESPONDERS, ts: posted.ts ?? '', actionId: 'own' };
  bolt.app.action('own', async ({ ack }) => {
    await ack();
  });

  await expect(workspace.as(ANA).click(spot)).rejects.toThrow('cannot see');
  await expect(workspace.as(BRAM).click({ ...spot, actionId: 'other' })).rejects.toThrow('nothing to press');
  expect(await workspace.as(BRAM).click(spot)).toMatchObject({ acked: true });
});
