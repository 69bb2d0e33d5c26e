/** Socket Mode's bad days, met by the real client: twice, late, never, in pieces, cut off. */
import type { ModalView } from '@slack/types';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { ConnectionInfo, Workspace } from '../../../drill/slack/types.ts';
import { ANA, APP_TOKEN, type BoltApp, BRAM, boltAppFor, practiceWorkspace, RESPONDERS, webClientFor } from './practice.ts';

const PATIENCE_MS = 300;
const eventFrame = z.object({ type: z.literal('events_api'), retry_attempt: z.number(), payload: z.object({ event_id: z.string() }) });
const form: ModalView = {
  type: 'modal',
  callback_id: 'form',
  title: { type: 'plain_text', text: 'Form' },
  submit: { type: 'plain_text', text: 'Send' },
  blocks: [
    {
      type: 'input',
      block_id: 'words',
      optional: true,
      label: { type: 'plain_text', text: 'Words' },
      element: { type: 'plain_text_input', action_id: 'text' },
    },
  ],
};

let workspace: Workspace;
const apps: BoltApp[] = [];

beforeEach(async () => {
  workspace = await practiceWorkspace({ patienceMs: PATIENCE_MS, rateScale: 1_000 });
});

afterEach(async () => {
  for (const one of apps.splice(0)) await one.stop();
  await workspace.stop();
});

async function connect(register: (bolt: BoltApp) => void): Promise<BoltApp> {
  const bolt = boltAppFor(workspace);
  apps.push(bolt);
  register(bolt);
  await bolt.app.start();
  return bolt;
}

const opensForm = (bolt: BoltApp): void =>
  bolt.app.shortcut('open', async ({ ack, shortcut, client }) => {
    await ack();
    await client.views.open({ trigger_id: shortcut.trigger_id, view: form });
  });

async function cardWithButton(): Promise<{ readonly channel: string; readonly ts: string; readonly actionId: string }> {
  const { ts = '' } = await webClientFor(workspace).chat.postMessage({
    channel: RESPONDERS,
    text: 'Case 1',
    blocks: [
      { type: 'actions', elements: [{ type: 'button', action_id: 'own', value: '1', text: { type: 'plain_text', text: 'Take it' } }] },
    ],
  });
  return { channel: RESPONDERS, ts, actionId: 'own' };
}

describe('the ways an answer can be missing', () => {
  it('tells a person at once when no app is connected', async () => {
    await expect(workspace.as(ANA).openShortcut('open')).rejects.toThrow('trouble connecting');
    expect(workspace.transcript.entries()).toContainEqual(expect.objectContaining({ kind: 'envelope.unsent' }));
    expect(workspace.transcript.entries()).toContainEqual(expect.objectContaining({ kind: 'person.saw', person: ANA }));
  });

  it('shows a warning beside the button when no one acknowledges', async () => {
    await connect((bolt) => bolt.app.action('own', async () => undefined));
    const click = await workspace.as(BRAM).click(await cardWithButton());
    expect(click).toMatchObject({ acked: false, within: PATIENCE_MS });
    expect(click.text).toContain('did not respond');
    expect(workspace.transcript.entries()).toContainEqual(expect.objectContaining({ kind: 'envelope.timed-out', after: PATIENCE_MS }));
  });

  it('fails a submission that is acknowledged too late, and records the late ack as late', async () => {
    let answerNow = (): void => undefined;
    await connect((bolt) => {
      opensForm(bolt);
      bolt.app.view('form', async ({ ack }) => {
        await new Promise<void>((resolve) => {
          answerNow = resolve;
        });
        await ack({ response_action: 'clear' });
      });
    });
    const modal = await workspace.as(ANA).openShortcut('open');

    expect(await modal.submit()).toMatchObject({ kind: 'failed', text: expect.stringContaining('trouble connecting') });
    answerNow();

    const late = await workspace.transcript.until((entry) => entry.kind === 'envelope.acked' && entry.late);
    expect(late).toMatchObject({ payload: { response_action: 'clear' } });
    expect(modal.open).toBe(true);
  });

  it('refuses a trigger that is too old, used before, or invented', async () => {
    const errors: string[] = [];
    await connect((bolt) =>
      bolt.app.shortcut('slow', async ({ ack, shortcut, client }) => {
        await ack();
        for (const trigger_id of [shortcut.trigger_id, shortcut.trigger_id, '1.2.abc']) {
          await client.views.open({ trigger_id, view: form }).catch((error: unknown) => errors.push(String(error)));
        }
      }),
    );
    workspace.faults.add({ method: 'views.open', kind: 'slow', ms: PATIENCE_MS + 50, occurrence: 1 });
    await expect(workspace.as(ANA).openShortcut('slow')).rejects.toThrow('nothing opened');
    await expect.poll(() => errors.length).toBe(3);
    expect(errors.join()).toMatch(/expired_trigger_id.*expired_trigger_id.*invalid_trigger_id/);

    await workspace.as(ANA).openShortcut('slow');
    await expect.poll(() => errors.length).toBe(5);
    expect(errors.slice(3).join()).toMatch(/exchanged_trigger_id.*invalid_trigger_id/);
  });

  it.each([
    ['an error at a block that is not there', { response_action: 'errors' as const, errors: { nowhere: 'x' } }],
    [
      'a view that is not valid',
      { response_action: 'update' as const, view: { ...form, title: { type: 'plain_text' as const, text: 'x'.repeat(25) } } },
    ],
  ])('treats %s as no answer at all', async (_name, answer) => {
    await connect((bolt) => {
      opensForm(bolt);
      bolt.app.view('form', async ({ ack }) => await ack(answer));
    });
    const modal = await workspace.as(ANA).openShortcut('open');
    expect(await modal.submit()).toMatchObject({ kind: 'failed' });
    expect(modal.open).toBe(true);
  });
});

describe('what the app answers to a submission', () => {
  it('closes on a bare ack, stacks what is pushed up to three, and closes all on clear', async () => {
    let submissions = 0;
    await connect((bolt) => {
      opensForm(bolt);
      bolt.app.view('form', async ({ ack }) => {
        submissions += 1;
        if (submissions <= 2) await ack({ response_action: 'push', view: form });
        else await ack({ response_action: 'clear' });
      });
    });
    const bottom = await workspace.as(ANA).openShortcut('open');
    const second = await bottom.submit();
    if (second.kind !== 'pushed') throw new Error(`expected a pushed modal, got ${second.kind}`);
    const third = await second.modal.submit();
    if (third.kind !== 'pushed') throw new Error(`expected a pushed modal, got ${third.kind}`);
    expect(third.modal.view).toMatchObject({ rootViewId: bottom.view.id, previousViewId: second.modal.view.id });

    expect(await third.modal.submit()).toEqual({ kind: 'closed' });
    expect([bottom.open, second.modal.open, third.modal.open]).toEqual([false, false, false]);
  });

  it('does not let a fourth modal onto the stack', async () => {
    await connect((bolt) => {
      opensForm(bolt);
      bolt.app.view('form', async ({ ack }) => await ack({ response_action: 'push', view: form }));
    });
    let modal = await workspace.as(ANA).openShortcut('open');
    for (let depth = 2; depth <= 3; depth += 1) {
      const outcome = await modal.submit();
      if (outcome.kind !== 'pushed') throw new Error(`expected a pushed modal, got ${outcome.kind}`);
      modal = outcome.modal;
    }
    expect(await modal.submit()).toMatchObject({ kind: 'failed' });
  });

  it('lets a click open a modal with its trigger', async () => {
    await connect((bolt) =>
      bolt.app.action('own', async ({ ack, body, client }) => {
        await ack();
        if ('trigger_id' in body && typeof body.trigger_id === 'string')
          await client.views.open({ trigger_id: body.trigger_id, view: form });
      }),
    );
    const click = await workspace.as(BRAM).click(await cardWithButton());
    expect(click.acked).toBe(true);
    expect((await click.modal())?.view.title).toBe('Form');
  });

  it('takes an answer through the response URL five times, shown to the person alone', async () => {
    const outcomes: string[] = [];
    await connect((bolt) =>
      bolt.app.action('own', async ({ ack, respond }) => {
        await ack();
        for (let time = 1; time <= 6; time += 1) {
          const answer = respond({ response_type: 'ephemeral', replace_original: false, text: `answer ${time}` });
          outcomes.push(
            await answer.then(
              () => 'taken',
              () => 'refused',
            ),
          );
        }
      }),
    );
    await workspace.as(BRAM).click(await cardWithButton());
    await workspace.transcript.until((entry) => entry.kind === 'response-url.used' && !entry.accepted);
    expect(workspace.as(BRAM).ephemerals()).toHaveLength(5);
    expect(workspace.as(ANA).ephemerals()).toEqual([]);
    await expect.poll(() => outcomes).toEqual(['taken', 'taken', 'taken', 'taken', 'taken', 'refused']);
  });
});

describe('deliveries', () => {
  it('carries the same envelope twice when told to', async () => {
    const seen: string[] = [];
    await connect((bolt) =>
      bolt.app.action('own', async ({ ack, body }) => {
        seen.push(body.user.id);
        await ack();
      }),
    );
    workspace.faults.add({ kind: 'deliver-twice', payloadType: 'block_actions' });
    expect(await workspace.as(BRAM).click(await cardWithButton())).toMatchObject({ acked: true });
    await expect.poll(() => seen).toEqual([BRAM, BRAM]);
    const sent = workspace.transcript.entries().filter((entry) => entry.kind === 'envelope.sent');
    expect(new Set(sent.map((entry) => entry.envelopeId)).size).toBe(1);
  });

  it('arrives whole when it was sent in pieces', async () => {
    await connect((bolt) => bolt.app.action('own', async ({ ack }) => await ack()));
    workspace.faults.add({ kind: 'fragment' });
    expect(await workspace.as(BRAM).click(await cardWithButton())).toMatchObject({ acked: true });
  });

  it('is lost with the connection it went into, and the app comes back by itself', async () => {
    await connect((bolt) => bolt.app.action('own', async ({ ack }) => await ack()));
    const spot = await cardWithButton();
    workspace.faults.add({ kind: 'drop-before' });
    expect(await workspace.as(BRAM).click(spot)).toMatchObject({ acked: false });
    await workspace.transcript.until((entry) => entry.kind === 'socket.opened' && entry.connection === 'connection-2');
    await expect.poll(async () => (await workspace.as(BRAM).click(spot)).acked).toBe(true);
  });

  it.each(['warning', 'refresh_requested'] as const)('survives a disconnect for %s', async (reason) => {
    await connect((bolt) => bolt.app.action('own', async ({ ack }) => await ack()));
    const spot = await cardWithButton();
    workspace.faults.add({ now: 'disconnect', reason });
    await workspace.transcript.until((entry) => entry.kind === 'socket.opened' && entry.connection === 'connection-2');
    await expect.poll(async () => (await workspace.as(BRAM).click(spot)).acked).toBe(true);
  });

  it('goes to one of several connections, not to all', async () => {
    const seen: string[] = [];
    for (const name of ['first', 'second']) {
      await connect((bolt) =>
        bolt.app.action('own', async ({ ack }) => {
          seen.push(name);
          await ack();
        }),
      );
    }
    expect(workspace.connections().map((one: ConnectionInfo) => one.id)).toEqual(['connection-1', 'connection-2']);
    const spot = await cardWithButton();
    for (let time = 0; time < 12; time += 1) await workspace.as(BRAM).click(spot);
    expect(seen).toHaveLength(12);
    expect(new Set(seen)).toEqual(new Set(['first', 'second']));
  });

  it('sends raw envelopes as they are: unknown extra keys are tolerated, unknown types get no answer', async () => {
    await connect((bolt) => bolt.app.shortcut('open', async ({ ack }) => await ack()));
    const payload = {
      type: 'shortcut',
      callback_id: 'open',
      trigger_id: '1.2.x',
      user: { id: 'U0FOREIGN1', team_id: 'T0OTHER001' },
      team: { id: 'T0OTHER001', domain: 'other' },
      something_new: 1,
    };
    const envelope = { envelope_id: 'e-1', type: 'interactive', accepts_response_payload: true, payload };
    expect(await workspace.deliver(envelope)).toMatchObject({ kind: 'acked', payload: {} });
    expect(await workspace.deliver(envelope)).toMatchObject({ kind: 'acked' });
    expect(await workspace.deliver({ envelope_id: 'e-2', type: 'from_the_future', payload: {} })).toEqual({
      kind: 'timed-out',
      after: PATIENCE_MS,
    });
  });

  it('repeats an event that no one acknowledged three times, as the same event', async () => {
    const { url = '' } = await webClientFor(workspace, APP_TOKEN).apps.connections.open();
    const heard: { readonly attempt: number; readonly eventId: string }[] = [];
    const socket = new WebSocket(url);
    socket.on('message', (data: Buffer) => {
      const frame = eventFrame.safeParse(JSON.parse(data.toString()));
      if (frame.success) heard.push({ attempt: frame.data.retry_attempt, eventId: frame.data.payload.event_id });
    });
    await workspace.transcript.until((entry) => entry.kind === 'socket.opened');

    expect(await workspace.as(ANA).openHome()).toMatchObject({ acked: false });

    await expect.poll(() => heard.map((one) => one.attempt), { timeout: 5_000 }).toEqual([0, 1, 2, 3]);
    expect(new Set(heard.map((one) => one.eventId)).size).toBe(1);
  });
});

describe('connections', () => {
  async function openTicket(): Promise<string> {
    const { url = '' } = await webClientFor(workspace, APP_TOKEN).apps.connections.open();
    return url;
  }

  const outcomeOf = (url: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(url);
      socket.once('message', (data: Buffer) => resolve(data.toString()));
      socket.once('error', (error) => resolve(error.message));
    });

  it('says hello with the number of connections', async () => {
    expect(JSON.parse(await outcomeOf(await openTicket()))).toMatchObject({
      type: 'hello',
      num_connections: 1,
      connection_info: { app_id: 'A0PRACTICE' },
    });
  });

  it('takes a ticket once, and none that was not given out', async () => {
    const url = await openTicket();
    await outcomeOf(url);
    expect(await outcomeOf(url)).toContain('401');
    expect(await outcomeOf(url.replace(/ticket=[^&]+/, 'ticket=invented'))).toContain('401');
    expect(workspace.transcript.entries().filter((entry) => entry.kind === 'socket.refused')).toHaveLength(2);
  });

  it('sends the eleventh away', async () => {
    for (let count = 1; count <= 10; count += 1) await outcomeOf(await openTicket());
    expect(JSON.parse(await outcomeOf(await openTicket()))).toMatchObject({ type: 'disconnect', reason: 'too_many_websockets' });
  });

  it('records an ack for something that was never sent', async () => {
    const socket = new WebSocket(await openTicket());
    socket.once('message', () => {
      socket.send(JSON.stringify({ envelope_id: 'invented', payload: {} }));
      socket.send('not json');
    });
    await workspace.transcript.until(
      (entry) => entry.kind === 'envelope.acked' && entry.problem === 'ack for an envelope that was never sent',
    );
    await workspace.transcript.until((entry) => entry.kind === 'envelope.acked' && entry.problem?.startsWith('not an ack') === true);
  });
});
