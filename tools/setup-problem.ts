/**
 * A problem of this machine, with a sentence that says how to solve it.
 *
 * The message is written for the person at the terminal: what is wrong, and what to do. It is printed
 * without a stack; the cause is kept.
 */
export class SetupProblem extends Error {
  override readonly name = 'SetupProblem';
}

/** What an unknown thrown value says, in one line. */
export function errorMessage(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}

/** The system's error code (ENOENT, EEXIST, ...) of a thrown value, when it has one. */
export function systemCode(problem: unknown): string | undefined {
  if (!(problem instanceof Error) || !('code' in problem)) return undefined;
  return typeof problem.code === 'string' ? problem.code : undefined;
}

/** What a person can do about each error of a file system, by its code. */
const WAYS_OUT: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Free some space, or choose a state folder on another disk with UNAPPROVE_HOME.',
  // PostgreSQL's code for it (SQLSTATE disk_full).
  '53100': 'The disk is full. Free some space, or choose a state folder on another disk with UNAPPROVE_HOME.',
  EDQUOT: 'The disk quota is used up. Free some space, or choose a state folder on another disk with UNAPPROVE_HOME.',
  EROFS: 'The folder is on a read-only file system. Choose another state folder with UNAPPROVE_HOME.',
  EACCES: 'This user may not use that folder. Change its owner (chown -R), or choose another state folder with UNAPPROVE_HOME.',
  EPERM: 'This user may not use that folder. Change its owner (chown -R), or choose another state folder with UNAPPROVE_HOME.',
  ENOTDIR: 'There is a file where a folder is expected. Move it away, or choose another state folder with UNAPPROVE_HOME.',
  EEXIST: 'There is a file where a folder is expected. Move it away, or choose another state folder with UNAPPROVE_HOME.',
  ENOENT: 'The folder cannot be created there. Choose another state folder with UNAPPROVE_HOME.',
};

/**
 * A thrown value as a problem of this machine: a SetupProblem itself, or an error of the file system as a sentence.
 * Undefined for everything else, which is a defect of ours and keeps its stack.
 */
export function machineProblem(problem: unknown): SetupProblem | undefined {
  if (problem instanceof SetupProblem) return problem;
  const wayOut = WAYS_OUT[systemCode(problem) ?? ''];
  // Errors of the network carry codes too; those of a file system have no address.
  if (wayOut === undefined || (problem instanceof Error && 'address' in problem)) return undefined;
  return new SetupProblem(`${errorMessage(problem)}. ${wayOut}`, { cause: problem });
}
