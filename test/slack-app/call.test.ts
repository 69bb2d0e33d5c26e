// What reporters wrote and who calls the subject, on the card that the real Slack app keeps in a practice workspace.
import { describe, expect, it } from 'vitest';
import { shownRow } from '../../activities/people/display-row.ts';
import type { LedgerEvent } from '../../domain/case/events.ts';
import { shownWordsKey } from '../../domain/report.ts';
import { closed, learned, ordered, reported } from './entries.ts';
import { ANA, BORIS, NOOR, type PracticeCase, practice, RESPONDERS, RITA, STANDBY, textOf, until } from './practice.ts';

const company = await practice();
const { workspace, prisma, ledger } = company;

const HOSTILE = '<!channel> *Call* <tel:+310000|+31 20 555 0042> https://evil.example\n\u202Eesrever'.padEnd(900, '!');
const WORDS = { contacted: 'Bernard from IT called me', more: HOSTILE, reach: '+31 6 00000000' };
const PHONE = '+31 20 555 0042';

const cardOf = (one: PracticeCase, channel = RESPONDERS) =>
  workspace
    .messages(channel)
    .find(
      ({ metadata }) => metadata?.event_payload['case_id'] === one.id && String(metadata.event_payload['post_key']).startsWith('card/'),
    );
const cardText = (one: PracticeCase, channel = RESPONDERS): string => {
  const card = cardOf(one, channel);
  return card === undefined ? '' : textOf(card);
};
const shows = (one: PracticeCase, words: string, channel = RESPONDERS) =>
  until(workspace, () => cardText(one, channel).includes(words), `the card says "${words}"; it says: ${cardText(one, channel)}`);

/** A report in words, with the row that people are shown. */
async function writtenReport(one: PracticeCase, words = WORDS, reporter = ANA): Promise<LedgerEvent> {
  const event = { ...reported(reporter, reporter === ANA ? 'subject' : 'colleague') } as Extract<LedgerEvent, { kind: 'report.received' }>;
  const row = await shownRow(ledger, one.id, shownWordsKey(event.reportKey), words);
  await prisma.display.create({ data: { caseId: one.id, key: row.key, content: { ...row.content } } });
  return { ...event, wordsSha256: 'a'.repeat(64), shownSha256: row.sha256 };
}

describe('what a reporter wrote', () => {
  it('is read by responders, as quoted text that is never parsed and is cut to a length', async () => {
    await company.start();
    const one = await company.openCase([learned, ordered]);
    await one.add(await writtenReport(one));
    await shows(one, 'Bernard from IT called me');
    const card = cardOf(one);
    const blocks = JSON.stringify(card?.blocks);
    expect(card?.text).not.toContain('Bernard');
    expect(blocks).toContain('"rich_text_quote"');
    expect(blocks).not.toMatch(/mrkdwn|"link"|"broadcast"|\u202E/);
    expect(cardText(one)).toContain('<!channel> *Call* <tel:');
    expect(cardText(one)).toMatch(/more characters\)/);
    expect(cardText(one)).toContain('do not call this number');
    expect(cardText(one)).toContain(`Read the report with "unapprove case ${one.number}".`);
    expect(blocks.length).toBeLessThan(12_000);
  });

  it('is not shown where the subject reads, also not when they join later, and the channel is told where to read it', async () => {
    await company.start({ standbyChannel: STANDBY });
    const one = await company.openCase([learned, ordered]);
    await one.add(await writtenReport(one, WORDS, BORIS));
    await shows(one, 'Bernard from IT called me');
    await workspace.join(RESPONDERS, ANA.slackId);
    await shows(one, `Read the report with "unapprove case ${one.number}".`);
    await until(workspace, () => !cardText(one).includes('Bernard'), 'the words are taken away');
    for (const words of ['Bernard', '+31', 'evil.example', 'esrever', ANA.name]) expect(cardText(one)).not.toContain(words);
    await shows(one, 'Bernard from IT called me', STANDBY);
    workspace.leave(RESPONDERS, ANA.slackId);
  });

  it('is not shown when it is not what the ledger names, and the operator is told', async () => {
    await company.start();
    const one = await company.openCase([learned, ordered]);
    const event = await writtenReport(one);
    await prisma.display.updateMany({
      where: { caseId: one.id },
      data: { content: { salt: 's', ...WORDS, contacted: 'Call +31 6 66666666' } },
    });
    await one.add(event);
    await shows(one, 'what was written cannot be shown here now');
    expect(cardText(one)).not.toContain('66666666');
    await expect
      .poll(() => company.logged.map(({ sentence }) => sentence).join('\n'), { timeout: 30_000 })
      .toContain('What a reporter wrote, or the number to call, is missing');
  });

  it('is shown when its row comes a moment after the entry', async () => {
    await company.start();
    const one = await company.openCase([learned, ordered]);
    const event = { ...reported() } as Extract<LedgerEvent, { kind: 'report.received' }>;
    const row = await shownRow(ledger, one.id, shownWordsKey(event.reportKey), WORDS);
    await one.add({ ...event, wordsSha256: 'a'.repeat(64), shownSha256: row.sha256 });
    await shows(one, 'what was written cannot be shown here now');
    await prisma.display.create({ data: { caseId: one.id, key: row.key, content: { ...row.content } } });
    await shows(one, 'Bernard from IT called me');
  });

  it('is said to be unreadable when it could not be opened', async () => {
    await company.start();
    const one = await company.openCase([{ ...reported(), wordsSha256: 'a'.repeat(64) } as LedgerEvent, learned, ordered]);
    await shows(one, 'what was written could not be opened');
  });
});

describe('the call', () => {
  const press = async (one: PracticeCase, by: string) => {
    const card = await until(workspace, () => cardOf(one), 'the card stands');
    return workspace.as(by).click({
      channel: RESPONDERS,
      ts: card.ts,
      actionId: 'take_call',
      blockId: `case-${one.id}`,
      value: JSON.stringify({ case: one.id }),
    });
  };
  const actsOf = (one: PracticeCase) =>
    prisma.inbox.findMany({ where: { act: 'take-call', envelope: { path: ['envelope', 'values', 'case'], equals: one.id } } });

  it('is asked for on the number of the personnel record, which is shown, and the card then says who will call', async () => {
    await company.start();
    const one = await company.openCase(closed());
    await shows(one, 'The personnel record has no number of this person');
    await shows(one, 'Nobody has said yet that they will call');
    expect(cardText(one)).toContain(`I will call ${ANA.name}`);
    await one.add({ kind: 'call.taken', schemaVersion: 1, by: NOOR.objectId });
    await shows(one, ' will call ');
    await until(workspace, () => !cardText(one).includes('Nobody has said yet'), 'the question is gone');
    const said = cardText(one)
      .split('\n')
      .filter((part) => part.trim() !== '');
    const at = said.findIndex((part) => part === ' will call ');
    expect([said.slice(0, at).findLast((part) => part === NOOR.name), said.slice(at).find((part) => part === ANA.name)]).toEqual([
      NOOR.name,
      ANA.name,
    ]);
    expect(cardText(one)).not.toContain(`I will call ${ANA.name}`);
  });

  it('shows the number that the ledger vouches for', async () => {
    await company.start();
    const one = await company.openCase(closed(), ANA, {}, PHONE);
    await shows(one, `Number of the personnel record: `);
    await shows(one, PHONE);
  });

  it('is taken with one press, which is a signed act like any other', async () => {
    await company.start();
    const one = await company.openCase(closed());
    await shows(one, `I will call ${ANA.name}`);
    expect(await press(one, RITA.slackId)).toMatchObject({ acked: true });
    await expect.poll(() => actsOf(one)).toMatchObject([{ person: RITA.slackId, channel: 'slack', state: 'waiting' }]);
    const [row] = await actsOf(one);
    expect(row?.envelope).toMatchObject({ envelope: { act: 'take-call', person: RITA.slackId, values: { case: one.id } } });
  });

  it('is not offered, and no number stands there, where the subject reads', async () => {
    await company.start();
    await workspace.join(RESPONDERS, ANA.slackId);
    const one = await company.openCase(closed(), ANA, {}, PHONE);
    await shows(one, 'Details are not shown here');
    expect(cardText(one)).not.toContain(PHONE);
    expect(cardText(one)).not.toContain('I will call');
    workspace.leave(RESPONDERS, ANA.slackId);
  });
});
