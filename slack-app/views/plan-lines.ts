// A plan as people read it: each change, what cannot be undone, what stays, and later the progress. Names of items come
// from outside and may be long. All items are always shown; when there are many, their names are cut shorter.
import type { RichTextBlock, RichTextList } from '@slack/types';
import { CHANGE_REASON, UNDO } from '../../domain/labels.ts';
import { isChoice, type PlanLabels, type PlannedChange, type PlannedStep, tickedSteps } from '../../domain/plan.ts';
import type { PlanView } from '../../domain/plan-view.ts';
import { type Target, targetKey, type Undo } from '../../domain/step.ts';
import { ATTRIBUTION_REASON, byHandTask, METHOD_KIND, PLAN, plannedStepName, stepProgress } from '../plan-wording.ts';
import { shown, untrusted } from '../untrusted.ts';
import { bullets, line, type Piece, paragraph, strong } from './rich-text.ts';

type Elements = RichTextBlock['elements'];

/** The names of a plan's items, once they match the ledger; null when they do not. */
export type Labels = PlanLabels | null;

/** For a plan that names nothing but the account. */
export const NO_NAMES: PlanLabels = { salt: '', of: {}, kept: [], byHand: [] };

/** Does a plan change single items, which have names? */
export const hasNamedItems = ({ steps }: Pick<PlanView, 'steps'>): boolean => steps.some(({ changes }) => changes.some(isChoice));

export const tickedCount = (plan: Pick<PlanView, 'steps'>): number => tickedSteps(plan).flatMap(({ changes }) => changes).length;

const FEW = 20;
const LONG_NAME = 120;
const SHORT_NAME = 48;
/** The most items that stay and are named. */
const MOST_KEPT = 20;

/** How items are named in one message. */
interface Naming {
  readonly labels: Labels;
  readonly longest: number;
}

const namingOf = ({ steps }: Pick<PlanView, 'steps'>, labels: Labels): Naming => {
  const many = steps.flatMap(({ changes }) => changes).length + (labels?.kept.length ?? 0) > FEW;
  return { labels, longest: many ? SHORT_NAME : LONG_NAME };
};

/**
 * For people who are about to decide.
 * @param ticks may they still be changed?
 */
export function planLines(plan: Pick<PlanView, 'steps' | 'byHand'>, labels: Labels, ticks: 'open' | 'fixed'): Elements {
  const naming = namingOf(plan, labels);
  const open = notTicked(plan);
  return [
    ...tickedSteps(plan).flatMap((step) => stepLines(step, naming)),
    ...(open.length === 0
      ? []
      : [
          line(strong(ticks === 'open' ? PLAN.notTicked : PLAN.notTickedStays)),
          bullets(open.map((change) => changeLine(change, naming))),
          paragraph(),
        ]),
    ...kept(naming),
    ...byHand(plan, naming),
    ...undoLines(plan),
  ];
}

/** For people who read the result. */
export function decidedLines(plan: Pick<PlanView, 'steps' | 'byHand' | 'progress'>, labels: Labels, shows: 'progress' | 'plan'): Elements {
  const naming = namingOf(plan, labels);
  const open = notTicked(plan);
  const steps = tickedSteps(plan).flatMap((planned): RichTextList[] => {
    const progress = shows === 'progress' ? plan.progress.find(({ step }) => step === planned.step) : undefined;
    const items = planned.changes.filter(isChoice).map(({ target }) => [itemName(target, naming)]);
    return [
      bullets([[strong(plannedStepName(planned)), ...(progress === undefined ? [] : [`: ${stepProgress(progress)}`])]]),
      ...(items.length === 0 ? [] : [{ ...bullets(items), indent: 1 }]),
    ];
  });
  return [
    ...steps,
    paragraph(),
    ...(open.length === 0
      ? []
      : [
          paragraph(
            strong(shows === 'progress' ? PLAN.wasNotTicked : PLAN.onlyNotTicked),
            ...listed(open.map(({ target }) => itemName(target, naming))),
          ),
        ]),
    ...(labels === null ? [paragraph(PLAN.namesUnsureLater)] : []),
    ...(shows === 'progress' ? byHand(plan, naming) : []),
  ];
}

const notTicked = ({ steps }: Pick<PlanView, 'steps'>): PlannedChange[] =>
  steps.flatMap(({ changes }) => changes.filter((change) => !change.ticked));

function stepLines(planned: PlannedStep, naming: Naming): Elements {
  const items = planned.changes.filter(isChoice);
  const name = plannedStepName(planned);
  if (items.length === 0) return [paragraph(strong(`${name}. `), ...planned.changes.slice(0, 1).map(({ why }) => CHANGE_REASON[why]))];
  return [line(strong(`${name}:`)), bullets(items.map((change) => changeLine(change, naming))), paragraph()];
}

const changeLine = ({ target, sorted }: PlannedChange, naming: Naming): Piece[] => [
  itemName(target, naming),
  ...(sorted === null ? [] : [`: ${ATTRIBUTION_REASON[sorted.because]}`]),
];

const itemName = (target: Target, { labels, longest }: Naming): string => shown(untrusted(labelOf(target, labels)), longest);

/** The name of an item, which another person may have chosen; only its kind when the name does not match the ledger. */
export const labelOf = (target: Target, labels: Labels): string =>
  labels?.of[targetKey(target)] ?? (target.kind === 'method' ? METHOD_KIND[target.method] : 'The account');

function kept({ labels, longest }: Naming): Elements {
  if (labels === null || labels.kept.length === 0) return [];
  const named = labels.kept.slice(0, MOST_KEPT).map((label) => shown(untrusted(label), longest));
  const more = labels.kept.length - named.length;
  return [paragraph(strong(PLAN.stays), ...listed(named), ...(more === 0 ? [] : [` and ${more} more`]))];
}

const listed = (names: readonly string[]): string[] => names.flatMap((name, at) => (at === 0 ? [name] : [', ', name]));

const byHand = ({ byHand: tasks }: Pick<PlanView, 'byHand'>, { labels, longest }: Naming): Elements =>
  tasks.map((task) => {
    const named = task.because === 'no-api' ? (labels?.byHand ?? []) : [];
    return paragraph(
      strong(PLAN.byHand),
      byHandTask(task),
      ...(named.length === 0 ? ['.'] : [': ', ...listed(named.map((label) => shown(untrusted(label), longest))), '.']),
    );
  });

/** Each sentence once, also when it holds for many items. */
function undoLines(plan: Pick<PlanView, 'steps'>): Elements {
  const undos = tickedSteps(plan).flatMap(({ changes }) => changes.map(({ undo }) => undo));
  const under = (heading: string, sentenceOf: (undo: Undo) => string | null): Elements => {
    const sentences = [...new Set(undos.map(sentenceOf))].filter((sentence) => sentence !== null);
    return sentences.length === 0 ? [] : [line(strong(heading)), bullets(sentences.map((sentence) => [sentence])), paragraph()];
  };
  return [
    ...under(PLAN.cannotUndo, (undo) => (undo.kind === 'cannot' ? UNDO[undo.code] : null)),
    ...under(PLAN.canUndo, (undo) => (undo.kind === 'can' ? UNDO[undo.code] : null)),
  ];
}
