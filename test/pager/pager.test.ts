// The product's pager against the practice pager, over HTTP: what happens to a page that is not taken.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Pager as Practice, startPager as startPractice } from '../../drill/pager/start.ts';
import { openAlarms } from '../../pager/alarms.ts';
import { type NotTaken, openPager, type Pager } from '../../pager/pager.ts';

const FIRST = 'a'.repeat(32);
const NEXT = 'b'.repeat(32);

let practice: Practice;
let failures: NotTaken[];

beforeEach(async () => {
  practice = await startPractice({ routingKeys: [FIRST, NEXT] });
  failures = [];
});
afterEach(() => practice.stop());

const pagerOf = (routingKeys: readonly [string, ...string[]], url = practice.url): Pager =>
  openPager({ url, routingKeys, timeoutMs: 300, onFailure: (what) => failures.push(what) });
const PAGE = { summary: 'A page of a test.', dedupKey: 'test/1', severity: 'critical' } as const;
const woken = () => practice.pages().map(({ line, dedupKey }) => ({ line, dedupKey }));

describe('a page that the pager does not take', () => {
  it.each([429, 500, 503])('for the answer %i is tried again within seconds, for the same person', async (status) => {
    practice.faults.add({ kind: 'status', status });
    expect(await pagerOf([FIRST, NEXT]).page(PAGE)).toBe(true);
    expect(woken()).toEqual([{ line: 1, dedupKey: 'test/1' }]);
    expect(failures).toMatchObject([{ code: 'PAGER_UNAVAILABLE', status, line: 1 }]);
  });

  it('for want of any answer is tried again', async () => {
    practice.faults.add({ kind: 'hang' });
    expect(await pagerOf([FIRST]).page(PAGE)).toBe(true);
    expect(failures).toMatchObject([{ code: 'PAGER_UNAVAILABLE', status: null }]);
  });

  it('waits as long as the pager asks, where that is seconds', async () => {
    practice.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 2 });
    const before = Date.now();
    expect(await pagerOf([FIRST]).page(PAGE)).toBe(true);
    expect(Date.now() - before).toBeGreaterThanOrEqual(2_000);
  });

  it('goes to the next in line at once where the pager wants to be left alone for longer', async () => {
    practice.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 600 });
    expect(await pagerOf([FIRST, NEXT]).page(PAGE)).toBe(true);
    expect(woken()).toEqual([{ line: 2, dedupKey: 'test/1' }]);
    expect(failures).toHaveLength(1);
  });

  it('goes to the next in line after three tries', async () => {
    practice.faults.add({ kind: 'status', status: 503, occurrence: { from: 1, to: 3 } });
    expect(await pagerOf([FIRST, NEXT]).page(PAGE)).toBe(true);
    expect(woken()).toEqual([{ line: 2, dedupKey: 'test/1' }]);
  });

  it('goes to the next in line at once when its routing key is refused, and the log names the code', async () => {
    expect(await pagerOf(['c'.repeat(32), NEXT]).page(PAGE)).toBe(true);
    expect(woken()).toEqual([{ line: 2, dedupKey: 'test/1' }]);
    expect(failures).toEqual([{ code: 'PAGER_REFUSED', status: 400, dedupKey: 'test/1', line: 1 }]);
  });

  it('goes back to the first in line when the last one cannot be reached', async () => {
    expect(await pagerOf([FIRST, 'c'.repeat(32)]).page({ ...PAGE, line: 2 })).toBe(true);
    expect(woken()).toEqual([{ line: 1, dedupKey: 'test/1' }]);
  });

  it('is said not to be taken when nobody in line can be reached', async () => {
    practice.faults.add({ kind: 'status', status: 500, occurrence: { from: 1 } });
    expect(await pagerOf([FIRST, NEXT]).page(PAGE)).toBe(false);
    expect(failures).toHaveLength(6);
    expect(woken()).toEqual([]);
  });

  it('is said not to be taken when the answer is 202 and does not say success', async () => {
    const server = createServer((_, response) => void response.writeHead(202).end('{}'));
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    expect(await pagerOf([FIRST], `http://127.0.0.1:${(server.address() as AddressInfo).port}`).page(PAGE)).toBe(false);
  });
});

it('the end of an alarm is told again too, until the pager takes it', async () => {
  const pager = pagerOf([FIRST]);
  await pager.page(PAGE);
  practice.faults.add({ kind: 'status', status: 503 });
  await pager.resolve([PAGE.dedupKey]);
  expect(practice.pages()).toMatchObject([{ state: 'resolved' }]);
});

describe('an alarm that no case stands behind', () => {
  it('is tried again in the background until it is taken, once for each alarm', async () => {
    const given: string[] = [];
    const alarms = openAlarms(pagerOf([FIRST]), { onGivenUp: ({ dedupKey }) => given.push(dedupKey), firstPauseMs: 50 });
    onTestFinished(() => alarms.stop());
    practice.faults.add({ kind: 'status', status: 500, occurrence: { from: 1, to: 9 } });
    await alarms.ring(PAGE);
    expect(woken()).toEqual([]);
    await alarms.ring(PAGE);
    await practice.until(({ dedupKey }) => dedupKey === PAGE.dedupKey);
    expect(given).toEqual([]);
  });

  it('is not tried again once it is over', async () => {
    const alarms = openAlarms(pagerOf([FIRST]), { onGivenUp: () => undefined, firstPauseMs: 50 });
    const refused = practice.faults.add({ kind: 'status', status: 400, occurrence: { from: 1 } });
    await alarms.ring(PAGE);
    await alarms.resolve(PAGE.dedupKey);
    refused();
    // A second alarm goes the same way and arrives: the first one had its time.
    await alarms.ring({ ...PAGE, dedupKey: 'test/2' });
    await practice.until(({ dedupKey }) => dedupKey === 'test/2');
    expect(woken()).toEqual([{ line: 1, dedupKey: 'test/2' }]);
  });
});
