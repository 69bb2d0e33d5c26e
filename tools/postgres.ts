/**
 * A PostgreSQL to work with: the one that DATABASE_URL names, or our own.
 *
 * Our own listens on loopback only, keeps its data under the state folder and its password in a file only we can read.
 * Two runs at the same time get a cluster each; neither sees or stops the other's.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { changeAddress } from '../prisma/address.ts';
import { connectionTo } from '../prisma/connection.ts';
import { ROLE_PARTS, roleOf } from '../prisma/roles.ts';
import { type Lock, tryLock } from './lock.ts';
import { databaseUser, fallbackFolder, isAccessible, type SystemUser } from './path-access.ts';
import { startCluster } from './postgres-cluster.ts';
import { type PostgresPrograms, postgresPrograms } from './postgres-programs.ts';
import { makeRunFolder } from './run-folder.ts';
import { errorMessage, SetupProblem } from './setup-problem.ts';
import { whenStopping } from './shutdown.ts';

/** What kind of PostgreSQL is wanted, and where it may live. */
export interface PostgresOptions {
  readonly stateDir: string;
  /** Where DATABASE_URL is looked up; the process's own environment unless told. */
  readonly env?: NodeJS.ProcessEnv;
  /** A cluster that is fast, not durable, and gone when stopped (tests). */
  readonly throwAway?: boolean;
  /** When another run uses the cluster: start one beside it for this run (drills), or refuse (where people keep data). */
  readonly whenBusy?: 'start-another' | 'refuse';
  readonly onProgress?: (line: string) => void;
}

/** A PostgreSQL that answers. */
export interface Postgres {
  /** The database to use when one is enough: what DATABASE_URL names, or `unapprove` on our own server. */
  readonly url: string;
  /** Where databases can be created and dropped. Our own: the superuser. */
  readonly adminUrl: string;
  /** Whether we run the server (and stop it). */
  readonly startedByUs: boolean;
  stop(): Promise<void>;
  /**
   * Ends our own server at once, as a crash would, and starts it again at the same address. For drills and tests of exactly that.
   *
   * @throws SetupProblem when the server is not ours, or does not come back
   */
  crashAndRestart(): Promise<void>;
}

type Say = (line: string) => void;

const OWN_DATABASE = 'unapprove';

/**
 * Opens PostgreSQL, starting our own when DATABASE_URL is not set. A second run starts what the first one made.
 *
 * @throws SetupProblem that says how to solve it
 */
export async function openPostgres(options: PostgresOptions): Promise<Postgres> {
  const given = (options.env ?? process.env)['DATABASE_URL'];
  if (given !== undefined && given !== '') return useGiven(given);
  const say = options.onProgress ?? (() => undefined);
  const user = await databaseUser();
  const programs = await postgresPrograms(user, say);
  const place = await placeFor(resolve(options.stateDir), user, say);
  if (options.throwAway === true) return openInRunFolder(place, user, programs, false);
  const folder = join(place, 'postgresql');
  const attempt = await tryLock(join(folder, 'lock'), 'PostgreSQL');
  if (attempt.kind === 'ours') {
    if (attempt.takenOver) say('Took over the lock on PostgreSQL that an interrupted run had left.');
    return openKept(folder, attempt.lock, user, programs, say);
  }
  const { pid, since } = attempt.holder;
  if (options.whenBusy === 'refuse') {
    throw new SetupProblem(
      `The PostgreSQL of ${folder} is in use by process ${String(pid)} since ${since}. ` +
        'Stop that one first (Ctrl-C where it runs), or choose another folder with UNAPPROVE_HOME.',
    );
  }
  say(`Another run (process ${String(pid)}) uses PostgreSQL here; starting a second one beside it.`);
  return openInRunFolder(place, user, programs, true);
}

async function useGiven(url: string): Promise<Postgres> {
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
  } catch (problem) {
    throw new SetupProblem(
      `The PostgreSQL server that DATABASE_URL names cannot be used: ${errorMessage(problem)}. ` +
        'Correct DATABASE_URL (postgresql://user:password@host:port/database), or unset it to use the one we bring.',
      { cause: problem },
    );
  }
  return { url, adminUrl: url, startedByUs: false, stop: () => Promise.resolve(), crashAndRestart: notOurs };
}

const notOurs = (): Promise<void> =>
  Promise.reject(
    new SetupProblem('The PostgreSQL server that DATABASE_URL names is not ours to kill. Unset DATABASE_URL to use the one we bring.'),
  );

async function placeFor(stateDir: string, user: SystemUser | undefined, say: Say): Promise<string> {
  await mkdir(stateDir, { recursive: true });
  if (user === undefined || (await isAccessible(stateDir, user))) return stateDir;
  const place = await fallbackFolder(stateDir);
  say(`PostgreSQL's data goes to ${place}: run by root it works as user ${user.name}, who cannot reach ${stateDir}.`);
  return place;
}

async function openKept(folder: string, lock: Lock, user: SystemUser | undefined, programs: PostgresPrograms, say: Say): Promise<Postgres> {
  // Registered before the server, hence released after it has stopped.
  const forget = whenStopping('lock on PostgreSQL', { stop: () => lock.release(), abandon: () => undefined });
  try {
    const cluster = await startCluster({ folder, programs, user, durable: true });
    if (cluster.foundRunning) say('Using the PostgreSQL server that an interrupted run left running.');
    return {
      url: await createDatabase(cluster.adminUrl, OWN_DATABASE, { ifMissing: true }),
      adminUrl: cluster.adminUrl,
      startedByUs: true,
      async stop() {
        await cluster.stop();
        forget();
        await lock.release();
      },
      crashAndRestart: async () => void (await cluster.crashAndRestart()),
    };
  } catch (problem) {
    forget();
    await lock.release();
    throw problem;
  }
}

async function openInRunFolder(
  place: string,
  user: SystemUser | undefined,
  programs: PostgresPrograms,
  durable: boolean,
): Promise<Postgres> {
  const folder = await makeRunFolder(place, 'postgresql-run-');
  const cluster = await startCluster({ folder: folder.path, programs, user, durable });
  await folder.remember(cluster.pid);
  return {
    url: await createDatabase(cluster.adminUrl, OWN_DATABASE),
    adminUrl: cluster.adminUrl,
    startedByUs: true,
    async stop() {
      await cluster.stop();
      await folder.remove();
    },
    async crashAndRestart() {
      await folder.remember((await cluster.crashAndRestart()).pid);
    },
  };
}

/** The address of another database on the same server. */
export const databaseUrl = (adminUrl: string, name: string): string => changeAddress(adminUrl, { database: name });

/** Creates a database, empty or as a copy of a template without connections. */
export async function createDatabase(
  adminUrl: string,
  name: string,
  options: { readonly template?: string; readonly ifMissing?: boolean } = {},
): Promise<string> {
  await withClient(adminUrl, async (client) => {
    if (options.ifMissing === true) {
      const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (rowCount !== 0) return;
    }
    const template = options.template === undefined ? '' : ` TEMPLATE ${escapeIdentifier(options.template)}`;
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)}${template}`);
  });
  return databaseUrl(adminUrl, name);
}

/** Drops a database with the roles that carry its name, ending whatever is still connected to it. */
export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withClient(adminUrl, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
    for (const part of ROLE_PARTS) await client.query(`DROP ROLE IF EXISTS ${escapeIdentifier(roleOf(name, part))}`);
  });
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ ...connectionTo(url), connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
  }
}
