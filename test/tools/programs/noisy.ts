/** Starts a child and says its process id; then writes to both outputs without end. */
import { join } from 'node:path';
import { startChild } from '../../../tools/children.ts';
import { endOnSignals } from '../../../tools/shutdown.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('expected a folder');
endOnSignals();
const code = `process.on('SIGTERM', () => { console.log('asked to end'); process.exit(); }); console.log('ready'); setInterval(() => {}, 1000);`;
const logFile = join(folder, 'child.log');
await new Promise<void>((resolve, reject) => {
  startChild({ name: 'child', file: process.execPath, args: ['-e', code], env: {}, logFile, onLine: () => resolve() }).then(
    ({ pid }) => process.stdout.write(`${String(pid)}\n`),
    reject,
  );
});
setInterval(() => {
  process.stdout.write('more\n');
  process.stderr.write('more\n');
}, 10);
