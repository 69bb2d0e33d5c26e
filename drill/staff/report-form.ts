// Fills in the report form as a person does: by reading what stands beside each
// field. A form without a field they need is a finding, not something to work
// around.
import { setTimeout as pause } from 'node:timers/promises';
import type { ReportAction } from '../scenarios/types.ts';
import type { Fill, InputOnScreen, OpenModal, SubmitOutcome, Workspace } from '../slack/types.ts';

/** The global shortcut of the product's manifest. */
export const REPORT_SHORTCUT = 'report_sign_in';

const MOST_PRESSES = 3;
/** Real time: how long a person reads before pressing again. */
const PRESS_AGAIN_AFTER_MS = 500;

/** What the person saw after pressing "send". */
export interface Filed {
  readonly kind: 'received' | 'refused' | 'failed';
  readonly saw: string;
}

/** Opens the shortcut as this person, fills the form in and sends it. Every mishap is what the person saw. */
export async function fileReport(
  workspace: Workspace,
  slackId: string,
  act: Pick<ReportAction, 'what' | 'when' | 'words'>,
  aboutSlackId: string | null,
): Promise<Filed> {
  try {
    const modal = await workspace.as(slackId).openShortcut(REPORT_SHORTCUT);
    for (const fill of answers(modal.inputs(), act, aboutSlackId)) modal.fill(fill);
    for (let tries = 1; ; tries += 1) {
      const filed = told(await modal.submit(), modal);
      // What was filled in still stands in the form: a person who is told to press once more does so before opening another one.
      if (filed.kind === 'received' || tries === MOST_PRESSES || !modal.open) return filed;
      await pause(PRESS_AGAIN_AFTER_MS);
    }
  } catch (error) {
    return { kind: 'failed', saw: error instanceof Error ? error.message : String(error) };
  }
}

function answers(
  inputs: readonly InputOnScreen[],
  { what, when, words }: Pick<ReportAction, 'what' | 'when' | 'words'>,
  about: string | null,
): Fill[] {
  const fills: Fill[] = [
    { ...place(choice(inputs, what), `an answer "${what}"`), option: what },
    { ...place(choice(inputs, when), `an answer "${when}"`), option: when },
  ];
  if (about !== null) {
    const picker = inputs.find((input) => input.type === 'users_select');
    fills.push({ ...place(picker, 'a place to say whose account it is'), userId: about });
  }
  const free: readonly (readonly [string | undefined, RegExp, string])[] = [
    [words.contacted, /contact/i, 'a place to say who contacted them'],
    [words.else, /else/i, 'a place for anything else'],
    [words.reach, /reach/i, 'a place to say how to reach them'],
  ];
  for (const [value, label, missing] of free) {
    if (value === undefined) continue;
    const input = inputs.find((each) => each.type === 'plain_text_input' && label.test(each.label));
    fills.push({ ...place(input, missing), value });
  }
  return fills;
}

const choice = (inputs: readonly InputOnScreen[], code: string): InputOnScreen | undefined =>
  inputs.find((input) => input.options.some((option) => option.value === code));

function place(input: InputOnScreen | undefined, missing: string): { blockId: string; actionId: string } {
  if (input === undefined) throw new Error(`the form has no ${missing.replace(/^an? /, '')}`);
  return { blockId: input.blockId, actionId: input.actionId };
}

function told(outcome: SubmitOutcome, modal: OpenModal): Filed {
  switch (outcome.kind) {
    case 'updated':
      return { kind: 'received', saw: outcome.view.title ?? 'a new view' };
    case 'closed':
      return { kind: 'received', saw: 'the form closed' };
    case 'pushed':
      return { kind: 'received', saw: modal.view.title ?? 'another view' };
    case 'errors':
      return { kind: 'refused', saw: Object.values(outcome.errors).join(' ') };
    case 'failed':
      return { kind: 'failed', saw: outcome.text };
  }
}
