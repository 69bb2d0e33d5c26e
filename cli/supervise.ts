// Keeps the parts of the product running: restarts a part that ends, whatever its
// exit code, and pages a person while a part is not ready. When one part is down,
// the product must not look healthy.
import { setTimeout as pause } from 'node:timers/promises';
import type { Unmet } from '../config/readiness.ts';
import { BY_PAPER } from '../domain/report.ts';
import type { Alarms } from '../pager/alarms.ts';
import type { Child, Exit } from '../tools/children.ts';

export type Part = 'worker' | 'slack-app';

export interface SupervisorTools {
  readonly start: (part: Part, onLine: (line: string) => void) => Promise<Pick<Child, 'exited'>>;
  readonly alarms: Pick<Alarms, 'ring' | 'resolve'>;
  /** To standard output: who is ready. */
  readonly say: (what: object) => void;
  /** To standard error: lines of the parts, and what happened to them. */
  readonly report: (line: string) => void;
  /** Aborted when everything is being stopped: nothing is started after that. */
  readonly signal: AbortSignal;
}

export interface SupervisorTimes {
  readonly pageAfterMs: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A part that has run this long started well: the next pause is short again. */
  readonly steadyMs: number;
}

export const SUPERVISOR_TIMES: SupervisorTimes = { pageAfterMs: 45_000, firstPauseMs: 100, longestPauseMs: 10_000, steadyMs: 60_000 };

/** A part that becomes ready and ends this often in a row is paged too. */
const MANY_FLAPS = 5;

/** Ends when everything is being stopped. */
export async function supervise(parts: readonly Part[], tools: SupervisorTools, times = SUPERVISOR_TIMES): Promise<void> {
  const notReady = new Set<Part>(parts);
  await Promise.all(
    parts.map((part) =>
      keepRunning(part, tools, times, (isReady) => {
        if (!isReady) return void notReady.add(part);
        if (notReady.delete(part) && notReady.size === 0) tools.say({ ready: 'all' });
      }),
    ),
  );
}

async function keepRunning(
  part: Part,
  tools: SupervisorTools,
  times: SupervisorTimes,
  onChange: (isReady: boolean) => void,
): Promise<void> {
  const { signal } = tools;
  const outage = watchOutage(part, tools, times);
  let wait = times.firstPauseMs;
  while (!signal.aborted) {
    const startedAt = Date.now();
    const exit = await runOnce(part, tools, outage, onChange);
    if (signal.aborted) break;
    onChange(false);
    tools.report(JSON.stringify({ event: 'part-ended', part, ...exit, againInMs: wait }));
    const wasSteady = Date.now() - startedAt > times.steadyMs;
    outage.ended(exit, wasSteady);
    if (wasSteady) wait = times.firstPauseMs;
    await pause(wait, undefined, { signal }).catch(() => undefined);
    wait = Math.min(times.longestPauseMs, wait * 2);
  }
  outage.stop();
}

async function runOnce(
  part: Part,
  { start, say, report }: SupervisorTools,
  outage: Outage,
  onChange: (isReady: boolean) => void,
): Promise<Exit> {
  try {
    const child = await start(part, (line) => {
      const status = jsonIn(line);
      if (status?.ready === part) {
        say(status);
        outage.over();
        onChange(true);
        return;
      }
      report(line);
      if (status?.event === 'not-ready') outage.waits(status.waitsFor ?? []);
    });
    return await child.exited;
  } catch (error) {
    report(JSON.stringify({ event: 'part-not-started', part, problem: error instanceof Error ? error.message : String(error) }));
    return { code: null, signal: null };
  }
}

interface Outage {
  ended(exit: Exit, wasSteady: boolean): void;
  waits(waitsFor: readonly Unmet[]): void;
  over(): void;
  stop(): void;
}

/** A part is not ready at its start. The page says the reason as far as it is known. */
function watchOutage(part: Part, { alarms, report }: SupervisorTools, { pageAfterMs, steadyMs }: SupervisorTimes): Outage {
  const dedupKey = `part-not-ready/${part}`;
  let timer: NodeJS.Timeout | undefined;
  let settling: NodeJS.Timeout | undefined;
  let flaps = 0;
  let why = 'It has not reported what it waits for.';
  let isPaged = false;
  const page = (): void => {
    if (isPaged) return;
    isPaged = true;
    report(JSON.stringify({ event: 'part-not-ready', part, why }));
    void alarms.ring({ summary: `${WITHOUT[part]} ${why} ${NEXT[part]}`, dedupKey, severity: 'critical' });
  };
  const recovered = (): void => {
    if (!isPaged) return;
    isPaged = false;
    void alarms.resolve(dedupKey);
  };
  const begin = (): void => {
    timer ??= setTimeout(page, pageAfterMs);
  };
  begin();
  return {
    ended({ code, signal }, wasSteady) {
      clearTimeout(settling);
      const wasReady = timer === undefined;
      flaps = wasSteady ? 0 : flaps + (wasReady ? 1 : 0);
      why = `It ended (${code === null ? (signal ?? 'it could not be started') : `exit code ${code}`}) and is restarted; its log says why.`;
      begin();
      if (flaps >= MANY_FLAPS) page();
    },
    waits(waitsFor) {
      if (waitsFor.length > 0) why = `It waits for ${waitsFor.map(({ need, code }) => `${need} (${code})`).join(', ')}.`;
    },
    over() {
      clearTimeout(timer);
      timer = undefined;
      // A part that keeps ending has not recovered at the next "ready".
      settling = setTimeout(recovered, flaps >= MANY_FLAPS ? steadyMs : 0);
    },
    stop() {
      clearTimeout(timer);
      clearTimeout(settling);
    },
  };
}

/** What is missing without it. */
const WITHOUT: Readonly<Record<Part, string>> = {
  worker: 'The worker of unapprove is not ready: no account is blocked automatically, and reports wait.',
  'slack-app': 'The Slack app of unapprove is not ready: no one can report or decide in Slack.',
};
const NEXT: Readonly<Record<Part, string>> = {
  worker: `Read the log of "unapprove up" and correct the cause. Until then, when an employee calls about a prompt, ${BY_PAPER}`,
  'slack-app':
    'Read the log of "unapprove up" and correct the cause. Until then, employees report by telephone: answer the call-back number.',
};

interface StatusLine {
  readonly ready?: string;
  readonly event?: string;
  readonly waitsFor?: readonly Unmet[];
}

function jsonIn(line: string): StatusLine | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as StatusLine;
  } catch {
    return null;
  }
}
