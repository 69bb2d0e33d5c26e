/** Starts two children, one of them deaf to SIGTERM, and says their process ids; then waits, or throws when asked to. */
import { join } from 'node:path';
import { startChild } from '../../../tools/children.ts';
import { endOnSignals } from '../../../tools/shutdown.ts';

const [folder, how] = process.argv.slice(2);
if (folder === undefined) throw new Error('expected a folder');
endOnSignals();
const common = { file: process.execPath, env: {}, graceMs: 300 };
const polite = `process.on('SIGTERM', () => { console.log('asked to end'); process.exit(); }); console.log('ready'); setInterval(() => {}, 1000);`;
const deaf = `process.on('SIGTERM', () => console.log('deaf')); console.log('ready'); setInterval(() => {}, 1000);`;
for (const [name, code] of Object.entries({ polite, deaf })) {
  await new Promise<void>((resolve, reject) => {
    startChild({
      ...common,
      name,
      args: ['-e', code],
      logFile: join(folder, `${name}.log`),
      onLine: (line) => line === 'ready' && resolve(),
    }).then(({ pid }) => process.stdout.write(`${String(pid)}\n`), reject);
  });
}
if (how === 'throws') throw new Error('an uncaught error');
process.stdin.resume();
