// How much processor time a process has used. Linux only: elsewhere it is not known.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Milliseconds of all its threads, in the program and in the kernel; null where it cannot be read. */
export async function cpuMsOf(pid: number): Promise<number | null> {
  if (process.platform !== 'linux') return null;
  const [stat, ticksASecond] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), run('getconf', ['CLK_TCK'])]);
  // proc(5): the program's name may hold blanks and brackets, so fields are counted after its closing bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / Number(ticksASecond.stdout);
}
