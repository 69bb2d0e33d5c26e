// Reads a bundle's files as a stranger's: no link is followed, nothing larger
// than it should be is taken in, a file of gigabytes passes through in pieces.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BundleError, quoted } from './bundle-error.ts';
import { ATTACHMENTS, ENTRIES, type ListedFile, MANIFEST, POLICY, VERIFY_PAGE } from './bundle-format.ts';
import { MAX_BYTES } from './canonical.ts';

const TOP = [MANIFEST, ENTRIES, POLICY, VERIFY_PAGE];
/** A content, and what stands around it in its line. */
const LONGEST_LINE = MAX_BYTES + 1024;
const PIECE = 128 * 1024;
// Hazard: the file may be replaced by a link between two reads.
const READ = constants.O_RDONLY | constants.O_NOFOLLOW;

/** @throws Broken unless it is an ordinary file, itself and not a link to one */
export async function sizeOfFile(folder: string, path: string): Promise<number> {
  const stats = await lstat(join(folder, path)).catch(() => null);
  if (stats === null) throw new BundleError(`${path} is missing`);
  if (stats.isSymbolicLink()) throw new BundleError(`${path} is a link; a bundle holds the files themselves`);
  if (!stats.isFile()) throw new BundleError(`${path} is not an ordinary file`);
  return stats.size;
}

/** A small file, whole. @throws Broken when it is larger than `most` bytes */
export async function readSmall(folder: string, path: string, most: number): Promise<Buffer> {
  const size = await sizeOfFile(folder, path);
  if (size > most) throw new BundleError(`${path} has ${size} bytes, expected at most ${most}: it was changed`);
  const file = await open(join(folder, path), READ);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** SHA-256 (hex) of a file of any size. */
export async function hashOfFile(folder: string, path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces(folder, path)) hash.update(piece);
  return hash.digest('hex');
}

/**
 * Hands over the lines of entries.jsonl without their ends, one at a time.
 *
 * @returns what bundle.json must say of the file
 * @throws Broken for a line that is too long or has no end, and whatever `take` throws
 */
export async function eachLine(folder: string, take: (line: Buffer) => Promise<void>): Promise<ListedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  let number = 1;
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces(folder, ENTRIES)) {
    hash.update(piece);
    bytes += piece.length;
    let from = 0;
    for (let end = piece.indexOf(0x0a); end !== -1; end = piece.indexOf(0x0a, from)) {
      const line = Buffer.concat([rest, piece.subarray(from, end)]);
      if (line.length > LONGEST_LINE) throw tooLong(number);
      await take(line);
      rest = Buffer.alloc(0);
      from = end + 1;
      number += 1;
    }
    rest = Buffer.concat([rest, piece.subarray(from)]);
    if (rest.length > LONGEST_LINE) throw tooLong(number);
  }
  if (rest.length > 0) throw new BundleError(`line ${number} of ${ENTRIES} has no end`, { seq: number, key: null, kind: null });
  return { path: ENTRIES, sha256: hash.digest('hex'), bytes };
}

const tooLong = (number: number): BundleError =>
  new BundleError(`line ${number} of ${ENTRIES} is longer than ${LONGEST_LINE} bytes`, { seq: number, key: null, kind: null });

async function* pieces(folder: string, path: string): AsyncGenerator<Buffer> {
  await sizeOfFile(folder, path);
  const file = await open(join(folder, path), READ);
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(PIECE) });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** @throws Broken when the folder holds anything but what a bundle holds */
export async function refuseOthers(folder: string, attachments: ReadonlySet<string>): Promise<void> {
  for (const { name } of await readdir(folder, { withFileTypes: true })) {
    if (name !== ATTACHMENTS && !TOP.includes(name)) throw new BundleError(`${quoted(name)} does not belong to this bundle`);
  }
  for (const { name } of await readdir(join(folder, ATTACHMENTS), { withFileTypes: true })) {
    if (!attachments.has(name)) throw new BundleError(`${quoted(`${ATTACHMENTS}/${name}`)} is named by no entry`);
  }
}

/** @throws Broken when attachments is not a folder of its own: a link could lead anywhere */
export async function requireAttachmentsFolder(folder: string): Promise<void> {
  const stats = await lstat(join(folder, ATTACHMENTS)).catch(() => null);
  if (stats === null) throw new BundleError(`the folder ${ATTACHMENTS} is missing`);
  if (!stats.isDirectory()) throw new BundleError(`${ATTACHMENTS} is not a folder`);
}
