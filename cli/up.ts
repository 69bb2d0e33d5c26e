// Starts the product's processes as children, each with its own part of the
// environment and nothing else, and starts again what dies.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSettings, settingsFor } from '../config/load.ts';
import type { Reader } from '../config/settings.ts';
import { type Child, plainEnvironment, startChild } from '../tools/children.ts';
import { endOnSignals, stopEverything } from '../tools/stopping.ts';
import { CommandProblem } from './command-problem.ts';

type Part = Extract<Reader, 'worker' | 'slack-app'>;
const PARTS: readonly Part[] = ['worker', 'slack-app'];

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** A part that has run so long has started well: the next pause begins small again. */
const STEADY_MS = 60_000;

export async function up(options: { readonly only?: string }, env: NodeJS.ProcessEnv): Promise<void> {
  const parts = PARTS.filter((part) => options.only === undefined || options.only === part);
  if (parts.length === 0) throw new CommandProblem(`--only takes ${PARTS.join(' or ')}, and not ${JSON.stringify(options.only)}.`);
  // All problems of all parts at once, before anything is started.
  loadSettings([...new Set(parts.flatMap((part) => settingsFor(part)))], env);
  endOnSignals();

  const waiting = new Set<Part>(parts);
  const onReady = (part: Part): void => {
    if (waiting.delete(part) && waiting.size === 0) say({ ready: 'all' });
  };
  await Promise.all(parts.map((part) => keepRunning(part, env, onReady)));
  await stopEverything();
}

async function keepRunning(part: Part, env: NodeJS.ProcessEnv, onReady: (part: Part) => void): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; ; ) {
    const startedAt = Date.now();
    const child = await start(part, env, onReady);
    const { code, signal } = await child.exited;
    if (code === 2) {
      // Its settings or keys are wrong: starting it again would say the same.
      process.exitCode = 2;
      return;
    }
    process.stderr.write(`${JSON.stringify({ event: 'part-ended', part, code, signal })}\n`);
    if (Date.now() - startedAt > STEADY_MS) pause = FIRST_PAUSE_MS;
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
  }
}

function start(part: Part, env: NodeJS.ProcessEnv, onReady: (part: Part) => void): Promise<Child> {
  const home = loadSettings(['UNAPPROVE_HOME'], env).UNAPPROVE_HOME;
  return startChild({
    name: part,
    file: process.execPath,
    args: ['--import', 'tsx', fileURLToPath(new URL(`../${part}/main.ts`, import.meta.url))],
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: environmentOf(part, env),
    logFile: join(home, 'logs', `${part}.log`),
    graceMs: 20_000,
    onLine(line) {
      const ready = readyLine(line);
      if (ready === null) {
        process.stderr.write(`${line}\n`);
        return;
      }
      say(ready);
      onReady(part);
    },
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

function readyLine(line: string): object | null {
  if (!line.startsWith('{"ready":')) return null;
  try {
    return JSON.parse(line) as object;
  } catch {
    return null;
  }
}

const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
