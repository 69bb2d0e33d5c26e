import { afterEach, describe, expect, it } from 'vitest';
import { drawLatency } from '../../../drill/microsoft/latency.ts';
import { createQuota, type QuotaCall } from '../../../drill/microsoft/quota.ts';
import { createCell, drawLag, PRIMARY, REPLICAS } from '../../../drill/microsoft/replicas.ts';
import { createSeededRandom } from '../../../drill/microsoft/seeded-random.ts';
import { errorOf, IDS, type Practice, practiceTenant } from './practice.ts';

const SECOND = 1000;

describe('the replicas', () => {
  it('show a write each in its own time, never out of order', () => {
    const lags = [2000, 10, 500, 0, 0, 0];
    const cell = createCell('first', () => lags.shift() ?? 0);
    const seen = (at: number) => Array.from({ length: REPLICAS }, (_, index) => cell.read({ kind: 'replica', index, at }));

    cell.write('second', 1000);
    expect(seen(1000)).toEqual(['first', 'first', 'first']);
    expect(seen(1600)).toEqual(['first', 'second', 'second']);
    cell.write('third', 1700);

    // The third write is quick to every replica, and still does not overtake the second.
    expect(seen(1700)).toEqual(['first', 'third', 'third']);
    expect(seen(3000)).toEqual(['third', 'third', 'third']);
    expect(cell.read(PRIMARY)).toBe('third');
  });

  it('lag as measured: half within two seconds, most within half a minute, none above five minutes', () => {
    const lag = drawLag(createSeededRandom(3)('lag'), 1, 'default');
    const draws = Array.from({ length: 5000 }, lag).sort((a, b) => a - b);

    expect(draws[2500]).toBeGreaterThan(1.8 * SECOND);
    expect(draws[2500]).toBeLessThan(2.2 * SECOND);
    expect(draws[4750]).toBeGreaterThan(25 * SECOND);
    expect(draws[4750]).toBeLessThan(35 * SECOND);
    expect(draws.at(-1)).toBeLessThanOrEqual(300 * SECOND);
  });

  it('lag less when time is played faster', () => {
    const [slow, fast] = [1, 100].map((scale) => drawLag(createSeededRandom(3)('lag'), scale, 'default')());

    expect((slow ?? 0) / (fast ?? 1)).toBeCloseTo(100);
  });
});

describe('the network', () => {
  it('takes its time whatever the time scale is, by the kind of call', () => {
    const latency = drawLatency(createSeededRandom(5)('latency'), 'default');
    const middle = (kind: 'directoryRead' | 'signIns') =>
      Array.from({ length: 2000 }, () => latency(kind)).sort((a, b) => a - b)[1000] ?? 0;

    expect(middle('directoryRead')).toBeGreaterThan(70);
    expect(middle('directoryRead')).toBeLessThan(90);
    expect(middle('signIns')).toBeGreaterThan(540);
    expect(middle('signIns')).toBeLessThan(660);
    expect(drawLatency(createSeededRandom(5)('latency'), 'none')('signIns')).toBe(0);
  });
});

describe('the quotas', () => {
  const call = (part: Partial<QuotaCall>): QuotaCall => ({
    bucket: 'reports',
    appId: 'one',
    mailbox: undefined,
    units: 1,
    write: false,
    ...part,
  });

  it('take five report calls in ten seconds from each app, and say when to come again', () => {
    const quota = createQuota(10, 1);
    const at = (seconds: number, appId = 'one') => quota.admit(call({ appId }), seconds * SECOND);

    expect([0, 1, 2, 3, 4].map((seconds) => at(seconds).kind)).toEqual(Array.from({ length: 5 }, () => 'admitted'));
    expect(at(5)).toMatchObject({ kind: 'throttled', headers: { 'retry-after': '5' } });
    expect(at(5, 'two').kind).toBe('admitted');
    expect(at(10.1).kind).toBe('admitted');
    expect(at(10.2).kind).toBe('throttled');
  });

  it('take one risk call in a second from the whole tenant, and do not say when to come again', () => {
    const quota = createQuota(10, 1);

    expect(quota.admit(call({ bucket: 'identityProtection', appId: 'one' }), 0).kind).toBe('admitted');
    const refused = quota.admit(call({ bucket: 'identityProtection', appId: 'two' }), 500);
    expect(refused.kind).toBe('throttled');
    expect(refused).toMatchObject({ headers: {} });
  });

  it('count directory calls by what they cost, more for a larger company', () => {
    const admitted = (users: number) => {
      const quota = createQuota(users, 1);
      let count = 0;
      while (quota.admit(call({ bucket: 'identity', units: 100 }), 0).kind === 'admitted') count += 1;
      return count;
    };

    expect([admitted(10), admitted(100), admitted(1000)]).toEqual([35, 50, 80]);
  });

  it('let four calls into one mailbox at once', () => {
    const quota = createQuota(10, 1);
    const answers = Array.from({ length: 5 }, () => quota.admit(call({ bucket: 'outlook', mailbox: 'ana' }), 0));

    expect(answers.map((each) => each.kind)).toEqual(['admitted', 'admitted', 'admitted', 'admitted', 'throttled']);
    const [first] = answers;
    if (first?.kind === 'admitted') first.release();
    expect(quota.admit(call({ bucket: 'outlook', mailbox: 'ana' }), 0).kind).toBe('admitted');
  });

  it('have windows that follow the time scale', () => {
    const quota = createQuota(10, 100);
    for (let count = 0; count < 5; count += 1) quota.admit(call({}), 0);

    expect(quota.admit(call({}), 50).kind).toBe('throttled');
    expect(quota.admit(call({}), 101).kind).toBe('admitted');
  });
});

describe('a tenant with all of it', () => {
  let practice: Practice;
  afterEach(() => practice.stop());

  it('shows one’s own write late on some replica, and in the end on all', async () => {
    // With this seed the replicas lag eight to eleven seconds, which are about one here.
    practice = await practiceTenant({ lag: 'default', timeScale: 10, seed: 12 });
    const seen = new Set<unknown>();
    await practice.as('actor')('PATCH', `/v1.0/users/${IDS.ana}`, { accountEnabled: false });
    const look = async () => (await practice.as('reader')('GET', `/v1.0/users/${IDS.ana}?$select=accountEnabled`)).body['accountEnabled'];

    for (let count = 0; count < 10; count += 1) seen.add(await look());
    expect(seen).toContain(true);
    expect(practice.tenant.truth.account('ana').enabled).toBe(false);

    await expect.poll(async () => (await Promise.all(Array.from({ length: 12 }, look))).includes(true), { interval: 50 }).toBe(false);
  });

  it('throttles the sixth report call, methods and logs together', async () => {
    practice = await practiceTenant();
    const ask = practice.as('reader');
    const paths = [`/v1.0/users/${IDS.ana}/authentication/methods`, '/v1.0/auditLogs/directoryAudits'];
    for (let count = 0; count < 5; count += 1) expect((await ask('GET', paths[count % 2] ?? '')).status).toBe(200);

    const answer = await ask('GET', paths[1] ?? '');

    expect(answer.status).toBe(429);
    expect(errorOf(answer).code).toBe('TooManyRequests');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    // Another app and another bucket have room.
    expect((await ask('GET', `/v1.0/users/${IDS.ana}`)).status).toBe(200);
  });
});
