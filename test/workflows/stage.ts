// A stage for the case workflow: the real engine, the real workflow, and stub
// activities that tell what they were asked. Durations are milliseconds.
import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { type Client, Connection, Client as TemporalClient, WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { inject } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import type { Note } from '../../activities/notes.ts';
import type { OpenedCase, Weighed, WeighedReport } from '../../activities/people/weigh.ts';
import { RunbookError } from '../../domain/errors.ts';
import { caseWorkflowId, type ObjectId, objectId, tenantId } from '../../domain/ids.ts';
import { DEFAULT_DURATIONS, type Durations } from '../../domain/policy.ts';
import type { SignedEnvelope } from '../../domain/report.ts';
import { makeKeys, type PayloadKeys } from '../../inbox/keys.ts';
import { dataConverter, payloadCodec, type Refusal } from '../../worker/codec.ts';
import { type Host, host } from '../../worker/hosting.ts';
import type { approvedPrompt } from '../../workflows/approved-prompt.ts';
import { actId, actsReceived, type CaseEnd, type CaseInput, type Lanes, lanesOf } from '../../workflows/messages.ts';
import { workflowBundle } from '../setup/workflow-bundle.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

export const QUICK: Durations = {
  ...DEFAULT_DURATIONS,
  accessTokenMs: 40,
  propagationMs: 10,
  logDelayMs: 10,
  readBackMs: 2_000,
  readBackEveryMs: 5,
  readBackWithinMs: 20,
  askAgainMs: 60,
  logDeadlineMs: 200,
  containAttemptMs: 2_000,
  readAttemptMs: 5_000,
  retryFirstMs: 10,
  retryCapMs: 50,
  giveUpMs: 5_000,
};

export interface Call {
  readonly name: keyof Activities;
  readonly notes: readonly Note[];
}

export interface Stage {
  readonly subject: ObjectId;
  readonly workflowId: string;
  /** The queue on which the case runs. */
  readonly cases: string;
  readonly client: Client;
  readonly calls: Call[];
  act(part?: Partial<SignedEnvelope['envelope']['values']> & { key?: string; signature?: string }): SignedEnvelope;
  /** One message with these acts; `updateId` only where the acts themselves could not give one. */
  send(act: SignedEnvelope, updateId?: string): Promise<'received'>;
  sendAll(acts: readonly SignedEnvelope[]): Promise<'received'>;
  end(): Promise<CaseEnd>;
  /** What this case was handed and could not believe. */
  refusals(): readonly string[];
  /** Kinds of all notes that rode with a successful activity, first write of a key only, in order. */
  noted(): string[];
  readonly input: CaseInput;
  close(): Promise<void>;
}

export type Stub = Partial<Activities>;

const tenant = tenantId('10000000-0000-4000-8000-000000000001');

/** What `people.weigh` says of everybody: an ordinary account, reported by its owner. */
export const believed = (
  run: { readonly acts: readonly SignedEnvelope[]; readonly opening: boolean; readonly subject: string },
  part: Partial<OpenedCase> = {},
) => ({
  reports: run.acts.map(
    (act): WeighedReport => ({
      key: act.envelope.key,
      reporter: objectId(run.subject),
      reportedBy: act.envelope.values.about === null ? 'subject' : 'colleague',
      what: act.envelope.values.what,
      receivedAt: act.envelope.at,
    }),
  ),
  refused: 0,
  opened: run.opening
    ? {
        number: 1001,
        policy: { version: 'test', durations: QUICK },
        openedAt: Date.now(),
        account: { kind: 'ordinary' as const, protectedBecause: null, outsideReach: [] },
        provenBreakGlass: [],
        administrators: [],
        ...part,
      }
    : null,
});

export const shut = {
  enabled: false,
  sessionsCutAt: new Date().toISOString(),
  actsBefore: 0,
  actsAfter: 0,
  signInsAfterClosing: 0,
  blindSpots: [],
};

/** The lanes of one test file: one worker, whose stubs are found by the case that asks. */
export interface Theatre {
  readonly payloadKeys: PayloadKeys;
  stage(stub?: Stub, durations?: Partial<Durations>): Promise<Stage>;
  close(): Promise<void>;
}

export async function openTheatre(): Promise<Theatre> {
  const address = inject('temporalAddress');
  const namespace = inject('temporalNamespace');
  const mark = randomUUID();
  const lanes = lanesOf(`cases-${mark}`);
  const [native, connection] = await Promise.all([NativeConnection.connect({ address }), Connection.connect({ address })]);
  const payloadKeys = makeKeys().payload;
  const client = new TemporalClient({ connection, namespace, dataConverter: dataConverter(payloadCodec(payloadKeys)) });
  const refusals: Refusal[] = [];
  const casts = new Map<string, Activities>();
  const running: Host = await host({
    connection: native,
    namespace,
    lanes,
    activities: byCase(casts),
    payloadKeys,
    onPayloadRefused: (refusal) => refusals.push(refusal),
    workflowBundle: await workflowBundle(),
    stickyMs: 500,
  });
  return {
    payloadKeys,
    async stage(stub = {}, durations = {}) {
      const set = newStage(client, lanes, refusals);
      casts.set(set.workflowId, recorded(set.calls, { ...usual, ...stub }, { ...QUICK, ...durations }));
      return set;
    },
    async close() {
      running.stop();
      await running.done;
      await Promise.all([native.close(), connection.close()]);
    },
  };
}

function newStage(client: Client, lanes: Lanes, refusals: readonly Refusal[]): Stage {
  const subject = objectId(randomUUID());
  const calls: Call[] = [];
  const workflowId = caseWorkflowId(tenant, subject);
  const input: CaseInput = { tenant, subject };
  const start = () =>
    new WithStartWorkflowOperation<typeof approvedPrompt>('approvedPrompt', {
      workflowId,
      taskQueue: lanes.cases,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  return {
    subject,
    workflowId,
    cases: lanes.cases,
    client,
    calls,
    input,
    act({ key = `slack:V1:${randomUUID()}`, signature = randomUUID(), ...values } = {}) {
      return {
        keyId: 'k',
        signature,
        envelope: {
          version: 1,
          key,
          channel: 'slack',
          team: 'T1',
          person: 'U1',
          act: 'report',
          values: { what: 'approved', when: 'today', about: null, wordsSha256: null, ...values },
          at: new Date().toISOString(),
          nonce: randomUUID(),
        },
      };
    },
    send: (act, updateId = actId(act)) =>
      client.workflow.executeUpdateWithStart(actsReceived, { updateId, args: [[act]], startWorkflowOperation: start() }),
    sendAll: (acts) =>
      client.workflow.executeUpdateWithStart(actsReceived, { updateId: randomUUID(), args: [acts], startWorkflowOperation: start() }),
    end: () => client.workflow.getHandle<typeof approvedPrompt>(workflowId).result(),
    refusals: () => refusals.filter((refusal) => refusal.workflowId === workflowId).map(({ problem }) => problem),
    noted() {
      const seen = new Map<string, string>();
      for (const { notes } of calls) for (const note of notes) if (!seen.has(note.key)) seen.set(note.key, note.event.kind);
      return [...seen.values()];
    },
    async close() {
      try {
        await client.workflow.getHandle(workflowId).terminate('the test is over');
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
  };
}

/** Every activity, handed to the cast of the case that asks for it. */
function byCase(casts: ReadonlyMap<string, Activities>): Activities {
  const entries = (Object.keys(usual) as (keyof Activities)[]).map((name) => [
    name,
    (run: { readonly workflowId?: string }) => {
      const { workflowId = '' } = activityInfo().workflowExecution ?? {};
      const cast = casts.get(workflowId) ?? casts.get(run.workflowId ?? '');
      if (cast === undefined) throw new Error(`no cast for ${workflowId}`);
      return (cast[name] as (given: unknown) => Promise<unknown>)(run);
    },
  ]);
  return Object.fromEntries(entries) as Activities;
}

const done = (step: 'block-sign-in' | 'revoke-sessions') => async () => ({
  kind: 'verified' as const,
  step,
  at: Date.now(),
  changed: true,
});

const usual: Activities = {
  'people.weigh': async (run) => believed(run),
  'block-sign-in.apply': done('block-sign-in'),
  'block-sign-in.verify': done('block-sign-in'),
  'revoke-sessions.apply': done('revoke-sessions'),
  'revoke-sessions.verify': done('revoke-sessions'),
  survey: async () => undefined,
  'logs.read': async () => ({ supports: false, readable: true, blindSpots: [] }),
  recheck: async () => ({ ...shut, at: Date.now() }),
  'person.page': async () => ({ delivered: true }),
  'history.export': async () => undefined,
  'case.finish': async () => undefined,
};

function recorded(calls: Call[], activities: Activities, durations: Durations): Activities {
  const entries = Object.entries(activities).map(([name, run]) => [
    name,
    async (argument: { readonly notes?: readonly Note[] }) => {
      let result: unknown = await (run as (given: unknown) => Promise<unknown>)(argument);
      if (isWeighed(result) && result.opened !== null)
        result = { ...result, opened: { ...result.opened, policy: { version: 'test', durations } } };
      calls.push({ name: name as keyof Activities, notes: argument.notes ?? [] });
      return result;
    },
  ]);
  return Object.fromEntries(entries) as Activities;
}

export const refused = (code: 'GRAPH_FORBIDDEN' | 'GRAPH_UNAVAILABLE' | 'NOT_YET_VISIBLE') => async (): Promise<never> => {
  throw new RunbookError(code, `a stub that answers ${code}`);
};

const isWeighed = (result: unknown): result is Weighed => typeof result === 'object' && result !== null && 'opened' in result;
