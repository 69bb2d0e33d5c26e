/** A person at work in the practice workspace: what they press reaches the app, what they see comes from it. */

import type { Conversation, StoredMessage } from './conversations.ts';
import type { SocketDelivery } from './delivery.ts';
import { createForm, holdsValue } from './form.ts';
import { type ModalParts, openModal } from './modal.ts';
import { appHomeOpenedEvent, eventPayload, messageActionPayload, shortcutPayload } from './payloads.ts';
import type { Person } from './people.ts';
import { filledBy, findElement, pressedElement } from './press.ts';
import { NO_ANSWER, SlackSaid } from './slack-errors.ts';
import type { ClickTarget, EphemeralMessage, SlackUser } from './types.ts';
import { asView, type StoredView } from './views.ts';
import type { WorkspaceState } from './workspace-state.ts';

export interface SlackUserParts {
  readonly world: WorkspaceState;
  readonly carrier: SocketDelivery;
  /** Absolute, for response URLs. */
  readonly baseUrl: () => string;
}

export function slackUser({ world, carrier, baseUrl }: SlackUserParts, person: Person): SlackUser {
  const { views, conversations, transcript } = world;
  const did = (act: string, details: Record<string, unknown>): void =>
    void transcript.write({ kind: 'person.act', person: person.id, act, details });
  const saw = (text: string): void => void transcript.write({ kind: 'person.saw', person: person.id, text });

  /** The view a trigger opens, or undefined when its life is over. Call it before the payload is sent. */
  const watchTrigger = (triggerId: string): Promise<StoredView | undefined> =>
    new Promise((resolve) => {
      const forget = views.whenExchanged(triggerId, (view) => {
        clearTimeout(timer);
        forget();
        resolve(view);
      });
      const timer = setTimeout(() => {
        forget();
        resolve(undefined);
      }, world.patienceMs);
      timer.unref();
    });

  const parts: ModalParts = {
    world,
    person,
    carrier,
    async press(inView, payloadFor) {
      const triggerId = views.issueTrigger(person.id, inView);
      const opening = watchTrigger(triggerId);
      const delivery = await carrier.interactive(payloadFor(triggerId), false);
      const acked = delivery.kind === 'acked';
      if (!acked) saw(NO_ANSWER.click);
      return {
        acked,
        within: acked ? delivery.within : delivery.kind === 'timed-out' ? delivery.after : 0,
        ...(acked ? {} : { text: NO_ANSWER.click }),
        async modal() {
          const view = await opening;
          return view === undefined ? undefined : openModal(parts, view);
        },
      };
    },
  };

  function spotOf(target: ClickTarget): {
    readonly conversation: Conversation;
    readonly message: StoredMessage;
    readonly isEphemeral: boolean;
  } {
    const conversation = conversations.find(target.channel);
    if (conversation === undefined || !conversation.members.has(person.id))
      throw new SlackSaid(`${person.name} cannot see ${target.channel}`);
    const message = conversations.message(target.channel, target.ts);
    if (message !== undefined) return { conversation, message, isEphemeral: false };
    const whisper = conversations.whispers(person.id).find((one) => one.ts === target.ts && one.channel === target.channel);
    if (whisper === undefined) throw new SlackSaid(`there is no message ${target.ts} in ${target.channel}`);
    return { conversation, message: whisperAsMessage(whisper, world), isEphemeral: true };
  }

  return {
    id: person.id,

    async openShortcut(callbackId) {
      if (person.teamId !== world.team.id) throw new SlackSaid('shortcuts of this workspace are not offered to people from another one');
      did('shortcut', { callbackId });
      const triggerId = views.issueTrigger(person.id);
      const opening = watchTrigger(triggerId);
      const delivery = await Promise.race([
        carrier.interactive(shortcutPayload(world, person, callbackId, triggerId), true),
        // The modal may come before the ack: then no one waits for the ack.
        opening.then((view) => (view === undefined ? new Promise<never>(() => undefined) : ('opened' as const))),
      ]);
      if (delivery !== 'opened' && delivery.kind !== 'acked') {
        saw(NO_ANSWER.shortcut);
        throw new SlackSaid(NO_ANSWER.shortcut);
      }
      const view = await opening;
      if (view === undefined) {
        saw(NO_ANSWER.noModal);
        throw new SlackSaid(NO_ANSWER.noModal);
      }
      return openModal(parts, view);
    },

    async click(target) {
      const { conversation, message, isEphemeral } = spotOf(target);
      const { block, element } = findElement(message.blocks, target);
      const pressed = pressedElement(world, block, element, target.value);
      const form = createForm(world.people);
      if (holdsValue(element)) form.fill(message.blocks, filledBy(block, element, target.value));
      const state = form.values(message.blocks);
      did('click', { ...target });
      const responseUrl = `${baseUrl()}${world.responseUrls.issue({ channel: conversation.id, person: person.id, messageTs: message.ts })}`;
      return await parts.press(undefined, (triggerId) =>
        messageActionPayload(world, person, { conversation, message, isEphemeral, state }, pressed, triggerId, responseUrl),
      );
    },

    async openHome() {
      did('open-home', {});
      const { conversation } = conversations.directWith(person.id);
      const event = appHomeOpenedEvent(world, person, conversation, views.home(person.id));
      const delivery = await carrier.event(eventPayload(world, event));
      return { acked: delivery.kind === 'acked', within: delivery.kind === 'acked' ? delivery.within : 0 };
    },

    write(channel, text) {
      const conversation = conversations.find(channel);
      if (conversation?.members.has(person.id) !== true) throw new SlackSaid(`${person.name} cannot see ${channel}`);
      // The manifest makes the app's Messages tab read-only.
      if (conversation.kind === 'im') throw new SlackSaid('sending messages to this app has been turned off');
      did('write', { channel });
      return conversations.post(channel, { user: person.id, text, blocks: [] });
    },

    home() {
      const view = views.home(person.id);
      return view === undefined ? undefined : asView(view);
    },

    reads(channel) {
      if (conversations.find(channel)?.members.has(person.id) !== true) throw new SlackSaid(`${person.name} cannot see ${channel}`);
      return conversations.messages(channel);
    },

    ephemerals: () => conversations.whispers(person.id),
  };
}

function whisperAsMessage(whisper: EphemeralMessage, world: WorkspaceState): StoredMessage {
  const { channel, ts, text, blocks } = whisper;
  return { channel, ts, text, blocks, user: world.botUserId, botId: world.botId, version: 1 };
}
