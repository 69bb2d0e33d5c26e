/**
 * Plays scenarios and prints one line for each: its verdict and how long it took.
 *
 * Scenarios start in their order, up to `atOnce` at a time; a line appears when a scenario has ended.
 */
import { basename } from 'node:path';
import { type Outcome, type Played, playUntilCertain } from './drill-verdict.ts';

export interface DrillsPlan {
  readonly scenarios: readonly string[];
  /** How many are played at the same time. */
  readonly atOnce: number;
  play(scenario: string): Promise<Played>;
  say(line: string): void;
}

/** What `npm run drills --json` prints. */
export interface DrillsResult {
  readonly passed: boolean;
  readonly played: number;
  readonly seconds: number;
  readonly failed: readonly string[];
  /** Failed once and passed when played again. */
  readonly flaky: readonly string[];
  readonly scenarios: readonly ({ readonly scenario: string } & Outcome)[];
}

export async function playDrills({ scenarios, atOnce, play, say }: DrillsPlan): Promise<DrillsResult> {
  const begun = performance.now();
  const outcomes = new Map<string, Outcome>();
  const left = scenarios.map((scenario, index) => ({ scenario, number: index + 1 }));
  const playNext = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { scenario, number } = next;
      const outcome = await playUntilCertain(() => play(scenario));
      outcomes.set(scenario, outcome);
      for (const line of linesOf(outcome, `${String(number)} of ${String(scenarios.length)}  ${basename(scenario)}`)) say(line);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, playNext));
  const ended = scenarios.flatMap((scenario) => {
    const outcome = outcomes.get(scenario);
    return outcome === undefined ? [] : [{ scenario: basename(scenario), ...outcome }];
  });
  const named = (verdict: Outcome['verdict']): string[] => ended.filter((each) => each.verdict === verdict).map((each) => each.scenario);
  const result = {
    passed: named('failed').length === 0,
    played: ended.length,
    seconds: Math.round((performance.now() - begun) / 1000),
    failed: named('failed'),
    flaky: named('flaky'),
    scenarios: ended,
  };
  for (const line of summaryOf(result)) say(line);
  return result;
}

const VERDICT = { passed: 'passed', flaky: 'FLAKY ', failed: 'FAILED' } as const;

function linesOf({ verdict, played }: Outcome, name: string): string[] {
  const seconds = played.map((each) => `${String(each.seconds)} s`).join(', then ');
  const headline = `${VERDICT[verdict]}  ${name} (${seconds})`;
  const failures = played.flatMap((each) => each.failures.map((failure) => `        ${failure}`));
  // A flaky result is understood by comparing the two score cards.
  const cards = verdict === 'flaky' ? played.flatMap((each, index) => ['', `score card ${String(index + 1)} of 2`, each.card, '']) : [];
  return [headline, ...failures, ...cards];
}

function summaryOf({ played, seconds, failed, flaky }: DrillsResult): string[] {
  const total = `${String(played)} played in ${String(Math.floor(seconds / 60))} min ${String(seconds % 60)} s: `;
  const lines = [
    `${total}${String(played - failed.length - flaky.length)} passed, ${String(flaky.length)} flaky, ${String(failed.length)} failed`,
  ];
  if (flaky.length > 0) lines.push(`Flaky (failed once, passed when played again; a defect to correct): ${flaky.join(', ')}`);
  if (failed.length > 0) lines.push(`Failed twice: ${failed.join(', ')}. See why: npm run drill -- --keep --scenario FILE`);
  return lines;
}
