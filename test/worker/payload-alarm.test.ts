import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { tenantChain, tenantId } from '../../domain/ids.ts';
import { payloadAlarm } from '../../worker/payload-alarm.ts';
import { type LedgerHarness, openLedgerHarness } from '../ledger/ledger-harness.ts';

let record: LedgerHarness;

beforeAll(async () => {
  record = await openLedgerHarness();
});

describe('what reaches a case and was not written by us', () => {
  it('leaves one entry on the chain of the tenant and one page for each case, however often the engine hands it out', async () => {
    const tenant = tenantId(randomUUID());
    const pages: string[] = [];
    const logged: unknown[] = [];
    const say = payloadAlarm({
      ledger: record.ledger,
      tenant,
      alarm: async ({ dedupKey }) => void pages.push(dedupKey),
      log: { error: (what: unknown) => void logged.push(what) },
    });
    for (let tries = 0; tries < 5; tries += 1) say({ workflowId: 'case/a/b', problem: 'expected ours, found one in clear' });
    say({ workflowId: 'case/a/c', problem: 'expected ours, found one in clear' });
    await expect.poll(async () => (await record.ledger.entries(tenantChain(tenant))).length).toBe(2);
    const entries = await record.ledger.entries(tenantChain(tenant));
    expect(entries.map(({ content }) => content.kind)).toEqual(['envelope.refused', 'envelope.refused']);
    expect(new Set(entries.map(({ content }) => content.body['workflowId']))).toEqual(new Set(['case/a/b', 'case/a/c']));
    expect(pages).toEqual(['payload/case/a/b', 'payload/case/a/c']);
    expect(logged).toHaveLength(6);
  });

  it('is logged also when the record cannot be reached, and nobody is kept waiting', async () => {
    const logged: { readonly event?: string }[] = [];
    const say = payloadAlarm({
      ledger: { append: async () => Promise.reject(new Error('away')) },
      tenant: tenantId(randomUUID()),
      alarm: async () => undefined,
      log: { error: (what: object) => void logged.push(what) },
    });
    say({ workflowId: null, problem: 'p' });
    await expect.poll(() => logged.map(({ event }) => event)).toEqual(['payload-refused', 'refusal-not-recorded']);
  });
});
