/** What was asked of a command cannot be done, and no setting is to blame. The sentence says the next step; the command ends with exit code 2. */
export class CommandProblem extends Error {
  override readonly name = 'CommandProblem';
}
