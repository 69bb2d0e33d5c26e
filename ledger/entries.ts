// Entries in and out of the database: the one call that appends, and the reads.
// It knows bytes and hashes; what an event means is above, how it is kept is below.
import type { Pool } from 'pg';
import type { EventKind } from '../domain/case/events.ts';
import { RunbookError } from '../domain/errors.ts';
import { ask } from './database.ts';
import { ENTRY_CONTENT, type EntryContent, entryBytes, type StoredEntry } from './entry.ts';

/** A content with the ciphertexts it names, in the order it names them. */
export interface Append {
  readonly content: EntryContent;
  readonly sealed: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** A key of the same chain that must not stand yet. */
  readonly unless: string | null;
}

/** So many blocks by policy in that time, over all cases, and no more. */
export interface BlockLimit {
  readonly most: number;
  readonly windowMs: number;
}

/** An entry, and whether it stood there before: the first write of a key wins. */
export type Appended = StoredEntry & { readonly existed: boolean };

interface EntryRow {
  readonly seq: string;
  readonly hash: Buffer;
  readonly prev: Buffer;
  readonly stored_ms: string;
  readonly content: Buffer;
}

const ENTRY_COLUMNS = 'seq, hash, prev, (extract(epoch FROM stored_at) * 1000)::bigint AS stored_ms, content';

/** Appends a batch in one transaction and one round trip; the answers are in the order of the batch. @throws RunbookError LEDGER_SUPERSEDED or BLOCK_LIMIT_REACHED: then nothing of it is stored */
export async function appendEntries(pool: Pool, batch: readonly Append[], blockLimit: BlockLimit | null = null): Promise<Appended[]> {
  if (batch.length === 0) return [];
  const contents = batch.map(({ content }) => Buffer.from(entryBytes(content)));
  const attachments = batch.flatMap(({ sealed }, index) => sealed.map((one) => ({ ...one, of: index + 1 })));
  const rows = await ask<EntryRow & { readonly existed: boolean }>(pool, {
    name: 'ledger-append',
    text: `SELECT ${ENTRY_COLUMNS}, existed FROM ledger_append($1, $2, $3, $4, $5, $6, $7)`,
    values: [
      contents,
      attachments.map(({ of }) => of),
      attachments.map(({ name }) => name),
      attachments.map(({ bytes }) => Buffer.from(bytes)),
      batch.map(({ unless }) => unless),
      blockLimit?.most ?? null,
      blockLimit?.windowMs ?? null,
    ],
  });
  return rows.map((row) => ({ ...asEntry(row), existed: row.existed }));
}

/** The entries of a chain in their order, from a sequence number on. */
export async function readEntries(pool: Pool, chain: string, fromSeq: number): Promise<StoredEntry[]> {
  const rows = await ask<EntryRow>(pool, {
    name: 'ledger-entries',
    text: `SELECT ${ENTRY_COLUMNS} FROM ledger_entry WHERE chain = $1 AND seq >= $2 ORDER BY seq`,
    values: [chain, fromSeq],
  });
  return rows.map(asEntry);
}

export async function readEntry(pool: Pool, chain: string, key: string): Promise<StoredEntry | undefined> {
  const rows = await ask<EntryRow>(pool, {
    name: 'ledger-entry',
    text: `SELECT ${ENTRY_COLUMNS} FROM ledger_entry WHERE chain = $1 AND key = $2`,
    values: [chain, key],
  });
  return rows.map(asEntry)[0];
}

/** Whether this chain, or any chain, holds an entry of this key and kind. */
export async function knowsKey(pool: Pool, key: string, kind: EventKind, chain: string | null): Promise<boolean> {
  const rows = await ask<{ known: boolean }>(pool, {
    name: 'ledger-knows',
    text: 'SELECT EXISTS (SELECT FROM ledger_entry WHERE key = $1 AND kind = $2 AND ($3::text IS NULL OR chain = $3)) AS known',
    values: [key, kind, chain],
  });
  return rows[0]?.known === true;
}

/** The ciphertext of one attachment. @throws RunbookError LEDGER_REFUSED when there is none */
export async function readSealed(pool: Pool, chain: string, seq: number, name: string): Promise<Buffer> {
  const rows = await ask<{ bytes: Buffer }>(pool, {
    name: 'ledger-sealed',
    text: 'SELECT bytes FROM ledger_attachment WHERE chain = $1 AND seq = $2 AND name = $3',
    values: [chain, seq, name],
  });
  const [row] = rows;
  if (row === undefined) throw new RunbookError('LEDGER_REFUSED', `expected an attachment ${name} of entry ${seq} of ${chain}, found none`);
  return row.bytes;
}

function asEntry(row: EntryRow): StoredEntry {
  const parsed = ENTRY_CONTENT.safeParse(JSON.parse(row.content.toString('utf8')));
  if (!parsed.success) throw new RunbookError('LEDGER_REFUSED', `expected a readable entry, entry ${row.seq} is not one of ours`);
  return {
    chain: parsed.data.case,
    seq: Number(row.seq),
    storedAt: Number(row.stored_ms),
    hash: row.hash.toString('hex'),
    prev: row.prev.toString('hex'),
    content: parsed.data,
  };
}
