/**
 * What `npm run` starts: each name, its program, and the first arguments.
 */
import { launch } from './launch.mjs';

const PROGRAMS = {
  drill: ['cli/main.ts', 'drill'],
  drills: ['tools/drills.ts'],
  test: ['node_modules/vitest/vitest.mjs', 'run'],
  check: ['tools/check.ts'],
  'bench:close': ['bench/close.ts'],
  'bench:ack': ['bench/ack.ts'],
  'bench:many': ['bench/many.ts'],
  'bench:decide': ['bench/decide.ts'],
};

const [what, ...args] = process.argv.slice(2);
const program = PROGRAMS[what];
if (program === undefined) {
  process.stderr.write(`Expected the name of a program to run: ${Object.keys(PROGRAMS).join(', ')}.\n`);
  process.exitCode = 2;
} else {
  const [path, ...first] = program;
  await launch(path, [...first, ...args]);
}
