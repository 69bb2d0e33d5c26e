/** Opens PostgreSQL in a folder, says its address, and holds it. */
import { openPostgres } from '../../../tools/postgres.ts';
import { endOnSignals } from '../../../tools/shutdown.ts';

const [stateDir, kind] = process.argv.slice(2);
if (stateDir === undefined) throw new Error('expected a folder');
endOnSignals();
const { url } = await openPostgres({ stateDir, env: {}, throwAway: kind === 'throw-away' });
process.stdout.write(`${url}\n`);
process.stdin.resume();
