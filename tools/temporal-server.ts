/**
 * A Temporal server to work with: the one that TEMPORAL_ADDRESS names, or a dev server of our own.
 *
 * Ours listens on loopback, keeps its data in memory or in one durable file, and is one child of this process.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { type Child, plainEnvironment, startChild } from './children.ts';
import { freePort } from './free-port.ts';
import { tryLock } from './lock.ts';
import { makeRunFolder, type RunFolder } from './run-folder.ts';
import { errorMessage, SetupProblem } from './setup-problem.ts';
import { findTemporal } from './temporal-program.ts';

/** What kind of server is wanted. */
export interface TemporalOptions {
  /** Where the log goes. */
  readonly stateDir: string;
  /** Keep everything in this SQLite file, so that the server can be killed and started again; in memory without it. */
  readonly dbFile?: string;
  /** Listen on this port instead of a free one (to come back where clients look for it). */
  readonly port?: number;
  /** TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are read from here, and what findTemporal reads. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress?: (line: string) => void;
}

/** A server that answers for its namespace. */
export interface TemporalServer {
  readonly address: string;
  readonly namespace: string;
  /** The program we started; undefined when the server is not ours. */
  readonly path: string | undefined;
  /** The process we started; undefined when the server is not ours. */
  readonly pid: number | undefined;
  readonly startedByUs: boolean;
  stop(): Promise<void>;
  /** Ends it at once, without a farewell, as a crash would. For tests of exactly that. */
  crash(): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 50;
const PORT_ATTEMPTS = 3;

/**
 * One shard polls its queues at most 20 times a second by default, which would add 50 ms to every activity.
 * Measured: 50 ms per sequential activity without these two, 15 ms with them.
 */
const POLL_RATE = ['history.transferProcessorMaxPollRPS=2000', 'history.timerProcessorMaxPollRPS=2000'];

/** SQLite as durable as a server's own configuration makes it; the dev server's default is its slower journal. */
const DURABLE = ['journal_mode=WAL', 'synchronous=FULL'];

/**
 * Opens a Temporal server and waits until its namespace answers.
 *
 * @throws SetupProblem that says how to solve it
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const env = options.env ?? process.env;
  const given = env['TEMPORAL_ADDRESS'];
  const namespace = env['TEMPORAL_NAMESPACE'] ?? 'default';
  if (given !== undefined && given !== '') return useGiven(given, namespace);
  const { path } = await findTemporal({ env, ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }) });
  const lock = options.dbFile === undefined ? undefined : await lockFile(options.dbFile);
  try {
    const { address, child, folder } = await launch(path, namespace, options);
    const end = async (ask: () => Promise<unknown>): Promise<void> => {
      await ask();
      await lock?.release();
      await folder.remove();
    };
    return {
      address,
      namespace,
      path,
      pid: child.pid,
      startedByUs: true,
      stop: () => end(() => child.stop()),
      crash: () => end(() => (child.kill('SIGKILL'), child.exited)),
    };
  } catch (problem) {
    await lock?.release();
    throw problem;
  }
}

async function useGiven(address: string, namespace: string): Promise<TemporalServer> {
  const problem = await namespaceProblem(address, [namespace]);
  if (problem !== undefined) {
    throw new SetupProblem(
      `The Temporal server that TEMPORAL_ADDRESS names (${address}) cannot be used: ${problem}. ` +
        `Start it, correct TEMPORAL_ADDRESS or TEMPORAL_NAMESPACE (now ${namespace}), or unset TEMPORAL_ADDRESS to use the one we bring.`,
    );
  }
  const leave = (): Promise<void> => Promise.resolve();
  return { address, namespace, path: undefined, pid: undefined, startedByUs: false, stop: leave, crash: leave };
}

async function lockFile(dbFile: string): Promise<{ release(): Promise<void> }> {
  const attempt = await tryLock(`${resolve(dbFile)}.lock`, 'Temporal server');
  if (attempt.kind === 'ours') return attempt.lock;
  throw new SetupProblem(
    `The Temporal server's file ${dbFile} is in use by process ${String(attempt.holder.pid)} since ${attempt.holder.since}. Stop that one first, or choose another state folder.`,
  );
}

async function launch(
  path: string,
  namespace: string,
  options: TemporalOptions,
): Promise<{ address: string; child: Child; folder: RunFolder }> {
  const folder = await makeRunFolder(resolve(options.stateDir), 'temporal-run-');
  const logFile = join(folder.path, 'server.log');
  // A unique namespace: another server may have taken the port first, and must not count as ours.
  const mark = `server-${options.dbFile === undefined ? randomBytes(8).toString('hex') : digest(resolve(options.dbFile))}`;
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const child = await startChild({
      name: 'Temporal server',
      file: path,
      args: serverArguments(port, [namespace, mark], options.dbFile),
      // Its own HOME-less environment: the CLI reads a configuration file from there that could send it elsewhere.
      env: { ...plainEnvironment({ PATH: process.env['PATH'] }), HOME: folder.path },
      logFile,
      // A server in memory has nothing to finish; asked politely it would take another second.
      stopSignal: options.dbFile === undefined ? 'SIGKILL' : 'SIGTERM',
    });
    await folder.remember(child.pid);
    const address = `127.0.0.1:${String(port)}`;
    const problem = await untilAnswering(child, address, [mark, namespace]);
    if (problem === undefined) return { address, child, folder };
    await child.stop();
    const said = await readFile(logFile, 'utf8');
    const portLost = said.includes('address already in use') || said.includes('bind:');
    if (portLost && options.port !== undefined) {
      throw new SetupProblem(
        `Port ${String(port)} on 127.0.0.1 is in use by another program, and the Temporal server needs it. Stop that program, or choose another port.`,
      );
    }
    if (!portLost || attempt >= PORT_ATTEMPTS) {
      throw new SetupProblem(
        `The Temporal server did not start: ${problem}. The end of its log:\n${said.trimEnd().split('\n').slice(-8).join('\n')}`,
      );
    }
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function serverArguments(port: number, namespaces: readonly string[], dbFile: string | undefined): string[] {
  const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)];
  for (const namespace of namespaces) args.push('--namespace', namespace);
  args.push('--log-level', 'warn', '--log-format', 'json');
  for (const value of POLL_RATE) args.push('--dynamic-config-value', value);
  if (dbFile === undefined) return args;
  args.push('--db-filename', resolve(dbFile));
  for (const pragma of DURABLE) args.push('--sqlite-pragma', pragma);
  return args;
}

async function untilAnswering(child: Child, address: string, namespaces: readonly string[]): Promise<string | undefined> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let last = 'it never answered';
  while (Date.now() < deadline) {
    if (child.exit() !== undefined) return 'it ended by itself';
    const problem = await namespaceProblem(address, namespaces);
    if (problem === undefined) return undefined;
    last = problem;
    await pause(POLL_MS);
  }
  return last;
}

/** A sentence why the namespaces cannot be used now; undefined when they can. */
async function namespaceProblem(address: string, namespaces: readonly string[]): Promise<string | undefined> {
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address, connectTimeout: 2_000 });
    const { workflowService } = connection;
    await connection.withDeadline(Date.now() + 2_000, async () => {
      for (const namespace of namespaces) await workflowService.describeNamespace({ namespace });
    });
    return undefined;
  } catch (problem) {
    return errorMessage(problem);
  } finally {
    await connection?.close();
  }
}
