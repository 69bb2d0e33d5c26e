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
  house,
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
    const scene = await asked();
    await lost(scene);
    await approve(scene, 'ada');
    await runs(scene);
  });

  it('when its approver has left the group since', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await house.hands.leaveGroup({ group: house.group, person: 'ada' });
    await lost(scene);
    await house.hands.joinGroup({ group: house.group, person: 'ada' });
    await runs(scene);
  });

  it('when its approver has joined the group only since the baseline', async () => {
    const scene = await asked();
    await house.hands.joinGroup({ group: house.group, person: 'new' });
    await approve(scene, 'new');
    await lost(scene);
    // A newer one does not help in a case that is older.
    await house.rebase();
    await lost(scene);
    await approve(scene, 'ada');
    await runs(scene);
  });

  it('when its approver is the person it is about', async () => {
    const about = await house.report('sam', {}, { by: 'eve' });
    const plan = await house.planned(about, 'sam', 'contain');
    const step = () =>
      applyStep(house.tools, STEPS['block-sign-in'], house.run(about, 'sam', { kind: 'plan', digest: plan.digest }, plan.generation));
    await house.approve(about, 'sam', plan.digest, ['sam']);
    await expectRefused(step, 'APPROVAL_LOST');
    await house.approve(about, 'sam', plan.digest, ['ada']);
    await expect(step()).resolves.toMatchObject({ kind: 'verified' });
    await house.hands.enableByHand({ person: 'sam', by: 'root' });
  });

  it('when its approver has reported the case', async () => {
    const scene = await asked({ by: 'ada' });
    await approve(scene, 'ada');
    await lost(scene);
    await approve(scene, 'bea');
    await runs(scene);
  });

  it('when its approver has reported the account as well, after approving', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await house.reportAgain(scene.about, scene.key, 'ada');
    await lost(scene);
    await approve(scene, 'bea');
    await runs(scene);
  });

  it('when its approver asked for it', async () => {
    const scene = await asked({}, { askedBy: house.id('ada') });
    await approve(scene, 'ada');
    await lost(scene);
    await approve(scene, 'bea');
    await runs(scene);
  });

  it('when its approver is a guest', async () => {
    const scene = await asked();
    await approve(scene, 'gil');
    await lost(scene);
    await approve(scene, 'ada');
    await runs(scene);
  });

  it('when the account of its approver is disabled', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await house.hands.disableByHand({ person: 'ada', by: 'root' });
    await lost(scene);
    await house.hands.enableByHand({ person: 'ada', by: 'root' });
    await runs(scene);
  });

  it('when the closing of its approver’s own account was ratified', async () => {
    const own = await house.report('cai', {}, { by: 'eve' });
    const scene = await asked();
    await approve(scene, 'cai');
    const ratified = { kind: 'closing.ratified', schemaVersion: 1, by: house.id('ada') } as const;
    const note = { key: 'closing/ratified', at: new Date().toISOString(), event: ratified };
    await recordDecision(house.tools, { caseId: own, notes: [note], decline: null });
    await lost(scene);
    // A false alarm, it turned out: the watch after the release ended well.
    await lookAfterRelease(own, 'cai', 1);
    await runs(scene);
    // Closed once more since, and ratified: that release says nothing of it.
    const closed = { kind: 'account.closed', schemaVersion: 1, closedAt: note.at, effectiveBy: note.at } as const;
    await recordDecision(house.tools, { caseId: own, notes: [{ ...note, key: 'account/closed/2', event: closed }], decline: null });
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
    const scene = await asked();
    await approve(scene, 'ada');
    const { reader } = house.tools;
    const saying = {
      ...reader,
      personNow: async (...who: Parameters<typeof reader.personNow>) => ({ ...(await reader.personNow(...who)), ...fact }),
    };
    await expectRefused(() => run(scene, { ...house.tools, reader: saying }), 'APPROVAL_LOST');
    await runs(scene);
  });

  it('on one person’s word under two Slack accounts, where two people are needed', async () => {
    const scene = await asked({ policy: TWO() });
    expect(scene.plan.needs.approvers).toBe(2);
    const ada = { slackTeam: TEAM, objectId: house.id('ada'), name: 'ada', phone: null };
    await house.confirm([{ ...ada, slackUser: 'UADASECOND' }]);
    await approve(scene, 'ada');
    const values = { case: scene.about, wordsSha256: null, plan: scene.plan.digest, code: planCode(scene.plan.digest) };
    expect(await house.weigh(scene.about, scene.key, [house.sign('ada', { act: 'approve', person: 'UADASECOND', values })])).toMatchObject({
      decisions: [{ person: house.id('ada') }],
    });
    await lost(scene);
    await approve(scene, 'bea');
    await runs(scene);
  });

  it('on a yes that did not count when it was given: another one who was lost is not made up for by it', async () => {
    const scene = await asked({ policy: TWO() });
    const { about, key, plan } = scene;
    await approve(scene, 'bea', 'cai');
    const { decisions } = await house.decide(about, key, 'ada', 'approve', { plan: plan.digest, code: planCode(plan.digest) });
    const refusal: PendingEvent = {
      key: refusalKey(decisions[0]?.key ?? ''),
      at: new Date().toISOString(),
      event: {
        kind: 'decision.refused',
        schemaVersion: 1,
        act: 'approve',
        person: house.id('ada'),
        because: 'locked-out',
        waitMs: null,
        plan: plan.digest,
      },
    };
    await house.hands.leaveGroup({ group: house.group, person: 'bea' });
    // It may still ride with the step itself.
    await expectRefused(() => run(scene, house.tools, plan.generation, [refusal]), 'APPROVAL_LOST');
    await lost(scene);
    await approve(scene, 'ada');
    await runs(scene);
    await house.hands.joinGroup({ group: house.group, person: 'bea' });
  });

  it('once one of its two approvers may not any more', async () => {
    const scene = await asked({ policy: TWO() });
    await approve(scene, 'ada', 'bea');
    await house.hands.leaveGroup({ group: house.group, person: 'bea' });
    await lost(scene);
    await house.hands.joinGroup({ group: house.group, person: 'bea' });
    await runs(scene);
  });

  it('under a generation that is another plan’s', async () => {
    const scene = await asked();
    const other = await house.planned(scene.about, scene.key, 'clean-up', { round: 2 });
    await approve(scene, 'ada');
    await expectRefused(() => run(scene, house.tools, other.generation), 'PLAN_UNKNOWN');
    await runs(scene);
  });

  it('when somebody has declined it first', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    expect(await declining(scene, 'bea')).toEqual({ declined: true });
    await expectRefused(() => run(scene), 'PLAN_DECLINED');
  });

  it.each(['expired', 'replaced'] as const)('when it was %s before it began', async (what) => {
    const scene = await asked();
    await approve(scene, 'ada');
    const { digest } = scene.plan;
    const event =
      what === 'expired'
        ? ({ kind: 'plan.expired', schemaVersion: 1, digest } as const)
        : ({ kind: 'plan.replaced', schemaVersion: 1, digest, because: 'another-plan-approved' } as const);
    const notes = [{ key: planKey(digest, what), at: new Date().toISOString(), event }];
    await recordDecision(house.tools, { caseId: scene.about, notes, decline: null });
    await lost(scene);
  });

  it('when another version has taken its place', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    const result = await revisePlan(house.tools, {
      caseId: scene.about,
      subject: house.id(scene.key),
      digest: scene.plan.digest,
      ticked: [],
      by: house.id('bea'),
      notes: [],
    });
    if (result.kind !== 'made') throw new Error('expected another version');
    await lost(scene);
    const second = { ...scene, plan: result.plan };
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
    expect(await house.entries(nobodys)).toEqual([]);
  });

  it('is written once, also when the no of one person is written again, or another one follows', async () => {
    const scene = await asked();
    const { about } = scene;
    const no = (by: string) => declining(scene, by);
    expect([await no('ada'), await no('ada'), await no('bea')]).toEqual([{ declined: true }, { declined: true }, { declined: true }]);
    expect((await house.entries(about)).filter(({ kind }) => kind === 'plan.declined')).toMatchObject([{ body: { by: house.id('ada') } }]);
  });
});

describe('a plan that has begun', () => {
  it('stops for a late no, and goes on when somebody says so: its age and a late change leave no job half done', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await runs(scene);
    const { about, plan, key } = scene;
    expect(await declining(scene, 'bea')).toEqual({ declined: false });
    const notes = [
      {
        key: planKey(plan.digest, 'expired'),
        at: new Date().toISOString(),
        event: { kind: 'plan.expired', schemaVersion: 1, digest: plan.digest } as const,
      },
    ];
    await recordDecision(house.tools, { caseId: about, notes, decline: null });
    const removing = (riding: readonly PendingEvent[] = []) =>
      applyStep(house.tools, STEPS['remove-methods'], {
        ...house.run(about, key, { kind: 'plan', digest: plan.digest }, plan.generation),
        notes: riding,
      });
    await expectRefused(removing, 'CASE_HELD');
    const goOn = noteOf('hold/ended/1', { kind: 'hold.ended', schemaVersion: 1, because: 'resumed-by-person', by: house.id('cai') });
    // Held once more before the step came to it: what was said before does not count for this hold.
    await recordDecision(house.tools, { caseId: about, notes: [goOn], decline: null });
    const again = noteOf('held/again', {
      kind: 'case.held',
      schemaVersion: 1,
      reasons: [{ kind: 'by-hand' }],
      by: house.id('bea'),
      endsWith: 'person',
    });
    await recordDecision(house.tools, { caseId: about, notes: [again], decline: null });
    await expectRefused(() => removing([goOn]), 'CASE_HELD');
    await expect(removing([{ ...goOn, key: 'hold/ended/2' }])).resolves.toMatchObject({ kind: 'verified' });
  });

  it('goes no further once another has taken its place, also when its approver is back', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await runs(scene);
    const { about, plan, key } = scene;
    const because = 'approval-lost' as const;
    const replaced = noteOf(planKey(plan.digest, 'replaced'), { kind: 'plan.replaced', schemaVersion: 1, digest: plan.digest, because });
    await recordDecision(house.tools, { caseId: about, notes: [replaced], decline: null });
    const order = house.run(about, key, { kind: 'plan', digest: plan.digest }, plan.generation);
    await expectRefused(() => applyStep(house.tools, STEPS['revoke-sessions'], order), 'APPROVAL_LOST');
    // The step that is done already is not done again either, when the engine asks for it once more.
    await lost(scene);
  });

  it('asks for authority again before each of its steps', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await runs(scene);
    const { about, plan, key } = scene;
    const removing = () =>
      applyStep(house.tools, STEPS['remove-methods'], house.run(about, key, { kind: 'plan', digest: plan.digest }, plan.generation));
    await house.hands.leaveGroup({ group: house.group, person: 'ada' });
    await expectRefused(removing, 'APPROVAL_LOST');
    await house.hands.joinGroup({ group: house.group, person: 'ada' });
    await expect(removing()).resolves.toMatchObject({ kind: 'verified' });
  });
});

describe('a directory that does not answer', () => {
  it.each([
    ['user.get', 503, 'GRAPH_UNAVAILABLE'],
    ['groups.transitiveMemberOf', 503, 'GRAPH_UNAVAILABLE'],
    ['groups.transitiveMemberOf', 429, 'GRAPH_THROTTLED'],
  ] as const)('is asked again (%s: %i): nothing runs meanwhile, and nothing is lost', async (operation, status, code) => {
    const scene = await asked();
    await approve(scene, 'ada');
    house.tenant.faults.add({ operation, actorKey: 'reader', person: 'ada', occurrence: { from: 1 }, kind: 'status', status });
    await expectRefused(() => run(scene), code);
    expect(remedyOf(code)).toBe('retry');
    house.tenant.faults.clear();
    await runs(scene);
  });

  it('keeps a step waiting for an answer that does not come, and lets it go on when one does', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    house.tenant.faults.add({
      operation: 'user.get',
      actorKey: 'reader',
      person: 'ada',
      occurrence: 1,
      kind: 'timeout-before',
      hangMs: 4_000,
    });
    await expectRefused(() => run(scene), 'GRAPH_TIMED_OUT');
    expect(remedyOf('GRAPH_TIMED_OUT')).toBe('retry');
    await runs(scene);
  });
});

describe('an undo', () => {
  const planned = (key: string, about: CaseId, { digest, generation }: MadePlan) =>
    house.run(about, key, { kind: 'plan', digest }, generation);
  const switchBy = (key: string, about: CaseId, plan: MadePlan) => () =>
    applyStep(house.tools, STEPS['release-false-alarm'], planned(key, about, plan));

  /** A new password, and the account opened. Times of passwords are whole seconds: set twice in one of them, nobody can tell the second time. */
  async function release(key: string, about: CaseId, round = 1): Promise<void> {
    const plan = await house.approved(about, key, 'release', ['ada'], { round });
    const { passwordChangedAt } = house.tenant.truth.account(key);
    await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(Math.floor(Date.parse(passwordChangedAt) / 1000));
    await expect(applyStep(house.tools, STEPS['reset-password'], planned(key, about, plan))).resolves.toMatchObject({ kind: 'verified' });
    await switchBy(key, about, plan)();
    expect(house.tenant.truth.account(key).enabled).toBe(true);
  }

  async function released(): Promise<{ readonly key: string; readonly about: CaseId }> {
    const key = nextSubject();
    const about = await house.report(key, { what: 'denied-or-ignored' });
    for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
      await applyStep(house.tools, STEPS[step], house.run(about, key, { kind: 'policy', brake: null }));
    }
    await release(key, about);
    return { key, about };
  }

  it('does not run twice, though both its plans were approved, and takes back no release that came after it', async () => {
    const { key, about } = await released();
    const [one, other] = [await house.approved(about, key, 'undo'), await house.approved(about, key, 'undo', ['bea'], { round: 2 })];
    await expect(switchBy(key, about, other)()).resolves.toMatchObject({ kind: 'verified', changed: true });
    // Run again, it does nothing more.
    await expect(switchBy(key, about, other)()).resolves.toMatchObject({ kind: 'verified', changed: true });
    await expectRefused(switchBy(key, about, one), 'APPROVAL_LOST');
    await release(key, about, 2);
    await expectRefused(switchBy(key, about, one), 'APPROVAL_LOST');
    expect(house.tenant.truth.account(key).enabled).toBe(true);
    const third = await house.approved(about, key, 'undo', ['bea'], { round: 3 });
    await expect(switchBy(key, about, third)()).resolves.toMatchObject({ kind: 'verified', changed: true });
  });

  it('is nothing that somebody calls by its name: it takes back, and does nothing else', async () => {
    const { key, about } = await released();
    const plan = await house.approved(about, key, 'undo');
    const other = await house.planned(about, key, 'clean-up');
    const entries = await house.ledger.entries(about);
    const { content } = recordedPlan(entries, about, plan.digest);
    const { content: cleanUp } = recordedPlan(entries, about, other.digest);
    // Under another name the removal of every method would reach an account that is open.
    const forged = { ...content, round: 9, generation: 95, steps: cleanUp.steps };
    const { case: _case, ...fields } = forged;
    const digest = digestOf(forged);
    const body = { ...fields, digest, needs: plan.needs, askedBy: null, because: 'requested' };
    await house.forge(about, { key: 'plan/forged/undo/made', kind: 'plan.made', body });
    await house.approve(about, key, digest, ['ada']);
    const run = house.run(about, key, { kind: 'plan', digest }, 95);
    await expectRefused(() => applyStep(house.tools, STEPS['remove-methods'], run), 'PLAN_UNKNOWN');
    await expect(switchBy(key, about, plan)()).resolves.toMatchObject({ kind: 'verified' });
  });
});
