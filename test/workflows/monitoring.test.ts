// What is found while a case is cleaned up and watched, and what the running case makes of it.
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

describe('what is found on the way', () => {
  it('is planned again and asked again for it alone, when it had changed since the plan', async () => {
    const first = plan();
    const { make, asked, made } = planning();
    await begin(first, { 'plan.make': make, 'remove-methods.apply': async () => verified('remove-methods', { dropped: 1 }) });
    await approve(first, BEA);
    await expect.poll(() => asked.map(({ because }) => because)).toEqual(['item-changed']);
    await approve(made[0] ?? plan(), CAI);
    await expect.poll(() => asked.length).toBe(2);
  });

  it('is planned three times when it keeps coming back; then the case holds and a person is called', async () => {
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

  it('is what a look finds after the eradication, too', async () => {
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

describe('what a look finds again and again, and nobody can clean up', () => {
  it('holds the case after a while, and somebody is called', async () => {
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

  it('while it is cleaned up is closed once more, and the eradication goes on where it stood', async () => {
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
  it('when they say go on does not hold the case again, and it ends as closed and no more', async () => {
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
    // People are called once the case has heard what a look found.
    await expect
      .poll(
        () => reasons.filter((reason) => reason.kind === 'on-hold' && reason.reasons.some(({ kind }) => kind === 'activity-after')).length,
      )
      .toBeGreaterThan(1);
    await say('resume', CAI);
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'blocked' });
  });

  it('holds the case no more, also when a look was under way as they said go on', async () => {
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

  it('is no sign-in that was given out while the account was open: its sessions are ended again, and both clocks start anew', async () => {
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

describe('what a look finds', () => {
  it('at every look is asked about once, and not three times at once', async () => {
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

describe('a hold of which only the record knows', () => {
  it('is made the case’s own, and somebody is called', async () => {
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
