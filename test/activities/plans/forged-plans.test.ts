// Plans and intents that somebody put into the record past us.
import { describe, expect, it } from 'vitest';
import { digestOf, recordedPlan } from '../../../activities/plans/plan-record.ts';
import { STEPS } from '../../../activities/steps/registry.ts';
import { applyStep, verifyStep } from '../../../activities/steps/runner.ts';
import type { Step } from '../../../activities/steps/step.ts';
import { type CaseId } from '../../../domain/ids.ts';
import { type PlanContent, type PlannedStep } from '../../../domain/plan.ts';
import type { Fact } from '../../../domain/step.ts';
import { type Asked, approve, asked, expectRefused, harness, madeIn, nextForgery, run, runs, TWO } from '../plan-fixtures.ts';

describe('a plan that somebody put into the record', () => {
  const forge = (about: CaseId, body: unknown): Promise<void> =>
    harness.forge(about, { key: `plan/forged/${nextForgery()}/made`, kind: 'plan.made', body });

  /** The eradication of that case as its digest was made of, with something changed. */
  async function another(context: Asked, part: Partial<PlanContent>): Promise<{ readonly digest: string; readonly content: PlanContent }> {
    const { content } = recordedPlan(await harness.ledger.entries(context.about), context.about, context.plan.digest);
    const changed = { ...content, ...part };
    return { digest: digestOf(changed), content: changed };
  }
  const said = ({ digest, content }: Awaited<ReturnType<typeof another>>, part: object = {}) => {
    const { case: _case, ...fields } = content;
    return { ...fields, digest, needs: { approvers: 1, stepUp: false }, askedBy: null, because: 'account-blocked', ...part };
  };

  it('is none when its digest does not fit it', async () => {
    const context = await asked();
    const { digest } = await another(context, { round: 7 });
    const body = { ...(await madeIn(context)), digest };
    await forge(context.about, body);
    const forged = { ...context, plan: { ...context.plan, digest } };
    await approve(forged, 'ada');
    await expectRefused(() => run(forged), 'PLAN_UNKNOWN');
  });

  it('is none when it was another case’s', async () => {
    const [context, elsewhere] = [await asked(), await asked()];
    await forge(context.about, await madeIn(elsewhere));
    const moved = { ...context, plan: elsewhere.plan };
    await approve(moved, 'ada');
    await expectRefused(() => run(moved), 'PLAN_UNKNOWN');
    await approve(elsewhere, 'ada');
    await runs(elsewhere);
  });

  it('does not run when nobody approved it, though its digest fits', async () => {
    const context = await asked();
    await approve(context, 'ada');
    const forged = await another(context, { round: 8, attempt: 90 });
    await forge(context.about, said(forged));
    const step = harness.run(context.about, context.key, { kind: 'plan', digest: forged.digest }, 90);
    await expectRefused(() => applyStep(harness.tools, STEPS['reset-password'], step), 'APPROVAL_LOST');
    await runs(context);
  });

  it('does not hide the one that people approved', async () => {
    const context = await asked();
    await approve(context, 'ada');
    await forge(context.about, { ...(await madeIn(context)), steps: [] });
    await runs(context);
  });

  it('does not make itself milder: what an account of this kind needs follows from what was learned of it', async () => {
    const about = await harness.report('pat', {}, { by: 'eve' });
    const privileged = { key: 'pat', about, plan: await harness.planned(about, 'pat', 'eradication') };
    expect(privileged.plan.needs).toEqual({ approvers: 2, stepUp: true });
    const forged = await another(privileged, { round: 9, attempt: 91 });
    await forge(about, said(forged));
    await harness.approve(about, 'pat', forged.digest, ['ada', 'bea', 'sam']);
    const step = harness.run(about, 'pat', { kind: 'plan', digest: forged.digest }, 91);
    await expectRefused(() => applyStep(harness.tools, STEPS['reset-password'], step), 'APPROVAL_LOST');
    // The very same forgery on an ordinary account stands and falls with its approvals.
    const ordinary = await asked();
    const milder = await another(ordinary, { round: 9, attempt: 92 });
    await forge(ordinary.about, said(milder));
    await approve({ ...ordinary, plan: { ...ordinary.plan, digest: milder.digest } }, 'ada');
    const same = harness.run(ordinary.about, ordinary.key, { kind: 'plan', digest: milder.digest }, 92);
    await expect(applyStep(harness.tools, STEPS['reset-password'], same)).resolves.toMatchObject({ kind: 'verified' });
  });

  it('does not make two approvers one', async () => {
    const context = await asked({ policy: TWO() });
    const forged = await another(context, { round: 9, attempt: 93 });
    await forge(context.about, said(forged));
    await approve({ ...context, plan: { ...context.plan, digest: forged.digest } }, 'ada');
    const step = () =>
      applyStep(
        harness.tools,
        STEPS['reset-password'],
        harness.run(context.about, context.key, { kind: 'plan', digest: forged.digest }, 93),
      );
    await expectRefused(step, 'APPROVAL_LOST');
    await approve({ ...context, plan: { ...context.plan, digest: forged.digest } }, 'bea');
    await expect(step()).resolves.toMatchObject({ kind: 'verified' });
  });

  it('does not void an approved one unless it is a plan itself', async () => {
    const context = await asked();
    await approve(context, 'ada');
    await forge(context.about, { ...(await madeIn(context)), revision: 2, digest: 'f'.repeat(64) });
    await runs(context);
  });
});

describe('a plan that somebody laid down beforehand', () => {
  const change = (key: string, from: Fact, to: Fact) => ({
    target: { kind: 'account', id: harness.id(key) } as const,
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
  ): Promise<{ readonly digest: string; readonly attempt: number }> {
    const content: PlanContent = {
      case: about,
      round: 2,
      revision: 1,
      attempt: 900,
      byHand: [],
      kept: [],
      labelsSha256: 'a'.repeat(64),
      ...part,
    };
    const { case: _case, ...said } = content;
    const digest = digestOf(content);
    const body = { ...said, digest, needs: { approvers: 1, stepUp: false }, askedBy: null, because: 'plan-expired' };
    await harness.forge(about, { key: `plan/${content.group}/${content.round}/1/made`, kind: 'plan.made', body });
    return { digest, attempt: content.attempt };
  }

  it.each<[PlanContent['group'], string, (key: string) => readonly PlannedStep[]]>([
    ['containment', 'opens the account', (key) => [opening(key)]],
    ['eradication', 'opens the account', (key) => [opening(key)]],
    ['containment', 'resets the password', (key) => [resetting(key)]],
    ['eradication', 'blocks', (key) => [blocking(key)]],
    ['release', 'opens before it resets the password', (key) => [opening(key), resetting(key)]],
    ['release', 'leaves the reset unticked', (key) => [resetting(key, false), opening(key)]],
    ['undo', 'opens the account', (key) => [opening(key)]],
  ])('runs in no step when, called a %s, it %s', async (group, _, steps) => {
    const context = await asked();
    const { about, key } = context;
    const { digest, attempt } = await layDown(context, { group, steps: steps(key) });
    await harness.approve(about, key, digest, ['ada', 'bea']);
    const order = harness.run(about, key, { kind: 'plan', digest }, attempt);
    for (const { step } of steps(key)) {
      await expectRefused(() => applyStep(harness.tools, STEPS[step] as Step<unknown>, order), 'PLAN_UNKNOWN');
    }
  });

  it.each<[string, (context: Asked) => Promise<unknown>]>([
    ['steps of another group', (context) => layDown(context, { group: 'eradication', steps: [opening(context.key)] })],
    ['a attempt that is yet to come', (context) => layDown(context, { group: 'eradication', steps: [resetting(context.key)] })],
    [
      'the attempt of the closing, where things are done already',
      (context) => layDown(context, { group: 'eradication', steps: [resetting(context.key)], attempt: 1 }),
    ],
    [
      'the attempt of another plan',
      (context) => layDown(context, { group: 'eradication', steps: [resetting(context.key)], attempt: context.plan.attempt }),
    ],
    [
      'another round than its key',
      async ({ about, key }) => {
        const { digest } = await layDown({ about }, { group: 'eradication', steps: [resetting(key)], round: 3 });
        const [body] = (await harness.entries(about)).filter((entry) => entry.body['digest'] === digest).map((entry) => entry.body);
        await harness.forge(about, { key: 'plan/eradication/2/1/made', kind: 'plan.made', body });
      },
    ],
  ])('is not taken for the one that the case asks for, when it has %s', async (_, lay) => {
    const context = await asked();
    await lay(context);
    const making = () => harness.plan(context.about, context.key, 'eradication', { round: 2, because: 'plan-expired' });
    await expectRefused(making, 'PLAN_UNKNOWN');
    // The one that stands keeps running.
    await approve(context, 'ada');
    await runs(context);
  });
});

describe('an intent that somebody put into the record', () => {
  const account = (key: string, from: Fact, to: Fact) => ({
    target: { kind: 'account', id: harness.id(key) },
    from,
    to,
    why: 'attacker-may-know-password',
    undo: { kind: 'can', code: 'block-again' },
  });

  it('opens no account on the policy’s word, though the activity has the arguments of the block', async () => {
    const { about, key } = await asked();
    const target = `account:${harness.id(key)}`;
    const body = { step: 'release-false-alarm', attempt: 1, change: account(key, false, true), by: 'policy', undoes: null };
    await harness.forge(about, { key: `1/release-false-alarm/${target}/intended`, kind: 'step.intended', body });
    const order = harness.run(about, key, { kind: 'policy', blockLimit: null });
    await expectRefused(() => applyStep(harness.tools, STEPS['release-false-alarm'], order), 'INTENT_MISSING');
    await expectRefused(() => verifyStep(harness.tools, STEPS['release-false-alarm'], order), 'INTENT_MISSING');
    expect(harness.tenant.truth.account(key).enabled).toBe(false);
  });

  it.each(['reset-password', 'remove-methods', 'release-false-alarm'] as const)(
    'is not needed: the policy never orders %s',
    async (step) => {
      const { about, key } = await asked();
      const order = harness.run(about, key, { kind: 'policy', blockLimit: null });
      await expectRefused(() => applyStep(harness.tools, STEPS[step] as Step<unknown>, order), 'INTENT_MISSING');
    },
  );

  it('takes away nothing that people did not tick', async () => {
    const about = await harness.report('keyed');
    for (const step of ['block-sign-in', 'revoke-sessions'] as const) {
      await applyStep(harness.tools, STEPS[step], harness.run(about, 'keyed', { kind: 'policy', blockLimit: null }));
    }
    const plan = await harness.approved(about, 'keyed', 'eradication', ['ada']);
    const { digest, attempt } = plan;
    const order = harness.run(about, 'keyed', { kind: 'plan', digest }, attempt);
    await applyStep(harness.tools, STEPS['reset-password'], order);
    const rose = (await harness.tools.doors.methods.methods(harness.id('keyed'))).value.methods.find(({ kind }) => kind === 'fido2');
    const { kept } = recordedPlan(await harness.ledger.entries(about), about, digest).content;
    expect(kept).toHaveLength(1);
    const target = { kind: 'method', id: rose?.id, method: 'fido2' };
    const change = {
      target,
      from: kept[0],
      to: null,
      why: 'attacker-may-know-password',
      undo: { kind: 'cannot', code: 'old-password-gone' },
    };
    const body = { step: 'remove-methods', attempt, change, by: `plan/${digest}`, undoes: null };
    await harness.forge(about, { key: `${attempt}/remove-methods/method:${rose?.id}/intended`, kind: 'step.intended', body });
    await expectRefused(() => applyStep(harness.tools, STEPS['remove-methods'], order), 'INTENT_MISSING');
  });

  it.each<[string, (key: string) => object]>([
    // The password was changed since then: by whoever sent the prompt.
    ['is of a time before the plan', (key) => ({ change: account(key, null, '2020-01-01T00:00:00Z') })],
    ['says no time', (key) => ({ change: account(key, null, 'later') })],
    ['takes something back', () => ({ undoes: 'f'.repeat(64) })],
    ['is of another plan', () => ({ by: `plan/${'f'.repeat(64)}` })],
  ])('does not pass for a new password when it %s', async (_, part) => {
    const context = await asked();
    const { about, key, plan } = context;
    await approve(context, 'ada');
    const { attempt, digest } = plan;
    const change = account(key, null, new Date().toISOString());
    const body = { step: 'reset-password', attempt, change, by: `plan/${digest}`, undoes: null, ...part(key) };
    const target = `account:${harness.id(key)}`;
    await harness.forge(about, { key: `${attempt}/reset-password/${target}/intended`, kind: 'step.intended', body });
    await expectRefused(() => run(context), 'INTENT_MISSING');
  });
});
