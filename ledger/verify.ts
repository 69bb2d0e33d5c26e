// Checks a bundle that a stranger hands over: from its bytes alone, without a
// database, network, key or configuration. It trusts nothing that it reads,
// names the first entry that is wrong, and answers in a sentence whatever it meets.
import { z } from 'zod';
import { type BadEntry, BundleError, quoted } from './bundle-error.ts';
import { eachLine, readSmall, refuseOthers, requireAttachmentsFolder, sizeOfFile } from './bundle-files.ts';
import {
  type BundleFacts,
  derivedFiles,
  ENTRIES,
  endOf,
  FINISHED_KIND,
  type ListedFile,
  listed,
  MANIFEST,
  manifestBytes,
  OPENED_KIND,
} from './bundle-format.ts';
import { beginWalk, step, type Walk } from './verify-entry.ts';

export type Verified =
  | ({ readonly ok: true } & BundleFacts)
  | {
      readonly ok: false;
      /** One plain sentence. */
      readonly problem: string;
      readonly firstBadEntry?: BadEntry;
      /** How many entries, from the first, were good. */
      readonly entries: number;
    };

/** Checks the bundle in a folder. Never throws for what the folder holds. */
export async function verifyBundle(folder: string): Promise<Verified> {
  const walk = beginWalk();
  try {
    await requireAttachmentsFolder(folder);
    const entriesFile = await eachLine(folder, (line) => step(folder, walk, line));
    const facts = await compareEnd(folder, walk);
    await compareFiles(folder, walk, facts, entriesFile);
    return { ok: true, ...facts };
  } catch (error) {
    const firstBadEntry = error instanceof BundleError ? error.entry : undefined;
    return { ok: false, problem: problemOf(error), entries: walk.entries, ...(firstBadEntry === undefined ? {} : { firstBadEntry }) };
  }
}

const CLAIMS = z.looseObject({ entries: z.int(), finished: z.boolean() });
const MOST_MANIFEST = 64 * 1024 * 1024;

/** Do the entries end where bundle.json says they end? */
async function compareEnd(folder: string, walk: Walk): Promise<BundleFacts> {
  const claims = CLAIMS.safeParse(await parsedManifest(folder)).data;
  const next = walk.entries + 1;
  const finished = walk.last?.content.kind === FINISHED_KIND;
  if (claims !== undefined && claims.entries > walk.entries) {
    const endIsNext = claims.finished && claims.entries === next;
    throw missing(next, endIsNext, `${MANIFEST} speaks of ${claims.entries} entries, ${ENTRIES} holds ${walk.entries}`);
  }
  if (claims?.finished === true && !finished)
    throw missing(next, true, `${MANIFEST} speaks of a finished case, and no entry says ${FINISHED_KIND}`);
  if (walk.last === null) throw new BundleError(`${ENTRIES} holds no entry`);
  if (walk.opened === null) throw new BundleError(`no entry says ${OPENED_KIND}: the case was never opened`);
  const { last, opened, head, entries } = walk;
  return { case: last.content.case, number: opened.number, head, entries, ...endOf(last.content) };
}

const missing = (seq: number, isTheEnd: boolean, why: string): BundleError =>
  new BundleError(`entry ${seq} is missing: ${why}`, { seq, key: null, kind: isTheEnd ? FINISHED_KIND : null });

async function parsedManifest(folder: string): Promise<unknown> {
  const bytes = await readSmall(folder, MANIFEST, MOST_MANIFEST);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new BundleError(`${MANIFEST} is not JSON: it was changed`);
  }
}

/** Derives every file that follows from the entries, and compares. */
async function compareFiles(folder: string, walk: Walk, facts: BundleFacts, entriesFile: ListedFile): Promise<void> {
  const derived = derivedFiles(facts, walk.opened?.policy);
  for (const { path, content } of derived) await requireSame(folder, path, content, 'the entries of this case');
  await refuseOthers(folder, new Set(walk.attachments.keys()));
  const files = [entriesFile, ...walk.attachments.values(), ...derived.map(({ path, content }) => listed(path, content))];
  await requireSame(folder, MANIFEST, manifestBytes(facts, files), 'the files of this bundle');
}

async function requireSame(folder: string, path: string, expected: Buffer, from: string): Promise<void> {
  const same = (await sizeOfFile(folder, path)) === expected.length && (await readSmall(folder, path, expected.length)).equals(expected);
  if (!same) throw new BundleError(`${path} is not what ${from} make it: it was changed`);
}

function problemOf(error: unknown): string {
  if (error instanceof BundleError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'for an unknown reason';
  return `the bundle could not be read (${quoted(code)})`;
}
