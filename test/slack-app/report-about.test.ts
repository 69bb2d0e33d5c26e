// The subject of a report is checked after the acknowledgement.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../drill/slack/types.ts';
import { verifySigned } from '../../inbox/envelope.ts';
import { loadPublicKeys } from '../../inbox/keys.ts';
import { ANA, BORIS, BOT, CALL_BACK, practice, TEAM, textOf } from './practice.ts';

const GONE = 'U0GONE';
const NEW_HIRE = 'U0NEW';
const NOBODY = 'U0NOBODY';

const company = await practice({
  people: [
    { id: ANA.slackId, name: 'ana', realName: ANA.name },
    { id: BORIS.slackId, name: 'boris', realName: BORIS.name },
    { id: GONE, name: 'gone', realName: 'Gert Gone', deleted: true },
    { id: NEW_HIRE, name: 'new', realName: 'Nel New' },
    { id: BOT, name: 'unapprove', realName: 'unapprove', bot: true },
  ],
  channels: [
    { id: 'C0RESPOND', name: 'responders', private: true, members: [BORIS.slackId, BOT] },
    { id: 'C0STANDBY', name: 'responders-standby', private: true, members: [BORIS.slackId, BOT] },
  ],
});

const rows = () => company.prisma.inbox.findMany({ orderBy: { seq: 'asc' } });
const toldAna = (): string => company.workspace.dm(ANA.slackId).map(textOf).join('\n');

const lookedUp = (): number =>
  company.workspace.transcript.entries().filter((entry) => entry.kind === 'api.answer' && entry.method === 'users.info').length;

/** The form as Slack sends it, for any chosen person. */
const report = (about: string): Promise<Delivery> =>
  company.workspace.deliver({
    envelope_id: randomUUID(),
    type: 'interactive',
    accepts_response_payload: true,
    payload: {
      type: 'view_submission',
      team: { id: TEAM, domain: 'x' },
      user: { id: ANA.slackId, username: 'ana', team_id: TEAM },
      api_app_id: 'A0PRACTICE',
      trigger_id: '1.2.3',
      view: {
        id: `V${randomUUID().slice(0, 8).toUpperCase()}`,
        team_id: TEAM,
        type: 'modal',
        callback_id: 'report_sign_in_submitted',
        state: {
          values: {
            what: { what: { type: 'radio_buttons', selected_option: { value: 'approved', text: { type: 'plain_text', text: 'x' } } } },
            about: { about: { type: 'users_select', selected_user: about } },
          },
        },
      },
      response_urls: [],
    },
  });

const wasReceived = (delivery: Delivery): boolean =>
  delivery.kind === 'acked' && JSON.stringify(delivery.payload).includes('Report received');

describe('a report about', () => {
  it.each([
    ['an app', BOT, 'about-an-app', 'names an app or a bot, not a person'],
    ['Slackbot', 'USLACKBOT', 'about-an-app', 'names an app or a bot, not a person'],
    ['a deactivated account', GONE, 'about-a-deactivated-account', 'names a Slack account that has been deactivated'],
    ['an id that does not exist', NOBODY, 'about-unknown-account', 'names an account that Slack does not know'],
  ])('%s is received, then withdrawn with our signature, and its reporter is told what to do', async (_, about, because, words) => {
    await company.start();
    const [before, told] = [(await rows()).length, toldAna().length];

    expect(wasReceived(await report(about))).toBe(true);

    await expect.poll(async () => (await rows()).length).toBe(before + 2);
    const [reported, withdrawn] = (await rows()).slice(before);
    const keys = await loadPublicKeys(company.settings.keys);
    expect(verifySigned(withdrawn?.envelope, keys)).toMatchObject({
      kind: 'valid',
      envelope: { act: 'withdraw', person: ANA.slackId, values: { report: reported?.key, because } },
    });
    await expect.poll(() => toldAna().slice(told)).toContain(words);
    expect(toldAna().slice(told)).toContain('no case was opened');
    expect(toldAna().slice(told)).toContain(CALL_BACK);
  });

  it.each([
    ['a person of the table of people', BORIS.slackId],
    ['a person who is not in the table of people', NEW_HIRE],
  ])('%s stands', async (_, about) => {
    await company.start();
    const before = (await rows()).length;
    const asked = lookedUp();

    expect(wasReceived(await report(about))).toBe(true);

    await expect.poll(lookedUp).toBe(asked + 1);
    // The result of the check is there once a later report was received by the same process.
    await report(NOBODY);
    await expect.poll(async () => (await rows()).length).toBe(before + 3);
    const actions = (await rows()).slice(before).map(({ act }) => act);
    expect(actions).toEqual(['report', 'report', 'withdraw']);
  });

  it('an id that Slack does not answer for counts as a person, and no one waits for it', async () => {
    await company.start();
    const before = (await rows()).length;
    company.workspace.faults.add({ method: 'users.info', kind: 'hang', occurrence: { from: 1 } });

    const begun = Date.now();
    expect(wasReceived(await report(BOT))).toBe(true);
    expect(Date.now() - begun).toBeLessThan(2_000);

    await expect
      .poll(() => company.logged.map(({ sentence }) => sentence).join(' '), { timeout: 10_000 })
      .toContain('Slack did not say whom a report is about');
    expect((await rows()).slice(before).map(({ act }) => act)).toEqual(['report']);
  });
});
