// A harness for the case workflow: the real Temporal server, the real workflow, and stub
// activities that record their input. Durations are milliseconds.
import { createHash, randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { type Client, Connection, Client as TemporalClient, WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { inject } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import type { PendingEvent } from '../../activities/pending-events.ts';
import type { OpenedCase } from '../../activities/people/triage-types.ts';
import type { VerifiedActions } from '../../activities/people/verify-actions.ts';
import type { VerifiedDecision } from '../../activities/people/verify-decision.ts';
import type { VerifiedReport } from '../../activities/people/verify-report.ts';
import type { MadePlan } from '../../activities/plans/make-plan.ts';
import {
  type DecisionEnvelope,
  type DecisionValues,
  isDecision,
  planOf,
  type ReportEnvelope,
  type SignedEnvelope,
} from '../../domain/action.ts';
import type { ApproverFacts, DecisionAction } from '../../domain/approval.ts';
import { NOTHING_STRICTER } from '../../domain/approval-requirements.ts';
import { RunbookError } from '../../domain/errors.ts';
import { caseWorkflowId, type ObjectId, objectId, tenantId } from '../../domain/ids.ts';
import { DEFAULT_DURATIONS, type Durations } from '../../domain/policy.ts';
import type { StepName } from '../../domain/step.ts';
import { makeKeys, type PayloadKeys } from '../../inbox/keys.ts';
import { dataConverter, payloadCodec, type Refusal } from '../../worker/codec.ts';
import { startWorkers, type Workers } from '../../worker/workers.ts';
import type { approvedPrompt } from '../../workflows/approved-prompt.ts';
import { actionId, actionsReceived, type CaseEnd, type CaseInput, type TaskQueues, taskQueuesOf } from '../../workflows/messages.ts';
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
  confirmWithinMs: 60_000,
  remindMs: 60_000,
  escalateMs: 120_000,
  planLifeMs: 600_000,
  releaseWatchMs: 50,
  logDeadlineMs: 200,
  containAttemptMs: 2_000,
  readAttemptMs: 5_000,
  retryFirstMs: 10,
  retryCapMs: 50,
  giveUpMs: 5_000,
};

export interface Call {
  readonly name: keyof Activities;
  readonly notes: readonly PendingEvent[];
}

export interface Stage {
  readonly subject: ObjectId;
  readonly workflowId: string;
  /** The queue on which the case runs. */
  readonly cases: string;
  readonly client: Client;
  readonly calls: Call[];
  /** A report. */
  act(part?: Partial<ReportEnvelope['values']> & { key?: string; signature?: string }): SignedEnvelope<ReportEnvelope>;
  /** A decision of a person; `people.verify` treats the name as the object id of an eligible approver. */
  decision<Act extends DecisionAction>(act: Act, by: ObjectId, values?: Partial<DecisionValues[Act]>): SignedEnvelope;
  /** One message with these actions; `updateId` only when the actions themselves cannot give one. */
  send(act: SignedEnvelope, updateId?: string): Promise<'received'>;
  sendAll(actions: readonly SignedEnvelope[]): Promise<'received'>;
  end(): Promise<CaseEnd>;
  /** Payloads that this case received and refused. */
  refusals(): readonly string[];
  /** Kinds of all events that a successful activity carried, first write of a key only, in order. */
  noted(): string[];
  readonly input: CaseInput;
  close(): Promise<void>;
}

export type Stub = Partial<Activities>;

const tenant = tenantId('10000000-0000-4000-8000-000000000001');

/** What `people.verify` answers about every person: an ordinary account, reported by its owner. */
export const believed = (
  run: { readonly actions: readonly SignedEnvelope[]; readonly opening: boolean; readonly subject: string },
  part: Partial<OpenedCase> = {},
) => ({
  reports: run.actions
    .map(({ envelope }) => envelope)
    .filter((envelope) => envelope.act === 'report')
    .map(
      ({ key, values, at }): VerifiedReport => ({
        key,
        reporter: objectId(run.subject),
        reportedBy: values.about === null ? 'subject' : 'colleague',
        what: values.what,
        receivedAt: at,
      }),
    ),
  decisions: run.actions
    .map(({ envelope }) => envelope)
    .filter(isDecision)
    .map(weighedDecision),
  refused: 0,
  opened: run.opening
    ? {
        number: 1001,
        policy: { version: 'test', durations: QUICK, stricter: NOTHING_STRICTER },
        openedAt: Date.now(),
        account: { kind: 'ordinary' as const, protectedBecause: null, outsideReach: [] },
        provenBreakGlass: [],
        administrators: [],
        ...part,
      }
    : null,
});

/** The harness derives Slack ids from object ids. */
const slackOf = (person: ObjectId): string => `U${person.replaceAll('-', '').toUpperCase()}`;
const personOf = (slack: string): ObjectId =>
  objectId(
    slack
      .slice(1)
      .toLowerCase()
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  );

export const mayDecide = (person: ObjectId): ApproverFacts => ({
  person,
  inGroup: true,
  inBaseline: true,
  guest: false,
  enabled: true,
  ownCaseConfirmed: false,
});

const weighedDecision = (envelope: DecisionEnvelope): VerifiedDecision => ({
  key: envelope.key,
  at: Date.parse(envelope.at),
  storedAt: Date.now(),
  shownAt: envelope.act === 'resume' ? Date.parse(envelope.values.shownAt) : null,
  act: envelope.act,
  person: personOf(envelope.person),
  approver: mayDecide(personOf(envelope.person)),
  plan: planOf(envelope),
  code: envelope.act === 'approve' ? envelope.values.code : null,
  ticked: envelope.act === 'revise' ? envelope.values.ticked : null,
});

/** A plan as `plan.make` and `collect` return it. */
export const plan = (part: Partial<MadePlan> = {}): MadePlan => ({
  group: 'eradication',
  round: 1,
  revision: 1,
  attempt: 2,
  digest: createHash('sha256').update(randomUUID()).digest('hex'),
  steps: ['reset-password', 'remove-methods', 'revoke-sessions'],
  items: 3,
  needs: { approvers: 1, stepUp: false },
  askedBy: null,
  madeAt: Date.now(),
  ...part,
});

export const verified = (step: StepName, part: { changed?: boolean; dropped?: number; newItems?: number } = {}) => ({
  kind: 'verified' as const,
  step,
  at: Date.now(),
  changed: true,
  dropped: 0,
  newItems: 0,
  ...part,
});

export const shut = {
  enabled: false,
  sessionsCutAt: new Date().toISOString(),
  actsBefore: 0,
  actsAfter: 0,
  signInsAfterBlocking: 0,
  newItems: null,
  blindSpots: [],
};

/** The task queues of one test file: one worker, which finds the stubs by the case that runs. */
export interface WorkflowHarness {
  readonly payloadKeys: PayloadKeys;
  stage(stub?: Stub, durations?: Partial<Durations>): Promise<Stage>;
  close(): Promise<void>;
}

export async function openWorkflowHarness(): Promise<WorkflowHarness> {
  const address = inject('temporalAddress');
  const namespace = inject('temporalNamespace');
  const mark = randomUUID();
  const lanes = taskQueuesOf(`cases-${mark}`);
  const [native, connection] = await Promise.all([NativeConnection.connect({ address }), Connection.connect({ address })]);
  const payloadKeys = makeKeys().payload;
  const client = new TemporalClient({ connection, namespace, dataConverter: dataConverter(payloadCodec(payloadKeys)) });
  const refusals: Refusal[] = [];
  const casts = new Map<string, Activities>();
  const running: Workers = await startWorkers({
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

function newStage(client: Client, lanes: TaskQueues, refusals: readonly Refusal[]): Stage {
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
    decision(act, by, values = {}) {
      const signed = this.act();
      const about = {
        case: '10000000-0000-4000-8000-0000000000aa',
        wordsSha256: null,
        ...(act === 'resume' ? { shownAt: new Date().toISOString() } : {}),
        ...values,
      };
      const envelope = { ...signed.envelope, act, person: slackOf(by), values: about } as unknown as DecisionEnvelope;
      return { ...signed, envelope };
    },
    send: (act, updateId = actionId(act)) =>
      // Only a report may start a case.
      act.envelope !== null && isDecision(act.envelope)
        ? client.workflow.getHandle(workflowId).executeUpdate(actionsReceived, { updateId, args: [[act]] })
        : client.workflow.executeUpdateWithStart(actionsReceived, { updateId, args: [[act]], startWorkflowOperation: start() }),
    sendAll: (actions) =>
      client.workflow.executeUpdateWithStart(actionsReceived, { updateId: randomUUID(), args: [actions], startWorkflowOperation: start() }),
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

/** Every activity, with the stubs of the case that runs it. */
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

// The account was blocked before, and eradication has nothing to do: such a
// case closes without a decision. Decisions have a file of their own.
const shutBefore = (step: StepName) => async () => verified(step, { changed: false });
const done = (step: StepName) => async () => verified(step);

const usual: Activities = {
  'people.verify': async (run) => believed(run),
  'decision.record': async () => ({ declined: true }),
  'plan.make': async () => ({ kind: 'nothing' }),
  'plan.revise': async () => ({ kind: 'nothing' }),
  'block-sign-in.apply': shutBefore('block-sign-in'),
  'block-sign-in.verify': shutBefore('block-sign-in'),
  'revoke-sessions.apply': shutBefore('revoke-sessions'),
  'revoke-sessions.verify': shutBefore('revoke-sessions'),
  'reset-password.apply': done('reset-password'),
  'reset-password.verify': done('reset-password'),
  'remove-methods.apply': done('remove-methods'),
  'remove-methods.verify': done('remove-methods'),
  'release-false-alarm.apply': done('release-false-alarm'),
  'release-false-alarm.verify': done('release-false-alarm'),
  collect: async () => ({ blindSpots: [], plan: null, nothing: true }),
  'logs.read': async () => ({ supports: false, readable: true, blindSpots: [] }),
  // Only the case blocks the account: until then a recheck finds it open.
  recheck: async ({ facts: { blockedAt } }) => ({
    ...shut,
    enabled: blockedAt === null,
    sessionsCutAt: blockedAt === null ? null : new Date(blockedAt).toISOString(),
    at: Date.now(),
  }),
  'person.page': async () => undefined,
  'pages.acknowledge': async () => undefined,
  'history.export': async () => undefined,
  'case.finish': async () => undefined,
};

function recorded(calls: Call[], activities: Activities, durations: Durations): Activities {
  const entries = Object.entries(activities).map(([name, run]) => [
    name,
    async (argument: { readonly notes?: readonly PendingEvent[] }) => {
      let result: unknown = await (run as (given: unknown) => Promise<unknown>)(argument);
      if (isWeighed(result) && result.opened !== null)
        result = { ...result, opened: { ...result.opened, policy: { version: 'test', durations, stricter: NOTHING_STRICTER } } };
      calls.push({ name: name as keyof Activities, notes: argument.notes ?? [] });
      return result;
    },
  ]);
  return Object.fromEntries(entries) as Activities;
}

export const refused = (code: 'GRAPH_FORBIDDEN' | 'GRAPH_UNAVAILABLE' | 'NOT_YET_VISIBLE') => async (): Promise<never> => {
  throw new RunbookError(code, `a stub that answers ${code}`);
};

const isWeighed = (result: unknown): result is VerifiedActions => typeof result === 'object' && result !== null && 'opened' in result;

/** Events of the Temporal histories of one case, all its runs together. */
export async function eventsOfAllRuns({ client, workflowId }: Stage): Promise<number> {
  let total = 0;
  const first = await client.workflow.getHandle(workflowId).describe();
  let runId: string | null | undefined = first.raw.workflowExecutionInfo?.firstRunId;
  while (runId) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    total += events?.length ?? 0;
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
  return total;
}
