/**
 * `npm run check`: every check of the code without running it. All parts run even when one fails.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkImports } from './import-rules.ts';

const ROOT = join(import.meta.dirname, '..');

interface Part {
  readonly name: string;
  readonly run: () => Promise<boolean>;
}

const PARTS: readonly Part[] = [
  { name: 'types', run: () => program('typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit') },
  { name: 'lint', run: () => program('oxlint/bin/oxlint', '--type-aware', '--deny-warnings') },
  { name: 'format', run: () => program('@biomejs/biome/bin/biome', 'check') },
  { name: 'unused code', run: () => program('knip/bin/knip.js') },
  { name: 'import rules', run: importRules },
];

const failed: string[] = [];
for (const { name, run } of PARTS) {
  const begun = Date.now();
  const good = await run();
  process.stdout.write(`${good ? 'ok' : 'NOT OK'}  ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)\n`);
  if (!good) failed.push(name);
}
if (failed.length > 0) {
  process.stdout.write(`Not in order: ${failed.join(', ')}.\n`);
  process.exitCode = 1;
}

function program(script: string, ...args: string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules', script), ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0));
  });
}

async function importRules(): Promise<boolean> {
  const breaches = checkImports(ROOT);
  for (const { file, line, specifier, rule } of breaches) process.stdout.write(`${file}:${String(line)} imports ${specifier}: ${rule}\n`);
  return Promise.resolve(breaches.length === 0);
}
