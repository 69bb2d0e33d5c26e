// False alarms: requested, released, revoked, and ended by a stricter report.
import { describe, expect, it } from 'vitest';
import type { MadePlan } from '../../activities/plans/make-plan.ts';
import { gate } from '../setup/gate.ts';
import {
  approve,
  BEA,
  begin,
  CAI,
  COLLEAGUE,
  count,
  DENIED,
  failing,
  kinds,
  names,
  pages,
  planning,
  reasons,
  refusals,
  runs,
  say,
  stage,
} from './decision-fixtures.ts';
import { plan, type Stub, shut, verified } from './workflow-harness.ts';

describe('a false alarm', () => {
  const logsSupport: Stub = { 'logs.read': async () => ({ supports: true, readable: true, blindSpots: [] }) };

  /** A release that one person asks for, once the eradication stands, and another approves. */
  async function askedAndApproved(made: readonly MadePlan[]): Promise<void> {
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(2);
    await approve(made[1] ?? plan(), CAI);
  }

  it('is released by a plan that one person asks for and another approves, and is monitored', async () => {
    const { make, made, asked } = planning({ steps: ['reset-password', 'release-false-alarm'] });
    const looks: boolean[] = [];
    await begin(
      null,
      {
        'plan.make': make,
        ...logsSupport,
        recheck: async ({ facts: { releasedAt } }) => {
          const released = releasedAt !== null;
          looks.push(released);
          return { ...shut, enabled: released, at: Date.now() };
        },
      },
      {},
      DENIED,
    );
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => asked.at(-1)?.group).toBe('release');
    const release = made.at(-1) ?? plan();
    await approve(release, BEA);
    await expect.poll(refusals).toEqual(['asked-for-it']);
    await approve(release, CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'released' });
    expect(names()).toContain('release-false-alarm.apply');
    expect(looks).toContain(true);
  });

  it('is released also when a recheck finds the account open during the decision: it was never blocked', async () => {
    const { make, made } = planning({ steps: ['reset-password'] });
    const { open, opened } = gate();
    let looking = false;
    await begin(
      null,
      {
        'plan.make': make,
        'revoke-sessions.apply': async () => verified('revoke-sessions'),
        recheck: async ({ facts: { releasedAt } }) => {
          looking = true;
          if (releasedAt === null) await opened;
          return { ...shut, enabled: true, at: Date.now() };
        },
      },
      {},
      { ...DENIED, about: 'U9' },
    );
    await say('ask-release', CAI);
    await expect.poll(() => made.some(({ group }) => group === 'release')).toBe(true);
    await expect.poll(() => looking).toBe(true);
    await approve(made.find(({ group }) => group === 'release') ?? plan(), BEA);
    await expect.poll(kinds).toContain('plan.approved');
    open();
    expect(await stage.end()).toMatchObject({ outcome: 'released' });
    expect(kinds()).not.toContain('case.held');
  });

  it('that was approved and then declined leaves the eradication to be asked again', async () => {
    const { make, made, asked } = planning({ steps: ['reset-password', 'release-false-alarm'] });
    const { open, opened } = gate();
    const slow = async (): Promise<never> => {
      await opened;
      return failing('PLAN_DECLINED')();
    };
    await begin(null, { 'plan.make': make, ...logsSupport, 'reset-password.apply': slow }, {}, DENIED);
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => asked.at(-1)?.group).toBe('release');
    const [, release] = made;
    await approve(release ?? plan(), CAI);
    await say('decline', BEA, { plan: release?.digest });
    open();
    await expect.poll(() => asked.map(({ group }) => group)).toEqual(['eradication', 'release', 'eradication']);
  });

  /** Released, and monitored for longer than any test. */
  async function release(part: Partial<MadePlan> = { steps: ['reset-password', 'release-false-alarm'] }) {
    const planned = planning(part);
    const { make, made } = planned;
    await begin(null, { 'plan.make': make, ...logsSupport }, { releaseWatchMs: 60_000 }, DENIED);
    await askedAndApproved(made);
    await expect.poll(() => count('release-false-alarm.apply')).toBe(1);
    await expect.poll(() => runs.some(({ order }) => order.kind === 'plan')).toBe(true);
    return planned;
  }

  it('and another report of a refused prompt page a responder, and ask whether to contain the account again', async () => {
    const { asked } = await release();
    const before = pages.length;
    await stage.send(stage.act(DENIED));
    await expect.poll(() => asked.at(-1)).toMatchObject({ group: 'containment', because: 'report-after-release' });
    await expect.poll(() => pages.length).toBeGreaterThan(before);
  });

  it('ends when the owner reports that they approved: the account is contained at once, and a responder is paged', async () => {
    const { asked } = await release();
    const before = pages.length;
    await stage.send(stage.act());
    await expect.poll(() => asked.at(-1)).toMatchObject({ group: 'eradication', because: 'account-blocked' });
    const again = runs.filter(({ order, attempt }) => order.kind === 'policy' && attempt > 1);
    expect(again).toHaveLength(2);
    await expect.poll(() => pages.length).toBeGreaterThan(before);
  });

  it('is not released any more once the owner reports that they approved', async () => {
    const { make, made, asked } = planning({ steps: ['reset-password', 'release-false-alarm'] });
    await begin(null, { 'plan.make': make, ...logsSupport }, {}, DENIED);
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(2);
    await stage.send(stage.act());
    await expect.poll(kinds).toContain('plan.replaced');
    await approve(made[1] ?? plan(), CAI);
    await expect.poll(refusals).toEqual(['plan-changed']);
    expect(asked.map(({ group }) => group)).toEqual(['eradication', 'release']);
    expect(count('release-false-alarm.apply')).toBe(0);
  });

  it('is not enabled when the owner reports an approval during the password reset; the superseded eradication is asked', async () => {
    const { make, made, asked } = planning({ steps: ['reset-password', 'release-false-alarm'] });
    const { open, opened } = gate();
    let resetting = false;
    const slow = async () => {
      resetting = true;
      await opened;
      return verified('reset-password');
    };
    await begin(null, { 'plan.make': make, ...logsSupport, 'reset-password.apply': slow }, {}, DENIED);
    await askedAndApproved(made);
    await expect.poll(() => resetting).toBe(true);
    await stage.send(stage.act());
    await expect.poll(() => count('people.verify')).toBe(4);
    open();
    await expect.poll(() => asked.map(({ group }) => group)).toEqual(['eradication', 'release', 'eradication']);
    expect(count('release-false-alarm.apply')).toBe(0);
    expect(kinds()).not.toContain('case.held');
  });

  it('ends also when the owner reports an approval during a recheck of the open account: that recheck does not count', async () => {
    const { open, opened } = gate();
    let looking = false;
    let released: MadePlan | undefined;
    await begin(
      null,
      {
        ...logsSupport,
        'plan.make': async (run) => {
          if (run.group === 'eradication') return { kind: 'nothing' };
          const { group, round, attempt, askedBy } = run;
          released = plan({ group, round, attempt, askedBy, steps: ['reset-password', 'release-false-alarm'] });
          return { kind: 'made', plan: released };
        },
        'block-sign-in.apply': async (run) => verified('block-sign-in', { changed: run.attempt === 1 }),
        'revoke-sessions.apply': async () => verified('revoke-sessions', { changed: false }),
        recheck: async ({ facts: { releasedAt } }) => {
          if (releasedAt === null) return { ...shut, at: Date.now() };
          looking = true;
          await opened;
          return { ...shut, enabled: true, at: Date.now() };
        },
      },
      {},
      DENIED,
    );
    await say('confirm-containment', BEA);
    await say('ask-release', BEA);
    await expect.poll(() => released).toBeDefined();
    const release = released ?? plan();
    await approve(release, CAI);
    await expect.poll(() => looking).toBe(true);
    await stage.send(stage.act());
    await expect.poll(() => count('block-sign-in.apply')).toBe(2);
    open();
    // The confirmation was about the first containment.
    await expect.poll(() => kinds().filter((kind) => kind === 'account.blocked').length).toBe(2);
    await say('confirm-containment', BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(kinds().filter((kind) => kind === 'containment.confirmed')).toHaveLength(2);
  });

  it('of an open account that the attacker signed in to meanwhile is not carried out: the logs are read again, and the account is contained', async () => {
    const { make, made, asked } = planning({ steps: ['reset-password'] });
    let supports = false;
    await begin(
      null,
      {
        'plan.make': make,
        'logs.read': async () => ({ supports, readable: true, blindSpots: [] }),
        'reset-password.apply': failing('PLAN_STALE'),
      },
      {},
      DENIED,
    );
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(2);
    expect(count('block-sign-in.apply')).toBe(0);
    supports = true;
    await approve(made[1] ?? plan(), CAI);
    await expect.poll(() => count('block-sign-in.apply')).toBe(1);
    await expect.poll(() => asked.at(-1)?.group).toBe('eradication');
    expect(kinds()).toContain('plan.replaced');
  });

  it('that is asked, or under way, is named in the page about another report', async () => {
    const { make, made } = planning({ steps: ['reset-password'] });
    await begin(null, { 'plan.make': make }, {}, COLLEAGUE);
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(2);
    await stage.send(stage.act(COLLEAGUE));
    await expect.poll(() => reasons.some(({ kind }) => kind === 'reported-during-release')).toBe(true);
  });

  it('is contained again, and its eradication asked, though the first eradication was declined', async () => {
    const { make, made, asked } = planning({ steps: ['reset-password', 'release-false-alarm'] });
    await begin(null, { 'plan.make': make, ...logsSupport }, { accessTokenMs: 60_000 }, DENIED);
    await expect.poll(() => made.length).toBe(1);
    await say('confirm-containment', BEA);
    await say('decline', BEA, { plan: made[0]?.digest });
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(2);
    await approve(made[1] ?? plan(), CAI);
    await expect.poll(() => count('release-false-alarm.apply')).toBe(1);
    await stage.send(stage.act());
    await expect.poll(() => asked.map(({ group }) => group)).toEqual(['eradication', 'release', 'eradication']);
    expect(count('block-sign-in.apply')).toBe(2);
  });

  it('is contained again, and its eradication asked, though a recheck put the open account on hold', async () => {
    const { make, made, asked } = planning({ steps: ['reset-password', 'release-false-alarm'] });
    await begin(
      null,
      {
        'plan.make': make,
        ...logsSupport,
        recheck: async ({ facts: { releasedAt } }) =>
          releasedAt === null
            ? { ...shut, at: Date.now() }
            : { ...shut, enabled: true, blindSpots: [{ what: 'sign-in-log', why: 'no-answer' }], at: Date.now() },
      },
      { accessTokenMs: 60_000 },
      DENIED,
    );
    await askedAndApproved(made);
    await expect.poll(kinds).toContain('case.held');
    await stage.send(stage.act());
    await expect.poll(() => asked.map(({ group }) => group)).toEqual(['eradication', 'release', 'eradication']);
    expect(kinds()).toContain('hold.ended');
  });

  it('whose release was being written when the owner reported an approval is contained again, whatever the result of the release', async () => {
    const { make, made } = planning({ steps: ['reset-password', 'release-false-alarm'] });
    const { open, opened } = gate();
    let opening = false;
    const slow = async () => {
      opening = true;
      await opened;
      return failing('APPROVAL_LOST')();
    };
    await begin(null, { 'plan.make': make, ...logsSupport, 'release-false-alarm.apply': slow }, {}, DENIED);
    await askedAndApproved(made);
    await expect.poll(() => opening).toBe(true);
    const before = pages.length;
    await stage.send(stage.act());
    await expect.poll(() => pages.length).toBeGreaterThan(before);
    open();
    await expect.poll(() => runs.filter(({ order, attempt }) => order.kind === 'policy' && attempt > 1).length).toBe(2);
  });

  it('by a new password alone is not asked any more of an account that a person has blocked manually', async () => {
    const { make, made } = planning({ steps: ['reset-password'] });
    let byHand = false;
    const released: boolean[] = [];
    await begin(
      null,
      {
        'plan.make': make,
        recheck: async ({ facts: { releasedAt } }) => {
          released.push(releasedAt !== null);
          const cut = new Date(Date.now() + 5_000).toISOString();
          return { ...shut, enabled: !byHand, sessionsCutAt: byHand ? cut : null, at: Date.now() };
        },
      },
      {},
      COLLEAGUE,
    );
    await say('ask-release', BEA);
    await expect.poll(() => made.some(({ group }) => group === 'release')).toBe(true);
    byHand = true;
    await expect.poll(kinds).toContain('account.blocked');
    await approve(made.find(({ group }) => group === 'release') ?? plan(), CAI);
    await expect.poll(refusals).toEqual(['plan-changed']);
    expect(released).not.toContain(true);
  });

  it('that is declined leaves the containment that is asked already, and no second one', async () => {
    const { make, made, asked } = planning({ steps: ['reset-password'] });
    await begin(null, { 'plan.make': make }, {}, COLLEAGUE);
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(2);
    await say('decline', CAI, { plan: made[1]?.digest });
    await say('acknowledge', CAI);
    await expect.poll(names).toContain('pages.acknowledge');
    expect(asked.map(({ group }) => group)).toEqual(['containment', 'release']);
  });

  it('whose account is blocked manually afterwards is contained completely, and never called released', async () => {
    const { make, made } = planning({ steps: ['reset-password', 'release-false-alarm'] });
    const everyLookFindsItShut = { recheck: async () => ({ ...shut, at: Date.now() }) };
    await begin(null, { 'plan.make': make, ...logsSupport, ...everyLookFindsItShut }, {}, DENIED);
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(2);
    await approve(made[1] ?? plan(), CAI);
    await expect.poll(() => made.length).toBe(3);
    expect(runs.filter(({ order, attempt }) => order.kind === 'policy' && attempt > 1)).toHaveLength(2);
    await approve(made[2] ?? plan(), CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });

  it('is planned beside everything else: a hold of the case meanwhile takes effect at once', async () => {
    const { make, asked } = planning();
    const { open, opened } = gate();
    await begin(
      null,
      {
        ...logsSupport,
        'plan.make': async (run) => {
          if (run.group === 'release') await opened;
          return make(run);
        },
      },
      {},
      DENIED,
    );
    await say('ask-release', BEA);
    await say('ask-release', CAI);
    await say('hold', CAI);
    await expect.poll(kinds).toContain('case.held');
    expect(refusals()).toEqual(['not-allowed-now']);
    expect(asked.some(({ group }) => group === 'release')).toBe(false);
    open();
    await expect.poll(() => asked.filter(({ group }) => group === 'release').length).toBe(1);
  });

  it('that a containment revoked leaves no undo to be asked about', async () => {
    const { asked, made } = await release();
    await say('ask-undo', BEA);
    await expect.poll(() => asked.at(-1)?.group).toBe('undo');
    const undo = made.at(-1) ?? plan();
    await stage.send(stage.act(DENIED));
    await expect.poll(() => asked.at(-1)?.group).toBe('containment');
    await approve(made.at(-1) ?? plan(), CAI);
    await expect.poll(kinds).toContain('plan.replaced');
    await approve(undo, CAI);
    await expect.poll(refusals).toEqual(['plan-changed']);
  });

  it('cannot be asked for when the owner reported that they approved', async () => {
    await begin(plan());
    await say('ask-release', BEA);
    await expect.poll(refusals).toEqual(['not-allowed-now']);
  });

  it('is not released when the ledger says that the logs forbid it', async () => {
    await begin(plan(), { ...logsSupport, 'plan.make': async () => ({ kind: 'refused', because: 'logs-forbid' }) }, {}, DENIED);
    await say('ask-release', BEA);
    await expect.poll(refusals).toEqual(['logs-forbid']);
  });

  it('can be revoked: the account is blocked again, monitored again, and its eradication is done', async () => {
    const { make, made, asked } = planning();
    const { open, opened } = gate();
    const looked: number[] = [];
    await begin(
      null,
      {
        'plan.make': async (run) => {
          const result = await make(run);
          const steps = run.group === 'release' ? (['reset-password', 'release-false-alarm'] as const) : (['release-false-alarm'] as const);
          const one = run.group === 'eradication' ? result.plan : { ...result.plan, steps };
          made[made.length - 1] = one;
          return { kind: 'made', plan: one };
        },
        ...logsSupport,
        recheck: async ({ facts: { releasedAt }, look }) => {
          looked.push(look);
          if (releasedAt !== null) await opened;
          return { ...shut, at: Date.now() };
        },
      },
      {},
      DENIED,
    );
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => asked.at(-1)?.group).toBe('release');
    await approve(made.at(-1) ?? plan(), CAI);
    await expect.poll(() => count('release-false-alarm.apply')).toBe(1);
    await say('ask-undo', BEA);
    await expect.poll(() => asked.at(-1)?.group).toBe('undo');
    await approve(made.at(-1) ?? plan(), CAI);
    open();
    await expect.poll(() => count('release-false-alarm.apply')).toBe(2);
    // The eradication that the release superseded is asked again.
    await expect.poll(() => asked.at(-1)).toMatchObject({ group: 'eradication', because: 'account-blocked' });
    expect(new Set(looked).size).toBe(looked.length);
    // Blocked again means contained again: every containment step runs under an attempt of its own.
    await expect.poll(() => runs.filter(({ order, attempt }) => order.kind === 'policy' && attempt > 1).length).toBeGreaterThan(0);
  });
});
