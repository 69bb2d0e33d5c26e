/** Plays the named scenarios with the program that stands in for a drill, as `npm run drills` does. */
import { join } from 'node:path';
import { playInChild } from '../../../tools/drill-child.ts';
import { playDrills } from '../../../tools/play-drills.ts';
import { endOnSignals } from '../../../tools/shutdown.ts';

endOnSignals();
await playDrills({
  scenarios: process.argv.slice(2),
  atOnce: 1,
  say: (line) => void process.stdout.write(`${line}\n`),
  play: (scenario) =>
    playInChild({ command: [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'fake-drill.ts')], env: process.env }, scenario),
});
