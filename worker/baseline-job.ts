// Stores one baseline a day, however often the worker starts: a person who joins the approver group and then crashes the
// worker is no approver yet. Delivery needs a baseline, because the baseline lists the accounts that must not be blocked.
import { type BaselineSettings, type BaselineTools, latestBaseline, storeBaseline } from '../activities/people/baseline.ts';
import { RunbookError } from '../domain/errors.ts';
import { describeDatabaseError, problemOf } from './database-errors.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

interface Every {
  /** Time between two baselines: a day, unless the policy file sets another. */
  readonly everyMs: number;
}

export interface BaselineJob {
  /** Resolves when there is a valid baseline: the one of today, or an earlier one while the directory is away. */
  readonly ready: Promise<void>;
  /** Resolves like `ready`. @throws the error of the next attempt to make or read a baseline */
  tried(): Promise<void>;
  stop(): void;
}

export function startBaselineJob(
  tools: BaselineTools,
  settings: BaselineSettings & Every,
  log: (what: { readonly event: string; readonly problem?: string }) => void,
): BaselineJob {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let announce: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    announce = resolve;
  });
  let failNext: (error: unknown) => void = () => undefined;
  const nextFailure = (): Promise<never> =>
    new Promise((_, reject) => {
      failNext = reject;
    });

  const run = async (failures: number): Promise<void> => {
    try {
      await storeBaseline(tools, settings);
      log({ event: 'baseline-stored' });
      announce();
      after(settings.everyMs, () => run(0));
    } catch (error) {
      log({ event: 'baseline-not-stored', problem: problemOf(error) });
      failNext(describeDatabaseError(error));
      if (await earlierOne()) announce();
      after(pauseAfter(failures), () => run(failures + 1));
    }
  };
  // A new one is due at once only when there is no valid one. A database that is away for a moment does not show that.
  const begin = async (failures: number): Promise<void> => {
    try {
      const dueInMs = await dueIn(tools, settings, passedOver);
      if (dueInMs <= 0) return await run(0);
      announce();
      after(dueInMs, () => run(0));
    } catch (error) {
      if (error instanceof RunbookError && error.code === 'BASELINE_MISSING') return run(0);
      log({ event: 'baseline-unreadable', problem: problemOf(error) });
      failNext(describeDatabaseError(error));
      after(pauseAfter(failures), () => begin(failures + 1));
    }
  };
  const earlierOne = async (): Promise<boolean> => {
    try {
      await latestBaseline(tools, settings.tenant);
      return true;
    } catch (error) {
      if (error instanceof RunbookError) return false;
      log({ event: 'baseline-unreadable', problem: problemOf(error) });
      return false;
    }
  };
  const after = (inMs: number, next: () => Promise<void>): void => {
    if (!stopped) timer = setTimeout(() => void next(), inMs);
  };
  const passedOver = (rows: number): void =>
    log({
      event: 'baseline-unreadable',
      problem: `${rows} of the newest baselines are not valid: they were written or changed outside unapprove`,
    });
  void begin(0);
  return {
    ready,
    tried: () => Promise.race([ready, nextFailure()]),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

const pauseAfter = (failures: number): number => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));

/** Milliseconds until the next one is due. A change of the settings makes it due at once. */
async function dueIn(
  tools: BaselineTools,
  { tenant, breakGlass, approverGroup, everyMs }: BaselineSettings & Every,
  passedOver: (rows: number) => void,
): Promise<number> {
  const { baseline } = await latestBaseline(tools, tenant, passedOver);
  const isOfOther = baseline.approverGroup !== approverGroup || [...baseline.breakGlass].sort().join() !== [...breakGlass].sort().join();
  return isOfOther ? 0 : Date.parse(baseline.storedAt) + everyMs - Date.now();
}
