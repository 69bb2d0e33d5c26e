// The steps that a plan of each kind may hold, in order. An approver trusts the kind: an eradication never enables an account.
import { isChoice, type PlanContent, type PlanKind } from './plan.ts';
import type { Fact, StepName, Target } from './step.ts';

interface AllowedStep {
  readonly step: StepName;
  readonly target: Target['kind'];
  /** Absent when the value is a time. */
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
  // The steps that can be undone; the ledger of the case says which change it is.
  undo: [{ step: 'release-false-alarm', target: 'account', to: false }],
};

/** Does this plan hold only steps of its kind, each once and in order, with every change of the account itself ticked? */
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
