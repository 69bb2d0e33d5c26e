/**
 * Folders and programs for the tests of tools/: made for one test, gone after it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

const PROGRAMS = join(import.meta.dirname, 'programs');

/** An empty folder that every user may pass, as a state folder in an ordinary home is for its owner. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unapprove-tools-'));
  await chmod(folder, 0o755);
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return folder;
}

/** A program of test/tools/programs, running in a process of its own. */
export interface Running {
  readonly child: ChildProcess;
  /** The next line it prints. Rejects when it ends instead. */
  line(): Promise<string>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>;
}

/** Starts a program of test/tools/programs; killed after the test if it still runs. */
export function runProgram(name: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', join(PROGRAMS, name), ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stderr.on('data', (part: Buffer) => said.push(part.toString('utf8')));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stderr: said.join('') }));
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    child,
    async line() {
      const next = await lines.next();
      if (next.done === true) throw new Error(`expected a line from ${name}, it ended and said: ${said.join('')}`);
      return next.value;
    },
    ended,
  };
}

/** Resolves once the fact holds; rejects, naming it, when it does not within the time. */
export async function until(fact: string, holds: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`expected within ${String(withinMs)} ms: ${fact}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
