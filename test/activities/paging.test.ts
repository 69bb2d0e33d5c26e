/** A page carries the link to the channel of its case, over the wire, to a pager that checks it as the real one does. */
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { pagePerson } from '../../activities/paging.ts';
import { caseId, objectId, tenantId } from '../../domain/ids.ts';
import { respondersChannel } from '../../domain/responders-channel.ts';
import { startPager } from '../../drill/pager/start.ts';
import { openLedger } from '../../ledger/ledger.ts';
import { openPager } from '../../pager/pager.ts';
import { freshDatabase } from '../setup/database.ts';
import { openCase } from './open-case.ts';

const FIRST = 'a'.repeat(32);
const service = await startPager({ routingKeys: [FIRST] });
const ledger = openLedger({ databaseUrl: await freshDatabase(), masterKey: new Uint8Array(randomBytes(32)), maxConnections: 2 });
const failures: unknown[] = [];
const pager = openPager({ url: service.url, routingKeys: [FIRST], timeoutMs: 5_000, onFailure: (what) => void failures.push(what) });

afterAll(async () => {
  await service.stop();
  await ledger.close();
});

async function page(channel: Partial<Parameters<typeof respondersChannel>[0]>) {
  const id = caseId(randomUUID());
  const subject = objectId('11111111-aaaa-4aaa-8aaa-000000000001');
  const { number } = await ledger.openCase({
    caseId: id,
    tenant: tenantId('22222222-bbbb-4bbb-8bbb-000000000001'),
    subject,
    workflowId: `case/${id}`,
  });
  const responders = respondersChannel({
    team: 'T0TEAM',
    channel: 'C0RESPOND',
    channelName: 'responders',
    standbyChannel: null,
    ...channel,
  });
  const reason = { kind: 'nothing-blocked', account: 'protected', protectedBecause: 'break-glass' } as const;
  await pagePerson({ ledger, pager, responders }, { caseId: id, number, page: 1, reason, line: 1, notes: [] });
  const got = service.pages().find(({ dedupKey }) => dedupKey === `${id}/1`);
  return { id, number, subject, got };
}

describe('a page about a case', () => {
  it('says what to do, and links to the channel where the case is', async () => {
    const { number, got, subject } = await page({});
    expect(got?.summary).toBe(
      `URGENT, case ${number}: an attacker may be inside a break-glass account. NOTHING was blocked. Call its holder now. Then open #responders: the card of the case says what to do by hand.`,
    );
    expect(got?.links).toEqual([
      { href: 'https://slack.com/app_redirect?team=T0TEAM&channel=C0RESPOND', text: 'Open #responders in Slack' },
    ]);
    expect(got?.customDetails).toEqual({ case: String(number), channel: '#responders', reason: 'nothing-blocked' });
    expect(JSON.stringify(got)).not.toContain(subject);
    expect(failures).toEqual([]);
  });

  it('names the second channel where there is one, and the first in words where its name is not set', async () => {
    const { got } = await page({ channelName: null, standbyChannel: 'C0STANDBY' });
    expect(got?.summary).toContain("open the responders' channel");
    expect(got?.links.map(({ href }) => href)).toEqual([
      'https://slack.com/app_redirect?team=T0TEAM&channel=C0RESPOND',
      'https://slack.com/app_redirect?team=T0TEAM&channel=C0STANDBY',
    ]);
  });

  it('is on the record by its code, not by its sentence', async () => {
    const { id } = await page({});
    const paged = (await ledger.entries(id)).find(({ content }) => content.kind === 'person.paged');
    expect(paged?.content.body['reason']).toEqual({ kind: 'nothing-blocked', account: 'protected', protectedBecause: 'break-glass' });
  });

  it('that the pager does not take fails with its code and is not on the record; the next try of the same page is', async () => {
    const id = caseId(randomUUID());
    await openCase(ledger, id, objectId(randomUUID()));
    const failing = openPager({ url: service.url, routingKeys: [FIRST], timeoutMs: 500, onFailure: () => undefined });
    const responders = respondersChannel({ team: 'T0TEAM', channel: 'C0RESPOND', channelName: 'responders', standbyChannel: null });
    const run = { caseId: id, number: 1001, page: 1, reason: { kind: 'decide-block' }, line: 1, notes: [] } as const;
    const paged = async () =>
      (await ledger.entries(id)).filter(({ content }) => content.kind === 'person.paged').map(({ content }) => content.body);

    service.faults.add({ kind: 'status', status: 503, occurrence: { from: 1 } });
    await expect(pagePerson({ ledger, pager: failing, responders }, run)).rejects.toMatchObject({ code: 'PAGER_UNAVAILABLE' });
    expect(await paged()).toEqual([]);

    service.faults.clear();
    await pagePerson({ ledger, pager: failing, responders }, run);
    expect(await paged()).toEqual([expect.objectContaining({ delivered: true, dedupKey: `${id}/1` })]);
    expect(service.pages().filter(({ dedupKey }) => dedupKey === `${id}/1`)).toHaveLength(1);
  });
});
