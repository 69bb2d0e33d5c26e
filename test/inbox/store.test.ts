import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { caseId, objectId } from '../../domain/ids.ts';
import { makeSigner } from '../../inbox/envelope.ts';
import { makeKeys } from '../../inbox/keys.ts';
import { receiveDecision, receiveReport, type SubmittedReport } from '../../inbox/receive.ts';
import { type Inbox, openInbox } from '../../inbox/store.ts';
import { freshDatabase } from '../setup/database.ts';

const ANA = objectId('11111111-aaaa-4aaa-8aaa-000000000001');
const BORIS = objectId('11111111-aaaa-4aaa-8aaa-000000000002');
const keys = makeKeys();
const signer = makeSigner(keys.signing);

let inbox: Inbox;
let other: Inbox;
beforeAll(async () => {
  const databaseUrl = await freshDatabase();
  inbox = openInbox({ databaseUrl });
  other = openInbox({ databaseUrl });
});
afterAll(() => Promise.all([inbox.close(), other.close()]));

const report = (more: Partial<SubmittedReport> = {}): SubmittedReport => ({
  team: 'T0PRACTICE',
  person: 'U0ANA',
  viewId: `V${randomUUID().replaceAll('-', '').toUpperCase()}`,
  what: 'approved',
  when: 'today',
  about: null,
  words: { contacted: null, more: 'it rang at night', reach: null },
  ...more,
});
const receive = (one: SubmittedReport) => receiveReport({ inbox, signer, sealingKey: keys.sealing.publicKey }, one);

const keysOf = (rows: readonly { readonly key: string }[]): string[] => rows.map(({ key }) => key);

/** Puts one decision about a case. @returns its key */
async function decide(about: string, act: 'hold' | 'resume'): Promise<string> {
  const place = `V${randomUUID().replaceAll('-', '').toUpperCase()}`;
  const decision = {
    team: 'T0PRACTICE',
    person: 'U0KIM',
    place,
    said: { reason: null, shown: null },
    ...(act === 'hold'
      ? { act, values: { case: caseId(about) } }
      : { act, values: { case: caseId(about), shownAt: new Date().toISOString() } }),
  } as const;
  return (await receiveDecision({ inbox, signer, sealingKey: keys.sealing.publicKey }, decision)).key;
}

/** Nothing of an earlier test waits any more. */
async function settled(): Promise<void> {
  for (let rows = await inbox.takeWaiting(100); rows.length > 0; rows = await inbox.takeWaiting(100)) {
    for (const row of rows) await inbox.markDelivered(row.key, { workflowId: 'case/x', subject: ANA });
  }
}

describe('the inbox', () => {
  it('keeps one row of one submission, however often and from wherever it comes', async () => {
    const one = report();
    const all = await Promise.all(Array.from({ length: 20 }, () => receive(one)));
    expect(new Set(all.map((received) => received.key)).size).toBe(1);
    expect(all.filter((received) => received.was === 'stored')).toHaveLength(1);
    expect((await receive({ ...one, what: 'not-sure' })).was).toBe('stored');
    expect((await receive({ ...one, words: { ...one.words, more: 'twice' } })).was).toBe('stored');
    await settled();
  });

  it('gives each waiting row to one of two workers, oldest first', async () => {
    const sent: string[] = [];
    for (let at = 0; at < 30; at += 1) sent.push((await receive(report())).key);
    const taken = (await Promise.all([inbox.takeWaiting(20), other.takeWaiting(20), inbox.takeWaiting(20)])).flat().map((row) => row.key);
    expect(taken.toSorted()).toEqual(sent.toSorted());
    expect(await inbox.takeWaiting(10)).toEqual([]);
    expect(await inbox.waiting()).toBe(30);
    for (const key of taken) await inbox.markDelivered(key, { workflowId: 'case/x', subject: ANA });
    expect(await inbox.waiting()).toBe(0);
  });

  it('gives a row again once it was put off and its time has come, and counts the tries', async () => {
    const { key } = await receive(report());
    const [first] = await inbox.takeWaiting(1);
    expect(first).toMatchObject({ key, attempts: 1, subject: null });
    await inbox.deferRow(key, 'directory away', 3_600_000);
    expect(await inbox.takeWaiting(1)).toEqual([]);
    await inbox.deferRow(key, 'directory away', 0);
    expect(await inbox.takeWaiting(1)).toMatchObject([{ key, attempts: 2 }]);
    await settled();
    await inbox.markDelivered(key, { workflowId: 'case/x', subject: ANA });
  });

  it('gives no decision while an older one of its case waits, so that a later yes overtakes no earlier no', async () => {
    const [one, another] = [randomUUID(), randomUUID()];
    const first = await decide(one, 'hold');
    expect(keysOf(await inbox.takeWaiting(10))).toEqual([first]);
    // Held by a worker that may just have died, or put off until the next round: either way it comes first.
    const second = await decide(one, 'resume');
    const elsewhere = await decide(another, 'resume');
    expect(keysOf(await other.takeWaiting(10))).toEqual([elsewhere]);
    await inbox.deferRow(first, 'joins the next round', 30_000);
    expect(await other.takeWaiting(10)).toEqual([]);
    // No row of ours waits for an hour: one that says so is somebody's, and holds up nobody.
    await inbox.deferRow(first, 'x', 3_600_000);
    expect(keysOf(await other.takeWaiting(10))).toEqual([second]);
    await inbox.deferRow(second, 'joins the next round', 0);
    await inbox.deferRow(first, 'joins the next round', 0);
    expect(keysOf(await other.takeWaiting(10))).toEqual([first, second]);
    for (const key of [first, second, elsewhere]) await inbox.markDelivered(key, { workflowId: 'case/x', subject: ANA });
  });

  it('keeps the account once it was found, and never puts another in its place', async () => {
    const { key } = await receive(report());
    await inbox.pinSubject(key, ANA);
    await inbox.pinSubject(key, BORIS);
    expect(await inbox.takeWaiting(1)).toMatchObject([{ key, subject: ANA }]);
    await inbox.markDelivered(key, { workflowId: 'case/x', subject: ANA });
  });

  it('forgets the words when it is told to, and at once when the act is refused', async () => {
    const one = await receive(report());
    expect((await inbox.sealedWords(one.key))?.jwe).toMatch(/^ey/);
    await inbox.emptyRow(one.key);
    await inbox.emptyRow(one.key);
    expect(await inbox.sealedWords(one.key)).toBeNull();

    const two = await receive(report());
    await inbox.markRefused(two.key, 'altered');
    expect(await inbox.sealedWords(two.key)).toBeNull();
    await settled();
    await inbox.markDelivered(two.key, { workflowId: 'case/x', subject: ANA });
    await inbox.deferRow(two.key, 'x', 0);
    expect(await inbox.takeWaiting(10)).toEqual([]);
  });

  it('never offers what was refused at the door', async () => {
    await inbox.putRefused({ key: 'refused:1', person: 'unknown', act: 'report', code: 'unreadable', problem: 'not a form of ours' });
    await inbox.putRefused({ key: 'refused:1', person: 'unknown', act: 'report', code: 'unreadable', problem: 'not a form of ours' });
    expect(await inbox.takeWaiting(10)).toEqual([]);
  });

  it('tells who listens that a row has come', async () => {
    let told: () => void = () => undefined;
    let count = 0;
    const stop = inbox.listen(() => {
      count += 1;
      told();
    });
    const next = (): Promise<void> =>
      new Promise((resolve) => {
        told = resolve;
      });
    await next();
    const heard = next();
    const { key } = await receive(report());
    await heard;
    expect(count).toBe(2);
    await stop();
    await inbox.markDelivered(key, { workflowId: 'case/x', subject: ANA });
  });
});

describe('the clock of the process that receives', () => {
  const HOUR = 3_600_000;

  it.each([
    ['an hour ahead', HOUR],
    ['an hour behind', -HOUR],
  ])('may be %s: the report is due at once, its received time stays, and its waiting is counted by the database', async (_, off) => {
    await settled();
    onTestFinished(() => void vi.useRealTimers());
    const its = Date.now() + off;
    vi.useFakeTimers({ toFake: ['Date'], now: its });
    const { key } = await receive(report());
    vi.useRealTimers();

    const [row, ...others] = await inbox.takeWaiting(10);

    expect(others).toEqual([]);
    expect(row?.key).toBe(key);
    expect(Math.abs((row?.receivedAt.getTime() ?? 0) - its)).toBeLessThan(30_000);
    expect(row?.waitedMs).toBeGreaterThanOrEqual(0);
    expect(row?.waitedMs).toBeLessThan(30_000);
  });
});
