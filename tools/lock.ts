/**
 * Keeps two runs from using one folder at a time, and never outlives its holder.
 *
 * The lock is a file that names a process by id and start time, so a lock left by a killed run is recognised and taken
 * over. Other runs may do the same at the same moment: a lock file appears complete (hard link) or not at all,
 * and a left-over lock is moved aside, read again, and put back if its process lives.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { processStart } from './process-identity.ts';
import { systemCode } from './setup-problem.ts';

const Holder = z.object({
  pid: z.number().int().positive(),
  started: z.string(),
  since: z.string(),
  purpose: z.string(),
  nonce: z.string(),
});

/** Who holds a lock: the process, since when (ISO time), and what for. */
export type LockHolder = z.infer<typeof Holder>;

/** A lock that is ours until released. */
export interface Lock {
  readonly path: string;
  release(): Promise<void>;
}

export type LockAttempt =
  | { readonly kind: 'ours'; readonly lock: Lock; readonly takenOver: boolean }
  | { readonly kind: 'busy'; readonly holder: LockHolder };

/** Time for a rival that moved our fresh lock aside by mistake to put it back. */
const SETTLE_MS = 50;

/** Takes the lock, or says which living process holds it. Does not wait. */
export async function tryLock(path: string, purpose: string): Promise<LockAttempt> {
  await mkdir(dirname(path), { recursive: true });
  const nonce = randomBytes(8).toString('hex');
  const started = (await processStart(process.pid)) ?? 'unknown';
  const mine = JSON.stringify({ pid: process.pid, started, since: new Date().toISOString(), purpose, nonce });
  let takenOver = false;
  for (;;) {
    if (await placeWhole(path, mine, nonce)) {
      if (!takenOver) return { kind: 'ours', lock: lockAt(path, mine), takenOver };
      await pause(SETTLE_MS);
      if ((await contentOf(path)) === mine) return { kind: 'ours', lock: lockAt(path, mine), takenOver };
      continue;
    }
    const found = await contentOf(path);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    if (holder !== undefined && (await processStart(holder.pid)) === holder.started) return { kind: 'busy', holder };
    await moveAside(path, found, nonce);
    takenOver = true;
  }
}

function lockAt(path: string, mine: string): Lock {
  return {
    path,
    async release() {
      if ((await contentOf(path)) === mine) await rm(path, { force: true });
    },
  };
}

async function placeWhole(path: string, content: string, nonce: string): Promise<boolean> {
  const draft = `${path}.${nonce}`;
  await writeFile(draft, content, { mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (problem) {
    if (systemCode(problem) === 'EEXIST') return false;
    throw problem;
  } finally {
    await unlink(draft);
  }
}

async function moveAside(path: string, stale: string, nonce: string): Promise<void> {
  const aside = `${path}.aside.${nonce}`;
  try {
    await rename(path, aside);
  } catch (problem) {
    if (systemCode(problem) === 'ENOENT') return;
    throw problem;
  }
  if ((await contentOf(aside)) !== stale) {
    await link(aside, path).catch((problem: unknown) => {
      if (systemCode(problem) !== 'EEXIST') throw problem;
    });
  }
  await rm(aside, { force: true });
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (problem) {
    if (systemCode(problem) === 'ENOENT') return undefined;
    throw problem;
  }
}

function parseHolder(content: string): LockHolder | undefined {
  try {
    return Holder.safeParse(JSON.parse(content)).data;
  } catch {
    // Not JSON: no living process writes such a file (it appears complete), so it counts as left over.
    return undefined;
  }
}
