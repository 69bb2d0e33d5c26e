import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { scratchFolder } from './scratch.ts';

const run = promisify(execFile);
const BOOTSTRAP = join(import.meta.dirname, '..', '..', 'tools', 'bootstrap.mjs');

/** A project with one package (which is a folder of its own, so that no network is needed) and our bootstrap.mjs. */
async function freshClone(): Promise<string> {
  const root = await scratchFolder();
  await mkdir(join(root, 'tools'));
  await mkdir(join(root, 'part'));
  await cp(BOOTSTRAP, join(root, 'tools', 'bootstrap.mjs'));
  const part = { name: 'part', version: '1.0.0' };
  const project = { name: 'clone', version: '1.0.0', dependencies: { part: 'file:part' } };
  await writeFile(join(root, 'part', 'package.json'), JSON.stringify(part));
  await writeFile(join(root, 'package.json'), JSON.stringify(project));
  await writeFile(
    join(root, 'package-lock.json'),
    JSON.stringify({
      ...project,
      lockfileVersion: 3,
      requires: true,
      packages: { '': project, 'node_modules/part': { resolved: 'part', link: true }, part },
    }),
  );
  return root;
}

async function bootstrapIn(root: string): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, ['-e', `import('./tools/bootstrap.mjs').then((m) => m.bootstrap()).then(() => console.log('ready'))`], {
    cwd: root,
  });
}

it('a fresh clone installs its packages once, and says so on stderr only', async () => {
  const root = await freshClone();

  const first = await bootstrapIn(root);
  const second = await bootstrapIn(root);

  expect(first.stderr).toContain('Installing packages');
  expect(first.stdout).toBe('ready\n');
  expect(second).toEqual({ stdout: 'ready\n', stderr: '' });
});

it('two commands on a fresh clone at the same moment install once, and both continue', async () => {
  const root = await freshClone();

  const both = await Promise.all([bootstrapIn(root), bootstrapIn(root)]);

  expect(both.filter(({ stderr }) => stderr.includes('Installing packages'))).toHaveLength(1);
  expect(both.map(({ stdout }) => stdout)).toEqual(['ready\n', 'ready\n']);
});

it('the lock of an interrupted set-up does not block the next set-up', async () => {
  const root = await freshClone();
  await mkdir(join(root, '.unapprove'));
  await writeFile(join(root, '.unapprove', 'setup.lock'), String(2 ** 22 + 1));

  expect((await bootstrapIn(root)).stdout).toBe('ready\n');
});
