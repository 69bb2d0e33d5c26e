/**
 * Something on this machine stands in the way, said in words with the way out.
 *
 * The message is written for the person at the terminal: what is wrong, and what to do. Whoever prints it leaves the
 * stack out; the cause is kept for those who want it.
 */
export class SetupProblem extends Error {
  override readonly name = 'SetupProblem';
}

/** What an unknown thrown value says, in one line. */
export function saying(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}

/** The system's error code (ENOENT, EEXIST, ...) of a thrown value, when it has one. */
export function systemCode(problem: unknown): string | undefined {
  if (!(problem instanceof Error) || !('code' in problem)) return undefined;
  return typeof problem.code === 'string' ? problem.code : undefined;
}
