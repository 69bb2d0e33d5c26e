// A page of a case is done when the pager took it, and only then does the record say so.
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { pagePerson } from '../../activities/pages.ts';
import { caseId, objectId } from '../../domain/ids.ts';
import { type Pager as Practice, startPager } from '../../drill/pager/start.ts';
import { type Ledger, openLedger } from '../../ledger/open-ledger.ts';
import { openPager } from '../../pager/pager.ts';
import { freshDatabase } from '../setup/database.ts';
import { openCase } from './open-case.ts';

let practice: Practice;
let ledger: Ledger;

beforeAll(async () => {
  ledger = openLedger({ databaseUrl: await freshDatabase(), masterKey: new Uint8Array(randomBytes(32)) });
  practice = await startPager();
});
afterEach(() => practice.faults.clear());
afterAll(() => Promise.all([ledger.close(), practice.stop()]));

it('a page that the pager does not take fails with its code and is not on the record; the next try of the same page is', async () => {
  const about = caseId(randomUUID());
  await openCase(ledger, about, objectId(randomUUID()));
  const pager = openPager({ url: practice.url, routingKeys: ['a'.repeat(32)], timeoutMs: 500, onFailure: () => undefined });
  const run = { caseId: about, number: 1001, page: 1, reason: 'An account is open.', line: 1, notes: [] };
  const paged = async () =>
    (await ledger.entries(about)).filter(({ content }) => content.kind === 'person.paged').map(({ content }) => content.body);

  practice.faults.add({ kind: 'status', status: 503, occurrence: { from: 1 } });
  await expect(pagePerson({ ledger, pager }, run)).rejects.toMatchObject({ code: 'PAGER_UNAVAILABLE' });
  expect(await paged()).toEqual([]);

  practice.faults.clear();
  await pagePerson({ ledger, pager }, run);
  expect(await paged()).toEqual([expect.objectContaining({ delivered: true, dedupKey: `${about}/1` })]);
  expect(practice.pages()).toHaveLength(1);
});
