/**
 * A modal that a person uses. It follows the app's updates, sends what the
 * person submits, and turns the app's answer into what the person sees.
 */
import type { SocketDelivery } from './delivery.ts';
import { createForm, holdsValue, inputsOnScreen } from './form.ts';
import { readAnswer } from './modal-answer.ts';
import { viewActionPayload, viewClosedPayload, viewSubmissionPayload } from './payloads.ts';
import type { Person } from './people.ts';
import { filledBy, findElement, pressedElement } from './press.ts';
import { NO_ANSWER, SlackSaid } from './slack-errors.ts';
import type { ClickOutcome, Delivery, OpenModal, SubmitOutcome } from './types.ts';
import { asView, type StoredView } from './views.ts';
import type { WorkspaceState } from './workspace-state.ts';

export interface ModalParts {
  readonly world: WorkspaceState;
  readonly person: Person;
  readonly carrier: SocketDelivery;
  /** Sends a press, with a trigger of its own that may open a modal; `inView` when it happens inside one. */
  press(inView: string | undefined, payloadFor: (triggerId: string) => Record<string, unknown>): Promise<ClickOutcome>;
}

export function openModal(parts: ModalParts, opened: StoredView): OpenModal {
  const { world, person } = parts;
  const { views, transcript } = world;
  const form = createForm(world.people);
  let lastSeen = opened;

  const current = (): StoredView => {
    lastSeen = views.find(opened.id) ?? lastSeen;
    return lastSeen;
  };
  const mustBeOpen = (): StoredView => {
    if (views.find(opened.id) === undefined) throw new SlackSaid('this modal is closed');
    return current();
  };
  const saw = (text: string): void => void transcript.write({ kind: 'person.saw', person: person.id, text });
  const did = (act: string, details: Record<string, unknown>): void =>
    void transcript.write({ kind: 'person.act', person: person.id, act, details });

  return {
    get view() {
      return asView(current());
    },
    get open() {
      return views.find(opened.id) !== undefined;
    },
    inputs: () => inputsOnScreen(current().definition.blocks),

    fill(what) {
      form.fill(mustBeOpen().definition.blocks, what);
      did('fill', { ...what, viewId: opened.id });
    },

    async press({ actionId, blockId, value }) {
      const view = mustBeOpen();
      const { block, element } = findElement(view.definition.blocks, { actionId, blockId, value });
      did('press', { actionId, viewId: view.id, value });
      const pressed = pressedElement(world, block, element, value);
      if (holdsValue(element)) form.fill(view.definition.blocks, filledBy(block, element, value));
      return await parts.press(view.id, (triggerId) =>
        viewActionPayload(world, person, view, form.values(view.definition.blocks), pressed, triggerId),
      );
    },

    async submit(): Promise<SubmitOutcome> {
      const view = mustBeOpen();
      const { blocks } = view.definition;
      if (view.definition.type !== 'modal' || view.definition.submit === undefined) throw new SlackSaid('this modal has no submit button');
      const objections = form.objections(blocks);
      did('submit', { viewId: view.id, callbackId: view.definition.callback_id ?? '' });
      if (Object.keys(objections).length > 0) return { kind: 'errors', by: 'slack', errors: objections };
      const triggerId = views.issueTrigger(person.id, view.id);
      const delivery = await parts.carrier.interactive(viewSubmissionPayload(world, person, view, form.values(blocks), triggerId), true);
      const outcome = applyAnswer(view, delivery);
      if (outcome.kind === 'failed') saw(outcome.text);
      return outcome;
    },

    async close() {
      const view = mustBeOpen();
      did('close', { viewId: view.id });
      const state = form.values(view.definition.blocks);
      views.close(view);
      const { definition } = view;
      // The person does not wait until the app hears of it.
      if (definition.type === 'modal' && definition.notify_on_close === true) {
        void parts.carrier.interactive(viewClosedPayload(world, person, view, state, false), false);
      }
    },
  };

  /** What the app's answer to a submission does to the modal. A wrong answer shows the same text as none. */
  function applyAnswer(view: StoredView, delivery: Delivery): SubmitOutcome {
    if (delivery.kind !== 'acked') return { kind: 'failed', text: NO_ANSWER.submit };
    const answer = readAnswer(delivery.payload, view.definition.blocks);
    switch (answer.kind) {
      case 'close':
        views.close(view);
        return { kind: 'closed' };
      case 'clear':
        views.closeAll(view);
        return { kind: 'closed' };
      case 'errors':
        return { kind: 'errors', by: 'app', errors: answer.errors };
      case 'update': {
        const updated = views.update({ viewId: view.id }, answer.view);
        return updated.kind === 'done' ? { kind: 'updated', view: asView(updated.view) } : failed(updated.error);
      }
      case 'push': {
        const pushed = views.pushOnto(view, answer.view);
        return pushed.kind === 'done' ? { kind: 'pushed', modal: openModal(parts, pushed.view) } : failed(pushed.error);
      }
      case 'wrong':
        return failed(answer.why);
    }
  }

  function failed(why: string): SubmitOutcome {
    did('answer-refused-by-slack', { viewId: opened.id, why });
    return { kind: 'failed', text: NO_ANSWER.submit };
  }
}
