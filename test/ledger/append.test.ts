import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { RunbookError } from '../../domain/errors.ts';
import { tenantChain } from '../../domain/ids.ts';
import { entryHash, NO_ENTRY_BEFORE } from '../../ledger/entry.ts';
import { openLedger } from '../../ledger/ledger.ts';
import { ANA, draft, held, newCase, openLedgerHarness, TENANT } from './ledger-harness.ts';

const { ledger, owner, appUrl, masterKey } = await openLedgerHarness();

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing refused',
    (error: unknown) => (error instanceof RunbookError ? error.code : String(error)),
  );

it('keeps one chain under twenty appends at once', async () => {
  const id = newCase();
  await Promise.all(Array.from({ length: 20 }, (_, n) => ledger.append([draft(id, `a${n}`), draft(id, `b${n}`)])));

  const entries = await ledger.entries(id);
  expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
  let before = NO_ENTRY_BEFORE;
  for (const entry of entries) {
    expect(entry.prev).toBe(before);
    expect(entryHash(entry)).toBe(entry.hash);
    before = entry.hash;
  }
});

it('lets two batches over the same chains in opposite order through', async () => {
  const [one, other] = [newCase(), newCase()];
  const rounds = Array.from({ length: 15 }, (_, n) => [
    ledger.append([draft(one, `x${n}`), draft(other, `x${n}`)]),
    ledger.append([draft(other, `y${n}`), draft(one, `y${n}`)]),
  ]);
  await Promise.all(rounds.flat());
  expect(await ledger.entries(one)).toHaveLength(30);
});

it('gives the first write of a key to whoever writes it again', async () => {
  const id = newCase();
  const [first] = await ledger.append([draft(id, 'same', { event: held('first'), attachments: [{ name: 'a', content: 1 }] })]);
  const [second] = await ledger.append([draft(id, 'same', { event: held('second'), attachments: [{ name: 'a', content: 2 }] })]);

  expect(first?.existed).toBe(false);
  expect(second).toEqual({ ...first, existed: true });
  expect((await ledger.attachment(id, 1, 'a')).content).toBe(1);
  expect(await ledger.entries(id)).toHaveLength(1);
});

it('stores a key that stands twice in one batch once', async () => {
  const id = newCase();
  const appended = await ledger.append([draft(id, 'same'), draft(id, 'other'), draft(id, 'same')]);
  expect(appended.map(({ seq, existed }) => ({ seq, existed }))).toEqual([
    { seq: 1, existed: false },
    { seq: 2, existed: false },
    { seq: 1, existed: true },
  ]);
});

it('stores a batch whole or not at all', async () => {
  const id = newCase();
  const broken = draft(id, 'second', { event: held('\ud800') });
  expect(await codeOf(ledger.append([draft(id, 'first'), broken]))).toBe('LEDGER_REFUSED');
  expect(await ledger.entries(id)).toEqual([]);
});

it('answers an empty batch without the database', async () => {
  const nowhere = openLedger({ databaseUrl: 'postgresql://nobody@127.0.0.1:1/nowhere', masterKey });
  expect(await nowhere.append([])).toEqual([]);
  expect(await codeOf(nowhere.append([draft(newCase(), 'a')]))).toBe('LEDGER_UNAVAILABLE');
  await nowhere.close();
});

it('never lets the time of a chain go backwards, even when the clock does', async () => {
  const id = newCase();
  await ledger.append([draft(id, 'first')]);
  // The clock set back by an hour, seen from the chain: its last entry lies an hour ahead.
  await owner.query('ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_append_only');
  await owner.query("UPDATE ledger_entry SET stored_at = stored_at + interval '1 hour' WHERE chain = $1", [id]);
  await owner.query('ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_append_only');

  await ledger.append([draft(id, 'second')]);
  const [first, second] = await ledger.entries(id);
  expect(second?.storedAt).toBe(first?.storedAt);
});

it("keeps the tenant's chain beside those of cases, and knows a key in any of them, or in one", async () => {
  const id = newCase();
  await ledger.append([draft(id, 'in a case'), { ...draft(id, 'beside'), chain: tenantChain(TENANT) }]);
  expect(await ledger.knows('in a case', 'hold.ended')).toBe(true);
  expect(await ledger.knows('beside', 'hold.ended')).toBe(true);
  expect(await ledger.knows('beside', 'case.opened')).toBe(false);
  expect(await ledger.knows('nowhere', 'hold.ended')).toBe(false);
  expect(await ledger.knows('beside', 'hold.ended', tenantChain(TENANT))).toBe(true);
  expect(await ledger.knows('in a case', 'hold.ended', tenantChain(TENANT))).toBe(false);
});

it('gives back the entries from a sequence number on', async () => {
  const id = newCase();
  await ledger.append(['a', 'b', 'c'].map((key) => draft(id, key)));
  expect((await ledger.entries(id, { fromSeq: 2 })).map((entry) => entry.content.key)).toEqual(['b', 'c']);
});

it('numbers a case once, from 1001, without gaps for those who ask again', async () => {
  const file = { caseId: newCase(), tenant: TENANT, subject: ANA, workflowId: 'w' };
  const first = await ledger.openCase(file);
  expect(await ledger.openCase(file)).toEqual(first);
  const next = await ledger.openCase({ ...file, caseId: newCase() });
  expect([first.number, next.number]).toEqual([1001, 1002]);
  expect(await ledger.caseByNumber(1001)).toEqual({ caseId: file.caseId, number: 1001 });
  expect(await ledger.caseByNumber(999)).toBeUndefined();
});

it('gives one number to a case that is opened twenty times at once', async () => {
  const file = { caseId: newCase(), tenant: TENANT, subject: ANA, workflowId: 'w' };
  const files = await Promise.all(Array.from({ length: 20 }, () => ledger.openCase(file)));
  expect(new Set(files.map(({ number }) => number)).size).toBe(1);
});

it('does not open a case a second time for somebody else', async () => {
  const file = { caseId: newCase(), tenant: TENANT, subject: ANA, workflowId: 'w' };
  await ledger.openCase(file);
  expect(await codeOf(ledger.openCase({ ...file, subject: newSubject() }))).toBe('LEDGER_REFUSED');
});

const newSubject = (): typeof ANA => newCase() as string as typeof ANA;

it('opens what another process sealed, with the same master key only', async () => {
  const id = newCase();
  await ledger.append([draft(id, 'a', { attachments: [{ name: 'words', content: { said: 'ja' } }] })]);

  const same = openLedger({ databaseUrl: appUrl, masterKey });
  expect((await same.attachment(id, 1, 'words')).content).toEqual({ said: 'ja' });
  await same.append([draft(id, 'b', { attachments: [{ name: 'words', content: 'from there' }] })]);
  expect((await ledger.attachment(id, 2, 'words')).content).toBe('from there');
  await same.close();

  const other = openLedger({ databaseUrl: appUrl, masterKey: randomBytes(32) });
  expect(await codeOf(other.attachment(id, 1, 'words'))).toBe('LEDGER_REFUSED');
  await other.close();
});
