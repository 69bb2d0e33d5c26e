import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../drill/slack/types.ts';
import { deciding, type RawForm } from './decision-fixtures.ts';
import type { TestPlan } from './plans.ts';
import { NOOR, type PracticeCase, practice } from './practice.ts';

const company = await practice();
const { asked, ears, counted, deliverClick, deliverForm } = deciding(company);

const action = (more: object): object => ({
  actions: [{ type: 'button', action_id: 'hold_case', block_id: 'b', action_ts: '1763880000.000100', ...more }],
});

const carrying = (one: PracticeCase, plan?: TestPlan): string =>
  JSON.stringify({ case: one.id, ...(plan === undefined ? {} : { plan: plan.digest }), openedAt: '2026-11-24T14:04:00.000Z' });
const text = (value: string) => ({ type: 'plain_text_input', value });
const ackOf = (delivery: Delivery): string => JSON.stringify(delivery.kind === 'acked' ? delivery.payload : delivery);

describe('a click that no button of ours could send', () => {
  it.each([
    ['without a value', action({})],
    ['with a value that is none', action({ value: 'x' })],
    ['about a case that is no id', action({ value: '{"case":"<!channel>"}' })],
    ['about a case that does not exist', action({ value: JSON.stringify({ case: randomUUID() }) })],
    [
      'about a plan that does not exist',
      action({ action_id: 'approve_plan', value: JSON.stringify({ case: randomUUID(), plan: 'a'.repeat(64) }) }),
    ],
    ['of a menu without a choice', action({ action_id: 'more' })],
    ['of a menu with another choice', action({ action_id: 'more', selected_option: { value: `give_up/${randomUUID()}` } })],
  ])('%s: is answered with a sentence, and nothing is stored', async (_name, more) => {
    await company.start();
    const added = await counted();
    const hears = ears(NOOR);
    expect((await deliverClick(more)).kind).toBe('acked');
    await hears(/not open any more|could not be read|not one this app knows/);
    expect(await added()).toEqual([]);
  });

  it.each([
    ['with a time that is none', action({ action_ts: '...', action_id: 'acknowledge', value: JSON.stringify({ case: randomUUID() }) })],
    ['without a trigger', { ...action({}), trigger_id: undefined }],
  ])('%s: does no harm', async (_name, more) => {
    await company.start();
    const added = await counted();
    expect((await deliverClick(more)).kind).toBe('acked');
    await expect.poll(() => company.logged.some(({ level }) => level !== 'info')).toBe(true);
    expect(await added()).toEqual([]);
  });
});

describe('a form that ours could not have sent', () => {
  it.each([
    ['without what it carries', { values: { code: { code: text('4821') } } }],
    ['carrying something else', { metadata: '{"case":"x"}', values: { code: { code: text('4821') } } }],
    [
      'with more blocks than a form has',
      { metadata: JSON.stringify({ case: randomUUID(), openedAt: 'x' }), blocks: Array.from({ length: 200 }, () => ({})) },
    ],
    [
      'with more in its blocks than a form holds',
      {
        metadata: JSON.stringify({ case: randomUUID(), plan: 'a'.repeat(64), openedAt: 'x' }),
        blocks: [{ text: 'x'.repeat(400_000) }],
        values: { code: { code: text('4821') } },
      },
    ],
    ['about no plan', { metadata: JSON.stringify({ case: randomUUID(), openedAt: 'x' }), values: { code: { code: text('4821') } } }],
  ] satisfies readonly [string, RawForm][])('%s: says that nothing was saved, and is recorded as refused', async (_name, form) => {
    await company.start();
    const added = await counted();
    const ack = ackOf(await deliverForm(form));
    expect(ack).toContain('Nothing was saved');
    expect((await added()).map((row) => [row.state, row.person, row.act, row.envelope])).toEqual([
      ['refused', NOOR.slackId, 'approve', { refused: 'unreadable' }],
    ]);
  });

  it('with ticks of another plan says that nothing was saved, and is recorded as refused', async () => {
    await company.start();
    const { one, plan } = await asked();
    const added = await counted();
    const ack = ackOf(
      await deliverForm({
        callbackId: 'change_form',
        metadata: carrying(one, plan),
        values: { 'tick-0': { tick: { type: 'checkboxes', selected_options: [{ value: 'method:somebody-elses' }] } } },
      }),
    );
    expect(ack).toContain('Nothing was saved');
    expect((await added()).map((row) => row.envelope)).toEqual([{ refused: 'unreadable' }]);
  });

  it.each([
    ['sent from another workspace', { team: 'T0FOREIGN' }],
    ['sent by a person of another workspace', { userTeam: 'T0FOREIGN' }],
  ])('%s: says so, is recorded as refused, and decides nothing', async (_name, from) => {
    await company.start();
    const { one, plan } = await asked();
    const added = await counted();
    const ack = ackOf(await deliverForm({ metadata: carrying(one, plan), values: { code: { code: text(plan.code) } }, ...from }));
    expect(ack).toContain("another company's workspace");
    expect(ack).toContain('Nothing was saved');
    expect((await added()).map((row) => [row.state, row.envelope])).toEqual([['refused', { refused: 'foreign-workspace' }]]);
  });

  it('nor a click of a person of another workspace', async () => {
    await company.start();
    const { one } = await asked();
    const added = await counted();
    const hears = ears(NOOR);
    await deliverClick({
      user: { id: NOOR.slackId, username: 'x', team_id: 'T0FOREIGN' },
      ...action({ action_id: 'acknowledge', value: JSON.stringify({ case: one.id }) }),
    });
    await hears("another company's workspace");
    expect((await added()).map((row) => [row.state, row.act, row.envelope])).toEqual([
      ['refused', 'acknowledge', { refused: 'foreign-workspace' }],
    ]);
  });
});
