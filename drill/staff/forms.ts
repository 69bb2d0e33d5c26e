// Small forms that open from a button, filled in as a person does: by what
// stands beside each field. A form without the field they need is a finding.
import { setTimeout as pause } from 'node:timers/promises';
import { blockLines } from '../message-text.ts';
import { interactiveElements } from '../slack/block-kit/blocks.ts';
import type { OpenModal, SubmitOutcome, View } from '../slack/types.ts';

/** What a person saw after pressing. */
export interface Told {
  readonly kind: 'received' | 'refused' | 'failed';
  readonly saw: string;
  /** They were told to try once more, or Slack itself had trouble: it is not over. */
  readonly again: boolean;
}

const MOST_PRESSES = 3;
/** Real time: how long a person reads before pressing again. */
const PRESS_AGAIN_AFTER_MS = 500;
/** "In ten minutes, again" is no such word. */
const AT_ONCE_AGAIN = /\bonce more\b/i;

/** @throws Error when there is no such field */
export function typeInto(modal: OpenModal, label: RegExp, value: string): void {
  const input = modal.inputs().find((each) => TYPED.includes(each.type) && label.test(each.label));
  if (input === undefined) {
    const there = modal.inputs().map((each) => `"${each.label}"`);
    throw new Error(`the form has no field ${label.source}; it has ${there.join(', ') || 'none'}`);
  }
  modal.fill({ blockId: input.blockId, actionId: input.actionId, value });
}

const TYPED: readonly string[] = ['plain_text_input', 'number_input'];

/** Ticks and unticks every box beside which one of these fragments stands. @throws Error when one stands nowhere */
export function choose(modal: OpenModal, { tick, untick }: { readonly tick: readonly string[]; readonly untick: readonly string[] }): void {
  const groups = boxesOn(modal.view);
  const beside = (fragment: string) => (option: Box) => option.text.toLowerCase().includes(fragment.toLowerCase());
  const missing = [...tick, ...untick].find((fragment) => !groups.some(({ boxes }) => boxes.some(beside(fragment))));
  if (missing !== undefined) {
    const there = groups.flatMap(({ boxes }) => boxes.map(({ text }) => `"${text}"`));
    throw new Error(`the form has no box "${missing}"; it has ${there.join(', ') || 'none'}`);
  }
  for (const { blockId, actionId, boxes } of groups) {
    const options = boxes
      .filter((box) => (box.ticked || tick.some((fragment) => beside(fragment)(box))) && !untick.some((fragment) => beside(fragment)(box)))
      .map(({ value }) => value);
    modal.fill({ blockId, actionId, options });
  }
}

interface Box {
  readonly value: string;
  readonly text: string;
  readonly ticked: boolean;
}

function boxesOn({ blocks }: View): { readonly blockId: string; readonly actionId: string; readonly boxes: readonly Box[] }[] {
  return blocks.flatMap((block) =>
    interactiveElements(block).flatMap((element) => {
      if (element.type !== 'checkboxes') return [];
      const ticked = (element.initial_options ?? []).map(({ value }) => value);
      return [
        {
          blockId: block.block_id ?? '',
          actionId: element.action_id ?? '',
          boxes: element.options.map(({ value, text }) => ({ value, text: text.text, ticked: ticked.includes(value) })),
        },
      ];
    }),
  );
}

/** Sends the form; presses again when Slack had trouble or the form itself says so. */
export async function send(modal: OpenModal): Promise<Told> {
  for (let presses = 1; ; presses += 1) {
    const told = tell(await modal.submit());
    if (!told.again || presses === MOST_PRESSES || !modal.open) return told;
    await pause(PRESS_AGAIN_AFTER_MS);
  }
}

function tell(outcome: SubmitOutcome): Told {
  switch (outcome.kind) {
    case 'updated':
      return { kind: 'received', saw: inWords(outcome.view), again: false };
    case 'pushed':
      return { kind: 'received', saw: inWords(outcome.modal.view), again: false };
    case 'closed':
      return { kind: 'received', saw: 'the form closed', again: false };
    case 'errors': {
      const saw = Object.values(outcome.errors).join(' ');
      return { kind: 'refused', saw, again: outcome.by === 'app' && AT_ONCE_AGAIN.test(saw) };
    }
    case 'failed':
      return { kind: 'failed', saw: outcome.text, again: true };
  }
}

const LONGEST = 300;

/** A view in one line: its title, and what stands below it. */
const inWords = ({ title, blocks }: View): string =>
  [title ?? 'a new view', ...blocks.flatMap(blockLines)]
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' / ')
    .slice(0, LONGEST);
