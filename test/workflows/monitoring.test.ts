// What is found during eradication and monitoring, and how the running case reacts.
import { describe, expect, it } from 'vitest';
import type { StepRun } from '../../activities/steps/step-context.ts';
import { gate } from '../setup/gate.ts';
import {
  approve,
  BEA,
  begin,
  CAI,
  count,
  failing,
  kinds,
  names,
  planning,
  reasons,
  runs,
  say,
  sessionsEnded,
  stage,
} from './decision-fixtures.ts';
import { plan, shut, verified } from './workflow-harness.ts';

describe('a new item', () => {
  it('gets a plan and a decision of its own, when it changed after the plan', async () => {
    const first = plan();
    const { make, asked, made } = planning();
    await begin(first, { 'plan.make': make, 'remove-methods.apply': async () => verified('remove-methods', { dropped: 1 }) });
    await approve(first, BEA);
    await expect.poll(() => asked.map(({ because }) => because)).toEqual(['item-changed']);
    await approve(made[0] ?? plan(), CAI);
    await expect.poll(() => asked.length).toBe(2);
  });

  it('is planned three times when it keeps coming back; then the case is on hold and a person is paged', async () => {
    const first = plan();
    const { make, asked, made } = planning();
    await begin(first, { 'plan.make': make, 'remove-methods.apply': async () => verified('remove-methods', { newItems: 1 }) });
    await approve(first, BEA);
    for (let round = 0; round < 3; round += 1) {
      await expect.poll(() => made.length).toBe(round + 1);
      expect(asked[round]).toMatchObject({ because: 'new-item' });
      await approve(made[round] ?? plan(), BEA);
    }
    await expect.poll(kinds).toContain('case.held');
    expect(made).toHaveLength(3);
  });

  it('is also what a recheck finds after the eradication', async () => {
    const first = plan();
    const { make, asked } = planning();
    let looks = 0;
    await begin(first, {
      'plan.make': make,
      recheck: async ({ cleaned }) => ({ ...shut, newItems: cleaned && ++looks === 1 ? 1 : 0, at: Date.now() }),
    });
    await approve(first, BEA);
    await expect.poll(() => asked.map(({ because }) => because)).toContain('new-item');
  });

  it('is an approver who may not approve any more: the plan is made anew', async () => {
    const first = plan();
    const { make, asked, made } = planning({ steps: ['reset-password'] });
    await begin(first, {
      'plan.make': make,
      'reset-password.apply': async (run) => {
        if (run.order.kind === 'plan' && run.order.digest === first.digest) return failing('APPROVAL_LOST')();
        return verified('reset-password');
      },
    });
    await approve(first, BEA);
    await expect.poll(() => asked.map(({ because }) => because)).toEqual(['approval-lost']);
    await approve(made[0] ?? plan(), CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });
});

describe('what every recheck finds, and no step can remove', () => {
  it('puts the case on hold after a while, and a responder is paged', async () => {
    const first = plan();
    await begin(first, {
      'plan.make': async () => ({ kind: 'nothing' }),
      recheck: async ({ cleaned }) => ({ ...shut, newItems: cleaned ? 1 : 0, at: Date.now() }),
    });
    await approve(first, BEA);
    await expect.poll(kinds).toContain('case.held');
  });
});

describe('an account that is found open', () => {
  const openOnce = () => {
    let tries = 0;
    return async (run: StepRun) => {
      runs.push(run);
      tries += 1;
      return tries === 1 ? failing('ACCOUNT_OPEN')() : verified('remove-methods');
    };
  };

  it('during eradication is contained once more, and the eradication continues where it stopped', async () => {
    const made = plan();
    await begin(made, { 'remove-methods.apply': openOnce() });
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(kinds()).not.toContain('case.held');
    expect(kinds().filter((kind) => kind === 'account.blocked')).toHaveLength(2);
    const order = names();
    expect(order.filter((name) => name === 'block-sign-in.apply')).toHaveLength(2);
    expect(order.filter((name) => name === 'reset-password.apply')).toHaveLength(1);
    expect(order.lastIndexOf('block-sign-in.apply')).toBeLessThan(order.lastIndexOf('remove-methods.apply'));
  });

  it('again and again is left to people', async () => {
    const made = plan();
    await begin(made, { 'remove-methods.apply': failing('ACCOUNT_OPEN') });
    await approve(made, BEA);
    await expect.poll(kinds).toContain('case.held');
    expect(count('block-sign-in.apply')).toBe(3);
  });
});

describe('what people know of', () => {
  it('when they resume does not put the case on hold again, and it closes with the outcome blocked', async () => {
    let looks = 0;
    const made = plan();
    await begin(made, {
      recheck: async () => {
        looks += 1;
        return { ...shut, actsAfter: looks < 2 ? 1 : 2, at: Date.now() };
      },
    });
    await expect.poll(kinds).toContain('case.held');
    await say('confirm-containment', BEA);
    // People are paged once the case has the result of a recheck.
    await expect
      .poll(
        () => reasons.filter((reason) => reason.kind === 'on-hold' && reason.reasons.some(({ kind }) => kind === 'activity-after')).length,
      )
      .toBeGreaterThan(1);
    await say('resume', CAI);
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'blocked' });
  });

  it('does not put the case on hold, also when a recheck was under way during the resume', async () => {
    const { open, opened } = gate();
    let looks = 0;
    const made = plan();
    await begin(made, {
      recheck: async () => {
        looks += 1;
        if (looks === 2) await opened;
        return { ...shut, actsAfter: 1, at: Date.now() };
      },
    });
    await expect.poll(kinds).toContain('case.held');
    await say('confirm-containment', BEA);
    await expect.poll(() => looks).toBe(2);
    await say('resume', CAI);
    await expect.poll(kinds).toContain('hold.ended');
    open();
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'blocked' });
    expect(kinds().filter((kind) => kind === 'case.held')).toHaveLength(1);
  });

  it('does not include a sign-in while the account was open: its sessions are revoked again, and both containment times start again', async () => {
    const made = plan();
    let looks = 0;
    await begin(made, {
      recheck: async () => {
        looks += 1;
        return { ...shut, signInsAfterBlocking: looks === 1 ? 1 : 0, at: Date.now() };
      },
    });
    await expect.poll(kinds).toContain('case.held');
    await expect.poll(() => sessionsEnded.length).toBe(2);
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(kinds().filter((kind) => kind === 'account.blocked')).toHaveLength(2);
  });

  it('is planned for, also what came after the third time', async () => {
    const first = plan();
    const { make, made } = planning();
    await begin(first, { 'plan.make': make, 'remove-methods.apply': async () => verified('remove-methods', { newItems: 1 }) });
    await approve(first, BEA);
    for (let round = 0; round < 3; round += 1) {
      await expect.poll(() => made.length).toBe(round + 1);
      await approve(made[round] ?? plan(), BEA);
    }
    await expect.poll(kinds).toContain('case.held');
    await say('resume', CAI);
    await expect.poll(() => made.length).toBe(4);
  });
});

describe('what happened', () => {
  it('is written down while the case waits for people, and not when they come', async () => {
    const { make, made } = planning({ steps: ['release-false-alarm'] });
    await begin(plan(), { 'plan.make': make });
    await say('ask-undo', BEA);
    await expect.poll(() => made.length).toBe(1);
    await approve(made[0] ?? plan(), CAI);
    await expect.poll(() => kinds().filter((kind) => kind === 'account.blocked')).toHaveLength(2);
  });

  it('is written down while a step is at it', async () => {
    const made = plan();
    const { open, opened } = gate();
    await begin(made, {
      'remove-methods.apply': async () => {
        await opened;
        return verified('remove-methods');
      },
    });
    await approve(made, BEA);
    await expect.poll(() => count('reset-password.apply')).toBe(1);
    await say('hold', CAI);
    await expect.poll(kinds).toContain('case.held');
    await say('resume', CAI);
    await expect.poll(kinds).toContain('hold.ended');
    open();
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });
});

describe('what a recheck finds', () => {
  it('at every recheck is asked about once, and not three times at once', async () => {
    const first = plan();
    const { make, made } = planning();
    let looks = 0;
    await begin(
      first,
      {
        'plan.make': make,
        recheck: async ({ cleaned }) => {
          looks += 1;
          return { ...shut, newItems: cleaned ? 1 : null, at: Date.now() };
        },
      },
      { accessTokenMs: 600 },
    );
    await approve(first, BEA);
    await expect.poll(() => made.length).toBe(1);
    const before = looks;
    await expect.poll(() => looks).toBeGreaterThan(before + 2);
    expect(made).toHaveLength(1);
    expect(kinds()).not.toContain('case.held');
  });
});

describe('a hold that only the ledger has', () => {
  it('is taken over by the case, and a responder is paged', async () => {
    const made = plan();
    let held = true;
    await begin(made, { 'reset-password.apply': async () => (held ? failing('CASE_HELD')() : verified('reset-password')) });
    await approve(made, BEA);
    await expect.poll(kinds).toContain('case.held');
    held = false;
    await say('resume', CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });
});
