/**
 * Folders that live as long as the run that made them, and are cleared away by a later run when that one was killed.
 *
 * A living run is recognised by its lock, never by the age of its files.
 */
import { rmSync } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { tryLock } from './lock.ts';
import { processStart } from './process-identity.ts';
import { SetupProblem } from './setup-problem.ts';
import { whenStopping } from './shutdown.ts';

/** A folder of this run. */
export interface RunFolder {
  readonly path: string;
  /** Notes a child that works here, so that a later run can end it should this one be killed. */
  remember(pid: number): Promise<void>;
  /** Removes it with all it holds. */
  remove(): Promise<void>;
}

const Remembered = z.object({ pid: z.number().int().positive(), started: z.string() });

/** Makes a folder for this run and clears away those of killed runs (same place, same prefix). */
export async function makeRunFolder(place: string, prefix: string): Promise<RunFolder> {
  await mkdir(place, { recursive: true });
  await sweep(place, prefix);
  const path = await mkdtemp(join(place, prefix));
  const attempt = await tryLock(join(path, 'lock'), 'this run');
  if (attempt.kind === 'busy')
    throw new SetupProblem(`The fresh folder ${path} is already in use by process ${String(attempt.holder.pid)}.`);
  // Registered before whatever works here, hence removed after it has stopped.
  const forget = whenStopping(`folder ${path}`, {
    stop: () => rm(path, { recursive: true, force: true }),
    abandon: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }),
  });
  return {
    path,
    async remember(pid) {
      const started = await processStart(pid);
      if (started !== undefined) await writeFile(join(path, 'child.json'), JSON.stringify({ pid, started }));
    },
    async remove() {
      await rm(path, { recursive: true, force: true });
      forget();
    },
  };
}

async function sweep(place: string, prefix: string): Promise<void> {
  for (const name of await readdir(place)) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(place, name);
    // A folder without a lock is one that another run is just making.
    if (!(await exists(join(folder, 'lock')))) continue;
    const attempt = await tryLock(join(folder, 'lock'), 'removal of a left-over');
    if (attempt.kind === 'busy') continue;
    await endLeftOver(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The id alone could by now belong to someone else; with the start time it is the child that was noted. */
async function endLeftOver(folder: string): Promise<void> {
  const noted = await readFile(join(folder, 'child.json'), 'utf8').catch(() => undefined);
  if (noted === undefined) return;
  const { pid, started } = Remembered.parse(JSON.parse(noted));
  if ((await processStart(pid)) === started) process.kill(pid, 'SIGKILL');
}
