import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Delivery, OpenModal } from '../../drill/slack/types.ts';
import { verifySigned } from '../../inbox/envelope.ts';
import { loadPublicKeys, loadSealingPrivateKey } from '../../inbox/keys.ts';
import { openSealedText, sealDigest } from '../../inbox/sealed-text.ts';
import { SlackSetupProblem } from '../../slack-app/start.ts';
import { ANA, BORIS, CALL_BACK, practice, TEAM, textOf, until } from './practice.ts';
import { silentServer } from './silent-server.ts';

const company = await practice();

async function filled(): Promise<OpenModal> {
  const modal = await company.workspace.as(ANA.slackId).openShortcut('report_sign_in');
  modal.fill({ blockId: 'what', actionId: 'what', option: 'approved' });
  return modal;
}

const rows = () => company.prisma.inbox.findMany({ orderBy: { seq: 'asc' } });
const newRows = async (before: number) => (await rows()).slice(before);

const radio = (value: string) => ({ type: 'radio_buttons', selected_option: { value, text: { type: 'plain_text', text: 'x' } } });
const words = (value: string) => ({ type: 'plain_text_input', value });

interface RawForm {
  readonly values?: Readonly<Record<string, unknown>>;
  readonly team?: string;
  readonly userTeam?: string;
  readonly callbackId?: string;
}

/** A form as Slack would carry it, but with anything in it. */
function rawForm({ values = {}, team = TEAM, userTeam = team, callbackId = 'report_sign_in_submitted' }: RawForm): Promise<Delivery> {
  return company.workspace.deliver({
    envelope_id: randomUUID(),
    type: 'interactive',
    accepts_response_payload: true,
    payload: {
      type: 'view_submission',
      team: { id: team, domain: 'x' },
      user: { id: ANA.slackId, username: 'ana', team_id: userTeam },
      api_app_id: 'A0PRACTICE',
      trigger_id: '1.2.3',
      view: { id: `V${randomUUID().slice(0, 8).toUpperCase()}`, team_id: team, type: 'modal', callback_id: callbackId, state: { values } },
      response_urls: [],
    },
  });
}

const ackOf = (delivery: Delivery): unknown => (delivery.kind === 'acked' ? delivery.payload : delivery);

describe('a report', () => {
  it('becomes one row with a signature of ours, and the person is told what happens next', async () => {
    await company.start();
    const modal = await filled();
    modal.fill({ blockId: 'when', actionId: 'when', option: 'last-15-minutes' });
    modal.fill({ blockId: 'reach', actionId: 'reach', value: 'Reception, second floor' });
    const outcome = await modal.submit();

    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    const verified = verifySigned(row?.envelope, await loadPublicKeys(company.settings.keys));
    expect(verified).toMatchObject({
      kind: 'valid',
      envelope: {
        key: row?.key,
        team: TEAM,
        person: ANA.slackId,
        act: 'report',
        values: { what: 'approved', when: 'last-15-minutes', about: null },
      },
    });
    expect(row?.state).toBe('waiting');

    // The text is sealed, the signature covers the seal, and only the worker's key opens it.
    expect(row?.sealed).not.toContain('Reception');
    expect(verified.kind === 'valid' && verified.envelope.act === 'report' && verified.envelope.values.wordsSha256).toBe(
      sealDigest(row?.sealed ?? ''),
    );
    await expect(openSealedText(row?.sealed ?? '', await loadSealingPrivateKey(company.settings.keys))).resolves.toEqual({
      contacted: null,
      more: null,
      reach: 'Reception, second floor',
    });

    expect(outcome).toMatchObject({ kind: 'updated' });
    const shown = JSON.stringify(outcome);
    expect(shown).toContain('written down and on its way to security');
    expect(shown).toContain(CALL_BACK);
  });

  it('names whose account it is only when that is another person', async () => {
    await company.start();
    const before = (await rows()).length;
    const forBoris = await filled();
    forBoris.fill({ blockId: 'about', actionId: 'about', userId: BORIS.slackId });
    await forBoris.submit();
    const forHerself = await filled();
    forHerself.fill({ blockId: 'about', actionId: 'about', userId: ANA.slackId });
    await forHerself.submit();

    const [first, second] = await newRows(before);
    expect(first?.envelope).toMatchObject({ envelope: { values: { about: BORIS.slackId } } });
    expect(second?.envelope).toMatchObject({ envelope: { values: { about: null } } });
  });

  it('stays one row when Slack delivers it twice', async () => {
    await company.start();
    const before = (await rows()).length;
    const modal = await filled();
    company.workspace.faults.add({ kind: 'deliver-twice', payloadType: 'view_submission' });
    await modal.submit();
    await until(
      company.workspace,
      () => company.logged.some((line) => line.facts['was'] === 'known'),
      'the second delivery was seen as known',
    );
    expect(await newRows(before)).toHaveLength(1);
  });

  it('is told to have failed, with the number to call, while the database is down', async () => {
    await company.start({ databaseUrl: 'postgresql://nobody@127.0.0.1:1/nothing' });
    const outcome = await (await filled()).submit();
    expect(outcome).toMatchObject({ kind: 'errors', by: 'app', errors: { what: expect.stringContaining(CALL_BACK) } });
    expect(JSON.stringify(outcome)).toContain('could not be saved');
  });

  it('is told to have failed before Slack’s time limit when the database never answers', async () => {
    const silent = await silentServer();
    try {
      await company.start({ databaseUrl: `postgresql://nobody@127.0.0.1:${silent.port}/nothing` });
      const outcome = await (await filled()).submit();
      expect(outcome).toMatchObject({ kind: 'errors', by: 'app', errors: { what: expect.stringContaining('could not be saved') } });
    } finally {
      await silent.stop();
    }
  });

  it('can be sent again after such a failure, and is then one row', async () => {
    const before = (await rows()).length;
    const modal = await (async () => {
      const broken = await company.start({ databaseUrl: 'postgresql://nobody@127.0.0.1:1/nothing' });
      const open = await filled();
      expect(await open.submit()).toMatchObject({ kind: 'errors' });
      await broken.stop();
      return open;
    })();
    await company.start();
    expect(await modal.submit()).toMatchObject({ kind: 'updated' });
    expect(await newRows(before)).toHaveLength(1);
  });
});

describe('a form that our own could not have sent', () => {
  it.each([
    ['without an answer to the first question', {}, { what: 'choose one of the answers' }, false],
    ['with an answer that is no choice', { what: { what: radio('hacked') } }, { what: 'not one of the choices' }, true],
    [
      'with a time that is no choice',
      { what: { what: radio('approved') }, when: { when: radio('tomorrow') } },
      { when: 'not one of the choices' },
      true,
    ],
    ['with too much text', { what: { what: radio('approved') }, more: { more: words('x'.repeat(2001)) } }, { more: 'at most 2000' }, true],
    [
      'about an id that is no person',
      { what: { what: radio('approved') }, about: { about: { type: 'users_select', selected_user: '<!channel>' } } },
      { about: 'not a person' },
      true,
    ],
    ['of another making', { what: 'nonsense' }, { what: 'could not be read' }, true],
  ])('%s: is answered at the field, recorded as refused, and changes nothing', async (_name, values, sentences, recorded) => {
    await company.start();
    const before = (await rows()).length;
    const ack = ackOf(await rawForm({ values }));
    expect(ack).toMatchObject({ response_action: 'errors' });
    for (const [field, sentence] of Object.entries(sentences))
      expect(ack).toMatchObject({ errors: { [field]: expect.stringContaining(sentence) } });

    const added = await newRows(before);
    expect(added.map((row) => [row.state, row.lastProblem === null])).toEqual(recorded ? [['refused', false]] : []);
    expect(JSON.stringify(added.map((row) => row.envelope))).toBe(recorded ? '[{"refused":"unreadable"}]' : '[]');
  });

  it.each([
    ['sent from another workspace', { team: 'T0FOREIGN' }],
    ['sent by a person of another workspace', { userTeam: 'T0FOREIGN' }],
  ])('%s: says so, is recorded, and becomes no report', async (_name, from) => {
    await company.start();
    const before = (await rows()).length;
    const ack = ackOf(await rawForm({ values: { what: { what: radio('approved') } }, ...from }));
    expect(ack).toMatchObject({ response_action: 'update' });
    expect(JSON.stringify(ack)).toContain("another company's workspace");
    expect((await newRows(before)).map((row) => [row.state, row.envelope])).toEqual([['refused', { refused: 'foreign-workspace' }]]);
  });

  it('with characters that the ledger cannot store is received, with those replaced', async () => {
    await company.start();
    const before = (await rows()).length;
    const values = { what: { what: radio('approved') }, reach: { reach: words('Reception\u0000 \uD83D, second floor') } };
    expect(JSON.stringify(ackOf(await rawForm({ values })))).not.toContain('errors');
    const [row] = await newRows(before);
    await expect(openSealedText(row?.sealed ?? '', await loadSealingPrivateKey(company.settings.keys))).resolves.toMatchObject({
      reach: 'Reception\uFFFD \uFFFD, second floor',
    });
  });

  it('with an unknown callback id is answered with a sentence', async () => {
    await company.start();
    expect(await rawForm({ callbackId: 'nobody_knows' })).toMatchObject({ kind: 'acked' });
    await until(
      company.workspace,
      () => company.workspace.dm(ANA.slackId).some((message) => textOf(message).includes('does not know that button or command')),
      'the person was told',
    );
  });
});

describe('the connection to Slack', () => {
  it('tells the person in a message when the form cannot be opened', async () => {
    await company.start();
    company.workspace.faults.add({ method: 'views.open', kind: 'error', error: 'expired_trigger_id' });
    await expect(company.workspace.as(BORIS.slackId).openShortcut('report_sign_in')).rejects.toThrow();
    await until(
      company.workspace,
      () => company.workspace.dm(BORIS.slackId).some((message) => textOf(message).includes(CALL_BACK)),
      'the person was told',
    );
  });

  it('outlives an envelope without an event, and answers it', async () => {
    await company.start();
    const limited = await company.workspace.deliver({
      envelope_id: randomUUID(),
      type: 'events_api',
      payload: { type: 'app_rate_limited', team_id: TEAM, minute_rate_limited: 1, api_app_id: 'A0PRACTICE' },
    });
    expect(limited.kind).toBe('acked');
    expect(await (await filled()).submit()).toMatchObject({ kind: 'updated' });
  });

  it.each([{ now: 'drop' } as const, { now: 'disconnect', reason: 'refresh_requested' } as const])('reconnects after %j', async (fault) => {
    const app = await company.start();
    const opened = () => company.workspace.transcript.entries().filter((entry) => entry.kind === 'socket.opened').length;
    const before = opened();
    company.workspace.faults.add(fault);
    await expect.poll(opened, { timeout: 10_000 }).toBe(before + 1);
    await expect.poll(() => app.connected()).toBe(true);
    expect(await (await filled()).submit()).toMatchObject({ kind: 'updated' });
  });

  it('warns when another app receives what people send', async () => {
    await company.start();
    await company.start();
    expect(company.logged.filter((line) => line.level === 'warn').map((line) => line.sentence)).toEqual([
      expect.stringContaining('More connections than ours'),
    ]);
  });

  it('is not begun with the tokens of another workspace', async () => {
    await expect(company.start({ teamId: 'T0OTHER' })).rejects.toBeInstanceOf(SlackSetupProblem);
    await expect(company.start({ botToken: 'xoxb-unknown' })).rejects.toThrow('Slack refuses SLACK_BOT_TOKEN');
    await expect(company.start({ appToken: 'xapp-unknown' })).rejects.toThrow('Slack refuses SLACK_APP_TOKEN');
  });
});
