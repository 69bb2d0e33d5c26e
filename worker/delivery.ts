// Delivers actions from the inbox to their case. The person already has a receipt. An action may be delivered twice, but it
// is never lost, and never opens a case that is already closed. Only reports start a case; a decision goes to the case it names.
import { createHash } from 'node:crypto';
import { type Client, WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import { type DecisionEnvelope, isDecision, type SignedEnvelope, type WithdrawalEnvelope } from '../domain/action.ts';
import { ALARM } from '../domain/alarm-words.ts';
import type { EnvelopeRefused } from '../domain/case/events.ts';
import { type CaseId, caseWorkflowId, isGuid, type ObjectId, objectId, type TenantId, tenantChain } from '../domain/ids.ts';
import type { Inbox, InboxRow } from '../inbox/store.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { approvedPrompt } from '../workflows/approved-prompt.ts';
import { actionId, actionsReceived, type CaseInput, MAX_ACTIONS } from '../workflows/messages.ts';
import { problemOf } from './database-errors.ts';

export interface DeliveryTools {
  readonly client: Client;
  readonly ledger: Ledger;
  readonly inbox: Inbox;
  readonly verify: (
    signed: unknown,
  ) => { readonly kind: 'valid'; readonly signed: SignedEnvelope } | { readonly kind: 'refused'; readonly code: EnvelopeRefused['code'] };
  readonly people: { objectIdOf(team: string, person: string): Promise<ObjectId | null> };
  readonly alarm: (what: { readonly reason: string; readonly dedupKey: string }) => Promise<void>;
  /** A row has waited too long and cannot be delivered now. The inbox watch sends one page for all such rows. */
  readonly cannotDeliver: (key: string) => void;
  readonly log: (what: { readonly event: string; readonly key: string; readonly problem?: string }) => void;
}

/** Deliveries in progress: one for an account at a time, so that a flood of reports takes few rounds. */
export interface Rounds {
  readonly lastAt: Map<ObjectId, number>;
  readonly underWay: Map<ObjectId, Promise<void>>;
}

export interface DeliverySettings {
  readonly tenant: TenantId;
  /** The task queue of the cases. */
  readonly cases: string;
}

const TAKE = MAX_ACTIONS;
/** The first action about an account goes at once; later ones within this time go together. */
const ROUND_MS = 400;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** How long a report about another person waits until the Slack app has checked its subject. */
const LOOKED_UP_WITHIN_MS = 1_000;
/** A row of an unknown person waits until the person is added to the table. */
const UNKNOWN_PERSON_PAUSE_MS = 15_000;
const DEADLINE_MS = 10_000;
/** A report that has waited this long needs a person, whatever the cause. */
const WAITED_TOO_LONG_MS = 60_000;

/** Takes the waiting rows and starts their delivery; a slow case delays no other. @returns the number of rows taken */
export async function deliverWaiting(tools: DeliveryTools, settings: DeliverySettings, rounds: Rounds): Promise<number> {
  const rows = await tools.inbox.takeWaiting(TAKE);
  const bySubject = new Map<ObjectId, Addressed[]>();
  for (const addressed of await addressAll(tools, settings, rows))
    bySubject.set(addressed.subject, [...(bySubject.get(addressed.subject) ?? []), addressed]);
  for (const [subject, actions] of bySubject) {
    const wait = rounds.underWay.has(subject) ? ROUND_MS : (rounds.lastAt.get(subject) ?? 0) + ROUND_MS - Date.now();
    if (wait > 0) {
      await defer(tools, actions, 'joins the next round', wait);
      continue;
    }
    rounds.lastAt.set(subject, Date.now());
    const delivery = deliverTo(tools, settings, subject, actions)
      .catch((error: unknown) => tools.log({ event: 'round-broken', key: actions[0]?.row.key ?? '-', problem: problemOf(error) }))
      .finally(() => rounds.underWay.delete(subject));
    rounds.underWay.set(subject, delivery);
  }
  return rows.length;
}

/** The actions to deliver now. A row whose person could not be read waits, and so do the decisions of its case: it may be older than they are. */
async function addressAll(tools: DeliveryTools, settings: DeliverySettings, rows: readonly InboxRow[]): Promise<Addressed[]> {
  const waiting = new Set<unknown>();
  const addressed = await Promise.all(
    rows.map((row) =>
      address(tools, settings, row).catch((error: unknown) => {
        waiting.add(caseIn(row));
        return later(tools, row, error);
      }),
    ),
  );
  const found = addressed.filter((each) => each !== null);
  const mustWait = ({ caseId }: Addressed): boolean => caseId !== null && waiting.has(caseId);
  await defer(tools, found.filter(mustWait), 'an older one waits', FIRST_PAUSE_MS);
  return found.filter((each) => !mustWait(each));
}

/** The case that a row claims, valid or not. */
const caseIn = ({ signed }: InboxRow): unknown =>
  (signed as Partial<{ envelope: Partial<DecisionEnvelope> }> | null)?.envelope?.values?.case;

interface Addressed {
  readonly row: InboxRow;
  readonly action: SignedEnvelope;
  readonly subject: ObjectId;
  /** The case that a decision names; null for a report, which goes to the account's open case. */
  readonly caseId: CaseId | null;
}

async function address(tools: DeliveryTools, settings: DeliverySettings, row: InboxRow): Promise<Addressed | null> {
  const verified = tools.verify(row.signed);
  const refusal = verified.kind === 'refused' ? verified.code : wrongRow(verified.signed, row);
  if (verified.kind === 'refused' || refusal !== null) {
    await refuse(tools, settings, row, refusal ?? 'unreadable');
    return null;
  }
  const { envelope } = verified.signed;
  if (envelope.act === 'withdraw') return withdraw(tools, settings, row, envelope);
  return isDecision(envelope)
    ? addressDecision(tools, settings, row, verified.signed, envelope)
    : addressReport(tools, settings, row, verified.signed);
}

/** The same signed action under another key is a forged copy. */
const wrongRow = ({ envelope }: SignedEnvelope, row: InboxRow): EnvelopeRefused['code'] | null =>
  envelope.key === row.key ? null : 'replayed';

async function addressReport(
  tools: DeliveryTools,
  settings: DeliverySettings,
  row: InboxRow,
  action: SignedEnvelope,
): Promise<Addressed | null> {
  const { envelope } = action;
  const about = envelope.act === 'report' ? envelope.values.about : null;
  const person = about ?? envelope.person;
  if (about !== null && row.attempts === 1) {
    await tools.inbox.deferRow(row.key, 'waits until it was looked up whom it is about', LOOKED_UP_WITHIN_MS);
    return null;
  }
  const [reporter, subject] = await Promise.all([
    tools.people.objectIdOf(envelope.team, envelope.person),
    row.subject !== null && isGuid(row.subject) ? objectId(row.subject) : tools.people.objectIdOf(envelope.team, person),
  ]);
  if (reporter === null || subject === null) {
    await personUnknown(tools, settings, row, reporter === null ? 'reporter' : 'subject');
    return null;
  }
  return { row, action, subject, caseId: null };
}

/** The report names an account without a person: it is refused without an alarm. The Slack app has told the reporter. */
async function withdraw(
  tools: DeliveryTools,
  { tenant }: DeliverySettings,
  row: InboxRow,
  { values: { report, because } }: WithdrawalEnvelope,
): Promise<null> {
  await tools.ledger.append([
    {
      chain: tenantChain(tenant),
      key: `refused/inbox/${report}`,
      actor: 'worker',
      event: { kind: 'envelope.refused', schemaVersion: 1, rowKey: report, code: because, workflowId: null },
    },
  ]);
  await tools.inbox.markRefused(report, because);
  await tools.inbox.markRefused(row.key, because);
  return null;
}

async function addressDecision(
  tools: DeliveryTools,
  settings: DeliverySettings,
  row: InboxRow,
  action: SignedEnvelope,
  { values }: DecisionEnvelope,
): Promise<Addressed | null> {
  const file = await tools.ledger.caseById(values.case);
  if (file !== undefined) return { row, action, subject: file.subject, caseId: values.case };
  await refuse(tools, settings, row, 'wrong-case');
  return null;
}

/** All waiting actions about one account go together: a flood of reports costs the case one message. */
async function deliverTo(
  tools: DeliveryTools,
  settings: DeliverySettings,
  subject: ObjectId,
  actions: readonly Addressed[],
): Promise<void> {
  // Reports come before the decisions about them.
  await deliverSome(
    tools,
    settings,
    subject,
    actions.filter(({ caseId }) => caseId === null),
    (fresh) => startWith(tools.client, settings, subject, fresh),
  );
  for (const caseId of new Set(actions.map((action) => action.caseId))) {
    if (caseId === null) continue;
    const some = actions.filter((action) => action.caseId === caseId);
    await deliverSome(tools, settings, subject, some, (fresh) => send(tools.client, settings, { subject, caseId }, fresh));
  }
}

async function deliverSome(
  tools: DeliveryTools,
  settings: DeliverySettings,
  subject: ObjectId,
  actions: readonly Addressed[],
  deliver: (fresh: SignedEnvelope[]) => Promise<unknown>,
): Promise<void> {
  if (actions.length === 0) return;
  const workflowId = caseWorkflowId(settings.tenant, subject);
  try {
    const fresh = await notYetKnown(tools.ledger, actions);
    // The subject is stored before delivery: a redelivered row goes to the same account.
    await Promise.all([
      ...actions.map(({ row }) => tools.inbox.pinSubject(row.key, subject)),
      fresh.length === 0 ? undefined : deliver(fresh),
    ]);
    await Promise.all(actions.map(({ row }) => tools.inbox.markDelivered(row.key, { workflowId, subject })));
    for (const { row } of actions) tools.log({ event: 'delivered', key: row.key });
  } catch (error) {
    for (const { row, caseId } of actions) {
      // A decision about a closed case can never be delivered.
      if (caseId !== null && error instanceof WorkflowNotFoundError) await refuse(tools, settings, row, 'case-closed');
      else await later(tools, row, error);
    }
  }
}

/** A row that cannot be delivered now delays no other. */
async function later(tools: DeliveryTools, row: InboxRow, error: unknown): Promise<null> {
  const problem = problemOf(error);
  tools.log({ event: 'not-delivered', key: row.key, problem });
  if (row.waitedMs > WAITED_TOO_LONG_MS) tools.cannotDeliver(row.key);
  await tools.inbox.deferRow(row.key, problem, pauseMs(row));
  return null;
}

/** The ledger knows this key already: delivered again, a report would open a second case about the same prompt. */
async function notYetKnown(ledger: Ledger, actions: readonly Addressed[]): Promise<SignedEnvelope[]> {
  const known = await Promise.all(
    actions.map(({ action: { envelope } }) =>
      isDecision(envelope)
        ? ledger.knows(`act/${envelope.key}`, 'decision.received')
        : ledger.knows(`report/${envelope.key}`, 'report.received'),
    ),
  );
  return actions.filter((_, index) => known[index] !== true).map(({ action }) => action);
}

async function defer(tools: DeliveryTools, actions: readonly Addressed[], why: string, forMs: number): Promise<void> {
  await Promise.all(actions.map(({ row }) => tools.inbox.deferRow(row.key, why, forMs)));
}

async function startWith(client: Client, { tenant, cases }: DeliverySettings, subject: ObjectId, actions: SignedEnvelope[]): Promise<void> {
  const input: CaseInput = { tenant, subject };
  const start = new WithStartWorkflowOperation<typeof approvedPrompt>('approvedPrompt', {
    workflowId: caseWorkflowId(tenant, subject),
    taskQueue: cases,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
  });
  await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflow.executeUpdateWithStart(actionsReceived, {
      updateId: updateIdOf(actions),
      args: [actions],
      startWorkflowOperation: start,
    }),
  );
}

/** To this case, and to no other about the same account: its first run has the case's own id. */
async function send(
  client: Client,
  { tenant }: DeliverySettings,
  { subject, caseId }: { readonly subject: ObjectId; readonly caseId: CaseId },
  actions: SignedEnvelope[],
): Promise<void> {
  const handle = client.workflow.getHandle(caseWorkflowId(tenant, subject), undefined, { firstExecutionRunId: caseId });
  await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    handle.executeUpdate(actionsReceived, { updateId: updateIdOf(actions), args: [actions] }),
  );
}

/** The same actions have the same id, so that Temporal accepts a redelivered message once. */
function updateIdOf(actions: readonly SignedEnvelope[]): string {
  const [first] = actions;
  if (first !== undefined && actions.length === 1) return actionId(first);
  return createHash('sha256').update(actions.map(actionId).join(' ')).digest('hex');
}

async function refuse(tools: DeliveryTools, { tenant }: DeliverySettings, row: InboxRow, code: EnvelopeRefused['code']): Promise<void> {
  await tools.ledger.append([
    {
      chain: tenantChain(tenant),
      key: `refused/inbox/${row.key}`,
      actor: 'worker',
      event: { kind: 'envelope.refused', schemaVersion: 1, rowKey: row.key, code, workflowId: null },
    },
  ]);
  await tools.inbox.markRefused(row.key, code);
  // A late message is no attack.
  if (code === 'case-closed') return;
  await tools.alarm({
    reason: ALARM.rowRefused(code),
    dedupKey: `refused/${row.key}`,
  });
}

async function personUnknown(
  tools: DeliveryTools,
  { tenant }: DeliverySettings,
  row: InboxRow,
  side: 'reporter' | 'subject',
): Promise<void> {
  const [entry] = await tools.ledger.append([
    {
      chain: tenantChain(tenant),
      key: `person/${row.key}`,
      actor: 'worker',
      event: { kind: 'person.not-found', schemaVersion: 1, rowKey: row.key, side },
    },
  ]);
  await tools.inbox.deferRow(row.key, `the ${side} is not in the table of people`, UNKNOWN_PERSON_PAUSE_MS);
  if (entry?.existed === false) {
    await tools.alarm({
      reason: ALARM.personMissing(side),
      dedupKey: `person/${row.key}`,
    });
  }
}

const pauseMs = ({ attempts }: InboxRow): number => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempts, 10));
