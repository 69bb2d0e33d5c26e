/**
 * `npm run drills`: plays scenarios one after another, those of the project unless files are named, and says of each in one
 * line what came of it. The whole story of one is told by `npm run drill -- --scenario FILE`.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const ROOT = join(import.meta.dirname, '..');
const SCENARIOS = join(ROOT, 'drill', 'scenarios');

interface Played {
  readonly passed: boolean;
  readonly failures: readonly string[];
}

const named = process.argv.slice(2).map((file) => resolve(file));
const files = named.length > 0 ? named : ours();
const failed: string[] = [];
for (const [index, file] of files.entries()) {
  const begun = performance.now();
  const { passed, failures } = await play(file);
  const seconds = Math.round((performance.now() - begun) / 1000);
  const shown = relative(process.cwd(), file);
  process.stdout.write(
    `${passed ? 'passed' : 'FAILED'}  ${String(index + 1)} of ${String(files.length)}  ${shown} (${String(seconds)} s)\n`,
  );
  for (const failure of failures) process.stdout.write(`        ${failure}\n`);
  if (!passed) failed.push(shown);
}
if (failed.length > 0) {
  process.stdout.write(
    `${String(failed.length)} of ${String(files.length)} did not pass. See why: npm run drill -- --keep --scenario FILE\n`,
  );
  process.exitCode = 1;
}

function ours(): string[] {
  return readdirSync(SCENARIOS)
    .filter((name) => name.endsWith('.json') && name !== 'schema.json')
    .sort()
    .map((name) => join(SCENARIOS, name));
}

async function play(file: string): Promise<Played> {
  const args = [join(ROOT, 'tools', 'run.mjs'), 'drill', '--json', '--scenario', file];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((done, reject) => child.once('error', reject).once('close', done));
  const [card, told, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  // Without a card it could not be played at all: then the last words say why.
  if (code !== 0 && code !== 1) return { passed: false, failures: told.trim().split('\n').slice(-5) };
  const { passed, failures } = JSON.parse(card) as Played;
  return { passed, failures };
}
