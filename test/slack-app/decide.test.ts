import { describe, expect, it } from 'vitest';
import { targetKey } from '../../domain/step.ts';
import type { OpenModal } from '../../drill/slack/types.ts';
import { WORDING_VERSION } from '../../slack-app/wording.ts';
import { type Asked, deciding, only, type, wrongCode } from './decision-fixtures.ts';
import { asksLogs } from './entries.ts';
import { eradication, METHODS, method, planDone, release, targetsOf } from './plans.ts';
import { ANA, IVO, NOOR, practice, TEAM, textOf, until } from './practice.ts';
import { readable } from './readable.ts';

const company = await practice();
const { workspace } = company;
const { asked, press, open, counted, envelopeIn, saidIn } = deciding(company);

/** The second of two deliveries is here. */
const secondIsKnown = () => expect.poll(() => company.logged.some(({ facts }) => facts['was'] === 'known')).toBe(true);

describe('an approval', () => {
  it('becomes one signed row with exactly the case, the plan and the code that was typed', async () => {
    await company.start();
    const { one, plan, prompt } = await asked();
    const added = await counted();
    const modal = await open(prompt(), 'approve_plan');
    expect(modal.view.title).toBe('Approve the plan');
    expect(modal.inputs().map((input) => input.label)).toEqual(['Plan code']);
    type(modal, 'code', plan.code);
    const outcome = await modal.submit();

    const row = await only(added);
    expect(row.state).toBe('waiting');
    expect(await envelopeIn(row)).toMatchObject({
      team: TEAM,
      person: NOOR.slackId,
      act: 'approve',
      values: { case: one.id, plan: plan.digest, code: plan.code, wordsSha256: expect.any(String) },
    });
    expect(outcome).toMatchObject({ kind: 'updated', view: { title: 'Sent' } });
    // The person is not told that it counts: that is decided elsewhere.
    expect(JSON.stringify(outcome)).not.toMatch(/approved|counts? /i);
  });

  it('is sealed with what the approver was shown, and with the version of its wording', async () => {
    await company.start();
    const { plan, prompt } = await asked();
    const added = await counted();
    const modal = await open(prompt(), 'approve_plan');
    const shown = modal.view.blocks;
    type(modal, 'code', plan.code);
    await modal.submit();

    const row = await only(added);
    expect(row.sealed).not.toContain('Pixel');
    expect(JSON.stringify(row.envelope)).not.toContain('Pixel');
    const said = await saidIn(row);
    expect(said).toMatchObject({ reason: null, shown: { wording: WORDING_VERSION, openedAt: expect.stringMatching(/^\d{4}-.*Z$/) } });
    const sealed = readable({ blocks: said.shown?.blocks as typeof shown });
    expect(sealed).toBe(readable({ blocks: shown }));
    expect(sealed).toContain('Phone ending in 17 (mobile)');
    expect(sealed).not.toContain(plan.code);
  });

  it('with a wrong code is reported at once and stored too; the right one may follow in the same form', async () => {
    await company.start();
    const { plan, prompt } = await asked();
    const added = await counted();
    const modal = await open(prompt(), 'approve_plan');
    type(modal, 'code', wrongCode(plan));
    const refused = await modal.submit();
    expect(refused).toMatchObject({ kind: 'errors', by: 'app', errors: { code: expect.stringContaining('not the code of this plan') } });
    // The sentence must not help.
    expect(JSON.stringify(refused)).not.toContain(plan.code);
    type(modal, 'code', ` ${plan.code} `);
    expect(await modal.submit()).toMatchObject({ kind: 'updated' });
    const envelopes = await Promise.all((await added()).map(envelopeIn));
    expect(envelopes.map((envelope) => envelope.act === 'approve' && envelope.values.code)).toEqual([wrongCode(plan), plan.code]);
  });

  it.each(['', '123', '12345', 'abcd', '４８２１'])(
    'with the code %j is asked for four digits, and nothing is written down',
    async (code) => {
      await company.start();
      const { prompt } = await asked();
      const added = await counted();
      const modal = await open(prompt(), 'approve_plan');
      if (code !== '') type(modal, 'code', code);
      expect(await modal.submit()).toMatchObject({ kind: 'errors', errors: { code: expect.any(String) } });
      expect(await added()).toEqual([]);
    },
  );

  it('stays one row when Slack delivers it twice, and so does the same press of the same form', async () => {
    await company.start();
    const { plan, prompt } = await asked();
    const added = await counted();
    const modal = await open(prompt(), 'approve_plan');
    type(modal, 'code', wrongCode(plan));
    workspace.faults.add({ kind: 'deliver-twice', payloadType: 'view_submission' });
    await modal.submit();
    await secondIsKnown();
    await modal.submit();
    expect(await added()).toHaveLength(1);
  });

  it('of two people is two rows', async () => {
    await company.start();
    const { plan, prompt } = await asked();
    const added = await counted();
    for (const person of [NOOR, IVO]) {
      const modal = await (await press(prompt(), 'approve_plan', person)).modal();
      if (modal === undefined) throw new Error('expected a form, got none');
      type(modal, 'code', plan.code);
      await modal.submit();
    }
    expect((await Promise.all((await added()).map(envelopeIn))).map(({ person }) => person)).toEqual([NOOR.slackId, IVO.slackId]);
  });
});

describe('a form that asks why', () => {
  it.each([
    ['decline', 'Decline the plan', async ({ prompt }: Asked) => open(prompt(), 'decline_plan')],
    ['hold', 'Hold the case', async ({ card }: Asked) => open(card(), 'hold_case')],
    [
      'ask-release',
      'Request a release',
      async ({ one, card }: Asked) => {
        await one.add(asksLogs);
        await until(workspace, () => JSON.stringify(card()).includes('ask_release'), 'the card offers a release');
        return open(card(), 'more', NOOR, `ask_release/${one.id}`);
      },
    ],
    [
      'ask-undo',
      'Request an undo',
      async ({ one, card }: Asked) => {
        await one.ask(release(ANA.objectId));
        await one.add(planDone(release(ANA.objectId)));
        await until(workspace, () => JSON.stringify(card()).includes('ask_undo'), 'the card offers an undo');
        return open(card(), 'more', NOOR, `ask_undo/${one.id}`);
      },
    ],
    [
      'resume',
      'Resume the case',
      async ({ one, card }: Asked) => {
        await one.add({ kind: 'case.held', schemaVersion: 1, reasons: [{ kind: 'by-hand' }], by: IVO.objectId, endsWith: 'person' });
        await until(workspace, () => textOf(card()).includes('on hold'), 'the card says that it is held');
        return open(card(), 'resume_case');
      },
    ],
  ] as const)('%s: is one row with the reason sealed, also when it comes twice', async (act, title, opened) => {
    await company.start();
    const about = await asked();
    const added = await counted();
    const modal = await opened(about);
    expect(modal.view.title).toBe(title);
    expect(modal.inputs().map((input) => input.label)).toEqual(['Why?']);
    type(modal, 'why', '  Ana is on a plane; ask at the Lisbon desk  ');
    workspace.faults.add({ kind: 'deliver-twice', payloadType: 'view_submission' });
    expect(await modal.submit()).toMatchObject({ kind: 'updated', view: { title: 'Sent' } });
    await secondIsKnown();

    const row = await only(added);
    const said = await saidIn(row);
    expect(said).toMatchObject({ reason: 'Ana is on a plane; ask at the Lisbon desk', shown: { openedAt: expect.any(String) } });
    const more = {
      decline: { plan: about.plan.digest },
      // A resume is about what the form showed, not about the state when it is sent.
      resume: { shownAt: said.shown?.openedAt },
    };
    expect(await envelopeIn(row)).toMatchObject({
      person: NOOR.slackId,
      act,
      values: { case: about.one.id, wordsSha256: expect.any(String), ...(act in more ? more[act as keyof typeof more] : {}) },
    });
    expect(JSON.stringify(row.envelope)).not.toContain('Lisbon');
  });

  it('is not sent with nothing but spaces', async () => {
    await company.start();
    const { card } = await asked();
    const added = await counted();
    const modal = await open(card(), 'hold_case');
    type(modal, 'why', '   ');
    expect(await modal.submit()).toMatchObject({ kind: 'errors', by: 'app', errors: { why: expect.stringContaining('why') } });
    expect(await added()).toEqual([]);
  });
});

describe('a button that is an action itself', () => {
  it.each([
    ['confirm_containment', 'confirm-containment'],
    ['acknowledge', 'acknowledge'],
  ])('%s is one row for one press, also when Slack delivers it twice, and opens no form', async (actionId, act) => {
    await company.start();
    const { one, card } = await asked();
    const added = await counted();
    workspace.faults.add({ kind: 'deliver-twice', payloadType: 'block_actions' });
    const click = await press(card(), actionId);
    expect(click.acked).toBe(true);
    const received = () => company.logged.filter(({ facts }) => facts['act'] === act).map(({ facts }) => facts['was']);
    await expect.poll(received).toHaveLength(2);
    expect(received()).toEqual(expect.arrayContaining(['stored', 'known']));
    const row = await only(added);
    const envelope = await envelopeIn(row);
    expect(envelope).toMatchObject({ person: NOOR.slackId, act });
    expect(envelope.values).toEqual({ case: one.id, wordsSha256: null });
    expect(row.sealed).toBeNull();
  });
});

describe('a change of what is ticked', () => {
  const opened = async (about: Asked): Promise<OpenModal> => open(about.prompt(), 'change_plan');
  const pick = (modal: OpenModal, ...words: readonly string[]): void => {
    for (const input of modal.inputs()) {
      const options = input.options.filter(({ text }) => words.some((word) => text.includes(word))).map(({ value }) => value);
      modal.fill({ blockId: input.blockId, actionId: input.actionId, options });
    }
  };

  it('carries exactly what is ticked now, and what was never a choice', async () => {
    await company.start();
    const about = await asked();
    const added = await counted();
    const modal = await opened(about);
    pick(modal, 'blue one');
    expect(await modal.submit()).toMatchObject({ kind: 'updated', view: { title: 'Sent' } });
    const envelope = await envelopeIn(await only(added));
    const blueOne = METHODS.find(({ label }) => label.includes('blue one'))?.id;
    expect(envelope).toMatchObject({ act: 'revise', values: { case: about.one.id, plan: about.plan.digest } });
    expect(envelope.act === 'revise' && [...envelope.values.ticked].sort()).toEqual([`account:${ANA.objectId}`, `method:${blueOne}`]);
  });

  it('carries what the plan came with when nothing was touched, and nothing to remove when all was unticked', async () => {
    await company.start();
    const about = await asked();
    const added = await counted();
    await (await opened(about)).submit();
    const none = await opened(about);
    pick(none);
    await none.submit();
    const ticked = (await Promise.all((await added()).map(envelopeIn))).map(
      (envelope) => envelope.act === 'revise' && [...envelope.values.ticked].sort(),
    );
    const removed = targetsOf(about.plan, 'remove-methods').map(targetKey);
    expect(ticked).toEqual([[`account:${ANA.objectId}`, ...removed].sort(), [`account:${ANA.objectId}`]]);
  });

  it('works for sixty items with long ids and hostile names', async () => {
    await company.start();
    const methods = Array.from({ length: 60 }, (_, at) =>
      method('authenticator', `<!channel> *bold* ${'🙂'.repeat(200)} ${at}`, { id: `${'i'.repeat(200)}${at}` }),
    );
    const about = await asked(eradication(ANA.objectId, { methods }));
    const added = await counted();
    const modal = await opened(about);
    expect(await modal.submit()).toMatchObject({ kind: 'updated' });
    const envelope = await envelopeIn(await only(added));
    expect(envelope.act === 'revise' && envelope.values.ticked).toHaveLength(61);
    const toApprove = await open(about.prompt(), 'approve_plan');
    type(toApprove, 'code', about.plan.code);
    expect(await toApprove.submit()).toMatchObject({ kind: 'updated' });
    const [, row] = await added();
    if (row === undefined) throw new Error('expected a second row, found none');
    expect(JSON.stringify((await saidIn(row)).shown?.blocks)).toContain('<!channel> *bold*');
  });
});

describe('what is logged of a decision', () => {
  it('is its key and its action, and no text of a person', async () => {
    await company.start();
    const { prompt } = await asked(release(ANA.objectId));
    const modal = await open(prompt(), 'decline_plan');
    type(modal, 'why', 'the blue telephone');
    await modal.submit();
    const lines = JSON.stringify(company.logged);
    expect(lines).toContain('"act":"decline"');
    for (const secret of ['blue telephone', NOOR.name, 'Ana Prieto', ANA.objectId]) expect(lines).not.toContain(secret);
  });
});
