// A bundle to break, and what breaking it takes: an attacker who knows the
// format and can put the hashes right again where that is possible.
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll } from 'vitest';
import { manifestBytes } from '../../ledger/bundle-format.ts';
import { hashOfBytes, NO_ENTRY_BEFORE } from '../../ledger/entry.ts';

const scratch: string[] = [];
afterAll(() => Promise.all(scratch.map((folder) => rm(folder, { recursive: true, force: true }))));

/** A folder that is gone after the tests of the file. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unapprove-bundle-'));
  scratch.push(folder);
  return folder;
}

export async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** A copy to break. */
export async function copyOf(bundle: string): Promise<string> {
  const folder = join(await scratchFolder(), 'bundle');
  await cp(bundle, folder, { recursive: true });
  return folder;
}

export async function linesOf(folder: string): Promise<string[]> {
  return (await readFile(join(folder, 'entries.jsonl'), 'utf8')).split('\n').slice(0, -1);
}

export const writeLines = (folder: string, lines: readonly string[]): Promise<void> =>
  writeFile(join(folder, 'entries.jsonl'), lines.map((line) => `${line}\n`).join(''));

interface Line {
  content: { key: string; kind: string; case: string; body: unknown; attachments: unknown[] };
  hash: string;
  prev: string;
  seq: number;
  storedAt: number;
}

/** Writes the entries anew with hashes that hold, after changing them. `prevOf` may break the chain all the same. */
export async function rechain(
  folder: string,
  change: (lines: Line[]) => Line[],
  prevOf: (seq: number, prev: string) => string = (_, prev) => prev,
): Promise<void> {
  const lines = change((await linesOf(folder)).map((line): Line => JSON.parse(line)));
  let prev = NO_ENTRY_BEFORE;
  const written = lines.map((line) => {
    const content = JSON.stringify(line.content);
    prev = prevOf(line.seq, prev);
    const hash = hashOfBytes({ prev, seq: line.seq, storedAt: line.storedAt }, Buffer.from(content));
    const text = `{"content":${content},"hash":"${hash}","prev":"${prev}","seq":${line.seq},"storedAt":${line.storedAt}}`;
    prev = hash;
    return text;
  });
  await writeLines(folder, written);
}

/** Puts bundle.json right again, as somebody would who wants to get away with it. */
export async function relist(folder: string, facts: Partial<Parameters<typeof manifestBytes>[0]> = {}): Promise<void> {
  const old: Parameters<typeof manifestBytes>[0] = JSON.parse(await readFile(join(folder, 'bundle.json'), 'utf8'));
  const files = await Promise.all(
    (await filesOf(folder))
      .filter((path) => path !== 'bundle.json')
      .map(async (path) => {
        const content = await readFile(join(folder, path));
        return { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
      }),
  );
  await writeFile(join(folder, 'bundle.json'), manifestBytes({ ...old, ...facts }, files));
}
