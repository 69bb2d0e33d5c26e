import { createPublicKey } from 'node:crypto';
import type { Receiver } from '@slack/bolt';
import { describe, expect, it } from 'vitest';
import { makeSigner } from '../../inbox/envelope.ts';
import { makeKeys } from '../../inbox/keys.ts';
import { makeApp } from '../../slack-app/app.ts';
import { problemOf, withoutTokens } from '../../slack-app/log.ts';
import { fetchFromSlack } from '../../slack-app/slack-client.ts';

const CALL_BACK = '+44 20 7946 0123';
const still: Receiver = { init: () => undefined, start: () => Promise.resolve(), stop: () => Promise.resolve() };

/** The app without a network: Bolt's own routing, and an inbox that breaks when a refusal is to be written down. */
function brokenApp() {
  const told: string[] = [];
  const logged: object[] = [];
  const note = (facts: object): void => void logged.push(facts);
  const keys = makeKeys();
  const app = makeApp({
    receiver: still,
    door: { apiUrl: 'http://127.0.0.1:1/api/', botToken: 'xoxb-practice-bot' },
    botUserId: 'U0BOT',
    botId: 'B0BOT',
    appId: 'A0PRACTICE',
    log: { info: note, warn: note, error: note },
    callBackNumber: CALL_BACK,
    tell: (person, sentence) => {
      told.push(`${person}: ${sentence}`);
      return Promise.resolve();
    },
    report: {
      teamId: 'T0PRACTICE',
      signer: makeSigner(keys.signing),
      sealingKey: createPublicKey(keys.sealing.privateKey),
      inbox: {
        putAct: () => Promise.resolve('stored'),
        putRefused: () => {
          throw new Error('broken with xoxb-123-secret inside');
        },
      },
    },
    cases: { view: () => Promise.resolve(null), labelsOf: () => Promise.resolve(null), names: () => Promise.resolve(new Map()) },
    joined: () => undefined,
  });
  return { app, told, logged };
}

const body = (more: object): Record<string, unknown> => ({
  team: { id: 'T0PRACTICE', domain: 'x' },
  user: { id: 'U0ANA', username: 'ana', team_id: 'T0PRACTICE' },
  api_app_id: 'A0PRACTICE',
  trigger_id: '1.2.3',
  ...more,
});

describe('a listener that fails', () => {
  it('ends in a sentence with an id the person can quote, the same as in the log, and in no token', async () => {
    const { app, told, logged } = brokenApp();
    const acks: unknown[] = [];
    await app
      .processEvent({
        body: body({
          type: 'view_submission',
          view: { id: 'V1A', type: 'modal', callback_id: 'report_sign_in_submitted', state: { values: 'x' } },
        }),
        ack: (answer) => {
          acks.push(answer);
          return Promise.resolve();
        },
      })
      .catch(() => undefined);
    const errorId = /say "(E-[0-9A-F]{8})"/.exec(told.join())?.[1];
    expect(told).toEqual([expect.stringMatching(/^U0ANA: Something went wrong on our side/)]);
    expect(told.join()).toContain(CALL_BACK);
    expect(JSON.stringify(logged)).toContain(errorId);
    expect(JSON.stringify(logged)).not.toContain('123-secret');
    // The person was not told that it had worked.
    expect(acks).toEqual([]);
  });
});

describe('an unknown action', () => {
  it.each([
    ['a shortcut', { type: 'shortcut', callback_id: 'other', action_ts: '1.0' }],
    [
      'a click',
      {
        type: 'block_actions',
        actions: [{ type: 'button', action_id: 'x', block_id: 'b', action_ts: '1.0' }],
        container: { type: 'message' },
      },
    ],
    ['a name that every object has', { type: 'shortcut', callback_id: 'constructor', action_ts: '1.0' }],
  ])('%s is answered, and the person is told', async (_name, payload) => {
    const { app, told } = brokenApp();
    let acked = 0;
    await app.processEvent({
      body: body(payload),
      ack: () => {
        acked += 1;
        return Promise.resolve();
      },
    });
    expect(acked).toBe(1);
    expect(told).toEqual([expect.stringContaining('does not know that button or command')]);
  });

  it('a command is answered with a sentence', async () => {
    const { app } = brokenApp();
    const answers: unknown[] = [];
    await app.processEvent({
      body: {
        command: '/other',
        text: '',
        api_app_id: 'A0PRACTICE',
        team_id: 'T0PRACTICE',
        user_id: 'U0ANA',
        channel_id: 'C1',
        trigger_id: '1',
        response_url: 'x',
      },
      ack: (answer) => {
        answers.push(answer);
        return Promise.resolve();
      },
    });
    expect(answers).toEqual([expect.stringContaining('does not know that button or command')]);
  });
});

describe('what leaves the process', () => {
  it.each([
    ['https://evil.example/hook', 'https://slack.com/api/'],
    ['http://hooks.slack.com/x', 'https://slack.com/api/'],
    ['https://hooks.slack.com.evil.example/x', 'https://slack.com/api/'],
    ['https://hooks.slack.com/x', 'http://127.0.0.1:4000/api/'],
    ['http://127.0.0.1:4001/x', 'http://127.0.0.1:4000/api/'],
  ])('goes to Slack only: %s is refused when Slack is at %s', async (url, apiUrl) => {
    await expect(fetchFromSlack(apiUrl)(url)).rejects.toThrow('expected an address of Slack');
  });

  it('carries no token in its text', () => {
    expect(withoutTokens('Bearer xoxb-1-2-abc and xapp-1-A-9-ff')).toBe('Bearer [token] and [token]');
    expect(JSON.stringify(problemOf(new Error('sent xoxb-1-2-abc')))).not.toContain('xoxb-1');
  });
});
