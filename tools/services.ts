/**
 * The two services everything runs on, PostgreSQL and Temporal, opened together and stopped together.
 *
 * A drill and a bench get a database of their own, even on a server that DATABASE_URL names: practice must never write
 * into a ledger that is kept.
 */
import { randomBytes } from 'node:crypto';
import { createDatabase, dropDatabase, openPostgres, type Postgres } from './postgres.ts';
import { errorMessage, SetupProblem } from './setup-problem.ts';
import { startTemporal, type TemporalServer } from './temporal-server.ts';

/** What the services are for: it decides what is durable and what is kept. Of `drills` and `test` nothing is. */
export type Purpose = 'drill' | 'drills' | 'test' | 'bench';

/** What to open, and where it may live. */
export interface ServicesOptions {
  readonly purpose: Purpose;
  readonly stateDir: string;
  /** DATABASE_URL, TEMPORAL_ADDRESS and the rest are read from here. */
  readonly env?: NodeJS.ProcessEnv;
  /** The Temporal server keeps everything in this file, so that it can be killed; in memory without it. */
  readonly temporalFile?: string;
  /** Plain sentences about what is going on. */
  readonly onProgress?: (line: string) => void;
}

/** Both services, ready. */
export interface Services {
  /** A fresh, empty database for this run (not migrated yet). */
  readonly databaseUrl: string;
  /** Where more databases can be made. */
  readonly adminUrl: string;
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  readonly postgres: Postgres;
  readonly temporal: TemporalServer;
  /**
   * kill -9 of the Temporal server, which comes back at the same address with everything it had stored.
   *
   * @throws SetupProblem when it is not ours, was opened without a file, or does not come back
   */
  killEngine(): Promise<void>;
  /** The same of PostgreSQL. */
  killDatabase(): Promise<void>;
  /** Drops the database of this run and stops what we started. Safe to call again. */
  stop(): Promise<void>;
}

/**
 * Opens both services, at the same time.
 *
 * @throws SetupProblem that says how to solve it; what had already started is stopped
 */
export async function openServices(options: ServicesOptions): Promise<Services> {
  const { purpose, stateDir, temporalFile: dbFile } = options;
  const env = options.env ?? process.env;
  const common = { stateDir, env, ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }) };
  const [database, server] = await Promise.allSettled([
    openPostgres({ ...common, throwAway: purpose === 'test' || purpose === 'drills' }),
    startTemporal({ ...common, ...(dbFile === undefined ? {} : { dbFile }) }),
  ]);
  if (database.status === 'rejected' || server.status === 'rejected') {
    if (database.status === 'fulfilled') await database.value.stop();
    if (server.status === 'fulfilled') await server.value.stop();
    throw together([database, server]);
  }
  const postgres = database.value;
  let temporal = server.value;
  const name = `unapprove_${purpose}_${Date.now().toString(36)}${randomBytes(3).toString('hex')}`;
  let stopping: Promise<void> | undefined;
  const closeDatabase = async (): Promise<void> => {
    try {
      await dropDatabase(postgres.adminUrl, name);
    } finally {
      await postgres.stop();
    }
  };
  const stop = async (): Promise<void> => {
    await Promise.all([temporal.stop(), closeDatabase()]);
  };
  const killEngine = async (): Promise<void> => {
    if (!temporal.startedByUs || dbFile === undefined) {
      throw new SetupProblem('This Temporal server is not ours to kill, or keeps nothing: it was not opened with a file.');
    }
    const port = Number(temporal.address.split(':').at(-1));
    await temporal.crash();
    temporal = await startTemporal({ ...common, dbFile, port });
  };
  try {
    return {
      databaseUrl: await createDatabase(postgres.adminUrl, name),
      adminUrl: postgres.adminUrl,
      temporalAddress: temporal.address,
      temporalNamespace: temporal.namespace,
      postgres,
      get temporal() {
        return temporal;
      },
      killEngine,
      killDatabase: () => postgres.crashAndRestart(),
      stop: () => (stopping ??= stop()),
    };
  } catch (problem) {
    await Promise.all([temporal.stop(), postgres.stop()]);
    throw new SetupProblem(
      `A database for this run could not be made: ${errorMessage(problem)}. The user in DATABASE_URL needs the right to create databases.`,
      {
        cause: problem,
      },
    );
  }
}

/** Both may have failed, and a person should hear of both at once. */
function together(results: readonly PromiseSettledResult<unknown>[]): Error {
  const problems: unknown[] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const [first] = problems;
  if (problems.length === 1 && first instanceof Error) return first;
  return new SetupProblem(problems.map(errorMessage).join('\n\n'), { cause: first });
}
