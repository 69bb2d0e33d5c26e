/**
 * A practice workspace, a database and the Slack app between them, for one test file. Called at the top of the file,
 * because only hooks that are registered there run after each test.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { afterAll, afterEach } from 'vitest';
import { shownRow } from '../../activities/people/display-row.ts';
import { NOTHING_STRICTER } from '../../domain/approval-requirements.ts';
import type { LedgerEvent } from '../../domain/case/events.ts';
import { type CaseId, caseId, type ObjectId, objectId, tenantId } from '../../domain/ids.ts';
import { DEFAULT_DURATIONS, type Durations } from '../../domain/policy.ts';
import { SHOWN_PHONE_KEY } from '../../domain/report.ts';
import { startWorkspace } from '../../drill/slack/start.ts';
import type { Message, Workspace, WorkspaceOptions } from '../../drill/slack/types.ts';
import { initKeys } from '../../inbox/keys.ts';
import { grantLogin } from '../../ledger/database-roles.ts';
import { type Ledger, openLedger } from '../../ledger/ledger.ts';
import { connectionTo } from '../../prisma/connection.ts';
import { PrismaClient } from '../../prisma/generated/client.ts';
import { type SlackApp, type SlackAppSettings, startSlackApp } from '../../slack-app/start.ts';
import { APP_PASSWORD } from '../ledger/ledger-harness.ts';
import { freshDatabase } from '../setup/database.ts';
import type { TestPlan } from './plans.ts';

export interface PracticePerson {
  readonly slackId: string;
  readonly objectId: ObjectId;
  readonly name: string;
}

export const TEAM = 'T0PRACTICE';
export const ANA: PracticePerson = { slackId: 'U0ANA', objectId: objectId('11111111-aaaa-4aaa-8aaa-000000000001'), name: 'Ana Prieto' };
export const BORIS: PracticePerson = { slackId: 'U0BORIS', objectId: objectId('11111111-aaaa-4aaa-8aaa-000000000002'), name: 'Boris Lind' };
/** Her name is what an attacker would choose. */
export const MALLORY: PracticePerson = {
  slackId: 'U0MALLORY',
  objectId: objectId('11111111-aaaa-4aaa-8aaa-000000000003'),
  name: '<!channel> *APPROVED* <https://evil.example|ok>',
};
export const RITA = { slackId: 'U0RITA', name: 'Rita Sol' } as const;
/** Two approvers. */
export const NOOR: PracticePerson = { slackId: 'U0NOOR', objectId: objectId('11111111-aaaa-4aaa-8aaa-000000000004'), name: 'Noor Haddad' };
export const IVO: PracticePerson = { slackId: 'U0IVO', objectId: objectId('11111111-aaaa-4aaa-8aaa-000000000005'), name: 'Ivo Kern' };
export const RESPONDERS = 'C0RESPOND';
export const STANDBY = 'C0STANDBY';
export const BOT = 'U0BOT';
export const CALL_BACK = '+44 20 7946 0123';

const TEAM_ON_DUTY = [RITA.slackId, NOOR.slackId, IVO.slackId];
const TENANT = tenantId('22222222-bbbb-4bbb-8bbb-000000000001');

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly facts: Readonly<Record<string, unknown>>;
  readonly sentence: string;
}

export interface Practice {
  readonly workspace: Workspace;
  readonly prisma: PrismaClient;
  readonly ledger: Ledger;
  readonly settings: SlackAppSettings;
  readonly logged: LogLine[];
  /** Starts the app; it is stopped after the test. */
  start(more?: Partial<SlackAppSettings>): Promise<SlackApp>;
  /** Opens a case with these events on its chain. */
  openCase(
    events?: readonly LedgerEvent[],
    about?: PracticePerson,
    durations?: Partial<Durations>,
    /** The subject's number in the personnel record. */
    phone?: string | null,
  ): Promise<PracticeCase>;
}

export interface PracticeCase {
  readonly id: CaseId;
  readonly number: number;
  add(...events: readonly LedgerEvent[]): Promise<void>;
  /** Stores the names of its items where the Slack app reads them, and the plan in the ledger. */
  ask(plan: TestPlan): Promise<void>;
}

export async function practice(options: Partial<WorkspaceOptions> = {}): Promise<Practice> {
  const ownerUrl = await freshDatabase();
  // As in real life, the process that listens to Slack may do no more than its own role.
  const databaseUrl = await grantLogin(ownerUrl, APP_PASSWORD, 'slack');
  const keys = await mkdtemp(join(tmpdir(), 'unapprove-slack-app-'));
  await initKeys(join(keys, 'keys'));
  const workspace = await startWorkspace({
    team: { id: TEAM, domain: 'contoso-drill', name: 'Contoso DRILL' },
    appId: 'A0PRACTICE',
    botUserId: BOT,
    botToken: 'xoxb-practice-bot',
    appToken: 'xapp-practice-app',
    people: [
      ...[ANA, BORIS, MALLORY, RITA, NOOR, IVO].map(({ slackId, name }) => ({ id: slackId, name: slackId.toLowerCase(), realName: name })),
      { id: BOT, name: 'unapprove', realName: 'unapprove', bot: true },
    ],
    channels: [
      { id: RESPONDERS, name: 'responders', private: true, members: [...TEAM_ON_DUTY, BOT] },
      { id: STANDBY, name: 'responders-standby', private: true, members: [...TEAM_ON_DUTY, BOT] },
    ],
    seed: 7,
    rateScale: 1_000,
    ...options,
  });
  const prisma = new PrismaClient({ adapter: new PrismaPg({ ...connectionTo(ownerUrl), max: 2 }) });
  await prisma.person.createMany({
    data: [ANA, BORIS, MALLORY, NOOR, IVO].map((person) => ({
      slackTeam: TEAM,
      slackUser: person.slackId,
      objectId: person.objectId,
      name: person.name,
      source: 'test',
      confirmedAt: new Date(),
    })),
  });
  const ledger = openLedger({ databaseUrl: ownerUrl, masterKey: new Uint8Array(randomBytes(32)), maxConnections: 2 });
  const settings: SlackAppSettings = {
    apiUrl: workspace.apiUrl,
    botToken: 'xoxb-practice-bot',
    appToken: 'xapp-practice-app',
    teamId: TEAM,
    responderChannel: RESPONDERS,
    standbyChannel: null,
    callBackNumber: CALL_BACK,
    databaseUrl,
    keys: join(keys, 'keys'),
  };
  const logged: LogLine[] = [];
  const note =
    (level: LogLine['level']) =>
    (facts: object, sentence: string): void =>
      void logged.push({ level, facts: { ...facts }, sentence });
  const apps = new Set<SlackApp>();

  afterEach(async () => {
    await Promise.all([...apps].map((app) => app.stop()));
    apps.clear();
    workspace.faults.clear();
    logged.length = 0;
  });
  afterAll(async () => {
    await ledger.close();
    await prisma.$disconnect();
    await workspace.stop();
    await rm(keys, { recursive: true, force: true });
  });

  return {
    workspace,
    prisma,
    ledger,
    settings,
    logged,
    async start(more = {}) {
      const app = await startSlackApp({ ...settings, ...more }, { info: note('info'), warn: note('warn'), error: note('error') });
      const stopOnce = once(() => app.stop());
      const running: SlackApp = { ...app, stop: stopOnce };
      apps.add(running);
      return running;
    },
    async openCase(events = [], about = ANA, durations = {}, phone = null) {
      const id = caseId(randomUUID());
      const { number } = await ledger.openCase({
        caseId: id,
        tenant: TENANT,
        subject: about.objectId,
        workflowId: `case/${TENANT}/${about.objectId}`,
      });
      const row = phone === null ? null : await shownRow(ledger, id, SHOWN_PHONE_KEY, { phone });
      if (row !== null) await prisma.display.create({ data: { caseId: id, key: row.key, content: { ...row.content } } });
      let written = 0;
      const add = async (...more: readonly LedgerEvent[]): Promise<void> => {
        await ledger.append(
          more.map((event) => {
            written += 1;
            return { chain: id, key: `test/${written}`, actor: 'worker', event };
          }),
        );
      };
      await add(
        {
          kind: 'case.opened',
          schemaVersion: 1,
          number,
          tenant: TENANT,
          subject: about.objectId,
          openedBy: 'test',
          baselineDigest: '0'.repeat(64),
          policy: { version: 'test', durations: { ...DEFAULT_DURATIONS, ...durations }, stricter: NOTHING_STRICTER },
          phoneSha256: row?.sha256 ?? null,
        },
        ...events,
      );
      return {
        id,
        number,
        add,
        async ask(plan) {
          await prisma.display.create({ data: { caseId: id, key: `plan/${plan.digest}`, content: { ...plan.labels } } });
          await add(plan.made);
        },
      };
    },
  };
}

function once<T>(act: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => (done ??= act());
}

/** Waits for a fact, checking again after each entry of the workspace's transcript. */
export async function until<T>(workspace: Workspace, check: () => T | undefined | false | null, what: string): Promise<T> {
  const now = check();
  if (now !== undefined && now !== false && now !== null) return now;
  let found: T | undefined;
  await workspace.transcript
    .until(
      () => {
        const seen = check();
        if (seen === undefined || seen === false || seen === null) return false;
        found = seen;
        return true;
      },
      { timeoutMs: 15_000 },
    )
    .catch((error: unknown) => {
      throw new Error(`never came true: ${what}`, { cause: error });
    });
  return found as T;
}

/** Everything a person reads in a message, as one text. */
export const textOf = (message: Pick<Message, 'text' | 'blocks'>): string => [message.text, ...strings(message.blocks)].join('\n');

function strings(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(strings);
  if (typeof value !== 'object' || value === null) return [];
  const own = Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === 'string' ? (['text', 'fallback', 'user_id'].includes(name) ? [inner] : []) : [],
  );
  return [...own, ...Object.values(value).flatMap((inner) => (typeof inner === 'object' ? strings(inner) : []))];
}
