// Whose approval still holds when a step of a plan runs.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PersonNow } from '../../../activities/microsoft/directory-reader.ts';
import type { PendingEvent } from '../../../activities/pending-events.ts';
import { revisePlan } from '../../../activities/plans/index.ts';
import type { MadePlan } from '../../../activities/plans/make-plan.ts';
import { digestOf, recordedPlan } from '../../../activities/plans/plan-record.ts';
import { recordDecision } from '../../../activities/record-decision.ts';
import { STEPS } from '../../../activities/steps/registry.ts';
import { applyStep } from '../../../activities/steps/runner.ts';
import { refusalKey } from '../../../domain/approval.ts';
import { remedyOf } from '../../../domain/errors.ts';
import { type CaseId, caseId } from '../../../domain/ids.ts';
import { planCode, planKey } from '../../../domain/plan.ts';
import { TEAM } from '../activity-harness.ts';
import {
  approve,
  asked,
  declining,
  expectRefused,
  harness,
  lookAfterRelease,
  lost,
  nextSubject,
  noteOf,
  run,
  runs,
  TWO,
} from '../plan-fixtures.ts';

describe('a step of a plan does not run', () => {
  it('when nobody has approved it', async () => {
    const context = await asked();
    await lost(context);
    await approve(context, 'ada');
    await runs(context);
  });

  it('when its approver has left the group since', async () => {
    const context = await asked();
    await approve(context, 'ada');
    await harness.hands.leaveGroup({ group: harness.group, person: 'ada' });
    await lost(context);
    await harness.hands.joinGroup({ group: harness.group, person: 'ada' });
    await runs(context);
  });

  it('when its approver has joined the group only since the baseline', async () => {
    const context = await asked();
    await harness.hands.joinGroup({ group: harness.group, person: 'new' });
    await approve(context, 'new');
    await lost(context);
    // A newer one does not help in a case that is older.
    await harness.rebase();
    await lost(context);
    await approve(context, 'ada');
    await runs(context);
  });

  it('when its approver is the person it is about', async () => {
    const about = await harness.report('sam', {}, { by: 'eve' });
    const plan = await harness.planned(about, 'sam', 'containment');
    const step = () =>
      applyStep(harness.tools, STEPS['block-sign-in'], harness.run(about, 'sam', { kind: 'plan', digest: plan.digest }, plan.attempt));
    await harness.approve(about, 'sam', plan.digest, ['sam']);
    await expectRefused(step, 'APPROVAL_LOST');
    await harness.approve(about, 'sam', plan.digest, ['ada']);
    await expect(step()).resolves.toMatchObject({ kind: 'verified' });
    await harness.hands.enableByHand({ person: 'sam', by: 'root' });
  });

  it('when its approver has reported the case', async () => {
    const context = await asked({ by: 'ada' });
    await approve(context, 'ada');
    await lost(context);
    await approve(context, 'bea');
    await runs(context);
  });

  it('when its approver has reported the account as well, after approving', async () => {
    const context = await asked();
    await approve(context, 'ada');
    await harness.reportAgain(context.about, context.key, 'ada');
    await lost(context);
    await approve(context, 'bea');
    await runs(context);
  });

  it('when its approver asked for it', async () => {
    const context = await asked({}, { askedBy: harness.id('ada') });
    await approve(context, 'ada');
    await lost(context);
    await approve(context, 'bea');
    await runs(context);
  });

  it('when its approver is a guest', async () => {
    const context = await asked();
    await approve(context, 'gil');
    await lost(context);
    await approve(context, 'ada');
    await runs(context);
  });

  it('when the account of its approver is disabled', async () => {
    const context = await asked();
    await approve(context, 'ada');
    await harness.hands.disableByHand({ person: 'ada', by: 'root' });
    await lost(context);
    await harness.hands.enableByHand({ person: 'ada', by: 'root' });
    await runs(context);
  });

  it('when the closing of its approver’s own account was confirmed', async () => {
    const own = await harness.report('cai', {}, { by: 'eve' });
    const context = await asked();
    await approve(context, 'cai');
    const confirmed = { kind: 'containment.confirmed', schemaVersion: 1, by: harness.id('ada') } as const;
    const note = { key: 'containment/confirmed', at: new Date().toISOString(), event: confirmed };
    await recordDecision(harness.tools, { caseId: own, notes: [note], decline: null });
    await lost(context);
    // A false alarm, it turned out: the watch after the release ended well.
    await lookAfterRelease(own, 'cai', 1);
    await runs(context);
    // Closed once more since, and confirmed: that release says nothing of it.
    const closed = { kind: 'account.blocked', schemaVersion: 1, blockedAt: note.at, effectiveBy: note.at } as const;
    await recordDecision(harness.tools, { caseId: own, notes: [{ ...note, key: 'account/closed/2', event: closed }], decline: null });
    const second = await asked();
    await approve(second, 'cai');
    await lost(second);
    await lookAfterRelease(own, 'cai', 2);
    await runs(second);
  });

  it.each<[string, Partial<PersonNow>]>([
    ['a guest', { guest: true }],
    ['disabled', { enabled: false }],
    ['not in the group', { inGroup: false }],
  ])('when the directory says nothing else of its approver than: %s', async (_, fact) => {
    const context = await asked();
    await approve(context, 'ada');
    const { reader } = harness.tools;
    const saying = {
      ...reader,
      personNow: async (...who: Parameters<typeof reader.personNow>) => ({ ...(await reader.personNow(...who)), ...fact }),
    };
    await expectRefused(() => run(context, { ...harness.tools, reader: saying }), 'APPROVAL_LOST');
    await runs(context);
  });

  it('on one person’s word under two Slack accounts, where two people are needed', async () => {
    const context = await asked({ policy: TWO() });
    expect(context.plan.needs.approvers).toBe(2);
    const ada = { slackTeam: TEAM, objectId: harness.id('ada'), name: 'ada', phone: null };
    await harness.confirm([{ ...ada, slackUser: 'UADASECOND' }]);
    await approve(context, 'ada');
    const values = { case: context.about, wordsSha256: null, plan: context.plan.digest, code: planCode(context.plan.digest) };
    expect(
      await harness.weigh(context.about, context.key, [harness.sign('ada', { act: 'approve', person: 'UADASECOND', values })]),
    ).toMatchObject({
      decisions: [{ person: harness.id('ada') }],
    });
    await lost(context);
    await approve(context, 'bea');
    await runs(context);
  });

  it('on a yes that did not count when it was given: another one who was lost is not made up for by it', async () => {
    const context = await asked({ policy: TWO() });
    const { about, key, plan } = context;
    await approve(context, 'bea', 'cai');
    const { decisions } = await harness.decide(about, key, 'ada', 'approve', { plan: plan.digest, code: planCode(plan.digest) });
    const refusal: PendingEvent = {
      key: refusalKey(decisions[0]?.key ?? ''),
      at: new Date().toISOString(),
      event: {
        kind: 'decision.refused',
        schemaVersion: 1,
        act: 'approve',
        person: harness.id('ada'),
        because: 'locked-out',
        waitMs: null,
        plan: plan.digest,
      },
    };
    await harness.hands.leaveGroup({ group: harness.group, person: 'bea' });
    // It may still ride with the step itself.
    await expectRefused(() => run(context, harness.tools, plan.attempt, [refusal]), 'APPROVAL_LOST');
    await lost(context);
    await approve(context, 'ada');
    await runs(context);
    await harness.hands.joinGroup({ group: harness.group, person: 'bea' });
  });

  it('once one of its two approvers may not any more', async () => {
    const context = await asked({ policy: TWO() });
    await approve(context, 'ada', 'bea');
    await harness.hands.leaveGroup({ group: harness.group, person: 'bea' });
    await lost(context);
    await harness.hands.joinGroup({ group: harness.group, person: 'bea' });
    await runs(context);
  });

  it('under a attempt that is another plan’s', async () => {
    const context = await asked();
    const other = await harness.planned(context.about, context.key, 'eradication', { round: 2 });
    await approve(context, 'ada');
    await expectRefused(() => run(context, harness.tools, other.attempt), 'PLAN_UNKNOWN');
    await runs(context);
  });

  it('when somebody has declined it first', async () => {
    const context = await asked();
    await approve(context, 'ada');
    expect(await declining(context, 'bea')).toEqual({ declined: true });
    await expectRefused(() => run(context), 'PLAN_DECLINED');
  });

  it.each(['expired', 'replaced'] as const)('when it was %s before it began', async (what) => {
    const context = await asked();
    await approve(context, 'ada');
    const { digest } = context.plan;
    const event =
      what === 'expired'
        ? ({ kind: 'plan.expired', schemaVersion: 1, digest } as const)
        : ({ kind: 'plan.replaced', schemaVersion: 1, digest, because: 'another-plan-approved' } as const);
    const notes = [{ key: planKey(digest, what), at: new Date().toISOString(), event }];
    await recordDecision(harness.tools, { caseId: context.about, notes, decline: null });
    await lost(context);
  });

  it('when another version has taken its place', async () => {
    const context = await asked();
    await approve(context, 'ada');
    const result = await revisePlan(harness.tools, {
      caseId: context.about,
      subject: harness.id(context.key),
      digest: context.plan.digest,
      ticked: [],
      by: harness.id('bea'),
      notes: [],
    });
    if (result.kind !== 'made') throw new Error('expected another version');
    await lost(context);
    const second = { ...context, plan: result.plan };
    await lost(second);
    await approve(second, 'ada');
    await runs(second);
  });
});

describe('what follows from a decision', () => {
  it('is written into no case that the record does not know', async () => {
    const nobodys = caseId(randomUUID());
    const { plan } = await asked();
    await expect(declining({ about: nobodys, plan }, 'ada')).rejects.toMatchObject({ code: 'CASE_UNKNOWN' });
    expect(await harness.entries(nobodys)).toEqual([]);
  });

  it('is written once, also when the no of one person is written again, or another one follows', async () => {
    const context = await asked();
    const { about } = context;
    const no = (by: string) => declining(context, by);
    expect([await no('ada'), await no('ada'), await no('bea')]).toEqual([{ declined: true }, { declined: true }, { declined: true }]);
    expect((await harness.entries(about)).filter(({ kind }) => kind === 'plan.declined')).toMatchObject([
      { body: { by: harness.id('ada') } },
    ]);
  });
});

describe('a plan that has begun', () => {
  it('stops for a late no, and goes on when somebody says so: its age and a late change leave no job half done', async () => {
    const context = await asked();
    await approve(context, 'ada');
    await runs(context);
    const { about, plan, key } = context;
    expect(await declining(context, 'bea')).toEqual({ declined: false });
    const notes = [
      {
        key: planKey(plan.digest, 'expired'),
        at: new Date().toISOString(),
        event: { kind: 'plan.expired', schemaVersion: 1, digest: plan.digest } as const,
      },
    ];
    await recordDecision(harness.tools, { caseId: about, notes, decline: null });
    const removing = (riding: readonly PendingEvent[] = []) =>
      applyStep(harness.tools, STEPS['remove-methods'], {
        ...harness.run(about, key, { kind: 'plan', digest: plan.digest }, plan.attempt),
        notes: riding,
      });
    await expectRefused(removing, 'CASE_HELD');
    const resume = noteOf('hold/ended/1', { kind: 'hold.ended', schemaVersion: 1, because: 'resumed-by-person', by: harness.id('cai') });
    // Held once more before the step came to it: what was said before does not count for this hold.
    await recordDecision(harness.tools, { caseId: about, notes: [resume], decline: null });
    const again = noteOf('held/again', {
      kind: 'case.held',
      schemaVersion: 1,
      reasons: [{ kind: 'by-hand' }],
      by: harness.id('bea'),
      endsWith: 'person',
    });
    await recordDecision(harness.tools, { caseId: about, notes: [again], decline: null });
    await expectRefused(() => removing([resume]), 'CASE_HELD');
    await expect(removing([{ ...resume, key: 'hold/ended/2' }])).resolves.toMatchObject({ kind: 'verified' });
  });

  it('goes no further once another has taken its place, also when its approver is back', async () => {
    const context = await asked();
    await approve(context, 'ada');
    await runs(context);
    const { about, plan, key } = context;
    const because = 'approval-lost' as const;
    const replaced = noteOf(planKey(plan.digest, 'replaced'), { kind: 'plan.replaced', schemaVersion: 1, digest: plan.digest, because });
    await recordDecision(harness.tools, { caseId: about, notes: [replaced], decline: null });
    const order = harness.run(about, key, { kind: 'plan', digest: plan.digest }, plan.attempt);
    await expectRefused(() => applyStep(harness.tools, STEPS['revoke-sessions'], order), 'APPROVAL_LOST');
    // The step that is done already is not done again either, when the engine asks for it once more.
    await lost(context);
  });

  it('asks for authority again before each of its steps', async () => {
    const context = await asked();
    await approve(context, 'ada');
    await runs(context);
    const { about, plan, key } = context;
    const removing = () =>
      applyStep(harness.tools, STEPS['remove-methods'], harness.run(about, key, { kind: 'plan', digest: plan.digest }, plan.attempt));
    await harness.hands.leaveGroup({ group: harness.group, person: 'ada' });
    await expectRefused(removing, 'APPROVAL_LOST');
    await harness.hands.joinGroup({ group: harness.group, person: 'ada' });
    await expect(removing()).resolves.toMatchObject({ kind: 'verified' });
  });
});

describe('a directory that does not answer', () => {
  it.each([
    ['user.get', 503, 'GRAPH_UNAVAILABLE'],
    ['groups.transitiveMemberOf', 503, 'GRAPH_UNAVAILABLE'],
    ['groups.transitiveMemberOf', 429, 'GRAPH_THROTTLED'],
  ] as const)('is asked again (%s: %i): nothing runs meanwhile, and nothing is lost', async (operation, status, code) => {
    const context = await asked();
    await approve(context, 'ada');
    harness.tenant.faults.add({ operation, actorKey: 'reader', person: 'ada', occurrence: { from: 1 }, kind: 'status', status });
    await expectRefused(() => run(context), code);
    expect(remedyOf(code)).toBe('retry');
    harness.tenant.faults.clear();
    await runs(context);
  });

  it('keeps a step waiting for an answer that does not come, and lets it go on when one does', async () => {
    const context = await asked();
    await approve(context, 'ada');
    harness.tenant.faults.add({
      operation: 'user.get',
      actorKey: 'reader',
      person: 'ada',
      occurrence: 1,
      kind: 'timeout-before',
      hangMs: 4_000,
    });
    await expectRefused(() => run(context), 'GRAPH_TIMED_OUT');
    expect(remedyOf('GRAPH_TIMED_OUT')).toBe('retry');
    await runs(context);
  });
});

describe('an undo', () => {
  const planned = (key: string, about: CaseId, { digest, attempt }: MadePlan) => harness.run(about, key, { kind: 'plan', digest }, attempt);
  const switchBy = (key: string, about: CaseId, plan: MadePlan) => () =>
    applyStep(harness.tools, STEPS['release-false-alarm'], planned(key, about, plan));

  /** A new password, and the account opened. Times of passwords are whole seconds: set twice in one of them, nobody can tell the second time. */
  async function release(key: string, about: CaseId, round = 1): Promise<void> {
    const plan = await harness.approved(about, key, 'release', ['ada'], { round });
    const { passwordChangedAt } = harness.tenant.truth.account(key);
    await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(Math.floor(Date.parse(passwordChangedAt) / 1000));
    await expect(applyStep(harness.tools, STEPS['reset-password'], planned(key, about, plan))).resolves.toMatchObject({ kind: 'verified' });
    await switchBy(key, about, plan)();
    expect(harness.tenant.truth.account(key).enabled).toBe(true);
  }

  async function released(): Promise<{ readonly key: string; readonly about: CaseId }> {
    const key = nextSubject();
    const about = await harness.report(key, { what: 'denied-or-ignored' });
    for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
      await applyStep(harness.tools, STEPS[step], harness.run(about, key, { kind: 'policy', blockLimit: null }));
    }
    await release(key, about);
    return { key, about };
  }

  it('does not run twice, though both its plans were approved, and takes back no release that came after it', async () => {
    const { key, about } = await released();
    const [one, other] = [await harness.approved(about, key, 'undo'), await harness.approved(about, key, 'undo', ['bea'], { round: 2 })];
    await expect(switchBy(key, about, other)()).resolves.toMatchObject({ kind: 'verified', changed: true });
    // Run again, it does nothing more.
    await expect(switchBy(key, about, other)()).resolves.toMatchObject({ kind: 'verified', changed: true });
    await expectRefused(switchBy(key, about, one), 'APPROVAL_LOST');
    await release(key, about, 2);
    await expectRefused(switchBy(key, about, one), 'APPROVAL_LOST');
    expect(harness.tenant.truth.account(key).enabled).toBe(true);
    const third = await harness.approved(about, key, 'undo', ['bea'], { round: 3 });
    await expect(switchBy(key, about, third)()).resolves.toMatchObject({ kind: 'verified', changed: true });
  });

  it('is nothing that somebody calls by its name: it takes back, and does nothing else', async () => {
    const { key, about } = await released();
    const plan = await harness.approved(about, key, 'undo');
    const other = await harness.planned(about, key, 'eradication');
    const entries = await harness.ledger.entries(about);
    const { content } = recordedPlan(entries, about, plan.digest);
    const { content: eradication } = recordedPlan(entries, about, other.digest);
    // Under another name the removal of every method would reach an account that is open.
    const forged = { ...content, round: 9, attempt: 95, steps: eradication.steps };
    const { case: _case, ...fields } = forged;
    const digest = digestOf(forged);
    const body = { ...fields, digest, needs: plan.needs, askedBy: null, because: 'requested' };
    await harness.forge(about, { key: 'plan/forged/undo/made', kind: 'plan.made', body });
    await harness.approve(about, key, digest, ['ada']);
    const run = harness.run(about, key, { kind: 'plan', digest }, 95);
    await expectRefused(() => applyStep(harness.tools, STEPS['remove-methods'], run), 'PLAN_UNKNOWN');
    await expect(switchBy(key, about, plan)()).resolves.toMatchObject({ kind: 'verified' });
  });
});
