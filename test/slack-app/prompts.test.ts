import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../../domain/case/events.ts';
import type { Message } from '../../drill/slack/types.ts';
import { closed, reported } from './entries.ts';
import {
  approvalGiven,
  closing,
  eradication,
  method,
  planApproved,
  planBegun,
  planDone,
  planExpired,
  revised,
  stepVerified,
  type TestPlan,
  targetsOf,
} from './plans.ts';
import { ANA, BORIS, IVO, NOOR, type PracticeCase, practice, RESPONDERS, RITA, STANDBY, textOf, until } from './practice.ts';

const company = await practice();
const { workspace } = company;

const promptsOf = (one: PracticeCase, channel = RESPONDERS): readonly Message[] =>
  workspace.messages(channel).filter((message) => String(message.metadata?.event_payload['post_key']).startsWith(`plan/${one.id}/`));
const promptText = (one: PracticeCase, channel?: string): string => promptsOf(one, channel).map(textOf).join('\n');
const shows = (one: PracticeCase, words: string, channel?: string) =>
  until(
    workspace,
    () => promptText(one, channel).includes(words),
    `the prompt of case ${one.number} says "${words}"; it says: ${promptText(one, channel)}`,
  );
const hides = (one: PracticeCase, words: string, channel?: string) =>
  until(workspace, () => !promptText(one, channel).includes(words), `the prompt of case ${one.number} says "${words}" no more`);
const posted = (one: PracticeCase): number =>
  workspace.transcript
    .entries()
    .filter(
      (entry) => entry.kind === 'api.request' && entry.method === 'chat.postMessage' && JSON.stringify(entry).includes(`plan/${one.id}/`),
    ).length;

const account = { kind: 'account', id: ANA.objectId } as const;
const asked = async (plan: TestPlan = eradication(ANA.objectId), reporter = ANA): Promise<PracticeCase> => {
  const one = await company.openCase(closed(reporter));
  await one.ask(plan);
  await shows(one, `Case ${one.number}: `);
  return one;
};
const refused = (person: typeof ANA, more: Partial<Extract<LedgerEvent, { kind: 'decision.refused' }>> = {}): LedgerEvent => ({
  kind: 'decision.refused',
  schemaVersion: 1,
  act: 'approve',
  person: person.objectId,
  because: 'wrong-code',
  waitMs: null,
  plan: null,
  ...more,
});
const dms = (person: typeof ANA): string => workspace.dm(person.slackId).map(textOf).join('\n');

describe('the prompt of a plan', () => {
  it('is one message of its own from the question to the end, changed in place, in all its revisions', async () => {
    await company.start();
    const plan = eradication(ANA.objectId);
    const one = await asked(plan);
    await shows(one, 'approval needed');
    await shows(one, `Plan code ${plan.code}`);
    const [first] = promptsOf(one);

    const second = revised(plan, []);
    await one.ask(second);
    await shows(one, `Plan code ${second.code}`);
    await shows(one, 'revision 2');
    expect(promptText(one)).not.toContain(plan.code);

    await one.add(approvalGiven(second, NOOR.objectId), planApproved(second, NOOR.objectId));
    await shows(one, 'plan, approved');
    await shows(one, NOOR.name);
    expect(promptText(one)).not.toContain('Plan code');
    await one.add(planBegun(second), stepVerified(second, 'reset-password', account));
    await shows(one, 'plan, under way');
    await shows(one, '1 of 1 seen done');
    await one.add(stepVerified(second, 'revoke-sessions', account), planDone(second));
    await shows(one, 'plan, done');

    expect(promptsOf(one).map(({ ts }) => ts)).toEqual([first?.ts]);
    expect(posted(one)).toBe(1);
    expect(first?.metadata).toEqual({
      event_type: 'unapprove_case',
      event_payload: { case_id: one.id, post_key: `plan/${one.id}/eradication/1/${RESPONDERS}` },
    });
  });

  it('of the next plan is another message, and the one that expired stays where it is', async () => {
    await company.start();
    const plan = eradication(ANA.objectId);
    const one = await asked(plan);
    await one.add(planExpired(plan));
    await shows(one, 'plan, expired');
    await one.ask(eradication(ANA.objectId, { round: 2, attempt: 3, because: 'plan-expired' }));
    await until(workspace, () => promptsOf(one).length === 2, 'the second prompt stands');
    expect(promptsOf(one).map((message) => textOf(message).includes('approval needed'))).toEqual([false, true]);
  });

  it('is not posted for a plan that was over before it could be shown', async () => {
    const first = await company.start();
    await first.stop();
    const one = await company.openCase(closed());
    const old = eradication(ANA.objectId);
    await one.ask(old);
    await one.add(planExpired(old));
    await one.ask(eradication(ANA.objectId, { round: 2, attempt: 3 }));
    await company.start();
    await shows(one, 'approval needed');
    expect(promptsOf(one)).toHaveLength(1);
  });

  it('is brought up to date by a restart', async () => {
    const first = await company.start();
    const plan = eradication(ANA.objectId);
    const one = await asked(plan);
    await first.stop();
    await one.add(approvalGiven(plan, NOOR.objectId), planApproved(plan, NOOR.objectId), planBegun(plan));
    await company.start();
    await shows(one, 'plan, under way');
    expect(promptsOf(one)).toHaveLength(1);
  });

  it('holds sixty items with hostile names, and nothing of them is read as markup', async () => {
    await company.start();
    const methods = Array.from({ length: 60 }, (_, at) =>
      method('authenticator', `<!channel> <@U0RITA> *bold* <https://evil.example|ok> \u202Egnitset ${'🙂'.repeat(300)} ${at}`, {
        id: `m${at}`,
      }),
    );
    const one = await asked(eradication(ANA.objectId, { methods }));
    await shows(one, '<!channel>');
    const [prompt] = promptsOf(one);
    expect(prompt?.text).not.toContain('channel');
    expect(JSON.stringify(prompt?.blocks)).not.toMatch(/mrkdwn|"broadcast"|"link"|U0RITA"/);
    expect(company.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('the names of the items', () => {
  it('may reach the Slack app after the plan, and Approve then appears automatically', async () => {
    await company.start();
    const plan = eradication(ANA.objectId);
    const one = await company.openCase([...closed(), plan.made]);
    await shows(one, 'could not be verified');
    expect(promptText(one)).not.toContain('Approve eradication…');
    await company.prisma.display.create({ data: { caseId: one.id, key: `plan/${plan.digest}`, content: { ...plan.labels } } });
    // Nothing more happens in the case.
    await shows(one, 'Approve eradication…');
    await shows(one, 'Phone ending in 17');
  });

  it('are not shown, and the plan cannot be approved, when they do not match the ledger', async () => {
    await company.start();
    const plan = eradication(ANA.objectId);
    const [phone] = targetsOf(plan, 'remove-methods');
    const changed = { ...plan.labels, of: { ...plan.labels.of, [`method:${phone?.id}`]: 'Something harmless' } };
    const one = await company.openCase(closed());
    await company.prisma.display.create({ data: { caseId: one.id, key: `plan/${plan.digest}`, content: changed } });
    await one.add(plan.made);
    await shows(one, 'could not be verified');
    expect(promptText(one)).not.toContain('Something harmless');
    expect(promptText(one)).not.toContain('Approve eradication…');
    expect(promptText(one)).not.toContain('Plan code');
    await expect
      .poll(() =>
        company.logged.some(({ level, sentence, facts }) => level === 'warn' && facts['case'] === one.id && sentence.includes('names')),
      )
      .toBe(true);
  });

  it('are needed only when items are named', async () => {
    await company.start();
    const one = await company.openCase([...closed(), closing(ANA.objectId).made]);
    await shows(one, 'Approve containment…');
    expect(promptText(one)).not.toContain('could not be verified');
  });
});

describe('who may read a prompt', () => {
  it('loses it when the subject comes into the channel, and finds it in the standby channel; it comes back when they leave', async () => {
    await company.start({ standbyChannel: STANDBY });
    const plan = eradication(ANA.objectId);
    const one = await asked(plan);
    await shows(one, `Plan code ${plan.code}`);
    await workspace.join(RESPONDERS, ANA.slackId);
    await hides(one, 'Plan code');
    await shows(one, 'the person it is about reads this channel');
    for (const secret of [ANA.name, 'Phone', 'eradication', 'Approve', plan.code]) expect(promptText(one)).not.toContain(secret);
    await shows(one, `Plan code ${plan.code}`, STANDBY);

    workspace.leave(RESPONDERS, ANA.slackId);
    await one.add(reported(BORIS, 'colleague'));
    await shows(one, `Plan code ${plan.code}`);
    expect(promptsOf(one)).toHaveLength(1);
  });

  it('never sees one that was made while the subject reads there', async () => {
    await workspace.join(RESPONDERS, ANA.slackId);
    try {
      await company.start({ standbyChannel: STANDBY });
      const one = await company.openCase(closed());
      await one.ask(eradication(ANA.objectId));
      await shows(one, 'approval needed', STANDBY);
      expect(promptsOf(one)).toEqual([]);
    } finally {
      workspace.leave(RESPONDERS, ANA.slackId);
    }
  });

  it('loses one whose post was not confirmed', async () => {
    const first = await company.start();
    const plan = eradication(ANA.objectId);
    const one = await asked(plan);
    await shows(one, `Plan code ${plan.code}`);
    await first.stop();
    // As a process leaves it that dies between the posting and its answer; Ana joins meanwhile.
    const postKey = `plan/${one.id}/eradication/1/${RESPONDERS}`;
    await company.prisma.post.update({ where: { postKey }, data: { state: 'sending', ts: null, digest: null } });
    await workspace.join(RESPONDERS, ANA.slackId);
    try {
      await company.start();
      await hides(one, 'Plan code');
      expect(promptsOf(one)).toHaveLength(1);
    } finally {
      workspace.leave(RESPONDERS, ANA.slackId);
    }
  });
});

describe('what did not count', () => {
  it('is told in a direct message, once, to the person who acted and to no one else', async () => {
    await company.start();
    const one = await asked(eradication(ANA.objectId));
    await one.add(refused(NOOR), refused(NOOR, { act: 'hold', because: 'not-in-group' }));
    await until(
      workspace,
      () => dms(NOOR).includes(`Case ${one.number}: your hold was not placed: you are not in the group of approvers now.`),
      'Noor is told',
    );
    await until(
      workspace,
      () => dms(NOOR).includes(`Case ${one.number}: your approval was not counted: the plan code was wrong.`),
      'Noor is told the other',
    );
    await one.add(refused(NOOR));
    const mine = (): number => workspace.dm(NOOR.slackId).filter(({ metadata }) => metadata?.event_payload['case_id'] === one.id).length;
    await until(workspace, () => mine() === 3, 'the third is told');
    for (const person of [ANA, BORIS, IVO]) expect(dms(person)).not.toContain(`Case ${one.number}: your`);
    expect(dms(NOOR)).not.toMatch(/Ana|Phone|Ivo/);
    // The channel does not read of it.
    expect(workspace.messages(RESPONDERS).map(textOf).join()).not.toContain('not counted');
  });

  it('is told to no one when it is not known under which name they use Slack', async () => {
    await company.start();
    const one = await asked();
    const before = workspace.dm(RITA.slackId).length;
    await one.add(refused({ ...NOOR, objectId: '33333333-aaaa-4aaa-8aaa-000000000001' as typeof NOOR.objectId }));
    await one.add(refused(IVO));
    await until(workspace, () => dms(IVO).includes(`Case ${one.number}: your approval`), 'the next one is told');
    expect(workspace.dm(RITA.slackId)).toHaveLength(before);
  });
});

describe('the direct message of the subject', () => {
  it('says nothing of plans, codes and approvers, whatever becomes of the plan', async () => {
    await company.start();
    const plan = eradication(ANA.objectId);
    const one = await asked(plan);
    const second = revised(plan, []);
    await one.ask(second);
    await one.add(
      approvalGiven(second, NOOR.objectId),
      planApproved(second, NOOR.objectId),
      planBegun(second),
      { kind: 'page.acknowledged', schemaVersion: 1, by: IVO.objectId },
      { kind: 'containment.confirmed', schemaVersion: 1, by: NOOR.objectId },
      { kind: 'case.held', schemaVersion: 1, reasons: [{ kind: 'by-hand' }], by: IVO.objectId, endsWith: 'person' },
      refused(ANA, { because: 'is-subject', plan: second.digest }),
    );
    await until(
      workspace,
      () => dms(ANA).includes(`Case ${one.number}: your approval was not counted: it is about your own account.`),
      'Ana is told of her own action',
    );
    await shows(one, 'plan, under way');
    const mine = workspace.dm(ANA.slackId).filter(({ metadata }) => metadata?.event_payload['case_id'] === one.id);
    expect(mine).toHaveLength(2);
    const text = mine.map(textOf).join('\n');
    for (const secret of [
      plan.code,
      second.code,
      plan.digest.slice(0, 8),
      'Phone',
      'plan',
      'Noor',
      'Ivo',
      'Approve',
      'eradication',
      'hold',
    ])
      expect(text).not.toContain(secret);
    expect(mine.some(({ blocks }) => JSON.stringify(blocks).includes('"actions"'))).toBe(false);
  });
});
