// The runbook for one incident: a user approved a sign-in prompt that they did not start.
// It has the headings and the order of docs/runbooks/approved-prompt.md; each heading has a file of its own.
import { ApplicationFailure, condition, continueAsNew, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { nextMove } from '../domain/case/due-jobs.ts';
import type { Outcome } from '../domain/case/events.ts';
import { type CaseId, isGuid } from '../domain/ids.ts';
import { keptOpen } from './activity-failures.ts';
import { watchCall } from './call-subject.ts';
import { type CaseContext, flushPending } from './case-context.ts';
import { openCaseStore } from './case-store.ts';
import { askAboutOpenAccount, collectEvidence, containAccount, containWhile, pageAtOnce } from './containment.ts';
import { finishCase } from './finish-case.ts';
import { type MessageQueue, openMessageQueue } from './message-queue.ts';
import type { CaseEnd, CaseInput } from './messages.ts';
import { askForConfirmation, exportRun, recheckAccount } from './monitoring.ts';
import { pageAgain, pageWhile } from './paging.ts';
import { expirePlan, makePlan, remind } from './plans.ts';
import { runPlan } from './run-plan.ts';
import { triageFirst, triageLater } from './triage.ts';

export async function approvedPrompt(input: CaseInput): Promise<CaseEnd> {
  validateInput(input);
  const { carried } = input;
  const queue = openMessageQueue(carried);
  return keptOpen(() => (carried === undefined ? start(input, queue) : resume(input, carried, queue)));
}

async function start(input: CaseInput, queue: MessageQueue): Promise<CaseEnd> {
  const caseId = workflowInfo().firstExecutionRunId as CaseId;

  // 1. Triage.
  const store = await triageFirst(input, caseId, queue);
  if (store === null) return { kind: 'refused' };
  const context: CaseContext = { input, caseId, store };

  // 2. Containment, and evidence collection beside it.
  const later = triageLater(context, queue);
  void watchCall(context);
  let isCollecting = true;
  const containing = containWhile(context, () => isCollecting);
  const collecting = collectEvidence(context).finally(() => {
    isCollecting = false;
  });
  let isBusy = true;
  const calling = pageAtOnce(context).then(() => pageWhile(context, () => isBusy));
  await Promise.all([containing, collecting]).finally(() => {
    isBusy = false;
  });
  await calling;
  await askAboutOpenAccount(context);

  await condition(() => later.idle);
  return continueInNewRun(context, queue);
}

async function resume(input: CaseInput, carried: NonNullable<CaseInput['carried']>, queue: MessageQueue): Promise<CaseEnd> {
  const context: CaseContext = { input, caseId: carried.caseId, store: openCaseStore(carried.state, carried.notes) };
  const later = triageLater(context, queue);
  void watchCall(context);
  const kept = exportRun(context, carried);

  // 3. Eradication and 4. monitoring: the next due job, until none is left.
  const outcome = await runUntilDone(context, later);
  // The history of the run before this one is exported before this one ends, in every case.
  await kept;
  if (outcome === 'long') {
    await condition(() => later.idle);
    return continueInNewRun(context, queue);
  }

  // 5. Closure.
  const end = await finish(context, outcome);
  // In the same tick as the return: every accepted action is verified and every event is written.
  do {
    await flushPending(context);
    await condition(() => later.idle && (context.store.unwritten || context.store.notes.length === 0));
  } while (context.store.notes.length > 0);
  return end;
}

/** @returns how the case closed, or `long` when its history is long enough for a new run */
async function runUntilDone(context: CaseContext, later: { readonly idle: boolean }): Promise<Outcome | 'long'> {
  const { store } = context;
  for (;;) {
    const seen = store.version;
    const move = nextMove(store.state, Date.now());
    switch (move.kind) {
      case 'close':
        await containAccount(context);
        await askAboutOpenAccount(context);
        break;
      case 'make-plan':
        await makePlan(context, move.wanted);
        break;
      case 'carry-out':
        await runPlan(context, move.plan);
        break;
      case 'expire':
        await expirePlan(context, move.plan);
        break;
      case 'remind':
        await remind(context, move.plan);
        break;
      case 'page-again':
        await pageAgain(context, move.owed);
        break;
      case 'ask-for-confirmation':
        await askForConfirmation(context);
        break;
      case 'recheck':
        await recheckAccount(context);
        break;
      case 'finish':
        if (later.idle) return move.outcome;
        // A decision that arrives now may change this.
        await condition(() => later.idle);
        break;
      case 'wait':
        // No activity is about to carry them.
        await flushPending(context);
        await store.rest(condition(() => store.version !== seen, move.untilMs - Date.now()));
    }
    if (workflowInfo().continueAsNewSuggested) return 'long';
  }
}

/** Continues the case in a new run with its state. Call it in the same tick in which the queue is idle. */
function continueInNewRun({ input, caseId, store }: CaseContext, queue: MessageQueue): Promise<never> {
  const { runId, workflowId } = workflowInfo();
  return continueAsNew<typeof approvedPrompt>({
    ...input,
    carried: { caseId, runId, workflowId, state: store.state, notes: store.notes, waiting: queue.waiting, handled: queue.handled },
  });
}

/** A child workflow writes the last ledger entry: only another workflow can export the complete history of this one. */
async function finish({ input, caseId, store }: CaseContext, outcome: Outcome): Promise<CaseEnd> {
  const { number } = store.state;
  store.change({ ended: true });
  await startChild(finishCase, {
    workflowId: `finish/${caseId}`,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    args: [
      {
        tenant: input.tenant,
        caseId,
        workflowId: workflowInfo().workflowId,
        number,
        outcome,
        notes: store.notes,
        attemptMs: store.state.policy.durations.readAttemptMs,
      },
    ],
  });
  return { kind: 'closed', outcome, number };
}

/**
 * A client with access to Temporal can start a case with any input. Only ids are accepted, and a state only from a run of
 * this case itself: an invented state would order steps that no report asked for.
 */
function validateInput(input: unknown): void {
  const { tenant, subject, carried } = (typeof input === 'object' && input !== null ? input : {}) as Partial<CaseInput>;
  const { workflowId, firstExecutionRunId, continuedFromExecutionRunId } = workflowInfo();
  const named = typeof tenant === 'string' && typeof subject === 'string' && isGuid(tenant) && isGuid(subject);
  const ours = carried === undefined || (continuedFromExecutionRunId !== undefined && carried.caseId === firstExecutionRunId);
  if (!named || !ours || workflowId !== `case/${tenant}/${subject}`) {
    throw ApplicationFailure.nonRetryable('expected a case named after its tenant and subject, and nothing more', 'ENVELOPE_REFUSED');
  }
}
