/**
 * The verdict over one scenario. A failed scenario is played once more: a second failure is a failure, and a pass is
 * flaky: a race, or a defect of the scenario or the machine.
 */

/** The result of one run of a scenario. */
export interface Played {
  readonly passed: boolean;
  /** Why it did not pass, one line each. */
  readonly failures: readonly string[];
  /** The score card as a person reads it; empty when the scenario could not be played at all. */
  readonly card: string;
  readonly seconds: number;
}

export type Verdict = 'passed' | 'flaky' | 'failed';

export interface Outcome {
  readonly verdict: Verdict;
  /** In order: one run, or two when the first failed. */
  readonly played: readonly Played[];
}

/** Plays a scenario, and once more when it fails. */
export async function playUntilCertain(play: () => Promise<Played>): Promise<Outcome> {
  const first = await play();
  if (first.passed) return outcomeOf([first]);
  return outcomeOf([first, await play()]);
}

/** The verdict over one or two runs: a pass after a failure is flaky. */
export function outcomeOf(played: readonly Played[]): Outcome {
  const last = played.at(-1);
  if (last?.passed !== true) return { verdict: 'failed', played };
  return { verdict: played.length === 1 ? 'passed' : 'flaky', played };
}
