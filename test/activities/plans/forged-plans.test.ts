// Plans and intents that somebody put into the record past us.
import { describe, expect, it } from 'vitest';
import { digestOf, recordedPlan } from '../../../activities/plans/plan-record.ts';
import { STEPS } from '../../../activities/steps/registry.ts';
import { applyStep, verifyStep } from '../../../activities/steps/runner.ts';
import type { Step } from '../../../activities/steps/step.ts';
import { type CaseId } from '../../../domain/ids.ts';
import { type PlanContent, type PlannedStep } from '../../../domain/plan.ts';
import type { Fact } from '../../../domain/step.ts';
import { type Asked, approve, asked, expectRefused, house, madeIn, nextForgery, run, runs, TWO } from '../plan-fixtures.ts';

describe('a plan that somebody put into the record', () => {
  const forge = (about: CaseId, body: unknown): Promise<void> =>
    house.forge(about, { key: `plan/forged/${nextForgery()}/made`, kind: 'plan.made', body });

  /** The clean-up of that case as its digest was made of, with something changed. */
  async function another(scene: Asked, part: Partial<PlanContent>): Promise<{ readonly digest: string; readonly content: PlanContent }> {
    const { content } = recordedPlan(await house.ledger.entries(scene.about), scene.about, scene.plan.digest);
    const changed = { ...content, ...part };
    return { digest: digestOf(changed), content: changed };
  }
  const said = ({ digest, content }: Awaited<ReturnType<typeof another>>, part: object = {}) => {
    const { case: _case, ...fields } = content;
    return { ...fields, digest, needs: { approvers: 1, stepUp: false }, askedBy: null, because: 'account-blocked', ...part };
  };

  it('is none when its digest does not fit it', async () => {
    const scene = await asked();
    const { digest } = await another(scene, { round: 7 });
    const body = { ...(await madeIn(scene)), digest };
    await forge(scene.about, body);
    const forged = { ...scene, plan: { ...scene.plan, digest } };
    await approve(forged, 'ada');
    await expectRefused(() => run(forged), 'PLAN_UNKNOWN');
  });

  it('is none when it was another case’s', async () => {
    const [scene, elsewhere] = [await asked(), await asked()];
    await forge(scene.about, await madeIn(elsewhere));
    const moved = { ...scene, plan: elsewhere.plan };
    await approve(moved, 'ada');
    await expectRefused(() => run(moved), 'PLAN_UNKNOWN');
    await approve(elsewhere, 'ada');
    await runs(elsewhere);
  });

  it('does not run when nobody approved it, though its digest fits', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    const forged = await another(scene, { round: 8, generation: 90 });
    await forge(scene.about, said(forged));
    const step = house.run(scene.about, scene.key, { kind: 'plan', digest: forged.digest }, 90);
    await expectRefused(() => applyStep(house.tools, STEPS['reset-password'], step), 'APPROVAL_LOST');
    await runs(scene);
  });

  it('does not hide the one that people approved', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await forge(scene.about, { ...(await madeIn(scene)), steps: [] });
    await runs(scene);
  });

  it('does not make itself milder: what an account of this kind needs follows from what was learned of it', async () => {
    const about = await house.report('pat', {}, { by: 'eve' });
    const privileged = { key: 'pat', about, plan: await house.planned(about, 'pat', 'clean-up') };
    expect(privileged.plan.needs).toEqual({ approvers: 2, stepUp: true });
    const forged = await another(privileged, { round: 9, generation: 91 });
    await forge(about, said(forged));
    await house.approve(about, 'pat', forged.digest, ['ada', 'bea', 'sam']);
    const step = house.run(about, 'pat', { kind: 'plan', digest: forged.digest }, 91);
    await expectRefused(() => applyStep(house.tools, STEPS['reset-password'], step), 'APPROVAL_LOST');
    // The very same forgery on an ordinary account stands and falls with its approvals.
    const ordinary = await asked();
    const milder = await another(ordinary, { round: 9, generation: 92 });
    await forge(ordinary.about, said(milder));
    await approve({ ...ordinary, plan: { ...ordinary.plan, digest: milder.digest } }, 'ada');
    const same = house.run(ordinary.about, ordinary.key, { kind: 'plan', digest: milder.digest }, 92);
    await expect(applyStep(house.tools, STEPS['reset-password'], same)).resolves.toMatchObject({ kind: 'verified' });
  });

  it('does not make two approvers one', async () => {
    const scene = await asked({ policy: TWO() });
    const forged = await another(scene, { round: 9, generation: 93 });
    await forge(scene.about, said(forged));
    await approve({ ...scene, plan: { ...scene.plan, digest: forged.digest } }, 'ada');
    const step = () =>
      applyStep(house.tools, STEPS['reset-password'], house.run(scene.about, scene.key, { kind: 'plan', digest: forged.digest }, 93));
    await expectRefused(step, 'APPROVAL_LOST');
    await approve({ ...scene, plan: { ...scene.plan, digest: forged.digest } }, 'bea');
    await expect(step()).resolves.toMatchObject({ kind: 'verified' });
  });

  it('does not void an approved one unless it is a plan itself', async () => {
    const scene = await asked();
    await approve(scene, 'ada');
    await forge(scene.about, { ...(await madeIn(scene)), revision: 2, digest: 'f'.repeat(64) });
    await runs(scene);
  });
});

describe('a plan that somebody laid down beforehand', () => {
  const change = (key: string, from: Fact, to: Fact) => ({
    target: { kind: 'account', id: house.id(key) } as const,
    from,
    to,
    why: 'attacker-may-know-password' as const,
    undo: { kind: 'can', code: 'block-again' } as const,
    ticked: true,
    sorted: null,
  });
  const opening = (key: string): PlannedStep => ({ step: 'release-false-alarm', changes: [change(key, false, true)] });
  const blocking = (key: string): PlannedStep => ({ step: 'block-sign-in', changes: [change(key, true, false)] });
  const resetting = (key: string, ticked = true): PlannedStep => ({
    step: 'reset-password',
    changes: [{ ...change(key, null, '2026-11-20T03:10:00Z'), ticked }],
  });

  /** With a digest that fits it. */
  async function layDown(
    { about }: Pick<Asked, 'about'>,
    part: Pick<PlanContent, 'group' | 'steps'> & Partial<PlanContent>,
  ): Promise<{ readonly digest: string; readonly generation: number }> {
    const content: PlanContent = {
      case: about,
      round: 2,
      revision: 1,
      generation: 900,
      byHand: [],
      kept: [],
      labelsSha256: 'a'.repeat(64),
      ...part,
    };
    const { case: _case, ...said } = content;
    const digest = digestOf(content);
    const body = { ...said, digest, needs: { approvers: 1, stepUp: false }, askedBy: null, because: 'plan-expired' };
    await house.forge(about, { key: `plan/${content.group}/${content.round}/1/made`, kind: 'plan.made', body });
    return { digest, generation: content.generation };
  }

  it.each<[PlanContent['group'], string, (key: string) => readonly PlannedStep[]]>([
    ['contain', 'opens the account', (key) => [opening(key)]],
    ['clean-up', 'opens the account', (key) => [opening(key)]],
    ['contain', 'resets the password', (key) => [resetting(key)]],
    ['clean-up', 'blocks', (key) => [blocking(key)]],
    ['release', 'opens before it resets the password', (key) => [opening(key), resetting(key)]],
    ['release', 'leaves the reset unticked', (key) => [resetting(key, false), opening(key)]],
    ['undo', 'opens the account', (key) => [opening(key)]],
  ])('runs in no step when, called a %s, it %s', async (group, _, steps) => {
    const scene = await asked();
    const { about, key } = scene;
    const { digest, generation } = await layDown(scene, { group, steps: steps(key) });
    await house.approve(about, key, digest, ['ada', 'bea']);
    const order = house.run(about, key, { kind: 'plan', digest }, generation);
    for (const { step } of steps(key)) {
      await expectRefused(() => applyStep(house.tools, STEPS[step] as Step<unknown>, order), 'PLAN_UNKNOWN');
    }
  });

  it.each<[string, (scene: Asked) => Promise<unknown>]>([
    ['steps of another group', (scene) => layDown(scene, { group: 'clean-up', steps: [opening(scene.key)] })],
    ['a generation that is yet to come', (scene) => layDown(scene, { group: 'clean-up', steps: [resetting(scene.key)] })],
    [
      'the generation of the closing, where things are done already',
      (scene) => layDown(scene, { group: 'clean-up', steps: [resetting(scene.key)], generation: 1 }),
    ],
    [
      'the generation of another plan',
      (scene) => layDown(scene, { group: 'clean-up', steps: [resetting(scene.key)], generation: scene.plan.generation }),
    ],
    [
      'another round than its key',
      async ({ about, key }) => {
        const { digest } = await layDown({ about }, { group: 'clean-up', steps: [resetting(key)], round: 3 });
        const [body] = (await house.entries(about)).filter((entry) => entry.body['digest'] === digest).map((entry) => entry.body);
        await house.forge(about, { key: 'plan/clean-up/2/1/made', kind: 'plan.made', body });
      },
    ],
  ])('is not taken for the one that the case asks for, when it has %s', async (_, lay) => {
    const scene = await asked();
    await lay(scene);
    const making = () => house.plan(scene.about, scene.key, 'clean-up', { round: 2, because: 'plan-expired' });
    await expectRefused(making, 'PLAN_UNKNOWN');
    // The one that stands keeps running.
    await approve(scene, 'ada');
    await runs(scene);
  });
});

describe('an intent that somebody put into the record', () => {
  const account = (key: string, from: Fact, to: Fact) => ({
    target: { kind: 'account', id: house.id(key) },
    from,
    to,
    why: 'attacker-may-know-password',
    undo: { kind: 'can', code: 'block-again' },
  });

  it('opens no account on the policy’s word, though the activity has the arguments of the block', async () => {
    const { about, key } = await asked();
    const target = `account:${house.id(key)}`;
    const body = { step: 'release-false-alarm', generation: 1, change: account(key, false, true), by: 'policy', undoes: null };
    await house.forge(about, { key: `1/release-false-alarm/${target}/intended`, kind: 'step.intended', body });
    const order = house.run(about, key, { kind: 'policy', brake: null });
    await expectRefused(() => applyStep(house.tools, STEPS['release-false-alarm'], order), 'INTENT_MISSING');
    await expectRefused(() => verifyStep(house.tools, STEPS['release-false-alarm'], order), 'INTENT_MISSING');
    expect(house.tenant.truth.account(key).enabled).toBe(false);
  });

  it.each(['reset-password', 'remove-methods', 'release-false-alarm'] as const)(
    'is not needed: the policy never orders %s',
    async (step) => {
      const { about, key } = await asked();
      const order = house.run(about, key, { kind: 'policy', brake: null });
      await expectRefused(() => applyStep(house.tools, STEPS[step] as Step<unknown>, order), 'INTENT_MISSING');
    },
  );

  it('takes away nothing that people did not tick', async () => {
    const about = await house.report('keyed');
    for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
      await applyStep(house.tools, STEPS[step], house.run(about, 'keyed', { kind: 'policy', brake: null }));
    }
    const plan = await house.approved(about, 'keyed', 'clean-up', ['ada']);
    const { digest, generation } = plan;
    const order = house.run(about, 'keyed', { kind: 'plan', digest }, generation);
    await applyStep(house.tools, STEPS['reset-password'], order);
    const rose = (await house.tools.doors.methods.methods(house.id('keyed'))).value.methods.find(({ kind }) => kind === 'fido2');
    const { kept } = recordedPlan(await house.ledger.entries(about), about, digest).content;
    expect(kept).toHaveLength(1);
    const target = { kind: 'method', id: rose?.id, method: 'fido2' };
    const change = {
      target,
      from: kept[0],
      to: null,
      why: 'attacker-may-know-password',
      undo: { kind: 'cannot', code: 'old-password-gone' },
    };
    const body = { step: 'remove-methods', generation, change, by: `plan/${digest}`, undoes: null };
    await house.forge(about, { key: `${generation}/remove-methods/method:${rose?.id}/intended`, kind: 'step.intended', body });
    await expectRefused(() => applyStep(house.tools, STEPS['remove-methods'], order), 'INTENT_MISSING');
  });

  it.each<[string, (key: string) => object]>([
    // The password was changed since then: by whoever sent the prompt.
    ['is of a time before the plan', (key) => ({ change: account(key, null, '2020-01-01T00:00:00Z') })],
    ['says no time', (key) => ({ change: account(key, null, 'later') })],
    ['takes something back', () => ({ undoes: 'f'.repeat(64) })],
    ['is of another plan', () => ({ by: `plan/${'f'.repeat(64)}` })],
  ])('does not pass for a new password when it %s', async (_, part) => {
    const scene = await asked();
    const { about, key, plan } = scene;
    await approve(scene, 'ada');
    const { generation, digest } = plan;
    const change = account(key, null, new Date().toISOString());
    const body = { step: 'reset-password', generation, change, by: `plan/${digest}`, undoes: null, ...part(key) };
    const target = `account:${house.id(key)}`;
    await house.forge(about, { key: `${generation}/reset-password/${target}/intended`, kind: 'step.intended', body });
    await expectRefused(() => run(scene), 'INTENT_MISSING');
  });
});
