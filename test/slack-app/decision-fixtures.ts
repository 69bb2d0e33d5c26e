/**
 * A case that waits for a decision, the hands of the people who decide, and what of it lands in the inbox. For one test
 * file, on top of its practice company.
 */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Envelope } from '../../domain/action.ts';
import type { ClickOutcome, Delivery, Message, OpenModal } from '../../drill/slack/types.ts';
import { verifySigned } from '../../inbox/envelope.ts';
import { loadPublicKeys, loadSealingPrivateKey } from '../../inbox/keys.ts';
import { openSealedText, type Said, sealDigest } from '../../inbox/sealed-text.ts';
import { closed } from './entries.ts';
import { eradication, type TestPlan } from './plans.ts';
import { ANA, NOOR, type Practice, type PracticeCase, RESPONDERS, TEAM, textOf, until } from './practice.ts';

/** An address where no database listens. */
export const NOWHERE = 'postgresql://nobody@127.0.0.1:1/nothing';

export interface Asked {
  readonly one: PracticeCase;
  readonly plan: TestPlan;
  /** As they stand now. */
  readonly prompt: () => Message;
  readonly card: () => Message;
}

type Row = Awaited<ReturnType<Practice['prisma']['inbox']['findMany']>>[number];
interface Person {
  readonly slackId: string;
}

/** What a form sends back, with anything in it. */
export interface RawForm {
  readonly callbackId?: string;
  readonly metadata?: string;
  readonly values?: Record<string, unknown>;
  readonly blocks?: unknown;
  readonly team?: string;
  readonly userTeam?: string;
}

export interface Deciding {
  /** A case with a blocked account, and an open plan. */
  asked(plan?: TestPlan): Promise<Asked>;
  press(message: Message, actionId: string, person?: Person, value?: string): Promise<ClickOutcome>;
  /** The form that opens after a press. */
  open(message: Message, actionId: string, person?: Person, value?: string): Promise<OpenModal>;
  /** Listens from now on; what it gives waits until this person has a new direct message with these words. */
  ears(person: Person): (words: string | RegExp) => Promise<Message>;
  /** Rows of the inbox from now on. */
  counted(): Promise<() => Promise<readonly Row[]>>;
  /** The one row there is, after its signature was verified. */
  envelopeIn(row: Row): Promise<Envelope>;
  /** What was sealed with it. */
  saidIn(row: Row): Promise<Said>;
  /** A press as Slack would carry it, but with anything in it. */
  deliverClick(more: object): Promise<Delivery>;
  deliverForm(form: RawForm): Promise<Delivery>;
}

export function deciding({ workspace, prisma, settings, openCase }: Practice): Deciding {
  const posted = (postKey: string): Message | undefined =>
    workspace.messages(RESPONDERS).find((message) => message.metadata?.event_payload['post_key'] === postKey);
  const rows = (): Promise<readonly Row[]> => prisma.inbox.findMany({ orderBy: { seq: 'asc' } });
  const deliver = (payload: Record<string, unknown>): Promise<Delivery> =>
    workspace.deliver({
      envelope_id: randomUUID(),
      type: 'interactive',
      accepts_response_payload: payload['type'] === 'view_submission',
      payload,
    });
  const frame = { api_app_id: 'A0PRACTICE', trigger_id: '1.2.3' };

  const press: Deciding['press'] = (message, actionId, person = NOOR, value) =>
    workspace.as(person.slackId).click({ channel: RESPONDERS, ts: message.ts, actionId, ...(value === undefined ? {} : { value }) });

  return {
    press,
    async asked(plan = eradication(ANA.objectId)) {
      const one = await openCase(closed());
      await one.ask(plan);
      const cardKey = `card/${one.id}/${RESPONDERS}`;
      const promptKey = `plan/${one.id}/${plan.made.group}/${plan.made.round}/${RESPONDERS}`;
      const there = (key: string) => (): Message => {
        const message = posted(key);
        if (message === undefined) throw new Error(`expected a message ${key}, found none`);
        return message;
      };
      await until(workspace, () => posted(promptKey) !== undefined && posted(cardKey) !== undefined, 'card and prompt stand');
      return { one, plan, prompt: there(promptKey), card: there(cardKey) };
    },
    async open(message, actionId, person, value) {
      const modal = await (await press(message, actionId, person, value)).modal();
      if (modal === undefined) throw new Error(`expected a form after ${actionId}, got none`);
      return modal;
    },
    ears({ slackId }) {
      const before = workspace.dm(slackId).length;
      const heard = (words: string | RegExp) => (message: Message) => textOf(message).search(words) >= 0;
      return (words) =>
        until(workspace, () => workspace.dm(slackId).slice(before).find(heard(words)), `${slackId} is told "${String(words)}"`);
    },
    async counted() {
      const before = (await rows()).length;
      return async () => (await rows()).slice(before);
    },
    async envelopeIn(row) {
      const verified = verifySigned(row.envelope, await loadPublicKeys(settings.keys));
      if (verified.kind !== 'valid') throw new Error(`expected an envelope of ours, got one that is ${verified.code}`);
      expect(verified.envelope.key).toBe(row.key);
      if (verified.envelope.act === 'withdraw') throw new Error('expected a report or a decision, got a withdrawal');
      expect(verified.envelope.values.wordsSha256).toBe(row.sealed === null ? null : sealDigest(row.sealed));
      return verified.envelope;
    },
    async saidIn(row) {
      const said = await openSealedText(row.sealed ?? '', await loadSealingPrivateKey(settings.keys));
      if (!('shown' in said)) throw new Error('expected what was said with a decision, got the words of a report');
      return said;
    },
    deliverClick: (more) =>
      deliver({
        type: 'block_actions',
        team: { id: TEAM, domain: 'x' },
        user: { id: NOOR.slackId, username: 'noor', team_id: TEAM },
        ...frame,
        container: { type: 'message', message_ts: '1.0', channel_id: RESPONDERS },
        ...more,
      }),
    deliverForm: ({ callbackId = 'approve_form', metadata = '', values = {}, blocks = [], team = TEAM, userTeam = team }) =>
      deliver({
        type: 'view_submission',
        team: { id: team, domain: 'x' },
        user: { id: NOOR.slackId, username: 'noor', team_id: userTeam },
        ...frame,
        view: {
          id: `V${randomUUID().slice(0, 8).toUpperCase()}`,
          team_id: team,
          type: 'modal',
          callback_id: callbackId,
          private_metadata: metadata,
          blocks,
          state: { values },
        },
        response_urls: [],
      }),
  };
}

export const type = (modal: OpenModal, field: 'code' | 'why', value: string): void =>
  modal.fill({ blockId: field, actionId: field, value });

/** Four digits that are not the plan's. */
export const wrongCode = ({ code }: TestPlan): string => String(((Number(code) - 1000 + 1) % 9000) + 1000);

/** The one row there is. */
export async function only<Row>(added: () => Promise<readonly Row[]>): Promise<Row> {
  const [row, ...others] = await added();
  expect(others).toEqual([]);
  if (row === undefined) throw new Error('expected a row in the inbox, found none');
  return row;
}
