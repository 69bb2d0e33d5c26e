// Which intents a run may follow. A stored intent authorizes nothing by itself.
// It must match the policy, for the two containment steps, or an approved plan,
// for exactly the ticked items. So write access to the ledger does not suffice
// to cause a change.
import { RunbookError } from '../../domain/errors.ts';
import { type PlanContent, tickedSteps } from '../../domain/plan.ts';
import { type Change, CONTAINMENT_STEPS, targetKey } from '../../domain/step.ts';
import type { Intent } from '../../ledger/intent.ts';
import { orderedBy } from '../../ledger/read-intent.ts';
import type { Step } from './step.ts';
import type { StepContext } from './step-context.ts';

/** Dates of two answers may come from two machines of Microsoft's. */
const BETWEEN_CLOCKS_MS = 60_000;

/** @throws RunbookError INTENT_MISSING for a step that the policy never orders */
export function requireOrdered<Seen>({ run, step }: Pick<StepContext<Seen>, 'run' | 'step'>): void {
  if (run.order.kind === 'plan' || CONTAINMENT_STEPS.some((name) => name === step.name)) return;
  throw new RunbookError('INTENT_MISSING', `expected a plan that people approved for ${step.name}, got an order of the policy`);
}

/**
 * @param plan null when the policy orders it
 * @throws RunbookError INTENT_MISSING when the entry under this intent's key speaks of another account, step, order or change
 */
export function requireAllowedChange<Seen>({ run, step, subject }: StepContext<Seen>, plan: PlanContent | null, intent: Intent): void {
  const { change, attempt, step: name, by, undoes } = intent;
  const about = change.target.kind === 'account' ? change.target.id === subject : plan !== null;
  const ordered = by === orderedBy(run.order);
  const takesBack = (undoes !== null) === (plan?.group === 'undo');
  const planned = plan === null || isPlanned(step, plan, change);
  if (about && ordered && takesBack && planned && attempt === run.attempt && name === step.name) return;
  throw new RunbookError(
    'INTENT_MISSING',
    'expected an intent of this step about this account, found one of another, which unapprove did not write',
  );
}

function isPlanned<Seen>(step: Step<Seen>, plan: PlanContent, change: Change): boolean {
  const planned = tickedSteps(plan)
    .find((each) => each.step === step.name)
    ?.changes.find(({ target }) => isSameTarget(target, change.target));
  if (planned === undefined) return false;
  return step.renewsTimes === true ? isRenewed(planned, change) : planned.from === change.from && planned.to === change.to;
}

const isSameTarget = (one: Change['target'], other: Change['target']): boolean =>
  targetKey(one) === targetKey(other) && (one.kind !== 'method' || (other.kind === 'method' && one.method === other.method));

/** An earlier time would take for done what happened before the plan. */
function isRenewed(planned: Change, { from, to }: Change): boolean {
  if (typeof from === 'boolean' || typeof to !== 'string' || Number.isNaN(Date.parse(to))) return false;
  return typeof planned.to !== 'string' || !(Date.parse(to) < Date.parse(planned.to) - BETWEEN_CLOCKS_MS);
}
