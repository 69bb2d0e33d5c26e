/**
 * Tells one process from another that later got the same number.
 *
 * A process id alone is no identity: after a reboot, or in a fresh container, the number in an old lock file belongs to
 * another process. The id together with the start time identifies one.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemCode } from './setup-problem.ts';

const run = promisify(execFile);

/** Whether a process with this id exists, whichever user owns it. */
export function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (problem) {
    return systemCode(problem) === 'EPERM';
  }
}

/**
 * An opaque text for the start time of the process; the same as long as it lives, another for its successor.
 * Undefined when there is no such process (one that ended and was not yet collected counts as gone).
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (!processExists(pid)) return undefined;
  return process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
}

async function startFromProc(pid: number): Promise<string | undefined> {
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
    // The program's name may hold blanks and brackets, so fields are counted after its closing bracket (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    return state === 'Z' || ticks === undefined ? undefined : `${boot}:${ticks}`;
  } catch (problem) {
    if (systemCode(problem) === 'ENOENT' || systemCode(problem) === 'ESRCH') return undefined;
    throw problem;
  }
}

async function startFromPs(pid: number): Promise<string | undefined> {
  const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], {
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' },
  }).catch(() => ({ stdout: '' }));
  return stdout.trim() === '' ? undefined : stdout.trim();
}
