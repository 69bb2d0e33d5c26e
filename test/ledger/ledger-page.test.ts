// docs/ledger.md is read by auditors and by this test.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ENTRY_CONTENT, entryBytes, entryHash, hashOfBytes, NO_ENTRY_BEFORE } from '../../ledger/entry.ts';
import { open, unwrapChainKey } from '../../ledger/sealing.ts';
import { openLedgerHarness, playCase } from './ledger-harness.ts';

const { ledger, owner, app } = await openLedgerHarness();
const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'ledger.md'), 'utf8');

function block(name: string): string {
  const found = new RegExp(`\`\`\`${name}\\n(.*?)\`\`\``, 's').exec(page)?.[1];
  if (found === undefined) throw new Error(`expected a block "${name}" in docs/ledger.md`);
  return found;
}

const ENTRIES = z.array(z.strictObject({ prev: z.string(), seq: z.int(), storedAt: z.int(), content: z.string(), hash: z.string() }));

it('shows entries whose hashes the program computes too', () => {
  const entries = ENTRIES.parse(JSON.parse(block('json entries')));
  expect(entries).toHaveLength(2);
  let prev = NO_ENTRY_BEFORE;
  for (const entry of entries) {
    expect(entry.prev).toBe(prev);
    const content = ENTRY_CONTENT.parse(JSON.parse(entry.content));
    expect(Buffer.from(entryBytes(content)).toString('utf8')).toBe(entry.content);
    expect(hashOfBytes(entry, Buffer.from(entry.content, 'utf8'))).toBe(entry.hash);
    expect(entryHash({ ...entry, content })).toBe(entry.hash);
    prev = entry.hash;
  }
});

it('shows a wrapped key that the program unwraps', () => {
  const { masterKey, chain, wrapped, chainKey } = z.record(z.string(), z.string()).parse(JSON.parse(block('json wrapped')));
  const bytes = (hex: string | undefined): Buffer => Buffer.from(hex ?? '', 'hex');
  expect(unwrapChainKey(bytes(masterKey), chain ?? '', bytes(wrapped)).toString('hex')).toBe(chainKey);
});

it('shows a sealed attachment that the program opens', async () => {
  const shown = z
    .strictObject({ chainKey: z.string(), chain: z.string(), name: z.string(), sealed: z.string(), opened: z.unknown() })
    .parse(JSON.parse(block('json sealed')));
  expect(await open(Buffer.from(shown.chainKey, 'hex'), shown, Buffer.from(shown.sealed, 'base64'))).toEqual(shown.opened);
});

it('shows a query that checks a chain in the database, and finds what was changed', async () => {
  const id = await playCase(ledger);
  const query = block('sql').replace('CASE ID', id);
  const answer = async (): Promise<unknown[]> =>
    (await app.query<{ hash_holds: boolean; follows: boolean }>(query)).rows.map((row) => [row.hash_holds, row.follows]);
  expect(await answer()).toEqual(Array.from({ length: 7 }, () => [true, true]));

  await owner.query('ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_append_only');
  await owner.query("UPDATE ledger_entry SET stored_at = stored_at + interval '1 ms' WHERE chain = $1 AND seq = 3", [id]);
  expect((await answer())[2]).toEqual([false, true]);
});
