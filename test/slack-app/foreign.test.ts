/** What was sent to another app or another workspace is refused, whatever it is and whatever carried it. */
import { createPublicKey, randomUUID } from 'node:crypto';
import type { Receiver } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { makeSigner } from '../../inbox/envelope.ts';
import { makeKeys } from '../../inbox/keys.ts';
import { makeApp } from '../../slack-app/app.ts';
import { deciding } from './decision-fixtures.ts';
import { ANA, BORIS, NOOR, practice, TEAM, textOf, until } from './practice.ts';

const company = await practice();
const { asked, counted } = deciding(company);
const OTHER_APP = { kind: 'sent-to-another', appId: 'A0OTHER' } as const;
const OTHER_TEAM = { kind: 'sent-to-another', teamId: 'T0OTHER' } as const;

describe('over the socket, what was sent to another app', () => {
  it('is no report, is recorded as refused, and says that nothing was saved', async () => {
    await company.start();
    const modal = await company.workspace.as(ANA.slackId).openShortcut('report_sign_in');
    modal.fill({ blockId: 'what', actionId: 'what', option: 'approved' });
    const added = await counted();
    company.workspace.faults.add({ ...OTHER_APP, payloadType: 'view_submission' });
    const outcome = await modal.submit();
    expect(JSON.stringify(outcome)).toContain('Nothing was saved');
    expect((await added()).map((row) => [row.state, row.act, row.envelope])).toEqual([
      ['refused', 'view_submission', { refused: 'foreign-app' }],
    ]);
  });

  it('is no click: no form opens, and nothing is signed', async () => {
    await company.start();
    const { card } = await asked();
    const added = await counted();
    company.workspace.faults.add({ ...OTHER_APP, payloadType: 'block_actions' });
    const press = await company.workspace.as(NOOR.slackId).click({ channel: card().channel, ts: card().ts, actionId: 'acknowledge' });
    expect(press.acked).toBe(true);
    await expect
      .poll(async () => (await added()).map((row) => [row.state, row.act, row.envelope]))
      .toEqual([['refused', 'block_actions', { refused: 'foreign-app' }]]);
  });

  it('opens no report form, also when it is a shortcut', async () => {
    await company.start();
    company.workspace.faults.add({ ...OTHER_APP, payloadType: 'shortcut' });
    const before = opened().length;
    await expect(company.workspace.as(BORIS.slackId).openShortcut('report_sign_in')).rejects.toThrow();
    expect(opened()).toHaveLength(before);
  });

  it('is no event', async () => {
    await company.start();
    const added = await counted();
    company.workspace.faults.add({ ...OTHER_APP, payloadType: 'member_joined_channel' });
    await company.workspace.join('C0RESPOND', BORIS.slackId);
    await expect
      .poll(async () => (await added()).map((row) => [row.state, row.act, row.envelope]))
      .toEqual([['refused', 'event_callback', { refused: 'foreign-app' }]]);
    company.workspace.leave('C0RESPOND', BORIS.slackId);
  });
});

describe('over the socket, what comes from another workspace', () => {
  it('opens no report form, and the person is told', async () => {
    await company.start();
    company.workspace.faults.add({ ...OTHER_TEAM, payloadType: 'shortcut' });
    await expect(company.workspace.as(BORIS.slackId).openShortcut('report_sign_in')).rejects.toThrow();
    await until(
      company.workspace,
      () => company.workspace.dm(BORIS.slackId).some((message) => textOf(message).includes("another company's workspace")),
      'the person was told',
    );
  });

  it('is no event', async () => {
    await company.start();
    const added = await counted();
    company.workspace.faults.add({ ...OTHER_TEAM, payloadType: 'member_joined_channel' });
    await company.workspace.join('C0RESPOND', BORIS.slackId);
    await expect.poll(async () => (await added()).map((row) => row.envelope)).toEqual([{ refused: 'foreign-workspace' }]);
    company.workspace.leave('C0RESPOND', BORIS.slackId);
  });
});

const opened = () =>
  company.workspace.transcript.entries().filter((entry) => entry.kind === 'api.request' && entry.method === 'views.open');

/** Bolt's own routing without a network, as any other receiver would drive it. */
function anyReceiver() {
  const keys = makeKeys();
  const taken: string[] = [];
  const app = makeApp({
    receiver: { init: () => undefined, start: () => Promise.resolve(), stop: () => Promise.resolve() } satisfies Receiver,
    door: { apiUrl: 'http://127.0.0.1:1/api/', botToken: 'xoxb-practice-bot' },
    botUserId: 'U0BOT',
    botId: 'B0BOT',
    appId: 'A0PRACTICE',
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    callBackNumber: '+44 20 7946 0123',
    tell: (person) => Promise.resolve(void taken.push(`told ${person}`)),
    report: {
      teamId: TEAM,
      signer: makeSigner(keys.signing),
      sealingKey: createPublicKey(keys.sealing.privateKey),
      inbox: {
        putAct: () => Promise.resolve((taken.push('stored'), 'stored' as const)),
        putRefused: ({ code }) => Promise.resolve(void taken.push(code)),
      },
    },
    cases: { view: () => Promise.resolve(null), labelsOf: () => Promise.resolve(null), names: () => Promise.resolve(new Map()) },
    joined: (channel) => void taken.push(`joined ${channel}`),
  });
  return { app, taken };
}

const person = { team: { id: TEAM, domain: 'x' }, user: { id: 'U0ANA', username: 'ana', team_id: TEAM }, trigger_id: '1.2.3' };
const option = { what: { what: { type: 'radio_buttons', selected_option: { value: 'approved' } } } };
const view = {
  id: 'V1A',
  type: 'modal',
  callback_id: 'report_sign_in_submitted',
  private_metadata: '',
  blocks: [],
  state: { values: option },
};
const joined = { type: 'event_callback', team_id: TEAM, event: { type: 'member_joined_channel', user: 'U0X', channel: 'C1' } };
const click = {
  type: 'block_actions',
  ...person,
  container: { type: 'message' },
  actions: [
    { type: 'button', action_id: 'acknowledge', block_id: 'b', action_ts: '1.0001', value: JSON.stringify({ case: randomUUID() }) },
  ],
};
const command = { command: '/x', text: '', user_id: 'U0ANA', channel_id: 'C1', trigger_id: '1', response_url: 'x' };

describe('through any receiver, a payload is refused', () => {
  it.each<readonly [string, Record<string, unknown>, string]>([
    ['a form of another app', { type: 'view_submission', ...person, view, api_app_id: 'A0OTHER' }, 'foreign-app'],
    ['a form without an app', { type: 'view_submission', ...person, view }, 'foreign-app'],
    [
      'a form made by another app',
      { type: 'view_submission', ...person, view: { ...view, app_id: 'A0OTHER' }, api_app_id: 'A0PRACTICE' },
      'foreign-app',
    ],
    ['a click of another app', { ...click, api_app_id: 'A0OTHER' }, 'foreign-app'],
    ['a click without an app', click, 'foreign-app'],
    [
      'a shortcut of another app',
      { type: 'shortcut', ...person, callback_id: 'report_sign_in', action_ts: '1.0', api_app_id: 'A0OTHER' },
      'foreign-app',
    ],
    ['a closed form of another app', { type: 'view_closed', ...person, view, api_app_id: 'A0OTHER', is_cleared: false }, 'foreign-app'],
    ['an event of another app', { ...joined, api_app_id: 'A0OTHER' }, 'foreign-app'],
    ['an event without an app', joined, 'foreign-app'],
    ['a command of another app', { ...command, team_id: TEAM, api_app_id: 'A0OTHER' }, 'foreign-app'],
    ['an event of another workspace', { ...joined, team_id: 'T0OTHER', api_app_id: 'A0PRACTICE' }, 'foreign-workspace'],
    ['a command of another workspace', { ...command, team_id: 'T0OTHER', api_app_id: 'A0PRACTICE' }, 'foreign-workspace'],
    [
      'a shortcut of another workspace',
      { type: 'shortcut', ...person, team: { id: 'T0OTHER' }, callback_id: 'report_sign_in', action_ts: '1.0' },
      'foreign-workspace',
    ],
  ])('%s', async (_name, body, code) => {
    const { app, taken } = anyReceiver();
    let acks = 0;
    await app.processEvent({ body, ack: () => Promise.resolve(void (acks += 1)) });
    expect(acks).toBe(1);
    expect(taken.filter((what) => !what.startsWith('told'))).toEqual([code]);
  });

  it('and taken when it is for this app: an event that happened in a shared channel over there, too', async () => {
    const { app, taken } = anyReceiver();
    const ack = () => Promise.resolve();
    await app.processEvent({ body: { ...joined, api_app_id: 'A0PRACTICE' }, ack });
    await app.processEvent({ body: { ...joined, team_id: 'T0OTHER', context_team_id: TEAM, api_app_id: 'A0PRACTICE' }, ack });
    await app.processEvent({ body: { type: 'view_submission', ...person, view, api_app_id: 'A0PRACTICE' }, ack });
    expect(taken).toEqual(['joined C1', 'joined C1', 'stored']);
  });
});
