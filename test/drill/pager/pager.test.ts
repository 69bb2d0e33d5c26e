/** The practice pager takes what the real Events API takes, and refuses the rest. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Pager, startPager } from '../../../drill/pager/start.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const OTHER_KEY = 'ffffffffffffffffffffffffffffffff';
const trigger = {
  routing_key: KEY,
  event_action: 'trigger',
  dedup_key: 'case-1042',
  payload: { summary: 'Case 1042: account closed', source: 'unapprove', severity: 'critical', custom_details: { case: '1042' } },
};

let pager: Pager;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pager-'));
  pager = await startPager({ recordFile: join(folder, 'pager.jsonl'), routingKeys: [KEY] });
});

afterEach(async () => {
  await pager.stop();
  rmSync(folder, { recursive: true });
});

async function send(event: unknown, signal?: AbortSignal): Promise<{ status: number; body: unknown; retryAfter: string | null }> {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const answer = await fetch(`${pager.url}/v2/enqueue`, { method: 'POST', body, ...(signal === undefined ? {} : { signal }) });
  return { status: answer.status, body: await answer.json(), retryAfter: answer.headers.get('retry-after') };
}

it('rings once for a page and again for a repeat, until a person acknowledges', async () => {
  expect(await send(trigger)).toMatchObject({ status: 202, body: { status: 'success', dedup_key: 'case-1042' } });
  await send(trigger);
  expect(pager.pages()).toMatchObject([{ summary: 'Case 1042: account closed', state: 'ringing' }]);
  expect(pager.pages()[0]?.rangAt).toHaveLength(2);

  pager.acknowledge('case-1042');
  await send(trigger);

  expect(pager.pages()[0]).toMatchObject({ state: 'acknowledged' });
  expect(pager.pages()[0]?.rangAt).toHaveLength(2);
});

it('opens a new page when a resolved key is triggered again', async () => {
  await send(trigger);
  await send({ routing_key: KEY, event_action: 'resolve', dedup_key: 'case-1042' });
  await send(trigger);
  expect(pager.pages().map((page) => page.state)).toEqual(['resolved', 'ringing']);
});

it('makes a key of its own when none is given', async () => {
  const { dedup_key: _none, ...without } = trigger;
  await send(without);
  await send(without);
  expect(new Set(pager.pages().map((page) => page.dedupKey)).size).toBe(2);
});

it('hands over a page that comes later, and says which pages there are when it does not come', async () => {
  const coming = pager.until((page) => page.severity === 'critical');
  await send(trigger);
  expect((await coming).dedupKey).toBe('case-1042');
  await expect(pager.until((page) => page.severity === 'info', { timeoutMs: 20 })).rejects.toThrow('Case 1042: account closed');
});

describe('refuses', () => {
  it.each([
    ['no JSON', '{', 'not JSON'],
    ['a short routing key', { ...trigger, routing_key: 'short' }, 'Length of'],
    ['a routing key no one has', { ...trigger, routing_key: OTHER_KEY }, 'Invalid routing key'],
    ['an unknown action', { ...trigger, event_action: 'wake' }, 'event_action'],
    ['a summary that is too long', { ...trigger, payload: { ...trigger.payload, summary: 'x'.repeat(1025) } }, 'payload.summary'],
    ['an unknown severity', { ...trigger, payload: { ...trigger.payload, severity: 'high' } }, 'payload.severity'],
    ['no source', { ...trigger, payload: { summary: 'x', severity: 'info' } }, 'payload.source'],
    ['a key that is too long', { ...trigger, dedup_key: 'x'.repeat(256) }, 'dedup_key'],
    ['an acknowledgement of nothing named', { routing_key: KEY, event_action: 'acknowledge' }, 'dedup_key'],
    ['a link that is not one', { ...trigger, links: [{ href: 'javascript:alert(1)' }] }, 'links.0.href'],
  ])('%s', async (_name, event, words) => {
    const { status, body } = await send(event);
    expect({ status, body }).toMatchObject({ status: 400, body: { status: 'invalid event', message: 'Event object is invalid' } });
    expect(JSON.stringify(body)).toContain(words);
    expect(pager.refusals().join()).toContain(words);
    expect(pager.pages()).toEqual([]);
  });
});

it('goes wrong on the request it was told to, and only there', async () => {
  pager.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 2, occurrence: 1 });
  pager.faults.add({ kind: 'status-after', status: 500, occurrence: 2 });
  expect(await send(trigger)).toMatchObject({ status: 429, retryAfter: '2' });
  expect(pager.pages()).toEqual([]);
  expect(await send(trigger)).toMatchObject({ status: 500 });
  expect(pager.pages()).toHaveLength(1);
  expect(await send(trigger)).toMatchObject({ status: 202 });
});

it('can leave a sender without an answer', async () => {
  pager.faults.add({ kind: 'hang' });
  await expect(send(trigger, AbortSignal.timeout(50))).rejects.toThrow();
  expect(pager.pages()).toEqual([]);
});

it('keeps a record without the routing key', async () => {
  await send(trigger);
  await send({ ...trigger, routing_key: OTHER_KEY });
  const text = readFileSync(join(folder, 'pager.jsonl'), 'utf8');
  expect(text).toContain('case-1042');
  expect(text).not.toContain(KEY);
  expect(text).not.toContain(OTHER_KEY);
});
