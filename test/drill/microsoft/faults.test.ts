import { afterEach, describe, expect, it } from 'vitest';
import type { Phase } from '../../../drill/microsoft/journal.ts';
import { errorOf, IDS, type Practice, practiceTenant, TENANT_ID, tokenForm } from './practice.ts';

let practice: Practice;
afterEach(() => practice.stop());

const block = (signal?: AbortSignal) =>
  practice.as('actor')('PATCH', `/v1.0/users/${IDS.ana}`, { accountEnabled: false }, signal === undefined ? {} : { signal });
const isEnabled = () => practice.tenant.truth.account('ana').enabled;
const shown = async () => (await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}?$select=accountEnabled`)).body['accountEnabled'];
const records = (operation: string) => practice.tenant.journal.records().filter((record) => record.operation === operation);

describe('a fault', () => {
  it('of kind status answers as ordered and changes nothing', async () => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'user.disable', occurrence: 1, kind: 'status', status: 429, retryAfter: 7 });

    const answer = await block();

    expect(answer.status).toBe(429);
    expect(answer.headers['retry-after']).toBe('7');
    expect(errorOf(answer).code).toBe('TooManyRequests');
    expect(isEnabled()).toBe(true);
    expect(records('user.disable')).toMatchObject([{ fault: 'status', status: 429, effects: [] }]);
    expect((await block()).status).toBe(204);
  });

  it('of kind status-after changes the tenant and denies it', async () => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'user.disable', occurrence: 1, kind: 'status-after', status: 503 });

    expect((await block()).status).toBe(503);
    expect(isEnabled()).toBe(false);
  });

  it('of kind timeout-after changes the tenant and never answers', async () => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'user.disable', occurrence: 1, kind: 'timeout-after', hangMs: 60_000 });
    const giveUp = new AbortController();

    const unanswered = block(giveUp.signal).catch((error: unknown) => error);
    const record = await practice.tenant.journal.until((each) => each.operation === 'user.disable', { phase: 'effect' });
    giveUp.abort();

    expect(await unanswered).toBeInstanceOf(Error);
    expect(record.effects).toHaveLength(1);
    expect(isEnabled()).toBe(false);
    await expect.poll(() => records('user.disable')[0]?.droppedAt).toBeDefined();
    expect(records('user.disable')[0]).not.toHaveProperty('status');
  });

  it('of kind timeout-before holds the connection for so long, drops it, and changes nothing', async () => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'user.disable', occurrence: 1, kind: 'timeout-before', hangMs: 50 });

    await expect(block()).rejects.toThrow();

    expect(isEnabled()).toBe(true);
    expect(records('user.disable')[0]).not.toHaveProperty('effectAt');
  });

  it('of kind reset drops the connection at once', async () => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ occurrence: { from: 1, to: 1 }, operation: 'user.get', kind: 'reset' });

    await expect(shown()).rejects.toThrow();
    expect(await shown()).toBe(true);
  });

  it('of kind late-effect says yes before it is so', async () => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'user.disable', occurrence: 1, kind: 'late-effect', hangMs: 150 });

    expect((await block()).status).toBe(204);
    expect(isEnabled()).toBe(true);

    await practice.tenant.journal.until((each) => each.operation === 'user.disable', { phase: 'effect' });
    expect(isEnabled()).toBe(false);
    const [history] = practice.tenant.truth.accountHistory('ana');
    expect(Date.parse(history?.at ?? '')).toBeGreaterThan(Date.parse(records('user.disable')[0]?.answeredAt ?? ''));
  });

  it('of kind stale-read shows the state before the last write', async () => {
    practice = await practiceTenant();
    await block();
    practice.tenant.faults.add({ operation: 'user.get', person: 'ana', occurrence: { from: 1, to: 2 }, kind: 'stale-read' });

    expect([await shown(), await shown(), await shown()]).toEqual([true, true, false]);
  });

  it('counts only the calls it matches: the operation, the app and the person', async () => {
    practice = await practiceTenant();
    const remove = practice.tenant.faults.add({
      operation: 'user.get',
      actorKey: 'actor',
      person: 'ana',
      occurrence: 2,
      kind: 'status',
      status: 500,
    });
    const get = async (app: 'reader' | 'actor', id: string) => (await practice.as(app)('GET', `/v1.0/users/${id}`)).status;

    expect(await get('actor', IDS.ana)).toBe(200);
    expect(await get('actor', IDS.ben)).toBe(200);
    expect(await get('reader', IDS.ana)).toBe(200);
    expect(await get('actor', IDS.ana)).toBe(500);
    expect(await get('actor', IDS.ana)).toBe(200);
    remove();
  });

  it('is over when it is taken away', async () => {
    practice = await practiceTenant();
    const remove = practice.tenant.faults.add({ operation: 'user.get', occurrence: { from: 1 }, kind: 'status', status: 503 });
    expect((await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}`)).status).toBe(503);

    remove();

    expect((await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}`)).status).toBe(200);
  });

  it('can hit the sign-in service too, in its own envelope', async () => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'token.app', actorKey: 'reader', occurrence: 1, kind: 'status', status: 503 });
    const form = await tokenForm(practice.tenant, 'reader');

    const answer = await practice.send('POST', `/${TENANT_ID}/oauth2/v2.0/token`, { form });

    expect(answer.status).toBe(503);
    expect(answer.body['error_codes']).toEqual([90_033]);
    expect(answer.body).not.toHaveProperty('access_token');
  });

  it('names the person also where the filter does', async () => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'roles.assignments.list', person: 'hanna', occurrence: 1, kind: 'status', status: 500 });
    const roles = async (id: string) =>
      (await practice.as('reader')('GET', `/v1.0/roleManagement/directory/roleAssignments?$filter=principalId eq '${id}'`)).status;

    expect(await roles(IDS.ana)).toBe(200);
    expect(await roles(IDS.hanna)).toBe(500);
  });
});

describe('the journal', () => {
  it('tells of each phase in its turn, before the request continues', async () => {
    practice = await practiceTenant();
    const seen: [Phase, boolean, number | undefined][] = [];
    practice.tenant.journal.on((record, phase) => {
      if (record.operation === 'user.disable') seen.push([phase, isEnabled(), record.status]);
    });

    await block();

    expect(seen).toEqual([
      ['arrived', true, undefined],
      ['effect', false, undefined],
      ['answered', false, 204],
    ]);
  });

  it('has no effect phase for a read or a refusal', async () => {
    practice = await practiceTenant();
    const phases: Phase[] = [];
    await practice.token('reader');
    practice.tenant.journal.on((record, phase) => {
      if (!record.operation.startsWith('token.')) phases.push(phase);
    });

    await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}`);
    await practice.as('reader')('PATCH', `/v1.0/users/${IDS.ana}`, { accountEnabled: false });

    expect(phases).toEqual(['arrived', 'answered', 'arrived', 'answered']);
  });

  it('names the actor, the person, the operation and what was asked', async () => {
    practice = await practiceTenant();

    await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}?$select=id,accountEnabled`);

    expect(records('user.get')).toMatchObject([
      {
        actor: { kind: 'app', appId: practice.tenant.company.apps.find((app) => app.key === 'reader')?.appId },
        person: 'ana',
        method: 'GET',
        path: `/v1.0/users/${IDS.ana}`,
        query: '$select=id,accountEnabled',
        status: 200,
      },
    ]);
  });

  it('gives up waiting, and says what it saw instead', async () => {
    practice = await practiceTenant();
    await shown();

    await expect(practice.tenant.journal.until((record) => record.operation === 'user.disable', { timeoutMs: 30 })).rejects.toThrow(
      /user\.get/,
    );
  });
});
