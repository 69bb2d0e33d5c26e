// Answers that are true and hard to read, and refusals that say in each form for how long to wait.
import { afterEach, describe, expect, it } from 'vitest';
import { IDS, type Json, type Practice, practiceTenant, valuesOf } from './practice.ts';

let practice: Practice;
afterEach(() => practice.stop());

const METHODS = `/v1.0/users/${IDS.ana}/authentication/methods`;
const ALL = ['#microsoft.graph.passwordAuthenticationMethod', 'microsoftAuthenticator', 'phone'];
const get = (path: string) => practice.as('reader')('GET', path);
const linkIn = (body: Json): string => String(body['@odata.nextLink']);

/** Follows links as they come, at most so many. */
async function pages(most = 6): Promise<{ types: string[][]; status: number }> {
  let answer = await get(METHODS);
  const types: string[][] = [];
  for (;;) {
    if (answer.status !== 200) return { types, status: answer.status };
    types.push(valuesOf(answer).map((item) => String(item['@odata.type'])));
    if (!('@odata.nextLink' in answer.body) || types.length === most) return { types, status: 200 };
    answer = await get(linkIn(answer.body));
  }
}

describe('a list in small pages', () => {
  it('is the whole list, also where it is never cut otherwise', async () => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, kind: 'pages', size: 1 });
    const { types } = await pages();
    expect(types).toHaveLength(ALL.length);
    expect(types.every((page) => page.length === 1)).toBe(true);
    expect(new Set(types.flat()).size).toBe(ALL.length);
  });

  it('may begin with an empty page', async () => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, kind: 'pages', size: 0 });
    const { types } = await pages();
    expect(types.map((page) => page.length)).toEqual([0, ALL.length]);
  });

  it('may show an item twice', async () => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, kind: 'pages', size: 1, overlapping: true });
    const { types } = await pages();
    expect(types.map((page) => page.length)).toEqual([1, 2, 2]);
  });

  it.each([
    ['lost', 503],
    ['expired', 400],
    ['gone', 410],
  ] as const)('whose next link is %s answers %d to it', async (link, status) => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, kind: 'pages', size: 1, link });
    expect(await pages()).toMatchObject({ types: [[ALL[0]]], status });
  });

  it.each(['repeated', 'circular'] as const)('whose next link is %s never ends', async (link) => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, kind: 'pages', size: 1, link });
    // Two more than there are items, and within what the quota allows.
    expect((await pages(5)).types).toHaveLength(5);
  });

  it.each([
    ['foreign', /^https:\/\/127\.0\.0\.1:/],
    ['unencrypted', /^http:\/\/localhost:/],
    ['unreadable', /^the next page$/],
  ] as const)('has a next link that is %s', async (link, form) => {
    practice = await practiceTenant();
    practice.tenant.faults.add({ operation: 'auth.methods.list', occurrence: 1, kind: 'pages', size: 1, link });
    expect(linkIn((await get(METHODS)).body)).toMatch(form);
  });
});

describe('an odd field', () => {
  it('stands in the answer, in one item, in every item, or is missing', async () => {
    practice = await practiceTenant();
    const { faults } = practice.tenant;
    faults.add({ operation: 'user.get', occurrence: 1, kind: 'odd-field', field: 'accountEnabled', value: null });
    expect((await get(`/v1.0/users/${IDS.ana}?$select=id,accountEnabled`)).body).toMatchObject({ id: IDS.ana, accountEnabled: null });
    const odd = { operation: 'auth.methods.list', occurrence: 1, kind: 'odd-field' } as const;
    const items = async (fault: object): Promise<readonly unknown[]> => {
      faults.clear();
      faults.add({ ...odd, field: 'id', ...fault });
      return valuesOf(await get(METHODS));
    };
    expect((await items({ value: 7, where: 'first-item' })).filter((item) => (item as Json)['id'] === 7)).toHaveLength(1);
    expect((await items({ value: 7, where: 'every-item' })).filter((item) => (item as Json)['id'] === 7)).toHaveLength(ALL.length);
    expect((await items({ where: 'last-item' })).at(-1)).not.toHaveProperty('id');
    expect((await items({ field: '', value: 'text', where: 'last-item' })).at(-1)).toBe('text');
    expect((await items({ field: 'deep/down', value: 1, where: 'first-item' }))[0]).toMatchObject({ deep: { down: 1 } });
  });
});

describe('a server', () => {
  it('may have a clock that is ahead', async () => {
    practice = await practiceTenant();
    await practice.token('reader');
    practice.tenant.faults.add({ operation: 'user.get', occurrence: 1, kind: 'clock-ahead', aheadMs: 30_000 });
    const { headers } = await get(`/v1.0/users/${IDS.ana}`);
    expect(Date.parse(headers['date'] ?? '')).toBeGreaterThan(Date.now() + 20_000);
  });

  it.each([[429], [500], [503], [504]])('may say with a %d for how long to wait, in any form', async (status) => {
    practice = await practiceTenant();
    const played = { operation: 'user.get', occurrence: 1, kind: 'status', status } as const;
    const said = async (fault: { retryAfter?: number | string; retryAfterDate?: number }): Promise<string | undefined> => {
      practice.tenant.faults.add({ ...played, ...fault });
      return (await get(`/v1.0/users/${IDS.ana}`)).headers['retry-after'];
    };
    for (const text of ['120.5', '5, 5', '-1']) expect(await said({ retryAfter: text })).toBe(text);
    const inAMinute = Date.parse((await said({ retryAfterDate: 60 })) ?? '') - Date.now();
    expect(inAMinute).toBeGreaterThan(50_000);
    expect(inAMinute).toBeLessThan(61_000);
  });
});
