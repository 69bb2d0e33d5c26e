/** What people wait for is a message in the thread of the card, once, and nowhere the subject reads. */
import { describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../../domain/case/events.ts';
import type { Message } from '../../drill/slack/types.ts';
import { applied, closed, learned, ordered, reported } from './entries.ts';
import { ANA, type PracticeCase, practice, RESPONDERS, textOf, until } from './practice.ts';

const company = await practice();
const { workspace } = company;

const blockedAt = '2026-11-24T14:03:10.000Z';
const effectiveBy = '2026-11-24T15:38:10.000Z';
const blocked: LedgerEvent = { kind: 'account.blocked', schemaVersion: 1, blockedAt, effectiveBy };
const held: LedgerEvent = { kind: 'case.held', schemaVersion: 1, reasons: [{ kind: 'activity-after' }], by: null, endsWith: 'recheck' };
const ended: LedgerEvent = { kind: 'case.closed', schemaVersion: 1, outcome: 'contained', entries: 9, notChecked: [], blindSpots: [] };

const ours = (one: PracticeCase): Message[] =>
  workspace.messages(RESPONDERS).filter((message) => message.metadata?.event_payload['case_id'] === one.id);
const cardOf = (one: PracticeCase): Message | undefined => ours(one).find(({ threadTs }) => threadTs === undefined);
const newsOf = (one: PracticeCase): string[] => ours(one).flatMap((message) => (message.threadTs === undefined ? [] : [message.text]));
const hears = (one: PracticeCase, words: string) =>
  until(
    workspace,
    () => newsOf(one).some((text) => text.includes(words)),
    `the thread says "${words}"; it says: ${newsOf(one).join(' | ')}`,
  );

describe('the thread of a card', () => {
  it('says what people wait for, in its order, with the number of the case', async () => {
    await company.start();
    const one = await company.openCase([...closed(), blocked]);
    await hears(one, `Case ${one.number}: account blocked. A fresh read showed it at 14:03:10 UTC.`);
    await one.add(held);
    await hears(one, `Case ${one.number}: on hold. The account was used after the last session should have ended.`);
    await one.add(ended);
    await hears(one, `Case ${one.number}: the case is closed.`);
    expect(newsOf(one)).toHaveLength(3);
    const card = cardOf(one);
    expect(
      ours(one)
        .filter(({ threadTs }) => threadTs !== undefined)
        .every(({ threadTs }) => threadTs === card?.ts),
    ).toBe(true);
  });

  it('says nothing twice, neither after a restart nor when a recheck finds the same again', async () => {
    const first = await company.start();
    const one = await company.openCase([...closed(), blocked, held]);
    await hears(one, 'on hold');
    await first.stop();
    await one.add(held);
    await company.start();
    await one.add(ended);
    await hears(one, 'closed.');
    expect(newsOf(one).map((text) => text.slice(0, 24))).toHaveLength(3);
  });

  it('says nothing twice when Slack did not answer a post that it had taken', async () => {
    workspace.faults.add({ method: 'chat.postMessage', kind: 'status-after', status: 500, occurrence: 2 });
    await company.start();
    const one = await company.openCase([...closed(), blocked]);
    await hears(one, 'account blocked');
    await one.add(ended);
    await hears(one, 'closed.');
    expect(newsOf(one)).toHaveLength(2);
  });

  it('is empty where the subject reads, and what stood there is taken away when they join', async () => {
    await company.start();
    const one = await company.openCase([reported(), learned, ordered, applied('block-sign-in'), blocked]);
    await hears(one, 'account blocked');
    await workspace.join(RESPONDERS, ANA.slackId);
    await until(workspace, () => ours(one).every((message) => !textOf(message).includes('account blocked')), 'nothing says it any more');
    await one.add(held);
    await until(workspace, () => cardOf(one) !== undefined, 'the card stands');
    expect(newsOf(one).join()).not.toContain('on hold');
    workspace.leave(RESPONDERS, ANA.slackId);
  });
});
