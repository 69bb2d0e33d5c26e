import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startChild } from '../../tools/children.ts';
import { processExists } from '../../tools/process-identity.ts';
import { runProgram, scratchFolder, until } from './scratch.ts';

describe('children', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('are all gone after %s, also one that does not listen', async (signal) => {
    const folder = await scratchFolder();
    const parent = runProgram('parent.ts', [folder]);
    const pids = [Number(await parent.line()), Number(await parent.line())];
    expect(pids.map(processExists)).toEqual([true, true]);

    parent.child.kill(signal);
    const { code } = await parent.ended;

    expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal]);
    expect(pids.map(processExists)).toEqual([false, false]);
  });

  it('are asked to end once, though one Ctrl-C arrives twice', async () => {
    const folder = await scratchFolder();
    const parent = runProgram('parent.ts', [folder]);
    await parent.line();
    await parent.line();

    parent.child.kill('SIGINT');
    parent.child.kill('SIGINT');
    const { code } = await parent.ended;

    expect(code).toBe(130);
    expect(await readFile(join(folder, 'polite.log'), 'utf8')).toBe('ready\nasked to end\n');
  });

  it.each([['stdout'], ['stdout', 'stderr']] as const)(
    'are stopped in order when no process reads the output (%s %s)',
    async (...outputs) => {
      const folder = await scratchFolder();
      const parent = runProgram('noisy.ts', [folder]);
      const pid = Number(await parent.line());

      for (const output of outputs) parent.child[output]?.destroy();
      const { code } = await parent.ended;

      expect(code).toBe(141);
      expect(processExists(pid)).toBe(false);
      expect(await readFile(join(folder, 'child.log'), 'utf8')).toBe('ready\nasked to end\n');
    },
  );

  it('are all gone after an uncaught error, which is printed and ends the program with 1', async () => {
    const folder = await scratchFolder();
    const parent = runProgram('parent.ts', [folder, 'throws']);
    const pids = [Number(await parent.line()), Number(await parent.line())];

    const { code, stderr } = await parent.ended;

    expect(code).toBe(1);
    expect(stderr).toContain('an uncaught error');
    expect(pids.map(processExists)).toEqual([false, false]);
  });

  it('get the environment they are given and nothing of ours', async () => {
    const folder = await scratchFolder();
    process.env['PLANTED_SECRET'] = 'must not travel';
    const logFile = join(folder, 'child.log');

    const child = await startChild({
      name: 'child',
      file: process.execPath,
      args: ['-p', 'JSON.stringify(process.env)'],
      env: { GIVEN: 'yes' },
      logFile,
    });
    await child.exited;

    expect(JSON.parse(await readFile(logFile, 'utf8'))).toEqual({ GIVEN: 'yes' });
  });

  it('write their lines to the log and to the listener', async () => {
    const folder = await scratchFolder();
    const lines: string[] = [];
    const logFile = join(folder, 'child.log');

    const child = await startChild({
      name: 'child',
      file: process.execPath,
      args: ['-e', 'console.log("one"); console.error("two")'],
      env: {},
      logFile,
      onLine: (line) => lines.push(line),
    });
    await child.exited;

    expect(lines.sort()).toEqual(['one', 'two']);
    await until('both lines in the log', async () => (await readFile(logFile, 'utf8')).length === 'one\ntwo\n'.length);
  });

  it('that cannot be started are named, with the reason', async () => {
    const folder = await scratchFolder();

    const start = startChild({ name: 'Temporal server', file: join(folder, 'nothing'), args: [], env: {}, logFile: join(folder, 'log') });

    await expect(start).rejects.toThrow(/The Temporal server could not be started .*ENOENT/);
  });
});
