// What people are shown of a value that the ledger keeps sealed: the reporter's
// text, the subject's number. The row stands in the table `display`, which the
// Slack app reads and which goes with the key of the case. The ledger names its
// digest, so that a changed row is not shown.
import { createHash } from 'node:crypto';
import type { CaseId } from '../../domain/ids.ts';
import { canonicalBytes } from '../../ledger/canonical.ts';
import type { Ledger } from '../../ledger/ledger.ts';

export interface ShownRow {
  readonly key: string;
  /** Sealed with the entry as well, so that an auditor can compare it with the digest. */
  readonly content: Readonly<Record<string, string | null>>;
  readonly sha256: string;
}

/**
 * The salt keeps a digest, which stays for ever, from being guessed. It follows from the key of the case, so that a
 * repeated attempt makes the same row, and it cannot be made once the case is erased.
 */
export async function shownRow(ledger: Ledger, caseId: CaseId, key: string, said: ShownRow['content']): Promise<ShownRow> {
  const fingerprint = await ledger.fingerprinter(caseId);
  const cleaned = Object.entries(said).map(([name, text]) => [name, text === null ? null : storable(text)]);
  const content = { ...Object.fromEntries(cleaned), salt: fingerprint(`shown/${key}`) };
  return { key, content, sha256: createHash('sha256').update(canonicalBytes(content)).digest('hex') };
}

/** U+0000 and half a surrogate pair stand in no JSON of the database: a person who writes them must not lose the report. */
const storable = (text: string): string => text.replaceAll('\0', '\uFFFD').replace(/\p{Surrogate}/gu, '\uFFFD');
