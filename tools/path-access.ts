/**
 * PostgreSQL refuses to run as root; run by root it becomes another user, and that user must be able to reach its files.
 *
 * Every folder above the data and above the programs has to be passable for it. In a root-only home (as in most
 * containers) it is not, so another folder is used, one that no other user can have prepared.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { SetupProblem } from './setup-problem.ts';

const run = promisify(execFile);

/** A user of the system. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The user to run PostgreSQL as: undefined = ourselves. As root: `postgres` where it exists, otherwise `nobody`. */
export async function databaseUser(): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]).catch(() => undefined);
    if (ids !== undefined) return { name, uid: Number.parseInt(ids[0].stdout, 10), gid: Number.parseInt(ids[1].stdout, 10) };
  }
  throw new SetupProblem(
    'PostgreSQL refuses to run as root, and this system has neither a user `postgres` nor a user `nobody` to run it as. ' +
      'Run as an ordinary user, add one of the two, or set DATABASE_URL to a PostgreSQL server you already have.',
  );
}

/** Whether the user can walk from the root of the file system into this folder (which may not exist yet). */
export async function isAccessible(folder: string, user: SystemUser): Promise<boolean> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const facts = await stat(at).catch(() => undefined);
    if (facts !== undefined) {
      const bit = facts.uid === user.uid ? 0o100 : facts.gid === user.gid ? 0o010 : 0o001;
      if ((facts.mode & bit) === 0) return false;
    }
    if (at === dirname(at)) return true;
  }
}

/**
 * A folder that root made and only root may change, instead of one that the user cannot pass.
 *
 * The same folder each time for the same original. The place itself is world-writable, so a folder
 * there is used only if it is root's own.
 */
export async function fallbackFolder(original: string, base = '/var/tmp'): Promise<string> {
  const parent = join(base, 'unapprove');
  const folder = join(parent, createHash('sha256').update(resolve(original)).digest('hex').slice(0, 16));
  for (const step of [parent, folder]) {
    await mkdir(step, { recursive: true });
    const facts = await lstat(step);
    if (!facts.isDirectory() || facts.uid !== 0) {
      throw new SetupProblem(
        `${step} belongs to someone else, so nothing is put there. Remove it, or choose a state folder that every user may pass ` +
          '(UNAPPROVE_HOME=/srv/unapprove, for example), or set DATABASE_URL.',
      );
    }
    await chmod(step, 0o755);
  }
  return folder;
}
