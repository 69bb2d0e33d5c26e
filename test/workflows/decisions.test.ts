// What people decide, played against the real engine: the rules are tested as
// tables elsewhere; here it is what the running case makes of them.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PlanRun } from '../../activities/plans/index.ts';
import type { MadePlan } from '../../activities/plans/make-plan.ts';
import type { StepRun } from '../../activities/steps/run-scene.ts';
import type { DecisionAct, Refusal, Standing } from '../../domain/approval.ts';
import { RunbookError } from '../../domain/errors.ts';
import type { LedgerEvent } from '../../domain/evidence.ts';
import { type ObjectId, objectId } from '../../domain/ids.ts';
import { planCode } from '../../domain/plan.ts';
import type { Durations } from '../../domain/policy.ts';
import { believed, mayDecide, openTheatre, plan, type Stage, type Stub, shut, type Theatre, verified } from './stage.ts';

const BEA = objectId('10000000-0000-4000-8000-0000000000b1');
const CAI = objectId('10000000-0000-4000-8000-0000000000c1');

/** Reports that do not close the account by themselves. */
const COLLEAGUE = { about: 'U9' };
const DENIED = { what: 'denied-or-ignored' } as const;

let theatre: Theatre;
let stage: Stage;

beforeAll(async () => {
  theatre = await openTheatre();
});
afterEach(() => stage.close());
afterAll(() => theatre.close());

const names = (): string[] => stage.calls.map((call) => call.name);
const count = (name: string): number => names().filter((each) => each === name).length;

/** Every note, first write of a key only. */
function events(): LedgerEvent[] {
  const seen = new Map<string, LedgerEvent>();
  for (const { notes } of stage.calls) for (const { key, event } of notes) if (!seen.has(key)) seen.set(key, event);
  return [...seen.values()];
}
const kinds = (): string[] => events().map(({ kind }) => kind);
const refusals = (): Refusal[] => events().flatMap((event) => (event.kind === 'decision.refused' ? [event.because] : []));
const pagesTo = (line: number): number => pages.filter((page) => page === line).length;

let pages: number[];
let reasons: string[];
let runs: StepRun[];
let sessionsEnded: StepRun[];

/** An account that this case closes, and a plan for its clean-up from the survey on. */
async function begin(cleanUp: MadePlan | null, stub: Stub = {}, durations: Partial<Durations> = {}, report = {}): Promise<void> {
  pages = [];
  reasons = [];
  runs = [];
  sessionsEnded = [];
  const step = (name: Parameters<typeof verified>[0]) => async (run: StepRun) => {
    runs.push(run);
    if (name === 'revoke-sessions') sessionsEnded.push(run);
    return verified(name);
  };
  stage = await theatre.stage(
    {
      'block-sign-in.apply': step('block-sign-in'),
      'revoke-sessions.apply': step('revoke-sessions'),
      'reset-password.apply': step('reset-password'),
      'remove-methods.apply': step('remove-methods'),
      'release-false-alarm.apply': step('release-false-alarm'),
      survey: async () => ({ blindSpots: [], plan: cleanUp, nothing: cleanUp === null }),
      'person.page': async ({ line, reason }) => {
        pages.push(line);
        reasons.push(reason);
        return { delivered: true };
      },
      ...stub,
    },
    durations,
  );
  await stage.send(stage.act(report));
  // From here on the account is closed and people may be asked.
  await expect.poll(names).toContain('history.export');
}

const say = (act: DecisionAct, by: ObjectId, values: object = {}): Promise<'received'> => stage.send(stage.decision(act, by, values));
const approve = (made: MadePlan, by: ObjectId, code = planCode(made.digest)): Promise<'received'> =>
  say('approve', by, { plan: made.digest, code });

/** A plan as often as one is asked for; tells what for. */
function planning(part: Partial<MadePlan> = {}) {
  const asked: PlanRun[] = [];
  const made: MadePlan[] = [];
  return {
    asked,
    made,
    make: async (run: Omit<PlanRun, 'lastTry'>) => {
      asked.push({ ...run, lastTry: false });
      const { group, round, generation, askedBy } = run;
      const one = plan({ group, round, generation, askedBy, steps: ['remove-methods', 'revoke-sessions'], ...part });
      made.push(one);
      return { kind: 'made' as const, plan: one };
    },
  };
}

/** Was the last step of a clean-up plan begun? The sessions are ended once by the policy before it. */
const lastRuns = (): StepRun[] => sessionsEnded.filter(({ order }) => order.kind === 'plan');

/** Something that goes on only when the test says so. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), opened };
}

const failing = (code: ConstructorParameters<typeof RunbookError>[0]) => async (): Promise<never> => {
  throw new RunbookError(code, `a stub that answers ${code}`);
};

describe('a plan that is approved', () => {
  it('is carried out step by step in its order, each for this plan, and the case ends', async () => {
    const made = plan();
    await begin(made);
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    await expect.poll(names).toContain('case.finish');
    const mine = runs.filter(({ order }) => order.kind === 'plan');
    expect(mine.map(({ order, generation }) => ({ ...order, generation }))).toEqual([
      { kind: 'plan', digest: made.digest, generation: made.generation },
      { kind: 'plan', digest: made.digest, generation: made.generation },
      { kind: 'plan', digest: made.digest, generation: made.generation },
    ]);
    const order = names();
    expect(order.indexOf('reset-password.apply')).toBeLessThan(order.indexOf('remove-methods.apply'));
    expect(order.indexOf('remove-methods.apply')).toBeLessThan(order.lastIndexOf('revoke-sessions.apply'));
    expect(kinds()).toEqual(expect.arrayContaining(['approval.given', 'plan.approved', 'closing.ratified']));
  });

  it('stays within the events of the design: the whole case of four steps', async () => {
    const made = plan();
    await begin(made);
    await approve(made, BEA);
    await stage.end();
    expect(await eventsOfAllRuns()).toBeLessThanOrEqual(101);
  });

  it('needs both of two approvers, and counts nobody twice', async () => {
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
  const standings: [Refusal, Partial<Standing>][] = [
    ['not-in-group', { inGroup: false }],
    ['not-in-baseline', { inBaseline: false }],
    ['guest', { guest: true }],
    ['account-disabled', { enabled: false }],
    ['contained-themselves', { containedThemselves: true }],
    ['directory-silent', { inGroup: null }],
  ];
  it.each(standings)('because of what the directory says (%s), leaves the plan to others', async (because, part) => {
    const made = plan();
    await begin(made, {
      'people.weigh': async (run) => {
        const weighed = believed(run);
        const standing = (person: ObjectId): Standing => ({ ...mayDecide(person), ...(person === BEA ? part : {}) });
        return { ...weighed, decisions: weighed.decisions.map((each) => ({ ...each, standing: standing(each.person) })) };
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
      'people.weigh': async (run) => {
        const weighed = believed(run);
        return { ...weighed, reports: weighed.reports.map((report) => ({ ...report, reporter: BEA })) };
      },
    });
    await approve(made, stage.subject);
    await approve(made, BEA);
    await expect.poll(refusals).toEqual(['is-subject', 'is-reporter']);
  });

  it('because of its code, locks a person out after three, and calls the next in line', async () => {
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

describe('another version', () => {
  it('of a plan that expires while it is written is asked of nobody', async () => {
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

describe('a no', () => {
  it('voids that plan only: the account stays closed, and its closing is still to be ratified', async () => {
    const made = plan();
    await begin(made, { 'decision.record': async ({ decline }) => ({ declined: decline !== null }) });
    await say('decline', BEA, { plan: made.digest });
    await approve(made, CAI);
    await expect.poll(refusals).toEqual(['plan-decided']);
    await say('keep-closed', CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(names()).not.toContain('reset-password.apply');
  });

  it('wins over a yes in the same message, in both orders', async () => {
    for (const order of ['yes first', 'no first']) {
      const made = plan();
      // As the record decides it: no intent stands yet, so the no is first there.
      await begin(made, {
        'decision.record': async ({ decline }) => ({ declined: decline !== null }),
        'reset-password.apply': failing('LEDGER_SUPERSEDED'),
      });
      const yes = stage.decision('approve', BEA, { plan: made.digest, code: planCode(made.digest) });
      const no = stage.decision('decline', CAI, { plan: made.digest });
      await stage.sendAll(order === 'yes first' ? [yes, no] : [no, yes]);
      await say('keep-closed', CAI);
      expect(await stage.end()).toMatchObject({ outcome: 'contained' });
      expect(runs.filter((run) => run.order.kind === 'plan')).toEqual([]);
      await stage.close();
    }
  });

  it('that comes after the first intent holds the case, until somebody says go on', async () => {
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
    await say('go-on', BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(lastRuns()).toHaveLength(1);
  });

  it('holds the case where the record says that the plan had begun, though the case had not heard', async () => {
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
    await say('go-on', BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });
});

describe('a plan that nobody answers', () => {
  it('is brought up again, then given to the next in line, and then made anew from what is there', async () => {
    const { make, asked } = planning();
    await begin(plan(), { 'plan.make': make }, { remindMs: 150, escalateMs: 300, planLifeMs: 600 });
    await expect.poll(() => asked.length).toBe(1);
    expect(asked[0]).toMatchObject({ group: 'clean-up', because: 'the facts had aged', round: 2 });
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

  it('is not rung for any more when somebody says that they have it', async () => {
    const { make } = planning();
    await begin(plan(), { 'plan.make': make }, { remindMs: 2_500, escalateMs: 3_500, planLifeMs: 4_500 });
    await say('acknowledge', BEA);
    await expect.poll(names).toContain('pages.acknowledge');
    expect(kinds()).not.toContain('plan.expired');
    // Both times to remind are over by then; the one page is that the account was closed.
    await expect.poll(kinds, { timeout: 15_000 }).toContain('plan.expired');
    expect(pages).toEqual([1]);
  });

  it('is not rung for at all when it can wait', async () => {
    const { make, made, asked } = planning();
    await begin(null, { 'plan.make': make }, { remindMs: 150, escalateMs: 300, planLifeMs: 900 }, COLLEAGUE);
    await say('ask-release', BEA);
    await expect.poll(() => made.some(({ group }) => group === 'release')).toBe(true);
    await expect.poll(() => asked.filter(({ group, because }) => group === 'release' && because === 'the facts had aged').length).toBe(1);
    expect(reasons.filter((reason) => reason.includes('release'))).toEqual([]);
  });
});

describe('what is found on the way', () => {
  it('is planned again and asked again for it alone, when it had changed since the plan', async () => {
    const first = plan();
    const { make, asked, made } = planning();
    await begin(first, { 'plan.make': make, 'remove-methods.apply': async () => verified('remove-methods', { dropped: 1 }) });
    await approve(first, BEA);
    await expect.poll(() => asked.map(({ because }) => because)).toEqual(['a thing had changed since the plan']);
    await approve(made[0] ?? plan(), CAI);
    await expect.poll(() => asked.length).toBe(2);
  });

  it('is planned three times when it keeps coming back; then the case holds and a person is called', async () => {
    const first = plan();
    const { make, asked, made } = planning();
    await begin(first, { 'plan.make': make, 'remove-methods.apply': async () => verified('remove-methods', { newcomers: 1 }) });
    await approve(first, BEA);
    for (let round = 0; round < 3; round += 1) {
      await expect.poll(() => made.length).toBe(round + 1);
      expect(asked[round]).toMatchObject({ because: 'another thing appeared' });
      await approve(made[round] ?? plan(), BEA);
    }
    await expect.poll(kinds).toContain('case.held');
    expect(made).toHaveLength(3);
  });

  it('is what a look finds after the clean-up, too', async () => {
    const first = plan();
    const { make, asked } = planning();
    let looks = 0;
    await begin(first, {
      'plan.make': make,
      recheck: async ({ cleaned }) => ({ ...shut, newcomers: cleaned && ++looks === 1 ? 1 : 0, at: Date.now() }),
    });
    await approve(first, BEA);
    await expect.poll(() => asked.map(({ because }) => because)).toContain('another thing appeared');
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
    await expect.poll(() => asked.map(({ because }) => because)).toEqual(['an approver lost the right to approve']);
    await approve(made[0] ?? plan(), CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
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

  it('while it is cleaned up is closed once more, and the clean-up goes on where it stood', async () => {
    const made = plan();
    await begin(made, { 'remove-methods.apply': openOnce() });
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(kinds()).not.toContain('case.held');
    expect(kinds().filter((kind) => kind === 'account.closed')).toHaveLength(2);
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
    await say('keep-closed', BEA);
    await expect.poll(() => looks).toBeGreaterThan(1);
    await say('go-on', CAI);
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'closed' });
  });

  it('is no sign-in that was given out while the account was open: its sessions are ended again, and both clocks start anew', async () => {
    const made = plan();
    let looks = 0;
    await begin(made, {
      recheck: async () => {
        looks += 1;
        return { ...shut, signInsAfterClosing: looks === 1 ? 1 : 0, at: Date.now() };
      },
    });
    await expect.poll(kinds).toContain('case.held');
    await expect.poll(() => sessionsEnded.length).toBe(2);
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(kinds().filter((kind) => kind === 'account.closed')).toHaveLength(2);
  });

  it('is planned for, also what came after the third time', async () => {
    const first = plan();
    const { make, made } = planning();
    await begin(first, { 'plan.make': make, 'remove-methods.apply': async () => verified('remove-methods', { newcomers: 1 }) });
    await approve(first, BEA);
    for (let round = 0; round < 3; round += 1) {
      await expect.poll(() => made.length).toBe(round + 1);
      await approve(made[round] ?? plan(), BEA);
    }
    await expect.poll(kinds).toContain('case.held');
    await say('go-on', CAI);
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
    await expect.poll(() => kinds().filter((kind) => kind === 'account.closed')).toHaveLength(2);
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
    await say('go-on', CAI);
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
          return { ...shut, newcomers: cleaned ? 1 : null, at: Date.now() };
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
    await say('go-on', CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });
});

describe('a closing that people had been asked about', () => {
  it('and that the owner’s own report then orders is carried out though somebody holds the case; the clean-up is asked, and somebody is called', async () => {
    const { make, made, asked } = planning({ steps: ['block-sign-in', 'revoke-sessions'] });
    await begin(null, { 'plan.make': make }, {}, COLLEAGUE);
    await expect.poll(() => asked.at(-1)?.group).toBe('contain');
    await say('hold', BEA);
    await expect.poll(kinds).toContain('case.held');
    const before = pages.length;
    await stage.send(stage.act());
    await expect.poll(() => count('block-sign-in.apply')).toBe(1);
    await expect.poll(() => pages.length).toBeGreaterThan(before);
    await say('go-on', BEA);
    await expect.poll(() => asked.at(-1)?.group).toBe('clean-up');
    await approve(made[0] ?? plan(), CAI);
    await expect.poll(refusals).toEqual(['plan-changed']);
  });

  it('and that was declined is asked again when somebody says go on', async () => {
    const { make, made, asked } = planning({ steps: ['block-sign-in', 'revoke-sessions'] });
    await begin(null, { 'plan.make': make }, {}, COLLEAGUE);
    await expect.poll(() => made.length).toBe(1);
    await say('decline', BEA, { plan: made[0]?.digest });
    await expect.poll(kinds).toContain('case.held');
    await say('go-on', CAI);
    await expect.poll(() => asked.map(({ group }) => group)).toEqual(['contain', 'contain']);
  });

  it('because the brake was on is still asked when the clean-up is approved, and done before it', async () => {
    const first = plan();
    const { make, made, asked } = planning({ steps: ['block-sign-in', 'revoke-sessions'] });
    await begin(first, {
      'plan.make': make,
      'block-sign-in.apply': async (run) => (run.order.kind === 'policy' ? failing('BRAKE_ON')() : verified('block-sign-in')),
    });
    await expect.poll(() => asked.at(-1)?.group).toBe('contain');
    await approve(first, BEA);
    await expect.poll(kinds).toContain('plan.approved');
    expect(count('reset-password.apply')).toBe(0);
    await approve(made[0] ?? plan(), CAI);
    await expect.poll(() => count('reset-password.apply')).toBe(1);
    expect(names().indexOf('block-sign-in.apply')).toBeLessThan(names().indexOf('reset-password.apply'));
  });

  it('and that was done leaves one clean-up to be answered, not two', async () => {
    const { make, made, asked } = planning({ steps: ['block-sign-in', 'revoke-sessions'] });
    await begin(plan(), {
      'plan.make': make,
      'block-sign-in.apply': async (run) => (run.order.kind === 'policy' ? failing('BRAKE_ON')() : verified('block-sign-in')),
    });
    await expect.poll(() => made.length).toBe(1);
    await approve(made[0] ?? plan(), CAI);
    await expect.poll(kinds).toContain('account.closed');
    expect(asked.map(({ group }) => group)).toEqual(['contain']);
  });

  it('is not asked any more when a look finds the account shut by hand', async () => {
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

describe('a plan that could not be made', () => {
  it('is made when somebody has put right what stood in the way and says go on', async () => {
    const { make, asked } = planning();
    let tries = 0;
    await begin(null, {
      survey: async () => ({ blindSpots: [], plan: null, nothing: false }),
      'plan.make': async (run) => {
        tries += 1;
        return tries === 1 ? failing('GRAPH_FORBIDDEN')() : make(run);
      },
    });
    await expect.poll(kinds).toContain('case.held');
    expect(asked).toEqual([]);
    await say('go-on', BEA);
    await expect.poll(() => asked).toMatchObject([{ group: 'clean-up', because: 'the account was closed' }]);
  });
});

describe('a step that fails', () => {
  it('holds the case and says so; go on tries it again, and nothing that was done is done twice', async () => {
    const made = plan();
    let tries = 0;
    await begin(made, {
      'remove-methods.apply': async () => {
        tries += 1;
        return tries === 1 ? failing('GRAPH_FORBIDDEN')() : verified('remove-methods');
      },
    });
    await approve(made, BEA);
    await expect.poll(kinds).toContain('case.held');
    expect(kinds()).toContain('step.failed');
    expect(lastRuns()).toEqual([]);
    await say('go-on', CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(count('reset-password.apply')).toBe(1);
    expect(tries).toBe(2);
  });
});

describe('a hold', () => {
  it('that a step met on its way leaves the plan as it stands; after it that step goes on', async () => {
    const made = plan();
    const { open, opened } = gate();
    let tries = 0;
    await begin(
      made,
      {
        'remove-methods.apply': async () => {
          tries += 1;
          if (tries > 1) return verified('remove-methods');
          await opened;
          return failing('CASE_HELD')();
        },
      },
      { containAttemptMs: 60_000, giveUpMs: 120_000 },
    );
    await approve(made, BEA);
    await expect.poll(() => tries).toBe(1);
    await say('hold', CAI);
    await expect.poll(kinds).toContain('case.held');
    open();
    await expect.poll(() => count('recheck')).toBeGreaterThan(0);
    expect(tries).toBe(1);
    await say('go-on', CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(kinds()).not.toContain('step.failed');
    expect(count('reset-password.apply')).toBe(1);
    expect(tries).toBe(2);
  });

  it('lets nothing begin, and an approval that was given meanwhile is carried out after it', async () => {
    const made = plan();
    await begin(made);
    await say('hold', BEA);
    await approve(made, CAI);
    await expect.poll(() => count('recheck')).toBeGreaterThan(1);
    expect(names()).not.toContain('reset-password.apply');
    await say('go-on', BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });

  it('is not lifted by a word that was given before it began', async () => {
    const made = plan();
    await begin(made);
    const late = stage.decision('go-on', CAI);
    await say('hold', BEA);
    await stage.send(late);
    await approve(made, CAI);
    await expect.poll(refusals).toEqual(['not-allowed-now']);
    expect(names()).not.toContain('reset-password.apply');
  });

  it('has a name of its own in the record, whichever run of the case it is in', async () => {
    const { open, opened } = gate();
    const made = plan();
    // A slow machine must not take the waiting for a failure, nor the looks for holds of their own.
    const patient = { containAttemptMs: 60_000, giveUpMs: 120_000, askAgainMs: 60_000, accessTokenMs: 60_000 };
    stage = await theatre.stage(
      {
        'block-sign-in.apply': async () => {
          await opened;
          return verified('block-sign-in');
        },
        survey: async () => ({ blindSpots: [], plan: made, nothing: false }),
      },
      patient,
    );
    await stage.send(stage.act());
    await expect.poll(names).toContain('survey');
    await say('hold', BEA);
    await expect.poll(kinds).toContain('case.held');
    await say('go-on', BEA);
    await expect.poll(kinds).toContain('hold.ended');
    open();
    await expect.poll(names).toContain('history.export');
    // As often as something had changed in the first run.
    for (let times = 2; times <= 8; times += 1) {
      await say('hold', CAI);
      await expect.poll(() => kinds().filter((kind) => kind === 'case.held')).toHaveLength(times);
      await say('go-on', CAI);
      await expect.poll(() => kinds().filter((kind) => kind === 'hold.ended')).toHaveLength(times);
    }
  });

  it('is nothing that the subject may set, and "go on" says nothing without one', async () => {
    const made = plan();
    await begin(made);
    await say('hold', stage.subject);
    await say('go-on', BEA);
    await expect.poll(refusals).toEqual(['is-subject', 'not-allowed-now']);
    await approve(made, BEA);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });
});

describe('a false alarm', () => {
  const logsSupport: Stub = { 'logs.read': async () => ({ supports: true, readable: true, blindSpots: [] }) };

  it('is released by a plan that somebody asks for and somebody else approves, and watched', async () => {
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

  it('is released also when a look finds the account open while people are saying so: it was never closed', async () => {
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

  it('that was approved and then declined leaves the clean-up to be asked again', async () => {
    const { make, made, asked } = planning();
    const { open, opened } = gate();
    const slow = async (): Promise<never> => {
      await opened;
      return failing('PLAN_DECLINED')();
    };
    await begin(null, { 'plan.make': make, ...logsSupport, 'remove-methods.apply': slow }, {}, DENIED);
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => asked.at(-1)?.group).toBe('release');
    const [, release] = made;
    await approve(release ?? plan(), CAI);
    await say('decline', BEA, { plan: release?.digest });
    open();
    await expect.poll(() => asked.map(({ group }) => group)).toEqual(['clean-up', 'release', 'clean-up']);
  });

  /** Released, and watched for longer than any test. */
  async function release(part: Partial<MadePlan> = { steps: ['reset-password', 'release-false-alarm'] }) {
    const planned = planning(part);
    const { make, made } = planned;
    await begin(null, { 'plan.make': make, ...logsSupport }, { releaseWatchMs: 60_000 }, DENIED);
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(2);
    await approve(made[1] ?? plan(), CAI);
    await expect.poll(() => count('release-false-alarm.apply')).toBe(1);
    await expect.poll(() => runs.some(({ order }) => order.kind === 'plan')).toBe(true);
    return planned;
  }

  it('and another report of a refused prompt call somebody, and ask whether to close the account again', async () => {
    const { asked } = await release();
    const before = pages.length;
    await stage.send(stage.act(DENIED));
    await expect.poll(() => asked.at(-1)).toMatchObject({ group: 'contain', because: 'another report came after the release' });
    await expect.poll(() => pages.length).toBeGreaterThan(before);
  });

  it('is over when the owner says that they let somebody in: the account is closed at once, and somebody is called', async () => {
    const { asked } = await release();
    const before = pages.length;
    await stage.send(stage.act());
    await expect.poll(() => asked.at(-1)).toMatchObject({ group: 'clean-up', because: 'the account was closed' });
    const again = runs.filter(({ order, generation }) => order.kind === 'policy' && generation > 1);
    expect(again).toHaveLength(2);
    await expect.poll(() => pages.length).toBeGreaterThan(before);
  });

  it('is not released any more once the owner says that they let somebody in', async () => {
    const { make, made, asked } = planning({ steps: ['reset-password', 'release-false-alarm'] });
    await begin(null, { 'plan.make': make, ...logsSupport }, {}, DENIED);
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(2);
    await stage.send(stage.act());
    await expect.poll(kinds).toContain('plan.replaced');
    await approve(made[1] ?? plan(), CAI);
    await expect.poll(refusals).toEqual(['plan-changed']);
    expect(asked.map(({ group }) => group)).toEqual(['clean-up', 'release']);
    expect(count('release-false-alarm.apply')).toBe(0);
  });

  it('is not opened when the owner says so while its password is being reset; the clean-up that had given way is asked', async () => {
    const { make, made, asked } = planning({ steps: ['reset-password', 'release-false-alarm'] });
    const { open, opened } = gate();
    let resetting = false;
    const slow = async () => {
      resetting = true;
      await opened;
      return verified('reset-password');
    };
    await begin(null, { 'plan.make': make, ...logsSupport, 'reset-password.apply': slow }, {}, DENIED);
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(2);
    await approve(made[1] ?? plan(), CAI);
    await expect.poll(() => resetting).toBe(true);
    await stage.send(stage.act());
    await expect.poll(() => count('people.weigh')).toBe(4);
    open();
    await expect.poll(() => asked.map(({ group }) => group)).toEqual(['clean-up', 'release', 'clean-up']);
    expect(count('release-false-alarm.apply')).toBe(0);
    expect(kinds()).not.toContain('case.held');
  });

  it('that somebody shuts by hand afterwards is closed as a whole, and never called released', async () => {
    const { make, made } = planning({ steps: ['reset-password', 'release-false-alarm'] });
    await begin(null, { 'plan.make': make, ...logsSupport }, {}, DENIED);
    await expect.poll(() => made.length).toBe(1);
    await say('ask-release', BEA);
    await expect.poll(() => made.length).toBe(2);
    // Every look finds it shut.
    await approve(made[1] ?? plan(), CAI);
    await expect.poll(() => made.length).toBe(3);
    expect(runs.filter(({ order, generation }) => order.kind === 'policy' && generation > 1)).toHaveLength(2);
    await approve(made[2] ?? plan(), CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });

  it('is asked for beside everything else: whoever holds the case meanwhile is heard at once', async () => {
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

  it('that was taken back by a closing leaves no undo to be asked about', async () => {
    const { asked, made } = await release();
    await say('ask-undo', BEA);
    await expect.poll(() => asked.at(-1)?.group).toBe('undo');
    const undo = made.at(-1) ?? plan();
    await stage.send(stage.act(DENIED));
    await expect.poll(() => asked.at(-1)?.group).toBe('contain');
    await approve(made.at(-1) ?? plan(), CAI);
    await expect.poll(kinds).toContain('plan.replaced');
    await approve(undo, CAI);
    await expect.poll(refusals).toEqual(['plan-changed']);
  });

  it('is nothing that can be asked for where the owner said that they approved', async () => {
    await begin(plan());
    await say('ask-release', BEA);
    await expect.poll(refusals).toEqual(['not-allowed-now']);
  });

  it('is not released when the record says that the logs forbid it', async () => {
    await begin(plan(), { ...logsSupport, 'plan.make': async () => ({ kind: 'refused', because: 'logs-forbid' }) }, {}, DENIED);
    await say('ask-release', BEA);
    await expect.poll(refusals).toEqual(['logs-forbid']);
  });

  it('can be taken back: the account is blocked again, watched again, and cleaned up after all', async () => {
    const { make, made, asked } = planning();
    const { open, opened } = gate();
    const looked: number[] = [];
    await begin(
      null,
      {
        'plan.make': async (run) => {
          const result = await make(run);
          const steps = run.group === 'release' ? (['reset-password', 'release-false-alarm'] as const) : (['release-false-alarm'] as const);
          const one = run.group === 'clean-up' ? result.plan : { ...result.plan, steps };
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
    // The clean-up that gave way to the release is asked again.
    await expect.poll(() => asked.at(-1)).toMatchObject({ group: 'clean-up', because: 'the account was closed' });
    expect(new Set(looked).size).toBe(looked.length);
    // Blocked again means closed again: every step of the closing under a generation of its own.
    await expect.poll(() => runs.filter(({ order, generation }) => order.kind === 'policy' && generation > 1).length).toBeGreaterThan(0);
  });
});

describe('the brake', () => {
  it('leaves the block to a person, who can approve it; sessions are ended all the same', async () => {
    const { make, made, asked } = planning();
    await begin(null, {
      'plan.make': async (run) => {
        const { plan: one } = await make(run);
        const fit = run.group === 'contain' ? { ...one, steps: ['block-sign-in', 'revoke-sessions'] as const } : one;
        made[made.length - 1] = fit;
        return { kind: 'made', plan: fit };
      },
      'block-sign-in.apply': async (run) => (run.order.kind === 'policy' ? failing('BRAKE_ON')() : verified('block-sign-in')),
    });
    await expect
      .poll(() => asked.map(({ group, because }) => `${group}: ${because}`))
      .toEqual(['contain: too many accounts were blocked by policy']);
    expect(names()).toContain('revoke-sessions.apply');
    expect(kinds()).toContain('brake.applied');
    await approve(made[0] ?? plan(), BEA);
    await expect.poll(() => asked.at(-1)?.group).toBe('clean-up');
    await approve(made.at(-1) ?? plan(), CAI);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });
});

describe('the brake, on a report that waits for the logs', () => {
  it('asks people once, and the logs no more', async () => {
    const { make, asked } = planning({ steps: ['block-sign-in', 'revoke-sessions'] });
    await begin(
      null,
      {
        'plan.make': make,
        'logs.read': async () => ({ supports: true, readable: true, blindSpots: [] }),
        'block-sign-in.apply': async (run) => (run.order.kind === 'policy' ? failing('BRAKE_ON')() : verified('block-sign-in')),
      },
      {},
      DENIED,
    );
    await expect
      .poll(() => asked.map(({ group, because }) => `${group}: ${because}`))
      .toEqual(['contain: too many accounts were blocked by policy']);
    expect(count('logs.read')).toBe(1);
  });
});

describe('decisions that come while a run or the case is ending', () => {
  it('are all weighed', async () => {
    const made = plan();
    const weighed = new Set<string>();
    await begin(made, {
      'people.weigh': async (run) => {
        for (const { envelope } of run.acts) weighed.add(envelope.key);
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

async function eventsOfAllRuns(): Promise<number> {
  let total = 0;
  const first = await stage.client.workflow.getHandle(stage.workflowId).describe();
  let runId: string | null | undefined = first.raw.workflowExecutionInfo?.firstRunId;
  while (runId) {
    const { events: kept } = await stage.client.workflow.getHandle(stage.workflowId, runId).fetchHistory();
    total += kept?.length ?? 0;
    runId = kept?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return total;
}
