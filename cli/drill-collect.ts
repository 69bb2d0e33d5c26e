// Collects what a drill left behind, for the score: journals, the database,
// Temporal's histories, and logs.
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Company } from '../drill/run/run-scenario.ts';
import type {
  BundleFound,
  Collected,
  DrillEvidence,
  HistoryEvent,
  Material,
  Needle,
  RunHistory,
  SlackMoment,
  TenantCall,
} from '../drill/score/input.ts';
import { truthOf } from '../drill/score/truth-snapshot.ts';
import type { TranscriptEntry } from '../drill/slack/transcript.ts';
import type { PayloadKeys } from '../inbox/keys.ts';
import { payloadCodec } from '../worker/codec.ts';
import { decodedHistory } from '../worker/history-reader.ts';
import type { LedgerWatch } from './ledger-watch.ts';

const run = promisify(execFile);

export interface TemporalAccess {
  /** Temporal's own command line program. */
  readonly program: string;
  readonly address: string;
  readonly namespace: string;
}

const LISTED = { workflows: 1000, bufferBytes: 256 * 1024 * 1024 } as const;

export interface HistoriesRead {
  readonly histories: readonly RunHistory[];
  /** The same in clear text, in the form that Temporal's tools replay. */
  readonly replayable: readonly { readonly workflowId: string; readonly runId: string; readonly json: unknown }[];
  /** A payload that Temporal held in clear text, or that did not decrypt: the search for secrets would miss it. */
  readonly troubles: readonly string[];
}

/** Every run of every workflow of this tenant, and of the workflows that close its cases, read from Temporal and decrypted with the product's keys. */
export async function readHistories(
  temporal: TemporalAccess,
  keys: PayloadKeys,
  isOfThisRun: (workflowId: string) => boolean,
): Promise<HistoriesRead> {
  const ask = async (...args: readonly string[]): Promise<unknown> => {
    const { stdout } = await run(
      temporal.program,
      [...args, '--address', temporal.address, '--namespace', temporal.namespace, '--output', 'json'],
      {
        maxBuffer: LISTED.bufferBytes,
        env: { PATH: process.env['PATH'] ?? '' },
      },
    );
    return JSON.parse(stdout) as unknown;
  };
  const listed = (await ask('workflow', 'list', '--limit', String(LISTED.workflows))) as readonly ListedRun[];
  const codec = payloadCodec(keys);
  const histories: RunHistory[] = [];
  const replayable: { workflowId: string; runId: string; json: unknown }[] = [];
  const troubles: string[] = [];
  for (const { execution, type, historySizeBytes } of listed) {
    if (!isOfThisRun(execution.workflowId)) continue;
    const shown = (await ask('workflow', 'show', '--workflow-id', execution.workflowId, '--run-id', execution.runId)) as object;
    const { json, opened, found, unreadable } = await decodedHistory(historyFromJSON(shown), execution.workflowId, codec);
    if (opened === 0 || found > 0 || unreadable > 0) {
      troubles.push(
        `of the payloads of ${execution.workflowId} ${opened} opened, ${found} were in clear text in Temporal, ${unreadable} did not decrypt`,
      );
    }
    replayable.push({ ...execution, json });
    const bytes = Number(historySizeBytes ?? 0) || (await sizeOf(ask, execution));
    histories.push({
      workflowId: execution.workflowId,
      runId: execution.runId,
      type: type.name,
      bytes,
      events: plainly(json.events) as readonly HistoryEvent[],
    });
  }
  return { histories, replayable, troubles };
}

/** With every payload as the value that was put into it: a secret that is searched must not hide in how it was packed. */
function plainly(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(plainly);
  if (typeof json !== 'object' || json === null) return json;
  const { metadata, data } = json as { readonly metadata?: { readonly encoding?: string }; readonly data?: unknown };
  if (metadata?.encoding === JSON_PLAIN && typeof data === 'string') return JSON.parse(Buffer.from(data, 'base64').toString('utf8'));
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, plainly(value)]));
}

const JSON_PLAIN = Buffer.from('json/plain').toString('base64');

interface ListedRun {
  readonly execution: { readonly workflowId: string; readonly runId: string };
  readonly type: { readonly name: string };
  readonly historySizeBytes?: string | number;
}

async function sizeOf(
  ask: (...args: readonly string[]) => Promise<unknown>,
  { workflowId, runId }: ListedRun['execution'],
): Promise<number> {
  const described = (await ask('workflow', 'describe', '--workflow-id', workflowId, '--run-id', runId)) as {
    readonly workflowExecutionInfo?: { readonly historySizeBytes?: string | number };
  };
  return Number(described.workflowExecutionInfo?.historySizeBytes ?? 0);
}

export interface Gathering {
  readonly company: Company;
  readonly ledger: LedgerWatch;
  readonly histories: readonly RunHistory[];
  readonly bundles: readonly BundleFound[];
  readonly home: string;
  readonly logs: string;
  readonly transcriptFile: string;
  readonly secrets: readonly Needle[];
  readonly control: string;
  readonly troubles: readonly string[];
}

/** All of it, in the form the score reads. */
export async function gather(gathering: Gathering): Promise<DrillEvidence> {
  const { company, ledger, histories, bundles, troubles, control } = gathering;
  const { cast, tenant, workspace, pager, scenario } = company;
  return {
    scenario,
    apps: cast.apps,
    calls: tenant.journal.records().map(
      (call): TenantCall => ({
        at: call.at,
        ...(call.answeredAt === undefined ? {} : { answeredAt: call.answeredAt }),
        actor: call.actor,
        operation: call.operation,
        path: call.query === '' ? call.path : `${call.path}?${call.query}`,
        status: call.status,
        requestId: call.requestId,
        unknown: call.unknown,
        effects: call.effects,
        ...(call.effectAt === undefined ? {} : { effectAt: call.effectAt }),
      }),
    ),
    slack: workspace.transcript.entries().map(momentOf),
    pages: pager.pages().flatMap(({ dedupKey, summary, line, rangAt }) => rangAt.map((at) => ({ at, dedupKey, summary, line }))),
    pagerRefusals: pager.refusals(),
    truth: truthOf(company),
    bundles,
    tenantEntries: ledger.linesOf(`tenant/${cast.company.tenantId}`),
    histories,
    collected: await collect(gathering),
    needles: [...gathering.secrets, ...needlesOf(company)],
    control,
    troubles,
  };
}

function momentOf(entry: TranscriptEntry): SlackMoment {
  // What one person was shown is a message as well: it has no author and is never changed.
  if (entry.kind === 'message.ephemeral') return { ...entry, message: { ...entry.message, user: '', version: 1 } };
  return entry;
}

async function collect({ ledger, histories, bundles, logs, home, transcriptFile }: Gathering): Promise<Collected[]> {
  const piece = (material: Material, name: string, text: string): Collected => ({ material, name, bytes: Buffer.from(text, 'utf8') });
  const dump = await ledger.dump();
  return [
    // Labels for Slack are in one table and are deleted with the key of the case; everywhere else they are sealed.
    ...dump.map(({ table, text }) => piece(table === 'display' ? 'shown texts' : 'database dump', table, text)),
    ...histories.map((history) => piece('engine history', `${history.workflowId} ${history.runId}`, JSON.stringify(history.events))),
    ...(await filesUnder(logs, 'logs')),
    ...(await filesUnder(join(home, 'logs'), 'logs')),
    { material: 'Slack transcript', name: 'workspace.jsonl', bytes: await readFile(transcriptFile) },
    ...(await Promise.all(bundles.map((bundle) => filesUnder(bundle.path, 'bundle')))).flat(),
  ];
}

async function filesUnder(folder: string, material: Material): Promise<Collected[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => ({ material, name: relative(folder, file), bytes: await readFile(file) })));
}

/** Passwords, tokens and keys of the practice company, and the text of each report. */
function needlesOf({ cast, scenario, apps, routingKeys, tenant }: Company): Needle[] {
  const texts = scenario.staff.actions.flatMap((action) => (action.do === 'report' ? Object.values(action.words) : []));
  return [
    ...tenant.secrets(),
    { name: 'the Slack bot token', value: cast.slack.botToken },
    { name: 'the Slack app token', value: cast.slack.appToken },
    ...routingKeys.map((value) => ({ name: 'a routing key of the pager', value })),
    ...keyLines('the private key of the reading app', apps.reader.keyPem),
    ...keyLines('the private key of the acting app', apps.actor.keyPem),
    ...texts.map((value) => ({ name: 'free text of a report', value, mayStandIn: ['Slack transcript', 'shown texts'] as const })),
  ];
}

/** A line from the middle of a key identifies it, also after its line ends were changed. */
export function keyLines(name: string, pem: string): Needle[] {
  const lines = pem.split('\n').filter((line) => line.length >= 40 && !line.startsWith('-----'));
  const middle = lines[Math.floor(lines.length / 2)] ?? lines[0];
  return middle === undefined ? [] : [{ name, value: middle.trim() }];
}

/** The secrets in the product's home folder: what `keys init` made. */
export async function secretsOfHome(keys: string): Promise<Needle[]> {
  const names = await readdir(keys);
  const needles = await Promise.all(
    names
      .filter((name) => !name.includes('.pub.'))
      .map(async (name): Promise<Needle[]> => {
        const text = (await readFile(join(keys, name), 'utf8')).trim();
        if (text.startsWith('-----')) {
          // An Ed25519 key is one line, and its beginning is the same in every such key.
          const body = text.split('\n').find((line) => !line.startsWith('-----')) ?? '';
          return [{ name: `the key ${name}`, value: body.slice(-40) }];
        }
        if (text.startsWith('{')) return [{ name: `the key ${name}`, value: (JSON.parse(text) as { readonly d?: string }).d ?? '' }];
        return [
          { name: `the key ${name}`, value: text },
          { name: `the key ${name}, in hex`, value: Buffer.from(text, 'base64url').toString('hex') },
        ];
      }),
  );
  return needles.flat();
}

/**
 * Writes the histories of a run for replay tests, one file for each run of a case.
 * Never overwrites a recorded history: an open case may have the same events.
 */
export async function keepHistories(folder: string, name: string, { replayable }: HistoriesRead): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [index, { workflowId, json }] of replayable.entries()) {
    const file = join(folder, `${name}-${String(index + 1).padStart(2, '0')}.json`);
    await writeFile(file, `${JSON.stringify({ workflowId, history: withoutMachineData(json) })}\n`, { flag: 'wx' });
  }
}

/** Removes host names and stack traces of the machine; a replay needs neither. */
function withoutMachineData(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutMachineData);
  // A process and its queue are named after the host.
  if (typeof json === 'string' && /^\d+@/.test(json)) return 'worker';
  if (typeof json !== 'object' || json === null) return json;
  const { encodedAttributes: _encoded, ...rest } = json as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, name === 'stackTrace' ? '' : withoutMachineData(value)]));
}
