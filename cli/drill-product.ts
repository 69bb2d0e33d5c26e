// Sets up the product and runs it as an operator would: its own commands, as child
// processes, each with a complete environment and nothing inherited. The product
// cannot tell a drill from a real case except by the addresses in its settings.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settingsFor } from '../config/load.ts';
import { DEFAULT_DURATIONS, type Durations } from '../domain/policy.ts';
import type { Company } from '../drill/run/run-scenario.ts';
import { type Child, plainEnvironment, startChild } from '../tools/children.ts';
import { SetupProblem } from '../tools/setup-problem.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where this run's product lives and what it talks to. */
export interface Place {
  readonly home: string;
  readonly logs: string;
  readonly files: {
    readonly readerPem: string;
    readonly actorPem: string;
    readonly policy: string;
    readonly people: string;
    readonly trusted: string;
  };
  /** One address for each role: the worker's, the Slack app's, the owner's. */
  readonly database: { readonly worker: string; readonly slack: string; readonly admin: string };
  readonly temporal: { readonly address: string; readonly namespace: string };
  /** Of the pager: the first in line, and the next. */
  readonly routingKeys: readonly [string, string];
}

/** The whole environment of the product; it is the only thing that makes this a drill. */
export function productEnvironment({ cast, tenant, workspace, pager }: Company, place: Place): Record<string, string> {
  return {
    ...plainEnvironment(),
    NODE_EXTRA_CA_CERTS: place.files.trusted,
    UNAPPROVE_HOME: place.home,
    DATABASE_URL: place.database.worker,
    SLACK_DATABASE_URL: place.database.slack,
    TEMPORAL_ADDRESS: place.temporal.address,
    TEMPORAL_NAMESPACE: place.temporal.namespace,
    UNAPPROVE_TENANT_ID: cast.company.tenantId,
    GRAPH_BASE_URL: tenant.graphBaseUrl,
    AZURE_AUTHORITY_HOST: tenant.authorityHost,
    UNAPPROVE_DISABLE_INSTANCE_DISCOVERY: 'true',
    UNAPPROVE_READER_CLIENT_ID: cast.apps.reader,
    UNAPPROVE_READER_CERTIFICATE: place.files.readerPem,
    UNAPPROVE_ACTOR_CLIENT_ID: cast.apps.actor,
    UNAPPROVE_ACTOR_CERTIFICATE: place.files.actorPem,
    UNAPPROVE_APPROVER_GROUP_ID: cast.approverGroupId,
    UNAPPROVE_BREAK_GLASS_IDS: cast.breakGlassIds.join(','),
    UNAPPROVE_POLICY_FILE: place.files.policy,
    UNAPPROVE_PAGER_URL: pager.url,
    UNAPPROVE_PAGER_ROUTING_KEY: place.routingKeys[0],
    UNAPPROVE_PAGER_NEXT_ROUTING_KEYS: place.routingKeys[1],
    UNAPPROVE_CALL_BACK_NUMBER: '+31 20 555 0000',
    SLACK_API_URL: workspace.apiUrl,
    SLACK_BOT_TOKEN: cast.slack.botToken,
    SLACK_APP_TOKEN: cast.slack.appToken,
    SLACK_TEAM_ID: cast.slack.team.id,
    SLACK_RESPONDER_CHANNEL: cast.slack.responderChannel,
    SLACK_RESPONDER_CHANNEL_NAME: 'incident-responders',
    SLACK_STANDBY_CHANNEL: cast.slack.standbyChannel,
  };
}

/**
 * The policy's durations at this scenario's speed. What people and Microsoft's
 * clocks take is scaled; what machines take is not, so the shortest of each
 * still leaves room for calls whose latency is never scaled. A duration that is
 * missing here is a type error: it could not be played.
 */
export function durationsAt(timeScale: number): Omit<Durations, 'readBackEveryMs'> {
  const second = 1000;
  const scaled = (name: keyof Durations, atLeastMs: number): number => Math.ceil(Math.max(atLeastMs, DEFAULT_DURATIONS[name] / timeScale));
  const planLifeMs = scaled('planLifeMs', 15 * second);
  return {
    accessTokenMs: scaled('accessTokenMs', second),
    propagationMs: scaled('propagationMs', second),
    logDelayMs: scaled('logDelayMs', second),
    readBackMs: scaled('readBackMs', 6 * second),
    readBackWithinMs: scaled('readBackWithinMs', 1.5 * second),
    askAgainMs: scaled('askAgainMs', 5 * second),
    confirmWithinMs: scaled('confirmWithinMs', 5 * second),
    remindMs: scaled('remindMs', 4 * second),
    escalateMs: scaled('escalateMs', 8 * second),
    planLifeMs,
    callMs: scaled('callMs', 8 * second),
    // In proportion to a plan's life, as the policy file asks for.
    readPlanMs: scaled('readPlanMs', (planLifeMs * DEFAULT_DURATIONS.readPlanMs) / DEFAULT_DURATIONS.planLifeMs),
    lockOutMs: scaled('lockOutMs', 10 * second),
    blockLimitWindowMs: scaled('blockLimitWindowMs', 20 * second),
    releaseWatchMs: scaled('releaseWatchMs', second),
    // Rows of a log carry whole seconds.
    windowBeforeReportMs: scaled('windowBeforeReportMs', 2 * second),
    habitsMs: scaled('habitsMs', 2 * second),
    sameMomentMs: scaled('sameMomentMs', 2 * second),
    baselineEveryMs: scaled('baselineEveryMs', 20 * second),
    logDeadlineMs: scaled('logDeadlineMs', 8 * second),
    containAttemptMs: scaled('containAttemptMs', 6 * second),
    readAttemptMs: scaled('readAttemptMs', 20 * second),
    retryFirstMs: scaled('retryFirstMs', 0.2 * second),
    retryCapMs: scaled('retryCapMs', 2 * second),
    giveUpMs: scaled('giveUpMs', 60 * second),
    reportsWindowMs: scaled('reportsWindowMs', 0.2 * second),
    identityWindowMs: scaled('identityWindowMs', 0.2 * second),
    identityWritesWindowMs: scaled('identityWritesWindowMs', 0.2 * second),
    protectionWindowMs: scaled('protectionWindowMs', 0.2 * second),
    meterWaitMs: scaled('meterWaitMs', 5 * second),
  };
}

export interface Product {
  /** Runs one command to its end. @throws SetupProblem with the end of its output when it fails */
  run(...args: readonly string[]): Promise<void>;
  /** Runs one command to its end, whatever the end. */
  attempt(...args: readonly string[]): Promise<{ readonly code: number | null; readonly lines: readonly string[] }>;
  /** `unapprove up`, until every part says that it is ready. */
  up(): Promise<Running>;
}

export interface Running {
  readonly child: Child;
  /** Process id of the worker that runs now; undefined while one is being started. */
  workerPid(): number | undefined;
  stop(): Promise<unknown>;
}

const READY_WITHIN_MS = 60_000;

/** Preloaded into a process, it shifts that process's clock. */
const SHIFTED_CLOCK = join(ROOT, 'drill', 'run', 'shifted-clock.mjs');

/** @param slackClockAheadMs how far the clock of the Slack app's machine is ahead; 0 when it is right */
export function openProduct(env: Readonly<Record<string, string>>, place: Place, slackClockAheadMs = 0): Product {
  const start = (
    args: readonly string[],
    name: string,
    onLine: (line: string) => void,
    extra: Readonly<Record<string, string>> = {},
  ): Promise<Child> =>
    startChild({
      name,
      file: process.execPath,
      args: ['--import', 'tsx', join(ROOT, 'cli', 'main.ts'), ...args],
      cwd: ROOT,
      env: { ...env, ...extra },
      logFile: join(place.logs, `${args[0] ?? 'unapprove'}.log`),
      graceMs: 25_000,
      onLine,
    });

  const attempt: Product['attempt'] = async (...args) => {
    const lines: string[] = [];
    // The owner's connection reaches the one command that may alter the database.
    const extra = args[0] === 'migrate' ? { DATABASE_ADMIN_URL: place.database.admin } : {};
    const child = await start(args, `unapprove ${args.join(' ')}`, (line) => void lines.push(line), extra);
    const { code } = await child.exited;
    return { code, lines };
  };

  return {
    attempt,
    async run(...args) {
      const { code, lines } = await attempt(...args);
      if (code !== 0) throw new SetupProblem(`"unapprove ${args.join(' ')}" ended with ${String(code)}:\n${lines.slice(-12).join('\n')}`);
    },
    async up() {
      let worker: number | undefined;
      const last: string[] = [];
      let announce: (problem?: string) => void = () => undefined;
      const ready = new Promise<void>((resolve, reject) => {
        announce = (problem) => (problem === undefined ? resolve() : reject(new SetupProblem(problem)));
      });
      const slackApp = slackClockAheadMs === 0 ? null : await startSlackApp(env, place, slackClockAheadMs);
      const child = await start(slackApp === null ? ['up'] : ['up', '--only', 'worker'], 'unapprove up', (line) => {
        last.push(line);
        if (last.length > 12) last.shift();
        const said = readyLine(line);
        if (said?.ready === 'worker') worker = said.pid;
        if (said?.ready === 'all') void Promise.resolve(slackApp?.ready).then(() => announce());
        if (said?.event === 'part-ended' && said.part === 'worker') worker = undefined;
      });
      void child.exited.then(({ code }) => announce(`"unapprove up" ended with ${String(code)} before it was ready:\n${last.join('\n')}`));
      const late = setTimeout(
        () => announce(`"unapprove up" was not ready within ${READY_WITHIN_MS / 1000} s:\n${last.join('\n')}`),
        READY_WITHIN_MS,
      );
      try {
        await ready;
      } catch (problem) {
        await Promise.all([child.stop(), slackApp?.child.stop()]);
        throw problem;
      } finally {
        clearTimeout(late);
      }
      return { child, workerPid: () => worker, stop: () => Promise.all([child.stop(), slackApp?.child.stop()]) };
    },
  };
}

/** The Slack app by itself, on a machine whose clock is wrong: `up` gives its parts no preload. */
async function startSlackApp(
  env: Readonly<Record<string, string>>,
  place: Place,
  aheadMs: number,
): Promise<{ readonly child: Child; readonly ready: Promise<void> }> {
  const names: readonly string[] = [...settingsFor('slack-app'), ...Object.keys(plainEnvironment()), 'NODE_EXTRA_CA_CERTS'];
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => names.includes(name)));
  let announce: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    announce = resolve;
  });
  const child = await startChild({
    name: 'Slack app',
    file: process.execPath,
    args: ['--import', SHIFTED_CLOCK, '--import', 'tsx', join(ROOT, 'slack-app', 'main.ts')],
    cwd: ROOT,
    env: { ...own, PRACTICE_CLOCK_AHEAD_MS: String(aheadMs) },
    logFile: join(place.logs, 'slack-app.log'),
    graceMs: 25_000,
    onLine: (line) => {
      if (readyLine(line)?.ready === 'slack-app') announce();
    },
  });
  return { child, ready };
}

interface Said {
  readonly ready?: string;
  readonly pid?: number;
  readonly event?: string;
  readonly part?: string;
}

function readyLine(line: string): Said | null {
  if (!line.startsWith('{"')) return null;
  try {
    return JSON.parse(line) as Said;
  } catch {
    return null;
  }
}
