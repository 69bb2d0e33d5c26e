// The format of a bundle, byte for byte. `writeBundle` writes these bytes and
// `verifyBundle` derives them again from the entries alone, so nothing in a
// bundle can be changed without one of the two disagreeing. A published version
// never changes: another wording is another version.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalBytes } from './canonical.ts';
import { ENTRY_CONTENT, SHA256_HEX, type StoredEntry } from './entry.ts';
import { verifyPage } from './verify-page.ts';

export const FORMAT = 'unapprove-bundle';
export const VERSION = 1;

export const MANIFEST = 'bundle.json';
export const ENTRIES = 'entries.jsonl';
export const POLICY = 'policy.json';
export const VERIFY_PAGE = 'VERIFY.md';
export const ATTACHMENTS = 'attachments';

/** One line of entries.jsonl, taken apart. */
export const ENTRY_LINE = z.strictObject({
  content: ENTRY_CONTENT,
  hash: SHA256_HEX,
  prev: SHA256_HEX,
  seq: z.int().positive(),
  storedAt: z.int().nonnegative(),
});

/** One line of entries.jsonl without its end. `content` comes first and the rest is of known form, so the hashed bytes can be cut out with ordinary tools. */
export const entryLine = ({ content, hash, prev, seq, storedAt }: Omit<StoredEntry, 'chain'>): Buffer =>
  Buffer.concat([
    Buffer.from('{"content":'),
    canonicalBytes(content),
    Buffer.from(`,"hash":"${hash}","prev":"${prev}","seq":${seq},"storedAt":${storedAt}}`),
  ]);

/** A file of the bundle, as bundle.json names it. */
export interface ListedFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** What follows from the entries. */
export interface BundleFacts {
  readonly case: string;
  readonly number: number;
  readonly head: string;
  readonly entries: number;
  readonly finished: boolean;
  /** Codes of what was not checked, as the last entry says; empty where the case is not closed. */
  readonly notChecked: readonly string[];
}

/** Files that are small and follow from the entries. */
export const derivedFiles = (facts: BundleFacts, policy: unknown): { readonly path: string; readonly content: Buffer }[] => [
  { path: POLICY, content: Buffer.from(canonicalBytes(policy)) },
  { path: VERIFY_PAGE, content: Buffer.from(verifyPage(facts), 'utf8') },
];

export const listed = (path: string, content: Uint8Array): ListedFile => ({
  path,
  sha256: createHash('sha256').update(content).digest('hex'),
  bytes: content.length,
});

/** The bytes of bundle.json, which names every other file. */
export const manifestBytes = (facts: BundleFacts, files: readonly ListedFile[]): Buffer =>
  // No limit but the one of the entries: a long case names many attachments.
  Buffer.from(
    `{"case":"${facts.case}","entries":${facts.entries},"files":[${[...files]
      .sort((a, b) => (a.path < b.path ? -1 : 1))
      .map(({ path, sha256, bytes }) => `{"bytes":${bytes},"path":"${path}","sha256":"${sha256}"}`)
      .join(',')}],"finished":${facts.finished},"format":"${FORMAT}","head":"${facts.head}","number":${facts.number},"version":${VERSION}}`,
    'utf8',
  );

/** What case.opened says that a bundle needs. */
export const OPENED = z.looseObject({ number: z.int().positive(), policy: z.looseObject({}) });
/** What case.closed says that a bundle needs. */
export const FINISHED = z.looseObject({
  entries: z.int().positive(),
  // Codes and nothing else: VERIFY.md repeats them.
  notChecked: z.array(z.string().regex(/^[a-z-]{1,60}$/)),
});

export const OPENED_KIND = 'case.opened';
export const FINISHED_KIND = 'case.closed';

/** What the last entry says about the end of the case. */
export function endOf({ kind, body }: StoredEntry['content']): Pick<BundleFacts, 'finished' | 'notChecked'> {
  if (kind !== FINISHED_KIND) return { finished: false, notChecked: [] };
  return { finished: true, notChecked: FINISHED.safeParse(body).data?.notChecked ?? [] };
}
