/**
 * Plays one scenario in a child process, `unapprove drill --json`, on the services that its environment names.
 *
 * A child that could not play has no score; the last lines of its output say why.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Played } from './drill-verdict.ts';
import { whenStopping } from './shutdown.ts';

/** How a scenario is played. */
export interface DrillCommand {
  /** The program and its first arguments; `--json --scenario FILE` follow. */
  readonly command: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
}

/** Begins the score card on standard error; lines of progress are indented. */
const CARD_BEGINS = /^(PASSED|FAILED) {2}/m;
const LAST_LINES = 8;

export async function playInChild({ command: [file, ...first], env }: DrillCommand, scenario: string): Promise<Played> {
  const begun = performance.now();
  const child = spawn(file, [...first, '--json', '--scenario', scenario], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close') as Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  let stopped = false;
  const forget = whenStopping(`drill of ${scenario}`, {
    stop() {
      stopped = true;
      child.kill('SIGTERM');
      return closed;
    },
    abandon: () => void child.kill('SIGTERM'),
  });
  const [stdout, stderr, [code, signal]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  forget();
  // This process ends: what was stopped has no score, and must not be played again.
  if (stopped) return new Promise<never>(() => undefined);
  const seconds = Math.round((performance.now() - begun) / 1000);
  const score = code === 0 || code === 1 ? scoreOf(stdout) : undefined;
  if (score === undefined) {
    const lastLines = stderr.trim().split('\n').slice(-LAST_LINES);
    return {
      passed: false,
      failures: [`it could not be played (${signal ?? `exit code ${String(code)}`}):`, ...lastLines],
      card: '',
      seconds,
    };
  }
  const card = stderr.slice(Math.max(0, stderr.search(CARD_BEGINS))).trimEnd();
  return { passed: score.passed && code === 0, failures: score.failures, card, seconds };
}

/** The last line of standard output, when it is a score. */
function scoreOf(stdout: string): { readonly passed: boolean; readonly failures: readonly string[] } | undefined {
  try {
    const { passed, failures } = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    return typeof passed === 'boolean' && Array.isArray(failures) ? { passed, failures: failures.map(String) } : undefined;
  } catch {
    // No score at all: the program ended before it had one.
    return undefined;
  }
}
