/**
 * A small app that shows what the product shows: cards and prompts with their
 * buttons, and the forms behind them. Its ids mean nothing, so that a actor
 * which goes by them instead of by what is written finds nothing.
 */

import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import type { KnownBlock, ModalView, PlainTextElement } from '@slack/types';
import type { Company } from '../../../drill/run/run-scenario.ts';
import { type PlanKind } from '../../../drill/scenarios/types.ts';

/** One press or one sent form, as the app received it. */
export interface Received {
  readonly what: string;
  readonly by: string;
  /** The value of the pressed button, or what was typed or ticked. */
  readonly value: string;
  readonly view?: string;
}

export interface PromptOnShow {
  readonly number?: number;
  readonly group?: PlanKind;
  readonly state?: string;
  readonly code?: string;
  readonly channel?: string;
  /** Names of items; those with a star are ticked. */
  readonly things?: readonly string[];
}

export interface StandIn {
  readonly received: Received[];
  /** What the app says to a form that was sent: null for "Sent", else an error beside the field. */
  answer: (sent: Received) => string | null | Promise<string | null>;
  /** Does a press open its form? Otherwise the person is told something in the channel. */
  opens: boolean;
  card(number: number, account: string, state?: string, channel?: string): Promise<string>;
  prompt(show?: PromptOnShow): Promise<string>;
  redraw(ts: string, show: PromptOnShow): Promise<void>;
  tell(slackId: string, text: string): Promise<void>;
  stop(): Promise<void>;
}

const plain = (text: string): PlainTextElement => ({ type: 'plain_text', text });
const said = (text: string): KnownBlock => ({ type: 'section', text: { type: 'mrkdwn', text } });

const FORMS: Readonly<Record<string, { readonly title: string; readonly label: string }>> = {
  b1: { title: 'Approve the plan', label: 'Plan code' },
  b2: { title: 'Decline the plan', label: 'Why?' },
  b3: { title: 'Change the plan', label: 'What is removed' },
  c2: { title: 'Hold the case', label: 'Why?' },
  'o-1': { title: 'False alarm', label: 'Why?' },
  'o-2': { title: 'Undo', label: 'Why?' },
};

export async function standIn({ cast, workspace }: Company): Promise<StandIn> {
  const slackApiUrl = workspace.apiUrl;
  const receiver = new SocketModeReceiver({
    appToken: cast.slack.appToken,
    logLevel: LogLevel.ERROR,
    clientPingTimeout: 1_000,
    installerOptions: { clientOptions: { slackApiUrl } },
  });
  const app = new App({
    receiver,
    token: cast.slack.botToken,
    tokenVerificationEnabled: false,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl, timeout: 2_500, retryConfig: { retries: 0 }, allowAbsoluteUrls: false },
    convoStore: false,
  });
  const { client } = app;
  const things = new Map<string, readonly string[]>();

  app.action(/.*/, async ({ ack, body, action, respond }) => {
    await ack();
    if (body.type !== 'block_actions' || !('action_id' in action)) return;
    const chosen = action.type === 'overflow' ? action.selected_option.value : action.action_id;
    const value = action.type === 'button' ? (action.value ?? '') : chosen;
    self.received.push({ what: chosen, by: body.user.id, value });
    if (['c1', 'c3', 'c5'].includes(chosen)) return;
    if (self.opens) await client.views.open({ trigger_id: body.trigger_id, view: form(chosen, things.get(body.message?.ts ?? '') ?? []) });
    else await respond({ response_type: 'ephemeral', replace_original: false, text: 'This plan is not yours to decide.' });
  });
  app.view('f', async ({ ack, body, view }) => {
    const values = Object.values(view.state.values).flatMap((block) => Object.values(block));
    const value = values.map((each) => each.value ?? (each.selected_options ?? []).map((option) => option.value).join('+')).join('|');
    const sent = { what: view.title.text, by: body.user.id, value, view: view.id };
    self.received.push(sent);
    const error = await self.answer(sent);
    if (error !== null) await ack({ response_action: 'errors', errors: { [view.blocks.at(-1)?.block_id ?? '']: error } });
    else
      await ack({
        response_action: 'update',
        view: { type: 'modal', title: plain('Sent'), blocks: [said('You are told when it counts.')] },
      });
  });

  const post = async (channel: string, blocks: KnownBlock[]): Promise<string> =>
    (await client.chat.postMessage({ channel, text: 'Case', blocks })).ts ?? '';

  const self: StandIn = {
    received: [],
    answer: () => null,
    opens: true,
    card: (number, account, state = 'closed', channel = cast.slack.responderChannel) => post(channel, cardBlocks(number, account, state)),
    async prompt(show = {}) {
      const ts = await post(show.channel ?? cast.slack.responderChannel, promptBlocks(show));
      things.set(ts, show.things ?? []);
      return ts;
    },
    async redraw(ts, show) {
      await client.chat.update({ channel: cast.slack.responderChannel, ts, text: 'Case', blocks: promptBlocks(show) });
    },
    async tell(slackId, text) {
      await client.chat.postMessage({ channel: slackId, text });
    },
    stop: async () => void (await app.stop()),
  };
  await app.start();
  return self;
}

function cardBlocks(number: number, account: string, state: string): KnownBlock[] {
  return [
    { type: 'header', text: plain(`Case ${number}: ${state}`) },
    {
      type: 'rich_text',
      elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: `Account: ${account}, ordinary account` }] }],
    },
    {
      type: 'actions',
      elements: [
        {
          type: 'button',
          action_id: 'c1',
          value: String(number),
          text: plain('Confirm containment…'),
          confirm: { title: plain('Confirm containment?'), text: plain('The block was right.'), confirm: plain('Yes'), deny: plain('No') },
        },
        {
          type: 'button',
          action_id: 'c2',
          value: String(number),
          text: plain(state === 'on hold' ? `Resume case ${number}…` : `Hold case ${number}…`),
        },
        { type: 'button', action_id: 'c3', value: String(number), text: plain(`Take case ${number}`) },
        { type: 'button', action_id: 'c5', value: String(number), text: plain(`I will call ${account}`) },
        {
          type: 'overflow',
          action_id: 'c4',
          options: [
            { text: plain('Release as a false alarm…'), value: 'o-1' },
            { text: plain('Undo the release…'), value: 'o-2' },
          ],
        },
      ],
    },
  ];
}

function promptBlocks({ number = 1001, group = 'eradication', state = 'approval needed', code = '4821' }: PromptOnShow): KnownBlock[] {
  const blocks: KnownBlock[] = [
    { type: 'header', text: plain(`Case ${number}: ${group} plan, ${state}`) },
    said('*Remove* Authenticator app “Pixel 4”'),
  ];
  if (state !== 'approval needed') return blocks;
  const button = (action_id: string, text: string): { type: 'button'; action_id: string; value: string; text: PlainTextElement } => ({
    type: 'button',
    action_id,
    value: code,
    text: plain(text),
  });
  return [
    ...blocks,
    said(`Plan code ${code}`),
    {
      type: 'actions',
      elements: [button('b1', `Approve ${group}…`), button('b2', `Decline ${group}…`), button('b3', 'Change items…')],
    },
  ];
}

function form(name: string, things: readonly string[]): ModalView {
  const { title, label } = FORMS[name] ?? { title: 'Nothing', label: 'Nothing' };
  const options = things.map((thing, index) => ({ text: plain(thing.replace('*', '')), value: `t${index}` }));
  const ticked = options.filter((_, index) => things[index]?.startsWith('*') === true);
  return {
    type: 'modal',
    callback_id: 'f',
    title: plain(title),
    submit: plain('Send'),
    blocks: [
      said('This is what would be done.'),
      {
        type: 'input',
        block_id: 'x',
        label: plain(label),
        optional: true,
        element:
          name === 'b3'
            ? { type: 'checkboxes', action_id: 'y', options, ...(ticked.length > 0 ? { initial_options: ticked } : {}) }
            : { type: 'plain_text_input', action_id: 'y' },
      },
    ],
  };
}
