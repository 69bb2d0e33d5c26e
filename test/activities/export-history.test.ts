// The end of a case, written into a real record: what nobody checked is part of it.
import { beforeAll, expect, it } from 'vitest';
import { finishRecord } from '../../activities/export-history.ts';
import type { LedgerEvent } from '../../domain/case/events.ts';
import type { CaseId } from '../../domain/ids.ts';
import { NOT_CHECKED } from '../../domain/not-checked.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { openLedgerHarness, playCase, TENANT } from '../ledger/ledger-harness.ts';

let ledger: Ledger;
beforeAll(async () => {
  ({ ledger } = await openLedgerHarness());
});

const cleaned: LedgerEvent = { kind: 'snapshot.stored', schemaVersion: 1, of: 'methods', attempt: 2, left: [] };
const blind: LedgerEvent = {
  kind: 'evidence.collected',
  schemaVersion: 1,
  methods: {},
  enabled: false,
  blindSpots: [{ what: 'audit-log', why: 'licence' }],
};

async function endAfter(...events: readonly LedgerEvent[]): Promise<unknown> {
  const id = await playCase(ledger, { finished: false });
  await ledger.append(events.map((event) => ({ chain: id, key: event.kind, actor: 'worker', event })));
  await finish(id);
  return (await ledger.entries(id)).at(-1)?.content;
}

const finish = (id: CaseId): Promise<void> =>
  finishRecord(
    {
      ledger,
      histories: { read: async (_, runId) => ({ runId, events: 1, bytes: 1, closed: true, nextRunId: null, json: {} }) },
      pager: { resolve: async () => undefined },
      writeBundle: async () => ({ head: '0'.repeat(64), entries: 1 }),
    },
    { tenant: TENANT, caseId: id, workflowId: 'case', number: 1001, outcome: 'contained', notes: [] },
  );

it('a case ends with the codes of everything that no step checked', async () => {
  expect(await endAfter()).toMatchObject({ kind: 'case.closed', body: { notChecked: NOT_CHECKED, blindSpots: [] } });
});

it('after an eradication the sign-in methods are not among them, and what could not be read stands beside them', async () => {
  expect(await endAfter(cleaned, blind)).toMatchObject({
    kind: 'case.closed',
    body: {
      notChecked: NOT_CHECKED.filter((code) => code !== 'sign-in-methods'),
      blindSpots: [{ what: 'audit-log', why: 'licence' }],
    },
  });
});
