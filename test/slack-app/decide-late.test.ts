import { describe, expect, it } from 'vitest';
import type { OpenModal } from '../../drill/slack/types.ts';
import { type Asked, deciding, NOWHERE, only, type, wrongCode } from './decision-fixtures.ts';
import { planApproved, planDeclined, planDone, revised, type TestPlan } from './plans.ts';
import { IVO, NOOR, practice, textOf, until } from './practice.ts';
import { silentServer } from './silent-server.ts';

const company = await practice();
const { workspace } = company;
const { asked, press, open, ears, counted, envelopeIn } = deciding(company);

/** From now on Slack shows what it shows: a press comes from what was true before. */
const freeze = (): void =>
  void workspace.faults.add({ method: 'chat.update', kind: 'error', error: 'fatal_error', occurrence: { from: 1 } });
const opened = (): number =>
  workspace.transcript.entries().filter((entry) => entry.kind === 'api.request' && entry.method === 'views.open').length;

describe('a press that comes too late', () => {
  it.each([
    ['an approval of a plan that another revision has replaced', 'approve_plan', (plan: TestPlan) => revised(plan, []).made],
    ['an approval of a plan that is approved already', 'approve_plan', (plan: TestPlan) => planApproved(plan, IVO.objectId)],
    ['a change of a plan that was declined', 'change_plan', (plan: TestPlan) => planDeclined(plan, IVO.objectId)],
    ['a decline of a plan that is done', 'decline_plan', (plan: TestPlan) => planDone(plan)],
  ])('%s opens no form and is answered with a sentence', async (_name, actionId, later) => {
    await company.start();
    const { one, plan, prompt } = await asked();
    freeze();
    await one.add(later(plan));
    const before = opened();
    const [added, hears] = [await counted(), ears(NOOR)];
    expect((await press(prompt(), actionId)).acked).toBe(true);
    await hears('not open any more');
    expect(opened()).toBe(before);
    expect(await added()).toEqual([]);
  });

  it('about a closed case is answered with a sentence', async () => {
    await company.start();
    const { one, card } = await asked();
    freeze();
    await one.add({ kind: 'case.closed', schemaVersion: 1, outcome: 'contained', notChecked: [], blindSpots: [], entries: 9 });
    const hears = ears(NOOR);
    await press(card(), 'hold_case');
    await hears(`Case ${one.number} is closed`);
  });

  it('to resume a case that is not on hold any more opens no form and is answered with a sentence', async () => {
    await company.start();
    const { one, card } = await asked();
    await one.add({ kind: 'case.held', schemaVersion: 1, reasons: [{ kind: 'unreadable' }], by: null, endsWith: 'recheck' });
    await until(workspace, () => textOf(card()).includes('on hold'), 'the card says that it is held');
    freeze();
    await one.add({ kind: 'hold.ended', schemaVersion: 1, because: 'recheck-clean', by: null });
    const before = opened();
    const [added, hears] = [await counted(), ears(NOOR)];
    await press(card(), 'resume_case');
    await hears('not on hold');
    expect(opened()).toBe(before);
    expect(await added()).toEqual([]);
  });

  it('declines an approved plan that has not begun, because a no still counts then', async () => {
    await company.start();
    const { one, plan, prompt } = await asked();
    await one.add(planApproved(plan, IVO.objectId));
    await until(workspace, () => textOf(prompt()).includes('plan, approved'), 'the prompt says approved');
    const added = await counted();
    const modal = await open(prompt(), 'decline_plan');
    type(modal, 'why', 'It was Ana after all');
    await modal.submit();
    expect(await envelopeIn(await only(added))).toMatchObject({ act: 'decline', values: { plan: plan.digest } });
  });

  it('of Approve, when the names of the items were changed, opens no form and is answered with a sentence', async () => {
    await company.start();
    const { one, prompt } = await asked();
    await company.prisma.display.updateMany({ where: { caseId: one.id }, data: { content: { salt: 'x', of: {}, kept: [] } } });
    const before = opened();
    const hears = ears(NOOR);
    await press(prompt(), 'approve_plan');
    await hears('could not be verified');
    expect(opened()).toBe(before);
  });
});

describe('while the database is away', () => {
  const openedThenAway = async (actionId: string, of?: TestPlan): Promise<{ readonly modal: OpenModal; readonly about: Asked }> => {
    const app = await company.start();
    const about = await asked(of);
    const modal = await open(actionId === 'hold_case' ? about.card() : about.prompt(), actionId);
    await app.stop();
    await company.start({ databaseUrl: NOWHERE });
    return { modal, about };
  };

  it.each([
    ['approve_plan', 'code'],
    ['decline_plan', 'why'],
    ['hold_case', 'why'],
    ['change_plan', 'tick-0'],
  ] as const)('%s: the person is not told "sent", and the filled form can be sent again', async (actionId, field) => {
    const { modal, about } = await openedThenAway(actionId);
    if (field === 'code') type(modal, 'code', about.plan.code);
    if (field === 'why') type(modal, 'why', 'because');
    const added = await counted();
    expect(await modal.submit()).toMatchObject({
      kind: 'errors',
      by: 'app',
      errors: { [field]: expect.stringContaining('could not be saved') },
    });
    expect(modal.open).toBe(true);
    await company.start();
    // Two apps listen now; whichever answers, only the one with the database says that it was sent.
    await until(workspace, () => workspace.connections().length === 2, 'both listen');
    await expect.poll(async () => (await modal.submit()).kind).toBe('updated');
    expect(await added()).toHaveLength(1);
  });

  it('a wrong code is not said to be recorded', async () => {
    const { modal, about } = await openedThenAway('approve_plan');
    type(modal, 'code', wrongCode(about.plan));
    const outcome = await modal.submit();
    expect(outcome).toMatchObject({ kind: 'errors', errors: { code: expect.stringContaining('could not be saved') } });
    expect(JSON.stringify(outcome)).not.toContain('written down');
  });

  it.each(['approve_plan', 'hold_case'])('%s: the person is told correctly that a form cannot be opened', async (actionId) => {
    const app = await company.start();
    const about = await asked();
    await app.stop();
    await company.start({ databaseUrl: NOWHERE });
    const hears = ears(NOOR);
    await press(actionId === 'hold_case' ? about.card() : about.prompt(), actionId);
    await hears('The form did not open');
  });

  it('an action without a form is reported as failed', async () => {
    const app = await company.start();
    const about = await asked();
    await app.stop();
    await company.start({ databaseUrl: NOWHERE });
    const added = await counted();
    const hears = ears(IVO);
    await press(about.card(), 'confirm_containment', IVO);
    await hears('could not be saved');
    expect(await added()).toEqual([]);
  });

  it('and when it never answers, a form is told to have failed before Slack loses patience', async () => {
    const app = await company.start();
    const about = await asked();
    const modal = await open(about.prompt(), 'approve_plan');
    type(modal, 'code', about.plan.code);
    await app.stop();
    const silent = await silentServer();
    try {
      await company.start({ databaseUrl: `postgresql://nobody@127.0.0.1:${silent.port}/nothing` });
      expect(await modal.submit()).toMatchObject({ kind: 'errors', errors: { code: expect.stringContaining('could not be saved') } });
    } finally {
      await silent.stop();
    }
  });

  it('and when Slack does not open a form, the person is told', async () => {
    await company.start();
    const about = await asked();
    workspace.faults.add({ method: 'views.open', kind: 'error', error: 'expired_trigger_id' });
    const hears = ears(IVO);
    await press(about.prompt(), 'approve_plan', IVO);
    await hears('The form did not open');
  });
});
