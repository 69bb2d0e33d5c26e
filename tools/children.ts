/**
 * Starts child processes and makes sure that none outlives us.
 *
 * A child gets exactly the environment it is given, so that a secret reaches only the process it is meant for. Children
 * live in process groups of their own: Ctrl-C reaches us alone, and we stop them in the reverse order of their start.
 * After `kill -9` of this process nothing here runs: locks and pid files cover that.
 */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, createWriteStream, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { errorMessage, SetupProblem } from './setup-problem.ts';
import { whenStopping } from './shutdown.ts';

/** How to start a child. */
export interface ChildSpec {
  /** What a person calls it, as in "Temporal server". */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the child; nothing of ours is added. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its output goes, line by line, appended. */
  readonly logFile: string;
  readonly cwd?: string;
  /** Run as this user instead of ourselves (only root can). */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Called with each line of output. Without it the child writes to the file directly and never waits for us. */
  readonly onLine?: (line: string) => void;
  /** The signal that asks it to end; SIGTERM unless told. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long it may take to end before SIGKILL, in ms; 5,000 unless told. */
  readonly graceMs?: number;
}

/** How a child ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running (or ended) child. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<Exit>;
  /** How it ended, or undefined while it runs. */
  exit(): Exit | undefined;
  /** Sends a signal; false when it has already ended. */
  kill(signal: NodeJS.Signals): boolean;
  /** Asks it to end, insists after the grace, and resolves when it has ended. Safe to call again. */
  stop(): Promise<Exit>;
}

const DEFAULT_GRACE_MS = 5_000;

/**
 * Starts a child and resolves once it runs.
 *
 * @throws SetupProblem when the program cannot be started at all
 */
export async function startChild(spec: ChildSpec): Promise<Child> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const child = launch(spec);
  let ended: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('close', (code, signal) => {
      ended = { code, signal };
      resolve(ended);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (problem) => {
      reject(new SetupProblem(`The ${spec.name} could not be started (${spec.file}): ${errorMessage(problem)}.`, { cause: problem }));
    });
  });
  // A failed later kill also arrives as 'error'; the child's end is what we wait for, so it is not a second failure.
  child.on('error', () => undefined);
  const { pid } = child;
  if (pid === undefined) throw new SetupProblem(`The ${spec.name} was started but has no process id.`);

  let stopping: Promise<Exit> | undefined;
  const stop = (): Promise<Exit> => {
    stopping ??= (async () => {
      if (ended !== undefined) return ended;
      child.kill(spec.stopSignal ?? 'SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), spec.graceMs ?? DEFAULT_GRACE_MS);
      try {
        return await exited;
      } finally {
        clearTimeout(insist);
      }
    })();
    return stopping;
  };
  const forget = whenStopping(spec.name, { stop, abandon: () => void child.kill(spec.stopSignal ?? 'SIGTERM') });
  child.once('close', forget);
  return { name: spec.name, pid, logFile: spec.logFile, exited, exit: () => ended, kill: (signal) => child.kill(signal), stop };
}

function launch(spec: ChildSpec): ChildProcess {
  const common = {
    env: { ...spec.env },
    detached: true,
    shell: false,
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    ...spec.user,
  };
  if (spec.onLine === undefined) {
    const log = openSync(spec.logFile, 'a', 0o600);
    const stdio: StdioOptions = ['ignore', log, log];
    try {
      return spawn(spec.file, spec.args, { ...common, stdio });
    } finally {
      closeSync(log);
    }
  }
  const child = spawn(spec.file, spec.args, { ...common, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(spec.logFile, { flags: 'a', mode: 0o600 });
  for (const output of [child.stdout, child.stderr]) followLines(output, (line) => (log.write(`${line}\n`), spec.onLine?.(line)));
  child.once('close', () => log.end());
  return child;
}

function followLines(output: Readable, onLine: (line: string) => void): void {
  createInterface({ input: output, crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
}

/** The parts of our own environment that any program needs to run at all; no secret is among them. */
export function plainEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ', 'SystemRoot'];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
