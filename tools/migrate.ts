/**
 * Applies prisma/migrations to a database, without the program that Prisma's command line would download.
 *
 * The same schema engine as WebAssembly, so `_prisma_migrations` says what the command line would have written.
 * An edited or failed migration is refused by name.
 */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import * as engineBindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import { Pool } from 'pg';
import { connectionTo } from '../prisma/connection.ts';
import { errorMessage, SetupProblem, systemCode } from './setup-problem.ts';

/** The part of Node's WebAssembly we use; TypeScript declares it only together with a browser's other names. */
declare const WebAssembly: {
  instantiate(code: Uint8Array, imports: Record<string, unknown>): Promise<{ instance: { exports: Readonly<Record<string, unknown>> } }>;
};

const PROJECT_MIGRATIONS = join(import.meta.dirname, '..', 'prisma', 'migrations');

/** Before 16, an owner who may make roles could change every other role of the server. */
const OLDEST_MAJOR = 16;

/** What an `applyMigrations` did. */
export interface Migrated {
  /** The names of the migrations applied now, oldest first; empty when there was nothing to do. */
  readonly applied: readonly string[];
}

/**
 * Brings a database up to date. A second call applies nothing.
 *
 * @throws SetupProblem naming the migration and the database's own message
 */
export async function applyMigrations(databaseUrl: string, migrations = PROJECT_MIGRATIONS): Promise<Migrated> {
  const { SchemaEngine } = await loadEngine();
  // Without allowExitOnIdle the pool's timers keep a finished program alive for ten seconds.
  const pool = new Pool({ ...connectionTo(databaseUrl), connectionTimeoutMillis: 10_000, allowExitOnIdle: true });
  pool.on('error', () => undefined);
  let engine: engineBindings.SchemaEngine | undefined;
  try {
    await refuseOldServer(pool);
    const adapter = bindMigrationAwareSqlAdapterFactory(wholeScripts(new PrismaPg(pool)));
    engine = await SchemaEngine.new({ datamodels: undefined }, () => undefined, adapter);
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: await migrationsIn(migrations),
      filters: { externalTables: [], externalEnums: [] },
    });
    return { applied: appliedMigrationNames };
  } catch (problem) {
    if (problem instanceof SetupProblem) throw problem;
    throw new SetupProblem(`The database could not be brought up to date: ${errorMessage(problem)}`, { cause: problem });
  } finally {
    engine?.free();
    await pool.end();
  }
}

/** @throws SetupProblem before anything is changed */
async function refuseOldServer(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ server_version_num: string }>('SHOW server_version_num');
  const major = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  if (major >= OLDEST_MAJOR) return;
  throw new SetupProblem(
    `Expected PostgreSQL ${String(OLDEST_MAJOR)} or newer, got PostgreSQL ${String(major)}. Nothing was changed. Upgrade the server, or name another one.`,
  );
}

/**
 * The adapter cuts a script at every semicolon, also inside a function's body. Sent whole, PostgreSQL cuts it itself,
 * and the script succeeds or fails as one.
 */
function wholeScripts(factory: PrismaPg): SqlMigrationAwareDriverAdapterFactory {
  const connect = async (open: () => ReturnType<PrismaPg['connect']>): Promise<SqlDriverAdapter> => {
    const adapter = await open();
    adapter.executeScript = async (script) => void (await adapter.executeRaw({ sql: script, args: [], argTypes: [] }));
    return adapter;
  };
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: () => connect(() => factory.connect()),
    connectToShadowDb: () => connect(() => factory.connectToShadowDb()),
  };
}

let loading: Promise<typeof engineBindings> | undefined;

function loadEngine(): Promise<typeof engineBindings> {
  loading ??= (async () => {
    const bindings = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
    const code = await readFile(join(dirname(bindings), 'schema_engine_bg.wasm'));
    const { instance } = await WebAssembly.instantiate(code, { './schema_engine_bg.js': patientBindings() });
    engineBindings.__wbg_set_wasm(instance.exports);
    const start = instance.exports['__wbindgen_start'];
    if (typeof start === 'function') start();
    return engineBindings;
  })();
  return loading;
}

/** The engine never clears its ten-second lock timer; unreferenced, it does not keep a finished program alive. */
function patientBindings(): Record<string, unknown> {
  const bindings: Record<string, unknown> = { ...engineBindings };
  for (const [name, binding] of Object.entries(bindings)) {
    if (!name.startsWith('__wbg_setTimeout') || typeof binding !== 'function') continue;
    bindings[name] = (...args: unknown[]): unknown => {
      const timer: unknown = binding(...args);
      if (timer instanceof Object && 'unref' in timer && typeof timer.unref === 'function') timer.unref();
      return timer;
    };
  }
  return bindings;
}

async function migrationsIn(folder: string): Promise<engineBindings.MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const lockfile = await readFile(join(folder, 'migration_lock.toml'), 'utf8').catch((problem: unknown) => {
    if (systemCode(problem) === 'ENOENT') return null;
    throw problem;
  });
  return {
    baseDir: folder,
    lockfile: { path: 'migration_lock.toml', content: lockfile },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.sort().map(async (name) => ({
        path: name,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(folder, name, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  };
}
