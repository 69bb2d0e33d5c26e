/**
 * Runs one of our TypeScript programs in this very process, after making sure that it can run.
 *
 * In this process rather than in a child, so that exit codes, Ctrl-C and the terminal are not passed on.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bootstrap, NotReady, ROOT } from './bootstrap.mjs';

/** Becomes the program at this path of the project, with these arguments. */
export async function launch(path, args) {
  try {
    await bootstrap();
  } catch (problem) {
    if (!(problem instanceof NotReady)) throw problem;
    process.stderr.write(`${problem.message}\n`);
    process.exitCode = 2;
    return;
  }
  const file = join(ROOT, path);
  process.argv = [process.execPath, file, ...args];
  await import('tsx');
  await import(pathToFileURL(file).href);
}
