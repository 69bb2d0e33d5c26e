// What a plan of each group may consist of, in its order. Whoever approves a
// plan trusts its name: a "eradication" opens no account.
import { isChoice, type PlanContent, type PlanKind } from './plan.ts';
import type { Fact, StepName, Target } from './step.ts';

interface AllowedStep {
  readonly step: StepName;
  readonly target: Target['kind'];
  /** Left out where it is a time. */
  readonly to?: Fact;
}

const PLAN_STEPS: Readonly<Record<PlanKind, readonly AllowedStep[]>> = {
  containment: [
    { step: 'block-sign-in', target: 'account', to: false },
    { step: 'revoke-sessions', target: 'account' },
  ],
  eradication: [
    { step: 'reset-password', target: 'account' },
    { step: 'remove-methods', target: 'method', to: null },
    { step: 'revoke-sessions', target: 'account' },
  ],
  release: [
    { step: 'reset-password', target: 'account' },
    { step: 'release-false-alarm', target: 'account', to: true },
  ],
  // The steps that can be taken back; which change it is, the record of the case says.
  undo: [{ step: 'release-false-alarm', target: 'account', to: false }],
};

/** Has this plan only steps of its group, each once and in their order, and every move on the account itself ticked? */
export function isAllowedInPhase({ group, steps }: Pick<PlanContent, 'group' | 'steps'>): boolean {
  const allowed = PLAN_STEPS[group];
  let turn = -1;
  return steps.every(({ step, changes }) => {
    const at = allowed.findIndex((each) => each.step === step);
    const rule = allowed[at];
    if (rule === undefined || at <= turn) return false;
    turn = at;
    return changes.every(
      (change) =>
        change.target.kind === rule.target && (rule.to === undefined || change.to === rule.to) && (isChoice(change) || change.ticked),
    );
  });
}
