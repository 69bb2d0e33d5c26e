// A case on a USB stick. A bundle follows from case and head alone: the same
// bytes each time, so two people who hold one can compare them. It appears whole
// or not at all: written aside, then renamed.
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { RunbookError } from '../domain/errors.ts';
import type { CaseId } from '../domain/ids.ts';
import {
  ATTACHMENTS,
  type BundleFacts,
  derivedFiles,
  ENTRIES,
  endOf,
  entryLine,
  type ListedFile,
  listed,
  MANIFEST,
  manifestBytes,
  OPENED,
  OPENED_KIND,
} from './bundle-format.ts';
import type { StoredEntry } from './entry.ts';
import type { Ledger } from './ledger.ts';

type Source = Pick<Ledger, 'entries' | 'sealed'>;

/**
 * Writes the bundle of a case, as it stands now, into a folder of its own under `outDir`.
 *
 * @returns the path of that folder; the one that was there when it already holds the same
 * @throws RunbookError LEDGER_REFUSED when there is no such case, or something else lies in the place
 */
export async function writeBundle(ledger: Source, caseId: CaseId, outDir: string): Promise<string> {
  const entries = await ledger.entries(caseId);
  const { facts, policy } = factsOf(caseId, entries);
  const name = `case-${facts.number}-${facts.head.slice(0, 12)}`;
  const path = join(outDir, name);
  await mkdir(outDir, { recursive: true });
  // Beside its place, not in the system's temporary folder: a rename stays within one file system.
  const aside = await mkdtemp(join(outDir, `.${name}-`));
  try {
    await fill(aside, ledger, caseId, entries, derivedFiles(facts, policy), facts);
    await putInPlace(aside, path);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  return path;
}

function factsOf(caseId: CaseId, entries: readonly StoredEntry[]): { facts: BundleFacts; policy: unknown } {
  const last = entries.at(-1);
  const opened = OPENED.safeParse(entries.find((entry) => entry.content.kind === OPENED_KIND)?.content.body);
  if (last === undefined || !opened.success)
    throw new RunbookError('LEDGER_REFUSED', `expected a case ${caseId} in the record, found none that was opened`);
  const { number, policy } = opened.data;
  return { policy, facts: { case: caseId, number, head: last.hash, entries: entries.length, ...endOf(last.content) } };
}

async function fill(
  folder: string,
  ledger: Source,
  caseId: CaseId,
  entries: readonly StoredEntry[],
  derived: ReturnType<typeof derivedFiles>,
  facts: BundleFacts,
): Promise<void> {
  const files: ListedFile[] = [];
  const put = async (path: string, content: Uint8Array): Promise<void> => {
    await writeFile(join(folder, path), content, { flush: true });
    files.push(listed(path, content));
  };
  await mkdir(join(folder, ATTACHMENTS));
  for (const { content, seq } of entries) {
    for (const { name, sha256 } of content.attachments) await put(`${ATTACHMENTS}/${sha256}`, await ledger.sealed(caseId, seq, name));
  }
  await put(ENTRIES, Buffer.concat(entries.flatMap((entry) => [entryLine(entry), Buffer.from('\n')])));
  for (const { path, content } of derived) await put(path, content);
  await writeFile(join(folder, MANIFEST), manifestBytes(facts, files), { flush: true });
}

async function putInPlace(aside: string, path: string): Promise<void> {
  try {
    await rename(aside, path);
  } catch (error) {
    if (!isTaken(error)) throw error;
    if (await holdTheSame(aside, path)) return;
    throw new RunbookError(
      'LEDGER_REFUSED',
      `expected ${path} to be free or this very bundle, found something else there: move it away first`,
      { cause: error },
    );
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(String(error.code));

async function holdTheSame(one: string, other: string): Promise<boolean> {
  if (!(await lstat(other)).isDirectory()) return false;
  const [names, others] = await Promise.all([filesIn(one), filesIn(other)]);
  if (names.join('\n') !== others.join('\n')) return false;
  for (const name of names) {
    const [mine, theirs] = await Promise.all([readFile(join(one, name)), readFile(join(other, name))]);
    if (!mine.equals(theirs)) return false;
  }
  return true;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}
