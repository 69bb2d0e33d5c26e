// An approver trusts the kind of a plan.
import { describe, expect, it } from 'vitest';
import { PLAN_KINDS, type PlanKind, type PlannedStep } from '../../domain/plan.ts';
import { isAllowedInPhase } from '../../domain/plan-rules.ts';
import type { Fact, StepName } from '../../domain/step.ts';

const account = (step: StepName, to: Fact, ticked = true): PlannedStep => ({
  step,
  changes: [
    {
      target: { kind: 'account', id: 'a' },
      from: null,
      to,
      why: 'attacker-may-know-password',
      undo: { kind: 'can', code: 'block-again' },
      ticked,
      sorted: null,
    },
  ],
});
const methods = (...ticked: readonly boolean[]): PlannedStep => ({
  step: 'remove-methods',
  changes: ticked.map((each, at) => ({
    target: { kind: 'method', id: `m${at}`, method: 'fido2' },
    from: 'f',
    to: null,
    why: 'attacker-may-know-password',
    undo: { kind: 'cannot', code: 'old-password-gone' },
    ticked: each,
    sorted: null,
  })),
});
const BLOCK = account('block-sign-in', false);
const REVOKE = account('revoke-sessions', 'now');
const RESET = account('reset-password', 'now');
const OPEN = account('release-false-alarm', true);
const BLOCKED = account('release-false-alarm', false);

describe('a plan fits its group', () => {
  it.each<[string, readonly PlannedStep[], readonly PlanKind[]]>([
    ['a block and a revocation', [BLOCK, REVOKE], ['containment']],
    ['a revocation alone', [REVOKE], ['containment', 'eradication']],
    ['a new password, methods and a revocation', [RESET, methods(true, false), REVOKE], ['eradication']],
    ['a new password alone', [RESET], ['eradication', 'release']],
    ['a new password, and the account enabled', [RESET, OPEN], ['release']],
    ['the account enabled', [OPEN], ['release']],
    ['the account blocked again', [BLOCKED], ['undo']],
    ['the account enabled by the step that blocks it', [account('block-sign-in', true)], []],
    ['the account enabled before its new password', [OPEN, RESET], []],
    ['the revocation before the methods', [REVOKE, methods(true)], []],
    ['a step twice', [REVOKE, REVOKE], []],
    ['a new password that is not ticked', [account('reset-password', 'now', false), OPEN], []],
    ['the account itself among the methods', [{ ...RESET, step: 'remove-methods' }], []],
  ])('%s', (_, steps, groups) => {
    expect(PLAN_KINDS.filter((group) => isAllowedInPhase({ group, steps }))).toEqual(groups);
  });
});
