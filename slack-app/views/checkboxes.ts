// The boxes with which people say what of a plan is to be done, and the way back
// from what was ticked to the things themselves. A box says a number only: what
// comes back from outside can name nothing that is not in the plan.
import type { Checkboxes, InputBlock } from '@slack/types';
import { isChoice, type PlannedChange, tickedSteps } from '../../domain/plan.ts';
import type { PlanView } from '../../domain/plan-view.ts';
import { targetKey } from '../../domain/step.ts';
import { ATTRIBUTION_REASON, DECIDE } from '../plan-wording.ts';
import { shownWithin, untrusted } from '../untrusted.ts';
import { type Labels, labelOf } from './plan-lines.ts';
import { plain } from './report-modal.ts';

export const CHECKBOX_FIELD = 'tick';
/** Slack takes ten boxes a group, and 75 characters a box. */
const BOXES = 10;
const LONGEST_OPTION = 70;

/** A box for each thing, ten a group, by the name the prompt shows and with the reason why it is in the plan. */
export function checkboxBlocks({ plan, labels }: { readonly plan: Pick<PlanView, 'steps'>; readonly labels: Labels }): InputBlock[] {
  const boxes = choicesOf(plan).map(({ target, ticked, sorted }, at) => ({
    ticked,
    option: {
      text: plain(shownWithin(untrusted(labelOf(target, labels)), LONGEST_OPTION)),
      // Ids of things may be longer than Slack carries; a plan of one digest has its things in one order.
      value: String(at),
      ...(sorted === null ? {} : { description: plain(ATTRIBUTION_REASON[sorted.because]) }),
    },
  }));
  return groupsOf(boxes).map((group, at): InputBlock => {
    const ticked = group.filter((each) => each.ticked).map((each) => each.option);
    const element: Checkboxes = {
      type: 'checkboxes',
      action_id: CHECKBOX_FIELD,
      options: group.map((each) => each.option),
      ...(ticked.length === 0 ? {} : { initial_options: ticked }),
    };
    return { type: 'input', block_id: tickBlockId(at), label: plain(DECIDE.remove), optional: true, element };
  });
}

const choicesOf = ({ steps }: Pick<PlanView, 'steps'>): PlannedChange[] => steps.flatMap(({ changes }) => changes.filter(isChoice));

const groupsOf = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / BOXES) }, (_, at) => all.slice(at * BOXES, (at + 1) * BOXES));

const tickBlockId = (group: number): string => `${CHECKBOX_FIELD}-${group}`;

/** The blocks whose boxes make up the answer: each of them is sent, also with nothing ticked. */
export const checkboxBlockIds = (plan: Pick<PlanView, 'steps'>): string[] => groupsOf(choicesOf(plan)).map((_, at) => tickBlockId(at));

/**
 * The keys of everything that is ticked, from the values of the ticked boxes.
 * What is no choice keeps the tick it has.
 * @returns null when a value is of no box of this plan
 */
export function checkedTargets(plan: Pick<PlanView, 'steps'>, values: readonly string[]): string[] | null {
  const choices = choicesOf(plan);
  const picked = values.map((value) => (/^\d{1,3}$/.test(value) ? choices[Number(value)] : undefined));
  if (picked.includes(undefined)) return null;
  const fixed = tickedSteps(plan).flatMap(({ changes }) => changes.filter((change) => !isChoice(change)));
  return [...new Set([...picked.filter((choice) => choice !== undefined), ...fixed].map(({ target }) => targetKey(target)))];
}
