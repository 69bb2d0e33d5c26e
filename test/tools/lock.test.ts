import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tryLock } from '../../tools/lock.ts';
import { processStart } from '../../tools/process-identity.ts';
import { runProgram, scratchFolder } from './scratch.ts';

const lockOf = (pid: number, started: string): string =>
  JSON.stringify({ pid, started, since: '2026-11-23T20:00:00.000Z', purpose: 'test', nonce: 'a' });

describe('a lock', () => {
  it('keeps others out as long as it is held, and says who holds it', async () => {
    const path = join(await scratchFolder(), 'lock');
    const first = await tryLock(path, 'the drill');

    const second = await tryLock(path, 'another drill');

    expect(first.kind).toBe('ours');
    expect(second).toMatchObject({ kind: 'busy', holder: { pid: process.pid, purpose: 'the drill' } });
    if (first.kind === 'ours') await first.lock.release();
    expect((await tryLock(path, 'another drill')).kind).toBe('ours');
  });

  it('of a process that is gone is taken over', async () => {
    const path = join(await scratchFolder(), 'lock');
    const gone = runProgram('take-lock.ts', [path]);
    expect(await gone.line()).toBe('ours');
    expect((await tryLock(path, 'test')).kind).toBe('busy');

    gone.child.kill('SIGKILL');
    await gone.ended;

    expect(await tryLock(path, 'test')).toMatchObject({ kind: 'ours', takenOver: true });
  });

  it('is taken over when its process id now belongs to another process, and only then', async () => {
    const path = join(await scratchFolder(), 'lock');
    const started = await processStart(process.ppid);
    expect(started).toBeDefined();

    await writeFile(path, lockOf(process.ppid, started ?? ''));
    expect((await tryLock(path, 'test')).kind).toBe('busy');

    await writeFile(path, lockOf(process.ppid, 'an earlier moment'));
    expect((await tryLock(path, 'test')).kind).toBe('ours');
  });

  it('that cannot be read blocks no one', async () => {
    const path = join(await scratchFolder(), 'lock');
    await writeFile(path, 'not a lock');

    expect((await tryLock(path, 'test')).kind).toBe('ours');
  });

  it('left over goes to exactly one of several rivals', async () => {
    const path = join(await scratchFolder(), 'lock');
    await writeFile(path, lockOf(process.pid, 'an earlier moment'));

    const rivals = Array.from({ length: 4 }, () => runProgram('take-lock.ts', [path]));
    const answers = await Promise.all(rivals.map((rival) => rival.line()));

    expect(answers.sort()).toEqual(['busy', 'busy', 'busy', 'ours']);
  });
});
