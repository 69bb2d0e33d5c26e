/** The actor employee in front of the product's own form, over real Socket Mode. */
import type { ModalView } from '@slack/types';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Workspace } from '../../../drill/slack/types.ts';
import { fileReport, REPORT_SHORTCUT } from '../../../drill/staff/report-form.ts';
import { REPORT_SIGN_IN, REPORT_SIGN_IN_SUBMITTED, reportModal } from '../../../slack-app/views/report-modal.ts';
import { ANA, type BoltApp, BRAM, boltAppFor, practiceWorkspace } from '../slack/practice.ts';

const WORDS = { contacted: 'A call from IT.', else: 'It was late.', reach: 'At home.' };

let workspace: Workspace;
let bolt: BoltApp;
let form: ModalView;
let sent: unknown[];
let answer: 'thanks' | 'errors' | 'nothing';

beforeEach(async () => {
  workspace = await practiceWorkspace({ patienceMs: 600 });
  bolt = boltAppFor(workspace);
  form = reportModal({ callBackNumber: '+31 20 555 0000' });
  sent = [];
  answer = 'thanks';
  bolt.app.shortcut(REPORT_SIGN_IN, async ({ ack, shortcut, client }) => {
    await ack();
    await client.views.open({ trigger_id: shortcut.trigger_id, view: form });
  });
  bolt.app.view(REPORT_SIGN_IN_SUBMITTED, async ({ ack, view }) => {
    sent.push(view.state.values);
    if (answer === 'nothing') return;
    if (answer === 'errors') await ack({ response_action: 'errors', errors: { what: 'Not saved. Call us.' } });
    else {
      const title = { type: 'plain_text', text: 'Report received' } as const;
      await ack({ response_action: 'update', view: { type: 'modal', title, blocks: [{ type: 'divider' }] } });
    }
  });
  await bolt.app.start();
});

afterEach(async () => {
  await bolt.stop();
  await workspace.stop();
});

it('knows the shortcut that the product offers', () => expect(REPORT_SHORTCUT).toBe(REPORT_SIGN_IN));

it('says what happened, when, to whose account, and the text beside it', async () => {
  const filed = await fileReport(workspace, BRAM, { what: 'gave-code', when: 'today', words: WORDS }, ANA);
  expect(filed).toEqual({ kind: 'received', saw: 'Report received' });
  expect(sent[0]).toMatchObject({
    what: { what: { selected_option: { value: 'gave-code' } } },
    when: { when: { selected_option: { value: 'today' } } },
    about: { about: { selected_user: ANA } },
    contacted: { contacted: { value: WORDS.contacted } },
    more: { more: { value: WORDS.else } },
    reach: { reach: { value: WORDS.reach } },
  });
});

it('leaves empty what people leave empty', async () => {
  await fileReport(workspace, ANA, { what: 'approved', when: 'not-sure', words: {} }, null);
  expect(sent[0]).toMatchObject({ about: { about: { selected_user: null } }, more: { more: { value: null } } });
});

it('reads what the form says when nothing was saved', async () => {
  answer = 'errors';
  expect(await fileReport(workspace, ANA, { what: 'approved', when: 'today', words: {} }, null)).toEqual({
    kind: 'refused',
    saw: 'Not saved. Call us.',
  });
});

it('sees what Slack shows when the app does not answer', async () => {
  answer = 'nothing';
  expect(await fileReport(workspace, ANA, { what: 'approved', when: 'today', words: {} }, null)).toMatchObject({ kind: 'failed' });
});

it('reports a form that lacks what it needs, and sends nothing', async () => {
  form = { ...form, blocks: form.blocks.filter((block) => block.block_id !== 'when') };
  expect(await fileReport(workspace, ANA, { what: 'approved', when: 'today', words: {} }, null)).toEqual({
    kind: 'failed',
    saw: 'the form has no answer "today"',
  });
  expect(sent).toEqual([]);
});
