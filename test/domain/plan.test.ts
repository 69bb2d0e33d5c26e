import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { caseId } from '../../domain/ids.ts';
import { type PlanContent, type PlannedChange, planCode, tickedSteps, withTicks } from '../../domain/plan.ts';

const method = (id: string, ticked: boolean): PlannedChange => ({
  target: { kind: 'method', id, method: 'phone' },
  from: `fingerprint of ${id}`,
  to: null,
  why: 'attacker-may-know-password',
  undo: { kind: 'cannot', code: 'old-password-gone' },
  ticked,
  sorted: null,
});
const account: PlannedChange = { ...method('ana', true), target: { kind: 'account', id: 'ana' }, from: null, to: 'now' };

const plan: PlanContent = {
  case: caseId('00000000-0000-4000-8000-000000000001'),
  group: 'eradication',
  round: 1,
  revision: 1,
  attempt: 2,
  steps: [
    { step: 'reset-password', changes: [account] },
    { step: 'remove-methods', changes: [method('a', true), method('b', false)] },
  ],
  byHand: [],
  kept: [],
  labelsSha256: '0'.repeat(64),
};

describe('a plan', () => {
  it('becomes another revision when a tick changes, and only then', () => {
    const revised = withTicks(plan, ['account:ana', 'method:b']);
    expect(revised).toMatchObject({ revision: 2, round: 1, attempt: 2 });
    expect(revised?.steps[1]?.changes.map((change) => change.ticked)).toEqual([false, true]);
    expect(withTicks(plan, ['account:ana', 'method:a'])).toBeNull();
  });

  it('accepts no tick for an item that is not in it', () => {
    expect(withTicks(plan, ['method:elsewhere'])).toBeNull();
  });

  it('never becomes a plan that does nothing: a person declines it instead', () => {
    const ofMethods = { ...plan, steps: plan.steps.filter(({ step }) => step === 'remove-methods') };
    expect(withTicks(ofMethods, ['method:b'])).not.toBeNull();
    expect(withTicks(ofMethods, [])).toBeNull();
  });

  it('keeps the moves on the account itself, whatever is ticked', () => {
    const revised = withTicks(plan, []);
    expect(revised?.steps[0]?.changes[0]?.ticked).toBe(true);
    expect(tickedSteps(revised ?? plan).map(({ step }) => step)).toEqual(['reset-password']);
  });
});

describe('a plan code', () => {
  it('has four digits, the first not a zero, and is the same for the same digest', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{64}$/), (digest) => {
        expect(planCode(digest)).toMatch(/^[1-9]\d{3}$/);
        expect(planCode(digest)).toBe(planCode(digest));
      }),
    );
  });

  it('differs between digests, nearly always', () => {
    const codes = new Set(
      Array.from({ length: 1000 }, (_, at) => planCode((at * 7919).toString(16).padStart(12, '3').repeat(6).slice(0, 64))),
    );
    expect(codes.size).toBeGreaterThan(850);
  });
});
