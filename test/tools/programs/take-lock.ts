/** Takes a lock, says `ours` or `busy`, and keeps it until its input ends. */
import { tryLock } from '../../../tools/lock.ts';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('expected a path');
const attempt = await tryLock(path, 'test');
process.stdout.write(`${attempt.kind}\n`);
process.stdin.resume();
