// Decisions about plans, with a real Temporal server: the rules are tested as
// tables elsewhere; these tests cover the running case.
import { describe, expect, it } from 'vitest';
import type { ApproverFacts, Refusal } from '../../domain/approval.ts';
import type { LedgerEvent } from '../../domain/case/events.ts';
import type { ObjectId } from '../../domain/ids.ts';
import { planCode } from '../../domain/plan.ts';
import { gate } from '../setup/gate.ts';
import {
  approve,
  BEA,
  begin,
  CAI,
  COLLEAGUE,
  count,
  events,
  failing,
  kinds,
  lastRuns,
  names,
  pages,
  pagesTo,
  planning,
  reasons,
  refusals,
  runs,
  say,
  stage,
} from './decision-fixtures.ts';
import { believed, eventsOfAllRuns, mayDecide, plan, verified } from './workflow-harness.ts';

describe('a plan that is approved', () => {
  it('is carried out step by step in its order, each for this plan, and the case ends', async () => {
    const made = plan();
    await begin(made);
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    await expect.poll(names).toContain('case.finish');
    const mine = runs.filter(({ order }) => order.kind === 'plan');
    expect(mine.map(({ order, attempt }) => ({ ...order, attempt }))).toEqual([
      { kind: 'plan', digest: made.digest, attempt: made.attempt },
      { kind: 'plan', digest: made.digest, attempt: made.attempt },
      { kind: 'plan', digest: made.digest, attempt: made.attempt },
    ]);
    const order = names();
    expect(order.indexOf('reset-password.apply')).toBeLessThan(order.indexOf('remove-methods.apply'));
    expect(order.indexOf('remove-methods.apply')).toBeLessThan(order.lastIndexOf('revoke-sessions.apply'));
    expect(kinds()).toEqual(expect.arrayContaining(['approval.given', 'plan.approved', 'containment.confirmed']));
  });

  it('stays within the events of the design: the whole case of four steps', async () => {
    const made = plan();
    await begin(made);
    await approve(made, BEA);
    await stage.end();
    expect(await eventsOfAllRuns(stage)).toBeLessThanOrEqual(101);
  });

  it('needs both of two approvers, and counts no person twice', async () => {
    const made = plan({ needs: { approvers: 2, stepUp: false } });
    await begin(made);
    await approve(made, BEA);
    await approve(made, BEA);
    await expect.poll(refusals).toEqual(['voted-already']);
    expect(names()).not.toContain('reset-password.apply');
    await approve(made, CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    const given = events().filter((event) => event.kind === 'approval.given');
    expect(given.map(({ person, missing }) => [person, missing])).toEqual([
      [BEA, 1],
      [CAI, 0],
    ]);
  });

  it('takes the place of the others that were asked', async () => {
    const { make, made } = planning({ steps: ['reset-password', 'release-false-alarm'] });
    await begin(
      null,
      { 'plan.make': make, 'logs.read': async () => ({ supports: true, readable: true, blindSpots: [] }) },
      {},
      {
        what: 'denied-or-ignored',
      },
    );
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', CAI);
    await expect.poll(() => made.length).toBe(2);
    await approve(made[1] ?? plan(), BEA);
    await expect.poll(kinds).toContain('plan.replaced');
    await approve(made[0] ?? plan(), BEA);
    await expect.poll(refusals).toEqual(['plan-changed']);
    expect(names()).not.toContain('remove-methods.apply');
  });
});

describe('an approval that does not count', () => {
  const signers: [Refusal, Partial<ApproverFacts>][] = [
    ['not-in-group', { inGroup: false }],
    ['not-in-baseline', { inBaseline: false }],
    ['guest', { guest: true }],
    ['account-disabled', { enabled: false }],
    ['own-case-confirmed', { ownCaseConfirmed: true }],
    ['directory-silent', { inGroup: null }],
  ];
  it.each(signers)('because of what the directory says (%s), leaves the plan to others', async (because, part) => {
    const made = plan();
    await begin(made, {
      'people.verify': async (run) => {
        const weighed = believed(run);
        const approver = (person: ObjectId): ApproverFacts => ({ ...mayDecide(person), ...(person === BEA ? part : {}) });
        return { ...weighed, decisions: weighed.decisions.map((each) => ({ ...each, approver: approver(each.person) })) };
      },
    });
    await approve(made, BEA);
    await expect.poll(refusals).toEqual([because]);
    expect(names()).not.toContain('reset-password.apply');
    await approve(made, CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });

  it('because it is the subject’s, or a reporter’s', async () => {
    const made = plan();
    await begin(made, {
      'people.verify': async (run) => {
        const weighed = believed(run);
        return { ...weighed, reports: weighed.reports.map((report) => ({ ...report, reporter: BEA })) };
      },
    });
    await approve(made, stage.subject);
    await approve(made, BEA);
    await expect.poll(refusals).toEqual(['is-subject', 'is-reporter']);
  });

  it('because of its code, locks a person out after three, and pages the next responder', async () => {
    const made = plan();
    await begin(made);
    for (let tries = 0; tries < 3; tries += 1) await approve(made, BEA, '1000');
    await expect.poll(() => pagesTo(2)).toBe(1);
    await approve(made, BEA);
    await expect.poll(refusals).toEqual(['wrong-code', 'wrong-code', 'wrong-code', 'locked-out']);
    await approve(made, CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });

  it('because it needs what cannot be given here', async () => {
    const made = plan({ needs: { approvers: 2, stepUp: true } });
    await begin(made);
    await approve(made, BEA);
    await expect.poll(refusals).toEqual(['step-up-needed']);
    expect(names()).not.toContain('reset-password.apply');
  });

  it('because there is no such plan', async () => {
    await begin(plan());
    await approve(plan(), BEA);
    await expect.poll(refusals).toEqual(['plan-unknown']);
  });
});

describe('a plan of many items', () => {
  it('is not approved before it can have been read, and an early approval locks no person out', async () => {
    const readPlanMs = 1_500;
    const made = plan({ items: 4 });
    await begin(made, {}, { readPlanMs });
    for (let press = 0; press < 4; press += 1) await approve(made, BEA);
    await expect.poll(refusals).toEqual(Array.from({ length: 4 }, () => 'plan-too-new'));
    const waits = events().flatMap((event) => (event.kind === 'decision.refused' ? [event.waitMs ?? 0] : []));
    for (const waitMs of waits) {
      expect(waitMs).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(readPlanMs);
    }
    expect(kinds()).not.toContain('approval.given');
    await expect.poll(() => Date.now() - made.madeAt).toBeGreaterThan(readPlanMs);
    await approve(made, BEA);
    await expect.poll(kinds).toContain('plan.approved');
    const [given] = events().filter((event) => event.kind === 'approval.given');
    expect(given).toMatchObject({ person: BEA, missing: 0 });
    expect(given).toHaveProperty('planAgeMs', expect.closeTo(Date.now() - made.madeAt, -4));
  });

  it('is as new as its newest revision', async () => {
    const first = plan({ items: 4, madeAt: Date.now() - 60_000 });
    const second = plan({ items: 4, revision: 2 });
    await begin(first, { 'plan.revise': async () => ({ kind: 'made', plan: { ...second, madeAt: Date.now() } }) }, { readPlanMs: 30_000 });
    await say('revise', CAI, { plan: first.digest, ticked: [] });
    await expect.poll(names).toContain('plan.revise');
    await approve(second, BEA);
    await expect.poll(refusals).toEqual(['plan-too-new']);
  });
});

describe('another version', () => {
  it('of a plan that expires while it is written is not asked', async () => {
    const first = plan();
    const second = plan({ revision: 2 });
    const { make, made } = planning();
    const { open, opened } = gate();
    const revise = async () => {
      await opened;
      return { kind: 'made' as const, plan: second };
    };
    await begin(first, { 'plan.make': make, 'plan.revise': revise }, { planLifeMs: 1_000 });
    await say('revise', BEA, { plan: first.digest, ticked: [] });
    await expect.poll(() => made.length).toBe(1);
    open();
    await expect.poll(refusals).toEqual(['plan-expired']);
    await approve(second, CAI);
    await expect.poll(refusals).toEqual(['plan-expired', 'plan-unknown']);
  });

  it('takes the place of the first, whose code and approvals do not count for it', async () => {
    const first = plan({ needs: { approvers: 2, stepUp: false } });
    const second = plan({ needs: { approvers: 2, stepUp: false }, revision: 2 });
    await begin(first, { 'plan.revise': async () => ({ kind: 'made', plan: second }) });
    await approve(first, BEA);
    await say('revise', CAI, { plan: first.digest, ticked: [] });
    await expect.poll(names).toContain('plan.revise');
    await approve(first, CAI);
    await approve(second, CAI, planCode(first.digest));
    await expect.poll(refusals).toEqual(['plan-changed', 'plan-changed']);
    await approve(second, CAI);
    await approve(second, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(runs.flatMap(({ order }) => (order.kind === 'plan' ? [order.digest] : []))).toContain(second.digest);
  });

  it('is refused where nothing would be different, and to those who may not decide', async () => {
    const made = plan();
    await begin(made, { 'plan.revise': async () => ({ kind: 'refused', because: 'nothing-changed' }) });
    await say('revise', BEA, { plan: made.digest, ticked: [] });
    await say('revise', stage.subject, { plan: made.digest, ticked: [] });
    await expect.poll(refusals).toEqual(['nothing-changed', 'is-subject']);
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });
});

describe('a decline', () => {
  it('voids that plan only: the account stays blocked, and its containment is still to be confirmed', async () => {
    const made = plan();
    await begin(made, { 'decision.record': async ({ decline }) => ({ declined: decline !== null }) });
    await say('decline', BEA, { plan: made.digest });
    await approve(made, CAI);
    await expect.poll(refusals).toEqual(['plan-decided']);
    await say('confirm-containment', CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(names()).not.toContain('reset-password.apply');
  });

  it('wins over an approval in the same message, in both orders', async () => {
    for (const order of ['yes first', 'no first']) {
      const made = plan();
      // The ledger decides: it has no intent yet, so the decline is first.
      await begin(made, {
        'decision.record': async ({ decline }) => ({ declined: decline !== null }),
        'reset-password.apply': failing('LEDGER_SUPERSEDED'),
      });
      const yes = stage.decision('approve', BEA, { plan: made.digest, code: planCode(made.digest) });
      const no = stage.decision('decline', CAI, { plan: made.digest });
      await stage.sendAll(order === 'yes first' ? [yes, no] : [no, yes]);
      await say('confirm-containment', CAI);
      expect(await stage.end()).toMatchObject({ outcome: 'contained' });
      expect(runs.filter((run) => run.order.kind === 'plan')).toEqual([]);
      await stage.close();
    }
  });

  it('that comes after the first intent puts the case on hold, until a person resumes it', async () => {
    const made = plan();
    const { open, opened } = gate();
    await begin(made, {
      'remove-methods.apply': async (run) => {
        runs.push(run);
        await opened;
        return verified('remove-methods');
      },
    });
    await approve(made, BEA);
    await expect.poll(() => runs.filter(({ order }) => order.kind === 'plan').length).toBe(2);
    await say('decline', CAI, { plan: made.digest });
    await expect.poll(() => count('decision.record')).toBeGreaterThan(0);
    open();
    await expect.poll(kinds).toContain('case.held');
    await expect.poll(() => count('recheck')).toBeGreaterThan(0);
    expect(lastRuns()).toEqual([]);
    await say('resume', BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(lastRuns()).toHaveLength(1);
  });

  it('puts the case on hold when the ledger says that the plan has begun, though the case does not know yet', async () => {
    const made = plan();
    const holds: LedgerEvent[] = [];
    await begin(made, {
      'decision.record': async ({ decline }) => {
        if (decline !== null) holds.push(decline.orHold.event);
        return { declined: false };
      },
    });
    await say('decline', CAI, { plan: made.digest });
    await expect.poll(() => count('recheck')).toBeGreaterThan(1);
    expect(holds).toEqual([expect.objectContaining({ kind: 'case.held', by: CAI })]);
    await approve(made, BEA);
    await say('resume', BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });
});

describe('a plan without a decision', () => {
  it('is paged again, then paged to the next responder, and then made again from fresh facts', async () => {
    const { make, asked } = planning();
    await begin(plan(), { 'plan.make': make }, { remindMs: 150, escalateMs: 300, planLifeMs: 600 });
    await expect.poll(() => asked.length).toBe(1);
    expect(asked[0]).toMatchObject({ group: 'eradication', because: 'plan-expired', round: 2 });
    expect(pagesTo(1)).toBeGreaterThanOrEqual(2);
    expect(pagesTo(2)).toBeGreaterThanOrEqual(1);
    expect(kinds()).toContain('plan.expired');
  });

  it('cannot be approved any more', async () => {
    const first = plan();
    const { make, made } = planning();
    await begin(first, { 'plan.make': make }, { planLifeMs: 300 });
    await expect.poll(() => made.length).toBeGreaterThanOrEqual(1);
    await approve(first, BEA);
    await expect.poll(refusals).toEqual(['plan-expired']);
  });

  it('is not paged any more after a responder acknowledges it', async () => {
    const { make } = planning();
    await begin(plan(), { 'plan.make': make }, { remindMs: 2_500, escalateMs: 3_500, planLifeMs: 4_500 });
    await say('acknowledge', BEA);
    await expect.poll(names).toContain('pages.acknowledge');
    expect(kinds()).not.toContain('plan.expired');
    // Both reminder times are over; the one page is about the block.
    await expect.poll(kinds, { timeout: 15_000 }).toContain('plan.expired');
    expect(pages).toEqual([1]);
  });

  it('is not paged at all when it can wait', async () => {
    const { make, made, asked } = planning();
    await begin(null, { 'plan.make': make }, { remindMs: 150, escalateMs: 300, planLifeMs: 900 }, COLLEAGUE);
    await say('ask-release', BEA);
    await expect.poll(() => made.some(({ group }) => group === 'release')).toBe(true);
    await expect.poll(() => asked.filter(({ group, because }) => group === 'release' && because === 'plan-expired').length).toBe(1);
    expect(reasons.filter((reason) => JSON.stringify(reason).includes('release'))).toEqual([]);
  });
});

describe('a plan that could not be made', () => {
  it('is made when a person has repaired the cause and resumes the case', async () => {
    const { make, asked } = planning();
    let tries = 0;
    await begin(null, {
      collect: async () => ({ blindSpots: [], plan: null, nothing: false }),
      'plan.make': async (run) => {
        tries += 1;
        return tries === 1 ? failing('GRAPH_FORBIDDEN')() : make(run);
      },
    });
    await expect.poll(kinds).toContain('case.held');
    expect(asked).toEqual([]);
    await say('resume', BEA);
    await expect.poll(() => asked).toMatchObject([{ group: 'eradication', because: 'account-blocked' }]);
  });
});

describe('decisions that arrive while a run or the case is ending', () => {
  it('are all verified', async () => {
    const made = plan();
    const weighed = new Set<string>();
    await begin(made, {
      'people.verify': async (run) => {
        for (const { envelope } of run.actions) weighed.add(envelope.key);
        return believed(run);
      },
    });
    await approve(made, BEA);
    const sent = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const late = stage.decision('acknowledge', CAI);
        return stage.send(late).then(
          () => late.envelope.key,
          () => null,
        );
      }),
    );
    await stage.end();
    expect(sent.filter((key) => key !== null && !weighed.has(key))).toEqual([]);
  });
});
