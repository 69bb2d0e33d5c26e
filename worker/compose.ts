// Composes the worker, the only process with Microsoft credentials and the key of the ledger. The order matters: the inbox
// watch, the ledger and the baseline, the task queues, and then delivery from the inbox. Only `ready` waits for other machines.
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { asyncLocalStorage } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, type LogEntry, Runtime } from '@temporalio/worker';
import pino from 'pino';
import { createActivities } from '../activities/index.ts';
import { accountWriter } from '../activities/microsoft/account-writer.ts';
import { openGraph } from '../activities/microsoft/client.ts';
import { directoryReader } from '../activities/microsoft/directory-reader.ts';
import { methodWriter } from '../activities/microsoft/method-writer.ts';
import { openRateLimits } from '../activities/microsoft/rate-limits.ts';
import { type AuthoritySettings, tokenSource } from '../activities/microsoft/tokens.ts';
import { baselineByDigest, latestBaseline } from '../activities/people/baseline.ts';
import { openRepositories } from '../activities/people/repositories.ts';
import type { Settings } from '../config/load.ts';
import { untilReady } from '../config/readiness.ts';
import { objectId, tenantId } from '../domain/ids.ts';
import type { PolicySnapshot } from '../domain/policy.ts';
import { respondersChannel } from '../domain/responders-channel.ts';
import type { PublicKeys } from '../inbox/envelope.ts';
import { verifySigned } from '../inbox/envelope.ts';
import { loadMasterKey, loadPayloadKeys, loadPublicKeys, loadSealingPrivateKey } from '../inbox/keys.ts';
import { openSealedText, sealDigest } from '../inbox/sealed-text.ts';
import { type Inbox, openInbox } from '../inbox/store.ts';
import { writeBundle } from '../ledger/bundle.ts';
import { openLedger } from '../ledger/ledger.ts';
import { openAlarms } from '../pager/alarms.ts';
import { openPager } from '../pager/pager.ts';
import { startBaselineJob } from './baseline-job.ts';
import { dataConverter, payloadCodec } from './codec.ts';
import { inboxWithDeferredRows } from './deferred-rows.ts';
import type { DeliveryTools } from './delivery.ts';
import { type DeliveryLoop, startDelivery } from './delivery-loop.ts';
import { pageFailingActivities } from './failing-activities.ts';
import { openHistoryReader } from './history-reader.ts';
import { WATCH_TIMES, type WatchTimes, watchInbox } from './inbox-watch.ts';
import { payloadAlarm } from './payload-alarm.ts';
import { workerNeeds } from './readiness-checks.ts';
import { openTemporal, type TemporalConnections } from './temporal.ts';
import { ttlCache } from './ttl-cache.ts';
import { startWorkers, TASK_QUEUES, type Workers } from './workers.ts';

export const WORKER_SETTINGS = [
  'UNAPPROVE_HOME',
  'UNAPPROVE_KEYS',
  'DATABASE_URL',
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'UNAPPROVE_TENANT_ID',
  'GRAPH_BASE_URL',
  'AZURE_AUTHORITY_HOST',
  'UNAPPROVE_DISABLE_INSTANCE_DISCOVERY',
  'UNAPPROVE_READER_CLIENT_ID',
  'UNAPPROVE_READER_CERTIFICATE',
  'UNAPPROVE_ACTOR_CLIENT_ID',
  'UNAPPROVE_ACTOR_CERTIFICATE',
  'UNAPPROVE_APPROVER_GROUP_ID',
  'UNAPPROVE_BREAK_GLASS_IDS',
  'UNAPPROVE_POLICY_FILE',
  'UNAPPROVE_PAGER_URL',
  'UNAPPROVE_PAGER_ROUTING_KEY',
  'UNAPPROVE_PAGER_NEXT_ROUTING_KEYS',
  'SLACK_TEAM_ID',
  'SLACK_RESPONDER_CHANNEL',
  'SLACK_RESPONDER_CHANNEL_NAME',
  'SLACK_STANDBY_CHANNEL',
] as const;

export type WorkerSettings = Settings<(typeof WORKER_SETTINGS)[number]>;

export interface RunningWorker {
  /** Resolves when the worker has used everything it needs and delivers from the inbox; never when it is stopped before that. */
  readonly ready: Promise<void>;
  /** Resolves when the Temporal workers have stopped. @throws when one of them fails */
  readonly done: Promise<void>;
  /** Stops everything that has been started, in order. */
  stop(): Promise<void>;
}

/** The time limit of one request to Microsoft. Temporal's own limit for a containment write is 10 s. */
const GRAPH_TIMEOUT_MS = 8_000;
const PAGER_TIMEOUT_MS = 5_000;
/** A baseline changes once a day, so a second is short; it saves reads when twenty cases ask at once. */
const BASELINE_KEPT_MS = 1_000;

/** @throws KeyProblem */
export async function startWorker(
  settings: WorkerSettings,
  policy: PolicySnapshot,
  watchTimes: WatchTimes = WATCH_TIMES,
): Promise<RunningWorker> {
  const log = pino({ name: 'worker', base: null }, pino.destination({ fd: 2, sync: true }));
  const tenant = tenantId(settings.UNAPPROVE_TENANT_ID);
  const keys = settings.UNAPPROVE_KEYS;
  const [publicKeys, sealingKey, masterKey, payloadKeys] = await Promise.all([
    loadPublicKeys(keys),
    loadSealingPrivateKey(keys),
    loadMasterKey(keys),
    loadPayloadKeys(keys),
  ]);
  const codec = payloadCodec(payloadKeys);

  const ledger = openLedger({ databaseUrl: settings.DATABASE_URL, masterKey });
  const tables = openRepositories(settings.DATABASE_URL);
  const inbox = openInbox({ databaseUrl: settings.DATABASE_URL });
  const pager = openPager({
    url: settings.UNAPPROVE_PAGER_URL,
    routingKeys: [settings.UNAPPROVE_PAGER_ROUTING_KEY, ...settings.UNAPPROVE_PAGER_NEXT_ROUTING_KEYS],
    timeoutMs: PAGER_TIMEOUT_MS,
    onFailure: (what) => log.error({ event: 'page-not-taken', ...what }),
  });
  const alarms = openAlarms(pager, { onGivenUp: (what) => log.error({ event: 'alarm-given-up', ...what }) });
  const alarm = ({ reason, dedupKey }: { readonly reason: string; readonly dedupKey: string }): Promise<void> =>
    alarms.ring({ summary: reason, dedupKey, severity: 'error' });
  const watch = watchInbox({ inbox, pager, log: (what) => log.warn(what) }, watchTimes);
  const stopping = new AbortController();

  const { reader, actor, meters } = openClients(settings, policy, log);
  const stored = { ledger, rows: tables.baselines };
  const baseline = {
    latest: ttlCache(BASELINE_KEPT_MS, () => latestBaseline(stored, tenant)),
    byDigest: (digest: string) => baselineByDigest(stored, tenant, digest),
  };
  const current = async () => (await baseline.latest()).baseline;
  const approverGroup = objectId(settings.UNAPPROVE_APPROVER_GROUP_ID);
  const job = startBaselineJob(
    { ledger, reader, rows: tables.baselines },
    {
      tenant,
      breakGlass: settings.UNAPPROVE_BREAK_GLASS_IDS.map(objectId),
      approverGroup,
      everyMs: policy.durations.baselineEveryMs,
    },
    (what) => log.info(what),
  );

  installRuntime(log);
  const temporal = openTemporal({ address: settings.TEMPORAL_ADDRESS, namespace: settings.TEMPORAL_NAMESPACE });
  const needs = untilReady(workerNeeds({ settings, reader, actor, temporal, job }), {
    signal: stopping.signal,
    onUnmet: (waitsFor) => log.warn({ event: 'not-ready', part: 'worker', waitsFor }),
  });

  const run = async ({ hosting, delivering }: TemporalConnections): Promise<Running> => {
    const client = new Client({
      connection: delivering,
      namespace: settings.TEMPORAL_NAMESPACE,
      dataConverter: dataConverter(codec),
    });

    const activities = createActivities({
      ledger,
      reader,
      doors: { account: accountWriter(actor, current), methods: methodWriter(actor, current) },
      people: tables.people,
      display: tables.display,
      baseline,
      approverGroup,
      policy,
      pager,
      responders: respondersChannel({
        team: settings.SLACK_TEAM_ID,
        channel: settings.SLACK_RESPONDER_CHANNEL,
        channelName: settings.SLACK_RESPONDER_CHANNEL_NAME,
        standbyChannel: settings.SLACK_STANDBY_CHANNEL,
      }),
      alarm,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      histories: openHistoryReader(client, codec, (what) => log.error(what)),
      writeBundle: async (caseId) => {
        await writeBundle(ledger, caseId, join(settings.UNAPPROVE_HOME, 'bundles'));
        const entries = await ledger.entries(caseId);
        return { head: entries.at(-1)?.hash ?? '', entries: entries.length };
      },
      inbox: {
        verify: (act) => verifyEnvelope(act, publicKeys, settings.SLACK_TEAM_ID),
        words: (key, sealedSha256) => wordsOf(inbox, sealingKey, key, sealedSha256, log),
        empty: (key) => inbox.emptyRow(key),
      },
    });

    const temporalWorkers = await startWorkers({
      connection: hosting,
      namespace: settings.TEMPORAL_NAMESPACE,
      activities,
      payloadKeys,
      onPayloadRefused: payloadAlarm({ ledger, tenant, alarm, log }),
      failing: pageFailingActivities({ pager, log }),
    });
    const tools: DeliveryTools = {
      client,
      ledger,
      inbox,
      people: tables.people,
      verify: (signed) => verifyEnvelope(signed, publicKeys, settings.SLACK_TEAM_ID),
      alarm,
      cannotDeliver: (key) => watch.cannotDeliver(key),
      log: (what) => log.info(what),
    };
    const deliver = (): DeliveryLoop =>
      startDelivery({ ...tools, inbox: inboxWithDeferredRows(inbox) }, { tenant, cases: TASK_QUEUES.cases });
    return { temporalWorkers, deliver };
  };

  /** The parts that have been started so far, for `stop`. */
  let temporalWorkers: Workers | undefined;
  let delivery: DeliveryLoop | undefined;
  const start = async (): Promise<void> => {
    const running = await run(await temporal.reached);
    temporalWorkers = running.temporalWorkers;
    if (stopping.signal.aborted) return temporalWorkers.stop();
    await Promise.race([job.ready, running.temporalWorkers.done]);
    // With wrong settings of an app, reports are still delivered: the case reports the failure, and people can act.
    if (!stopping.signal.aborted) delivery = running.deliver();
  };
  const started = start();
  const done = started.then(() => temporalWorkers?.done);
  // A worker that is stopped before it is ready never becomes ready. A part that fails rejects `done`.
  const ready = new Promise<void>((resolve) => {
    Promise.all([needs, started]).then(
      () => stopping.signal.aborted || resolve(),
      () => undefined,
    );
  });

  return {
    ready,
    done,
    async stop() {
      stopping.abort();
      job.stop();
      alarms.stop();
      // Temporal workers that are being created cannot be stopped before they exist.
      if (temporal.isReached()) await started.catch(() => undefined);
      await Promise.all([watch.stop(), delivery?.stop()]);
      temporalWorkers?.stop();
      await meters.close();
      await temporalWorkers?.done;
      await temporal.close();
      await Promise.all([ledger.close(), tables.close(), inbox.close()]);
    },
  };
}

interface Running {
  readonly temporalWorkers: Workers;
  readonly deliver: () => DeliveryLoop;
}

function openClients(settings: WorkerSettings, { durations }: PolicySnapshot, log: pino.Logger) {
  const authority: AuthoritySettings = {
    authorityHost: settings.AZURE_AUTHORITY_HOST,
    instanceDiscovery: !settings.UNAPPROVE_DISABLE_INSTANCE_DISCOVERY,
    graphOrigin: new URL(settings.GRAPH_BASE_URL).origin,
    timeoutMs: GRAPH_TIMEOUT_MS,
  };
  const meters = openRateLimits({
    databaseUrl: settings.DATABASE_URL,
    tenantId: settings.UNAPPROVE_TENANT_ID,
    durations,
    timeoutMs: GRAPH_TIMEOUT_MS,
    patienceMs: attemptLeftMs,
    log: (what) => log.warn(what),
  });
  const client = (clientId: string, certificatePath: string) =>
    openGraph({
      baseUrl: settings.GRAPH_BASE_URL,
      meter: meters.of(clientId),
      timeoutMs: GRAPH_TIMEOUT_MS,
      tokens: tokenSource({ kind: 'certificate', tenantId: settings.UNAPPROVE_TENANT_ID, clientId, certificatePath }, authority),
    });
  return {
    reader: directoryReader(client(settings.UNAPPROVE_READER_CLIENT_ID, settings.UNAPPROVE_READER_CERTIFICATE)),
    actor: client(settings.UNAPPROVE_ACTOR_CLIENT_ID, settings.UNAPPROVE_ACTOR_CERTIFICATE),
    meters,
  };
}

/** The time left of the Temporal attempt that makes the request; no limit outside an activity. */
function attemptLeftMs(): number {
  const info = asyncLocalStorage.getStore()?.info;
  return info === undefined ? Number.POSITIVE_INFINITY : info.currentAttemptScheduledTimestampMs + info.startToCloseTimeoutMs - Date.now();
}

function verifyEnvelope(signed: unknown, keys: PublicKeys, team: string): ReturnType<typeof verifySigned> {
  const verified = verifySigned(signed, keys);
  return verified.kind === 'valid' && verified.envelope.team !== team ? { kind: 'refused', code: 'foreign-workspace' } : verified;
}

let isRuntimeInstalled = false;

/** One for the whole process, however often a worker is started in it. */
function installRuntime(log: pino.Logger): void {
  if (isRuntimeInstalled) return;
  isRuntimeInstalled = true;
  Runtime.install({
    // We handle the signals: this library would keep the process alive and stop only its own part.
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', (entry) => isNews(entry) && log.warn({ event: 'engine', ...temporalLogEntry(entry) })),
  });
}

/** Each task queue serves one kind of work on purpose; Temporal warns about it at every start. */
const isNews = ({ message }: LogEntry): boolean => !/^No (workflows|activities) registered/.test(message);

/** Temporal's log entry without payloads: those may hold what no log should. */
function temporalLogEntry({ level, message, meta }: LogEntry): object {
  const error: unknown = meta?.['error'];
  const failure =
    error instanceof ApplicationFailure
      ? { code: error.type, problem: error.message }
      : error instanceof Error
        ? { problem: error.message }
        : {};
  return { severity: level, message, activity: meta?.['activityType'], attempt: meta?.['attempt'], ...failure };
}

/** A text that does not match its envelope, or that cannot be decrypted, is left out and logged; the report is still valid. */
async function wordsOf(inbox: Inbox, sealingKey: KeyObject, key: string, sealedSha256: string, log: pino.Logger): Promise<unknown> {
  const row = await inbox.sealedWords(key);
  if (row === null) return null;
  if (sealDigest(row.jwe) !== sealedSha256) {
    log.error({ event: 'words-swapped', key });
    return null;
  }
  try {
    return await openSealedText(row.jwe, sealingKey);
  } catch {
    log.error({ event: 'words-unreadable', key });
    return null;
  }
}
