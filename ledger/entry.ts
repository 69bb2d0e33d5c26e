// What an entry is, and its hash. The database computes the same hash in SQL,
// `unapprove verify` computes it from files: three readers, one format, and the
// format is written down with test vectors in docs/ledger.md.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { LedgerEvent } from '../domain/case/events.ts';
import type { ViewEntry } from '../domain/case/view.ts';
import { RunbookError } from '../domain/errors.ts';
import { canonicalBytes } from './canonical.ts';

const CHAIN = /^(tenant\/)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const KIND = /^[a-z]+(?:-[a-z]+)*(?:\.[a-z]+(?:-[a-z]+)*)*$/;
const PRINTABLE = /^\P{Cc}+$/u;
const SHA256 = /^[0-9a-f]{64}$/;

const line = (most: number): z.ZodString => z.string().max(most).regex(PRINTABLE);
const plainObject = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);

export const SHA256_HEX = z.string().regex(SHA256, 'expected 64 lower-case hex digits');

/** What an entry says: exactly the fields that are hashed. */
export const ENTRY_CONTENT = z.strictObject({
  /** The chain: a case id, or tenant/<tenant id>. */
  case: z.string().regex(CHAIN, 'expected a case id or tenant/<tenant id>'),
  key: line(500),
  /** When it happened, by the clock of the actor. */
  at: z.iso.datetime({ offset: true }),
  kind: z.string().max(60).regex(KIND, 'expected a kind such as plan.approved'),
  schemaVersion: z.int().positive(),
  actor: line(200),
  body: plainObject,
  /** What is kept beside the entry as ciphertext. */
  attachments: z.array(z.strictObject({ name: line(200), sha256: SHA256_HEX, bytes: z.int().nonnegative() })).max(10_000),
});

type Deep<T> = T extends (infer Item)[] ? readonly Deep<Item>[] : T extends object ? { readonly [Key in keyof T]: Deep<T[Key]> } : T;
export type EntryContent = Deep<z.infer<typeof ENTRY_CONTENT>>;

/** An entry as it stands in its chain. */
export interface StoredEntry {
  readonly chain: string;
  /** From 1, without gaps. */
  readonly seq: number;
  /** The database's clock when it was stored, ms since 1970. Never earlier than the entry before. */
  readonly storedAt: number;
  /** Hex. */
  readonly hash: string;
  /** Hash of the entry before; 64 zeros for the first. */
  readonly prev: string;
  readonly content: EntryContent;
}

export const NO_ENTRY_BEFORE = '0'.repeat(64);

/**
 * The bytes of a content that are stored and hashed.
 *
 * @throws RunbookError LEDGER_REFUSED naming every field that is wrong
 */
export function entryBytes(content: EntryContent): Uint8Array {
  const bytes = canonicalBytes(content);
  const parsed = ENTRY_CONTENT.safeParse(content);
  if (!parsed.success) throw new RunbookError('LEDGER_REFUSED', `expected an entry, got one where ${wrongFields(parsed.error)}`);
  const names = new Set(content.attachments.map((attachment) => attachment.name));
  if (names.size !== content.attachments.length) {
    throw new RunbookError('LEDGER_REFUSED', 'expected a name of its own for every attachment, got one twice');
  }
  return bytes;
}

export const wrongFields = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.map(String).join('.') || 'the whole'}: ${issue.message}`).join('; ');

export interface Hashed {
  readonly prev: string;
  readonly seq: number;
  readonly storedAt: number;
}

/** The hash of an entry, hex. */
export const entryHash = ({ content, ...place }: Hashed & { readonly content: EntryContent }): string =>
  hashOfBytes(place, entryBytes(content));

/** The hash of an entry whose content is already bytes, hex. */
export function hashOfBytes({ prev, seq, storedAt }: Hashed, content: Uint8Array): string {
  const fixed = Buffer.alloc(49);
  fixed.write(prev, 1, 'hex');
  fixed.writeBigUInt64BE(BigInt(seq), 33);
  fixed.writeBigUInt64BE(BigInt(storedAt), 41);
  return createHash('sha256').update(fixed).update(content).digest('hex');
}

/**
 * The event an entry was made from: the ledger wrote it taken apart as kind, schemaVersion and body.
 *
 * @throws RunbookError LEDGER_REFUSED for an entry of a later version of this program
 */
export function eventOf({ content, seq }: Pick<StoredEntry, 'content' | 'seq'>): LedgerEvent {
  const event = { ...content.body, kind: content.kind, schemaVersion: content.schemaVersion };
  if (isEvent(event)) return event;
  throw new RunbookError('LEDGER_REFUSED', `expected entry ${seq} to be of schema version 1, got ${content.schemaVersion}`);
}

// Its fields had the type of its kind when it was stored, and what is stored does not change.
const isEvent = (event: { readonly schemaVersion: number }): event is LedgerEvent => event.schemaVersion === 1;

/** An entry as `foldCase` wants it. */
export const viewEntry = (entry: StoredEntry): ViewEntry => ({
  seq: entry.seq,
  storedAt: entry.storedAt,
  hash: entry.hash,
  event: eventOf(entry),
});
