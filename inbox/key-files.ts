// Key files: written once, never over one that is there, and readable by their
// owner only. A key that others could read is refused, not used with a warning.
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const OWNER_ONLY = 0o600;

/** @throws KeyProblem when one of the files is there already; then nothing has been written */
export async function writeNewFiles(dir: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const written: string[] = [];
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(dir, name);
      // wx: also two set-ups at the same moment cannot write over each other's keys.
      const file = await open(path, 'wx', OWNER_ONLY);
      written.push(path);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
    }
  } catch (error) {
    // The next start would take an incomplete set of keys for a complete one.
    for (const path of written) await rm(path, { force: true });
    if (isCode(error, 'EEXIST')) {
      throw new KeyProblem(
        `There are keys in ${dir} already, and they are never written over. Name another folder, or move them away first.`,
        error,
      );
    }
    throw error;
  }
}

/** What a key file holds, and so what others may do with it: read a public half, touch no secret. */
export type Secrecy = 'secret' | 'public';

const FORBIDDEN: Readonly<Record<Secrecy, number>> = { secret: 0o077, public: 0o022 };

/** @throws KeyProblem when the file is missing, or open to others in a way it must not be */
export async function readKeyFile(path: string, secrecy: Secrecy): Promise<Buffer> {
  const mode = await stat(path).then(
    (found) => found.mode,
    (error: unknown) => {
      if (isCode(error, 'ENOENT')) throw new KeyProblem(`There is no key at ${path}. Make the keys with "unapprove keys init".`, error);
      throw error;
    },
  );
  if ((mode & FORBIDDEN[secrecy]) !== 0) {
    const may = secrecy === 'secret' ? 'read' : 'changed';
    throw new KeyProblem(
      `The key at ${path} can be ${may} by others (mode ${(mode & 0o777).toString(8)}). Close it with: chmod 600 ${path}`,
    );
  }
  return readFile(path);
}

/** Something about a key file that the operator has to put right; never carries key material. */
export class KeyProblem extends Error {
  override readonly name = 'KeyProblem';

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

const isCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code;
