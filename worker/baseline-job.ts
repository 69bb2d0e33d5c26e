// Keeps the baseline fresh: one a day, however often the worker is started. Who
// joins the approver group and then makes the worker crash is no approver yet.
// Delivery begins only when there is a baseline, because without it nobody can
// say whom a machine must not lock out.
import { type BaselineSettings, type BaselineTools, latestBaseline, storeBaseline } from '../activities/people/baseline.ts';
import { RunbookError } from '../domain/errors.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

export interface BaselineJob {
  /** Ends when a baseline can be believed: the one of today, or an earlier one while the directory is away. */
  readonly ready: Promise<void>;
  stop(): void;
}

export function startBaselineJob(
  tools: BaselineTools,
  settings: BaselineSettings,
  log: (what: { readonly event: string; readonly problem?: string }) => void,
): BaselineJob {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let announce: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    announce = resolve;
  });

  const run = async (failures: number): Promise<void> => {
    try {
      await storeBaseline(tools, settings);
      log({ event: 'baseline-stored' });
      announce();
      plan(0, DAY_MS);
    } catch (error) {
      log({ event: 'baseline-not-stored', problem: error instanceof Error ? error.message : String(error) });
      if (await earlierOne()) announce();
      plan(failures + 1, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)));
    }
  };
  const begin = async (): Promise<void> => {
    const dueInMs = await dueIn(tools, settings).catch(() => 0);
    if (dueInMs <= 0) return run(0);
    announce();
    plan(0, dueInMs);
  };
  const earlierOne = async (): Promise<boolean> => {
    try {
      await latestBaseline(tools, settings.tenant);
      return true;
    } catch (error) {
      if (error instanceof RunbookError) return false;
      log({ event: 'baseline-unreadable', problem: error instanceof Error ? error.message : String(error) });
      return false;
    }
  };
  const plan = (failures: number, inMs: number): void => {
    if (!stopped) timer = setTimeout(() => void run(failures), inMs);
  };
  void begin();
  return {
    ready,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

/** When the next one is due, ms from now. What the settings say of this installation counts at once, whatever its age. */
async function dueIn(tools: BaselineTools, { tenant, breakGlass, approverGroup }: BaselineSettings): Promise<number> {
  const { baseline } = await latestBaseline(tools, tenant);
  const isOfOther = baseline.approverGroup !== approverGroup || [...baseline.breakGlass].sort().join() !== [...breakGlass].sort().join();
  return isOfOther ? 0 : Date.parse(baseline.storedAt) + DAY_MS - Date.now();
}
