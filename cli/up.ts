// Starts the product's processes as children, each with its own part of the
// environment and nothing else, and keeps them running.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSettings, settingsFor } from '../config/load.ts';
import { openAlarms } from '../pager/alarms.ts';
import { openPager } from '../pager/pager.ts';
import { type Child, plainEnvironment, startChild } from '../tools/children.ts';
import { endOnSignals, stopEverything, whileRunning } from '../tools/shutdown.ts';
import { CommandProblem } from './command-problem.ts';
import { type Part, supervise } from './supervise.ts';

const PARTS: readonly Part[] = ['worker', 'slack-app'];
const PAGER_TIMEOUT_MS = 5_000;

export async function up(options: { readonly only?: string }, env: NodeJS.ProcessEnv): Promise<void> {
  const parts = PARTS.filter((part) => options.only === undefined || options.only === part);
  if (parts.length === 0) throw new CommandProblem(`Expected ${PARTS.join(' or ')} after --only, got ${JSON.stringify(options.only)}.`);
  // Reports all problems of all parts at once, before anything is started.
  loadSettings([...new Set(['up' as const, ...parts].flatMap((reader) => settingsFor(reader)))], env);
  const settings = loadSettings(
    ['UNAPPROVE_HOME', 'UNAPPROVE_PAGER_URL', 'UNAPPROVE_PAGER_ROUTING_KEY', 'UNAPPROVE_PAGER_NEXT_ROUTING_KEYS'],
    env,
  );
  endOnSignals();

  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  const pager = openPager({
    url: settings.UNAPPROVE_PAGER_URL,
    routingKeys: [settings.UNAPPROVE_PAGER_ROUTING_KEY, ...settings.UNAPPROVE_PAGER_NEXT_ROUTING_KEYS],
    timeoutMs: PAGER_TIMEOUT_MS,
    onFailure: (what) => report(JSON.stringify({ event: 'page-not-taken', ...what })),
  });
  await supervise(parts, {
    start: (part, onLine) => start(part, settings.UNAPPROVE_HOME, env, onLine),
    alarms: openAlarms(pager, { onGivenUp: (what) => report(JSON.stringify({ event: 'alarm-given-up', ...what })) }),
    say: (what) => void process.stdout.write(`${JSON.stringify(what)}\n`),
    report,
    signal: whileRunning(),
  });
  await stopEverything();
}

function start(part: Part, home: string, env: NodeJS.ProcessEnv, onLine: (line: string) => void): Promise<Child> {
  return startChild({
    name: part,
    file: process.execPath,
    args: ['--import', 'tsx', fileURLToPath(new URL(`../${part}/main.ts`, import.meta.url))],
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: environmentOf(part, env),
    logFile: join(home, 'logs', `${part}.log`),
    graceMs: 20_000,
    onLine,
  });
}

/** Only what this part is meant to read, and what any program needs to run. */
function environmentOf(part: Part, env: NodeJS.ProcessEnv): Record<string, string> {
  const own: Record<string, string> = plainEnvironment(env);
  const names: string[] = [...settingsFor(part), 'NODE_EXTRA_CA_CERTS'];
  for (const name of names) {
    const value = env[name];
    if (value !== undefined) own[name] = value;
  }
  return own;
}
