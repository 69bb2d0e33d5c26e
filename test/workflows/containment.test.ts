// Containments that people are asked about, and the automatic block limit.
import { describe, expect, it } from 'vitest';
import { gate } from '../setup/gate.ts';
import {
  approve,
  BEA,
  begin,
  CAI,
  COLLEAGUE,
  count,
  DENIED,
  events,
  failing,
  kinds,
  names,
  pages,
  planning,
  refusals,
  say,
  stage,
} from './decision-fixtures.ts';
import { plan, shut, verified } from './workflow-harness.ts';

describe('a containment that people were asked about', () => {
  it('and that the owner’s own report then orders is carried out though the case is on hold; the eradication is asked, and a responder is paged', async () => {
    const { make, made, asked } = planning({ steps: ['block-sign-in', 'revoke-sessions'] });
    await begin(null, { 'plan.make': make }, {}, COLLEAGUE);
    await expect.poll(() => asked.at(-1)?.group).toBe('containment');
    await say('hold', BEA);
    await expect.poll(kinds).toContain('case.held');
    const before = pages.length;
    await stage.send(stage.act());
    await expect.poll(() => count('block-sign-in.apply')).toBe(1);
    await expect.poll(() => pages.length).toBeGreaterThan(before);
    await say('resume', BEA);
    await expect.poll(() => asked.at(-1)?.group).toBe('eradication');
    await approve(made[0] ?? plan(), CAI);
    await expect.poll(refusals).toEqual(['plan-changed']);
  });

  it('and that was declined is asked again when a person resumes the case', async () => {
    const { make, made, asked } = planning({ steps: ['block-sign-in', 'revoke-sessions'] });
    await begin(null, { 'plan.make': make }, {}, COLLEAGUE);
    await expect.poll(() => made.length).toBe(1);
    await say('decline', BEA, { plan: made[0]?.digest });
    await expect.poll(kinds).toContain('case.held');
    await say('resume', CAI);
    await expect.poll(() => asked.map(({ group }) => group)).toEqual(['containment', 'containment']);
  });

  /** Rechecks find the account open, and from `slow()` on they wait until `open()`. */
  function looks() {
    const { open, opened } = gate();
    let isSlow = false;
    let waiting = false;
    const recheck = async () => {
      waiting ||= isSlow;
      if (isSlow) await opened;
      return { ...shut, enabled: true, sessionsCutAt: null, at: Date.now() };
    };
    const slow = async () => {
      isSlow = true;
      await expect.poll(() => waiting).toBe(true);
    };
    return { recheck, slow, open };
  }

  it('and that was declined is asked again also when a person resumes the case during a recheck', async () => {
    const { make, made, asked } = planning({ steps: ['block-sign-in', 'revoke-sessions'] });
    const { recheck, slow, open } = looks();
    await begin(null, { 'plan.make': make, recheck }, {}, COLLEAGUE);
    await expect.poll(() => made.length).toBe(1);
    await say('decline', BEA, { plan: made[0]?.digest });
    await expect.poll(kinds).toContain('case.held');
    await slow();
    await say('resume', CAI);
    await expect.poll(kinds).toContain('hold.ended');
    open();
    await expect.poll(() => asked.map(({ group }) => group)).toEqual(['containment', 'containment']);
  });

  it('and that a release superseded is asked again also when the release is declined during a recheck', async () => {
    const { make, made, asked } = planning({ steps: ['reset-password'] });
    const { recheck, slow, open } = looks();
    await begin(null, { 'plan.make': make, recheck }, {}, COLLEAGUE);
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(2);
    await slow();
    await approve(made[1] ?? plan(), CAI);
    await say('decline', CAI, { plan: made[1]?.digest });
    await say('acknowledge', CAI);
    await expect.poll(names).toContain('pages.acknowledge');
    open();
    await expect.poll(() => asked.map(({ group }) => group)).toEqual(['containment', 'release', 'containment']);
  });

  it('and whose plan is still being made when a release is approved is not asked', async () => {
    const { make, made, asked } = planning({ steps: ['reset-password'] });
    const { open, opened } = gate();
    let isBeingMade = false;
    await begin(
      null,
      {
        'plan.make': async (run) => {
          if (run.group === 'containment') {
            isBeingMade = true;
            await opened;
          }
          return make(run);
        },
      },
      {},
      COLLEAGUE,
    );
    await expect.poll(() => isBeingMade).toBe(true);
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(1);
    await approve(made[0] ?? plan(), CAI);
    await expect.poll(kinds).toContain('plan.approved');
    open();
    await expect.poll(() => asked.map(({ group }) => group)).toEqual(['release', 'containment']);
    const late = made[1]?.digest ?? '';
    await expect.poll(events).toContainEqual({ kind: 'plan.replaced', schemaVersion: 1, digest: late, because: 'another-plan-approved' });
  });

  it('because of the automatic block limit is still asked when the eradication is approved, and done before it', async () => {
    const first = plan();
    const { make, made, asked } = planning({ steps: ['block-sign-in', 'revoke-sessions'] });
    await begin(first, {
      'plan.make': make,
      'block-sign-in.apply': async (run) => (run.order.kind === 'policy' ? failing('BLOCK_LIMIT_REACHED')() : verified('block-sign-in')),
    });
    await expect.poll(() => asked.at(-1)?.group).toBe('containment');
    await approve(first, BEA);
    await expect.poll(kinds).toContain('plan.approved');
    expect(count('reset-password.apply')).toBe(0);
    await approve(made[0] ?? plan(), CAI);
    await expect.poll(() => count('reset-password.apply')).toBe(1);
    expect(names().indexOf('block-sign-in.apply')).toBeLessThan(names().indexOf('reset-password.apply'));
  });

  it('and that was done leaves one eradication to be decided, not two', async () => {
    const { make, made, asked } = planning({ steps: ['block-sign-in', 'revoke-sessions'] });
    await begin(plan(), {
      'plan.make': make,
      'block-sign-in.apply': async (run) => (run.order.kind === 'policy' ? failing('BLOCK_LIMIT_REACHED')() : verified('block-sign-in')),
    });
    await expect.poll(() => made.length).toBe(1);
    await approve(made[0] ?? plan(), CAI);
    await expect.poll(kinds).toContain('account.blocked');
    expect(asked.map(({ group }) => group)).toEqual(['containment']);
  });

  it('is not asked any more when a recheck finds the account blocked manually', async () => {
    const { make, made } = planning({ steps: ['block-sign-in', 'revoke-sessions'] });
    let byHand = false;
    await begin(
      null,
      {
        'plan.make': make,
        recheck: async () => ({
          ...shut,
          enabled: !byHand,
          sessionsCutAt: byHand ? new Date(Date.now() + 5_000).toISOString() : null,
          at: Date.now(),
        }),
      },
      {},
      COLLEAGUE,
    );
    await expect.poll(() => made.length).toBe(1);
    byHand = true;
    await expect.poll(kinds).toContain('plan.replaced');
    await approve(made[0] ?? plan(), BEA);
    await expect.poll(refusals).toEqual(['plan-changed']);
  });
});

describe('the automatic block limit', () => {
  it('leaves the block to a person, who can approve it; sessions are revoked all the same', async () => {
    const { make, made, asked } = planning();
    await begin(null, {
      'plan.make': async (run) => {
        const { plan: one } = await make(run);
        const fit = run.group === 'containment' ? { ...one, steps: ['block-sign-in', 'revoke-sessions'] as const } : one;
        made[made.length - 1] = fit;
        return { kind: 'made', plan: fit };
      },
      'block-sign-in.apply': async (run) => (run.order.kind === 'policy' ? failing('BLOCK_LIMIT_REACHED')() : verified('block-sign-in')),
    });
    await expect.poll(() => asked.map(({ group, because }) => `${group}: ${because}`)).toEqual(['containment: automatic-block-limit']);
    expect(names()).toContain('revoke-sessions.apply');
    expect(kinds()).toContain('block-limit.reached');
    await approve(made[0] ?? plan(), BEA);
    await expect.poll(() => asked.at(-1)?.group).toBe('eradication');
    await approve(made.at(-1) ?? plan(), CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });
});

describe('the automatic block limit, on a report that waits for the logs', () => {
  it('asks people once, and does not read the logs again', async () => {
    const { make, asked } = planning({ steps: ['block-sign-in', 'revoke-sessions'] });
    await begin(
      null,
      {
        'plan.make': make,
        'logs.read': async () => ({ supports: true, readable: true, blindSpots: [] }),
        'block-sign-in.apply': async (run) => (run.order.kind === 'policy' ? failing('BLOCK_LIMIT_REACHED')() : verified('block-sign-in')),
      },
      {},
      DENIED,
    );
    await expect.poll(() => asked.map(({ group, because }) => `${group}: ${because}`)).toEqual(['containment: automatic-block-limit']);
    expect(count('logs.read')).toBe(1);
  });
});
