/**
 * Stands in for `unapprove drill --json --scenario FILE`. What it does at each playing is written in the scenario file:
 * {"plays": ["passes" | "fails" | "cannot" | "hangs", ...]}; the last is repeated. It counts its playings beside the file.
 */
import { appendFileSync, readFileSync } from 'node:fs';

const file = process.argv.at(-1) ?? '';
appendFileSync(`${file}.played`, '.');
const count = readFileSync(`${file}.played`, 'utf8').length;
const { plays } = JSON.parse(readFileSync(file, 'utf8')) as { readonly plays: readonly string[] };
const play = plays[Math.min(count, plays.length) - 1];
process.stderr.write('     0.1 s  set-up    starting what is needed\n');
if (play === 'hangs') {
  setInterval(() => undefined, 1_000);
} else if (play === 'cannot') {
  process.stderr.write('The PostgreSQL server that DATABASE_URL names cannot be used.\n');
  process.exitCode = 2;
} else {
  const passed = play === 'passes';
  const failures = passed ? [] : [`failure of playing ${String(count)}`];
  process.stderr.write(`\n${passed ? 'PASSED' : 'FAILED'}  fake\n  outcome        of playing ${String(count)}\n`);
  process.stdout.write(`${JSON.stringify({ passed, failures })}\n`);
  process.exitCode = passed ? 0 : 1;
}
