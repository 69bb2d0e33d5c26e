// The checkboxes of a plan, and the way back from ticked boxes to items. The value of a box is only a number, so a forged
// value cannot name an item that is not in the plan.
import type { Checkboxes, InputBlock } from '@slack/types';
import { isChoice, type PlannedChange, tickedSteps } from '../../domain/plan.ts';
import type { PlanView } from '../../domain/plan-view.ts';
import { targetKey } from '../../domain/step.ts';
import { ATTRIBUTION_REASON, DECIDE } from '../plan-wording.ts';
import { shownWithin, untrusted } from '../untrusted.ts';
import { type Labels, labelOf } from './plan-lines.ts';
import { plain } from './report-modal.ts';

export const CHECKBOX_FIELD = 'tick';
/** Slack accepts ten boxes per group, and 75 characters per box. */
const BOXES = 10;
const LONGEST_OPTION = 70;

/** A box for each item, ten per group, with its name and the reason why it is in the plan. */
export function checkboxBlocks({ plan, labels }: { readonly plan: Pick<PlanView, 'steps'>; readonly labels: Labels }): InputBlock[] {
  const boxes = choicesOf(plan).map(({ target, ticked, sorted }, at) => ({
    ticked,
    option: {
      text: plain(shownWithin(untrusted(labelOf(target, labels)), LONGEST_OPTION)),
      // Ids of items may be longer than Slack accepts; the digest of a plan fixes the order of its items.
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

/** The block ids of the answer: each block is sent, also with nothing ticked. */
export const checkboxBlockIds = (plan: Pick<PlanView, 'steps'>): string[] => groupsOf(choicesOf(plan)).map((_, at) => tickBlockId(at));

/**
 * The keys of all ticked targets, from the values of the ticked boxes. A change
 * that is not a choice keeps its tick.
 * @returns null when a value is of no box of this plan
 */
export function checkedTargets(plan: Pick<PlanView, 'steps'>, values: readonly string[]): string[] | null {
  const choices = choicesOf(plan);
  const picked = values.map((value) => (/^\d{1,3}$/.test(value) ? choices[Number(value)] : undefined));
  if (picked.includes(undefined)) return null;
  const fixed = tickedSteps(plan).flatMap(({ changes }) => changes.filter((change) => !isChoice(change)));
  return [...new Set([...picked.filter((choice) => choice !== undefined), ...fixed].map(({ target }) => targetKey(target)))];
}
