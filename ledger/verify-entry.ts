// One line of a bundle against everything that was read before it. What is wrong
// with an entry is said in the order in which it matters: can it be read, is it
// in its place, is it what its hash says, is it allowed to follow.
import type { z } from 'zod';
import { BundleError, quoted } from './bundle-error.ts';
import { hashOfFile, sizeOfFile } from './bundle-files.ts';
import {
  ATTACHMENTS,
  ENTRIES,
  ENTRY_LINE,
  entryLine,
  FINISHED,
  FINISHED_KIND,
  type ListedFile,
  OPENED,
  OPENED_KIND,
} from './bundle-format.ts';
import { requireCanonicalJson } from './canonical.ts';
import { entryHash, NO_ENTRY_BEFORE, type StoredEntry, wrongFields } from './entry.ts';

type Entry = Omit<StoredEntry, 'chain'>;

/** What has been read so far, and was good. */
export interface Walk {
  entries: number;
  head: string;
  last: Entry | null;
  opened: z.infer<typeof OPENED> | null;
  readonly keys: Set<string>;
  /** By SHA-256. */
  readonly attachments: Map<string, ListedFile>;
}

export const beginWalk = (): Walk => ({
  entries: 0,
  head: NO_ENTRY_BEFORE,
  last: null,
  opened: null,
  keys: new Set(),
  attachments: new Map(),
});

/** Takes the next line. @throws Broken naming the entry */
export async function step(folder: string, walk: Walk, line: Buffer): Promise<void> {
  const number = walk.entries + 1;
  const entry = readEntry(line, number);
  const wrong = wrongPlace(entry, walk) ?? (await wrongAttachment(folder, entry, walk));
  if (wrong !== null) throw bad(number, entry, wrong);
  if (entry.content.kind === OPENED_KIND && walk.opened === null) {
    const opened = OPENED.safeParse(entry.content.body);
    if (!opened.success) throw bad(number, entry, 'names no case number and policy');
    walk.opened = opened.data;
  }
  walk.entries = number;
  walk.head = entry.hash;
  walk.last = entry;
  walk.keys.add(entry.content.key);
}

function readEntry(line: Buffer, number: number): Entry {
  const unreadable = (why: string): BundleError =>
    new BundleError(`line ${number} of ${ENTRIES} ${why}`, { seq: number, key: null, kind: null });
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line));
    // Before anything walks it: how deep it goes was the stranger's choice.
    requireCanonicalJson(raw);
  } catch {
    throw unreadable('is not JSON as RFC 8785 has it');
  }
  const parsed = ENTRY_LINE.safeParse(raw);
  if (!parsed.success) throw unreadable(`is not an entry (${quoted(wrongFields(parsed.error))})`);
  if (!entryLine(parsed.data).equals(line)) throw bad(number, parsed.data, 'is not written as RFC 8785 has it');
  return parsed.data;
}

function wrongPlace(entry: Entry, walk: Walk): string | null {
  const { content } = entry;
  const number = walk.entries + 1;
  if (entry.seq !== number) return `says that it is entry ${entry.seq}: entries were taken out, put in or swapped here`;
  if (entry.prev !== walk.head) return 'does not follow from the entry before it';
  if (hashOf(entry) !== entry.hash) return 'is not what its hash says: it was changed';
  if (walk.last?.content.kind === FINISHED_KIND) return `comes after ${FINISHED_KIND}, which is the end`;
  if (walk.last !== null && content.case !== walk.last.content.case) return 'belongs to another case';
  if (walk.last !== null && entry.storedAt < walk.last.storedAt) return 'was stored before the entry before it';
  if (walk.keys.has(content.key)) return 'has the key of an earlier entry';
  const counted = content.kind === FINISHED_KIND ? FINISHED.safeParse(content.body).data?.entries : number;
  if (counted !== number) return `counts ${String(counted)} entries, and it is number ${number}`;
  return null;
}

function hashOf(entry: Entry): string | null {
  try {
    return entryHash(entry);
  } catch {
    // One name for two attachments, for instance: no entry of ours, whatever its hash.
    return null;
  }
}

async function wrongAttachment(folder: string, { content }: Entry, walk: Walk): Promise<string | null> {
  for (const { name, sha256, bytes } of content.attachments) {
    const path = `${ATTACHMENTS}/${sha256}`;
    try {
      const size = await sizeOfFile(folder, path);
      if (size !== bytes) return `names ${quoted(name)} of ${bytes} bytes, and ${path} has ${size}`;
      if ((await hashOfFile(folder, path)) !== sha256) return `names ${quoted(name)}, and ${path} was changed`;
    } catch (error) {
      if (!(error instanceof BundleError)) throw error;
      return `names ${quoted(name)}, and ${error.message}`;
    }
    walk.attachments.set(sha256, { path, sha256, bytes });
  }
  return null;
}

const bad = (seq: number, { content }: Entry, what: string): BundleError =>
  new BundleError(`entry ${seq} ${what}`, { seq, key: content.key, kind: content.kind });
