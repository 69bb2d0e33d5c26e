import { expect, it } from 'vitest';
import { progressOf, type Row, watchLedger } from '../../cli/ledger-watch.ts';
import { ANA, draft, newCase, openLedgerHarness } from '../ledger/ledger-harness.ts';

const { ledger, owner } = await openLedgerHarness();
const address = String(owner.options.connectionString);

it('sees every entry as it is written, earlier ones included, and can wait for one', async () => {
  const id = newCase();
  await ledger.append([draft(id, 'before')]);
  const watch = await watchLedger(address);
  const waiting = watch.until((row) => row.content.key === 'later');
  await ledger.append([draft(id, 'between'), draft(id, 'later')]);
  expect(await waiting).toMatchObject({ chain: id, seq: 3 });
  expect(
    watch
      .rows()
      .filter((row) => row.chain === id)
      .map((row) => row.content.key),
  ).toEqual(['before', 'between', 'later']);
  await watch.stop();
});

it('writes a chain down in lines that a bundle would have', async () => {
  const id = newCase();
  const [first] = await ledger.append([draft(id, 'one')]);
  const watch = await watchLedger(address);
  expect(JSON.parse(watch.linesOf(id))).toEqual({
    seq: 1,
    storedAt: first?.storedAt,
    hash: first?.hash,
    prev: first?.prev,
    content: first?.content,
  });
  await watch.stop();
});

it('ends a wait for an entry that never comes', async () => {
  const watch = await watchLedger(address);
  const waiting = watch.until(() => false);
  await watch.stop();
  expect(await waiting).toBeNull();
});

it('reconnects when its connection ends, as after a database kill', async () => {
  const id = newCase();
  await ledger.append([draft(id, 'before')]);
  const watch = await watchLedger(address);
  await owner.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'drill' AND datname = current_database()",
  );
  await ledger.append([draft(id, 'after')]);
  expect(await watch.until((row) => row.chain === id && row.content.key === 'after')).toMatchObject({ seq: 2 });
  expect((await watch.dump()).length).toBeGreaterThan(0);
  await watch.stop();
});

it('dumps every row of every table, the text of entries in a form that can be searched', async () => {
  const watch = await watchLedger(address);
  const dump = await watch.dump();
  await watch.stop();
  expect(dump.map(({ table }) => table)).toEqual(expect.arrayContaining(['case_key', 'inbox', 'ledger_entry', 'person', 'post']));
  const entries = dump.find(({ table }) => table === 'ledger_entry')?.text ?? '';
  expect(entries).toContain(Buffer.from('"between"').toString('hex'));
});

const row = (kind: string, seq: number, body: Record<string, unknown> = {}): Row => ({
  chain: 'case',
  seq,
  storedAt: seq,
  hash: '',
  prev: '',
  kind,
  content: { key: String(seq), kind, body },
});

it('knows how far a case is', () => {
  const opened = row('case.opened', 1, { number: 1001, tenant: 't', subject: ANA });
  const stateAfter = (...kinds: readonly string[]): string | undefined =>
    progressOf([opened, ...kinds.map((kind, index) => row(kind, index + 2))])[0]?.state;
  expect(stateAfter()).toBe('under way');
  expect(stateAfter('case.held')).toBe('quiet');
  expect(stateAfter('case.held', 'person.paged')).toBe('waits for people');
  expect(stateAfter('case.held', 'person.paged', 'hold.ended')).toBe('under way');
  expect(stateAfter('account.contained', 'case.closed')).toBe('closed');
});
