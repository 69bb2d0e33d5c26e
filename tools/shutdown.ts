/**
 * One orderly end for everything this process started: children, locks, throw-away folders.
 *
 * Each resource registers here how it is stopped. The end comes by the last line of the program, Ctrl-C, SIGTERM, a
 * closed terminal or an uncaught error. Each resource is stopped once, last started first. A second Ctrl-C does not wait.
 */
import { errorMessage, machineProblem } from './setup-problem.ts';

/** How one resource is stopped. */
export interface Stoppable {
  /** Ends it in good order. Called at most once. */
  stop(): Promise<unknown>;
  /** What is still possible without waiting, when the process ends right now. */
  abandon(): void;
}

interface Entry extends Stoppable {
  readonly name: string;
}

const entries = new Set<Entry>();
let ending: Promise<readonly string[]> | undefined;
let watchingExit = false;
let running = new AbortController();

/** Aborted when the end begins: nothing may be restarted after that. */
export const whileRunning = (): AbortSignal => running.signal;

/** Registers how a resource is stopped; call the result when it has ended by itself. */
export function whenStopping(name: string, how: Stoppable): () => void {
  if (!watchingExit) {
    watchingExit = true;
    process.on('exit', abandonAll);
  }
  const entry: Entry = { name, stop: () => how.stop(), abandon: () => how.abandon() };
  entries.add(entry);
  return () => void entries.delete(entry);
}

/** Stops everything, last started first. Resolves with a sentence for each resource that could not be stopped; safe to call twice. */
export function stopEverything(): Promise<readonly string[]> {
  if (ending === undefined) {
    running.abort();
    ending = endAll().finally(() => {
      ending = undefined;
      running = new AbortController();
    });
  }
  return ending;
}

async function endAll(): Promise<readonly string[]> {
  const problems: string[] = [];
  for (let last = [...entries].at(-1); last !== undefined; last = [...entries].at(-1)) {
    entries.delete(last);
    try {
      await last.stop();
    } catch (problem) {
      problems.push(`${last.name} could not be stopped: ${errorMessage(problem)}`);
    }
  }
  return problems;
}

function abandonAll(): void {
  for (const entry of [...entries].reverse()) entry.abandon();
  entries.clear();
}

/** One Ctrl-C arrives twice under `npm run`: from the terminal, and passed on by npm. */
const SAME_KEY_PRESS_MS = 1_000;

const SIGNAL_EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
/** As a shell counts a program that SIGPIPE ended. */
const CLOSED_PIPE_EXIT_CODE = 141;

/**
 * From now on Ctrl-C, SIGTERM, SIGHUP, a closed output and uncaught errors stop everything and end the process.
 *
 * For programs of ours (drill, cli, benches); a test runner has its own signal handling and must not call this.
 */
export function endOnSignals(say: (line: string) => void = (line) => void process.stderr.write(`${line}\n`)): void {
  let signalledAt: number | undefined;
  let isEnding = false;
  const end = (code: number): void => {
    isEnding = true;
    void stopEverything().then((problems) => {
      for (const problem of problems) say(problem);
      process.exit(code);
    });
  };
  for (const [signal, code] of Object.entries(SIGNAL_EXIT_CODES)) {
    process.on(signal, () => {
      const now = Date.now();
      if (signalledAt !== undefined) {
        if (now - signalledAt > SAME_KEY_PRESS_MS) process.exit(code);
        return;
      }
      signalledAt = now;
      say('Stopping what was started...');
      end(code);
    });
  }
  // `unapprove up | head -1`: no process reads the output. Without this listener the error would be reported on the closed output, without end.
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', () => {
      if (!isEnding) end(CLOSED_PIPE_EXIT_CODE);
    });
  }
  const fail = (problem: unknown): void => {
    // A second failure while everything is being stopped is said, and changes nothing about the end.
    if (isEnding) return say(problem instanceof Error ? problem.message : String(problem));
    const ofTheMachine = machineProblem(problem);
    say(ofTheMachine?.message ?? (problem instanceof Error ? (problem.stack ?? problem.message) : String(problem)));
    end(ofTheMachine === undefined ? 1 : 2);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}

const PARENT_POLL_MS = 250;

/**
 * Ends this process in good order when its parent is gone: npm does not pass on a signal that only npm gets.
 * For programs that belong to a terminal; one that is meant to stay must not call this. Needs `endOnSignals`.
 */
export function endWithParent(): void {
  const parent = process.ppid;
  const poll = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(poll);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_POLL_MS);
  poll.unref();
}
