// The runbook for one kind of night: somebody approved a sign-in prompt they
// did not start. Same headings, same order as docs/runbooks/approved-prompt.md.
// Machinery is one file away: the desk takes messages, the book remembers,
// decisions.ts takes what people decide, and each heading has its own file.
import { ApplicationFailure, condition, continueAsNew, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { nextMove } from '../domain/case/due-jobs.ts';
import type { Outcome } from '../domain/case/events.ts';
import type { CaseState } from '../domain/case/state.ts';
import { type CaseId, isGuid } from '../domain/ids.ts';
import { keptOpen } from './activity-failures.ts';
import { watchCall } from './call-subject.ts';
import { type CaseContext, flushPending } from './case-context.ts';
import { openCaseStore } from './case-store.ts';
import { askAboutOpenAccount, collectEvidence, containAccount, containWhile, pageAtOnce } from './containment.ts';
import { finishCase } from './finish-case.ts';
import { pageAgain, pageWhile } from './holds-and-paging.ts';
import { type MessageQueue, openMessageQueue } from './message-queue.ts';
import type { CaseEnd, CaseInput } from './messages.ts';
import { askForConfirmation, exportRun, recheckAccount } from './monitoring.ts';
import { expirePlan, makePlan, remind } from './plans.ts';
import { runPlan } from './run-plan.ts';
import { triageFirst, triageLater } from './triage.ts';

export async function approvedPrompt(input: CaseInput): Promise<CaseEnd> {
  refuseNonsense(input);
  const { carried } = input;
  const desk = openMessageQueue(carried);
  return keptOpen(() => (carried === undefined ? open(input, desk) : goOn(input, carried, desk)));
}

async function open(input: CaseInput, desk: MessageQueue): Promise<CaseEnd> {
  const caseId = workflowInfo().firstExecutionRunId as CaseId;

  // 1. Weigh the report.
  const book = await triageFirst(input, caseId, desk);
  if (book === null) return { kind: 'refused' };
  const scene: CaseContext = { input, caseId, book };

  // 2. Close the account, and look around meanwhile.
  const later = triageLater(scene, desk);
  void watchCall(scene);
  let looking = true;
  const closing = containWhile(scene, () => looking);
  const survey = collectEvidence(scene).finally(() => {
    looking = false;
  });
  let isBusy = true;
  const calling = pageAtOnce(scene).then(() => pageWhile(scene, () => isBusy));
  await Promise.all([closing, survey]).finally(() => {
    isBusy = false;
  });
  await calling;
  await askAboutOpenAccount(scene);

  await condition(() => later.idle);
  return handOn(scene, desk);
}

async function goOn(input: CaseInput, carried: NonNullable<CaseInput['carried']>, desk: MessageQueue): Promise<CaseEnd> {
  const scene: CaseContext = { input, caseId: carried.caseId, book: openCaseStore(remembered(carried.state), carried.notes) };
  const later = triageLater(scene, desk);
  void watchCall(scene);
  const kept = exportRun(scene, carried);

  // 3. Clean up, and 4. watch: whatever is next, until nothing is left to do.
  const outcome = await untilOver(scene, later);
  // The history of the run before this one is kept before this one ends, whichever way it ends.
  await kept;
  if (outcome === 'long') {
    await condition(() => later.idle);
    return handOn(scene, desk);
  }

  // 5. Finish.
  const end = await finish(scene, outcome);
  // In one tick with the return: what was accepted must have been weighed, and what followed written down.
  do {
    await flushPending(scene);
    await condition(() => later.idle && (scene.book.unwritten || scene.book.notes.length === 0));
  } while (scene.book.notes.length > 0);
  return end;
}

/** What a run remembers that began with this version or an earlier one. */
type Remembered = Omit<CaseState, Since> & Partial<Pick<CaseState, Since>>;
type Since = 'logs' | 'logRounds' | 'closingSince' | 'cleanUpsSince' | 'owedPages';

const remembered = ({
  logs = 'inconclusive',
  logRounds = 0,
  closingSince,
  cleanUpsSince = 0,
  owedPages = [],
  ...state
}: Remembered): CaseState => ({
  ...state,
  owedPages,
  logs,
  logRounds,
  cleanUpsSince,
  closingSince: closingSince ?? state.openedAt,
});

/** @returns how the case ended, or `long` when its history has grown enough for a new run */
async function untilOver(scene: CaseContext, later: { readonly idle: boolean }): Promise<Outcome | 'long'> {
  const { book } = scene;
  for (;;) {
    const seen = book.version;
    const move = nextMove(book.state, Date.now());
    switch (move.kind) {
      case 'close':
        await containAccount(scene);
        await askAboutOpenAccount(scene);
        break;
      case 'make-plan':
        await makePlan(scene, move.wanted);
        break;
      case 'carry-out':
        await runPlan(scene, move.plan);
        break;
      case 'expire':
        await expirePlan(scene, move.plan);
        break;
      case 'remind':
        await remind(scene, move.plan);
        break;
      case 'page-again':
        await pageAgain(scene, move.owed);
        break;
      case 'ask-to-ratify':
        await askForConfirmation(scene);
        break;
      case 'look':
        await recheckAccount(scene);
        break;
      case 'finish':
        if (later.idle) return move.outcome;
        // Somebody may just be saying otherwise.
        await condition(() => later.idle);
        break;
      case 'wait':
        // Nothing is about to take them along.
        await flushPending(scene);
        await book.rest(condition(() => book.version !== seen, move.untilMs - Date.now()));
    }
    if (workflowInfo().continueAsNewSuggested) return 'long';
  }
}

/** The case goes on in a new run, with what this one remembers. Call it in one tick with the desk being idle. */
function handOn({ input, caseId, book }: CaseContext, desk: MessageQueue): Promise<never> {
  const { runId, workflowId } = workflowInfo();
  return continueAsNew<typeof approvedPrompt>({
    ...input,
    carried: { caseId, runId, workflowId, state: book.state, notes: book.notes, waiting: desk.waiting, handled: desk.handled },
  });
}

/** The record is finished by another small workflow, which can see this one closed and export its history whole. */
async function finish({ input, caseId, book }: CaseContext, outcome: Outcome): Promise<CaseEnd> {
  const { number } = book.state;
  book.change({ ended: true });
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
        notes: book.notes,
        attemptMs: book.state.policy.durations.readAttemptMs,
      },
    ],
  });
  return { kind: 'ended', outcome, number };
}

/**
 * A start through the engine's own port may carry anything. Only ids may come
 * that way, and only a run that this case itself began may carry a state: one
 * that was made up would order steps that nobody weighed.
 */
function refuseNonsense(input: unknown): void {
  const { tenant, subject, carried } = (typeof input === 'object' && input !== null ? input : {}) as Partial<CaseInput>;
  const { workflowId, firstExecutionRunId, continuedFromExecutionRunId } = workflowInfo();
  const named = typeof tenant === 'string' && typeof subject === 'string' && isGuid(tenant) && isGuid(subject);
  const ours = carried === undefined || (continuedFromExecutionRunId !== undefined && carried.caseId === firstExecutionRunId);
  if (!named || !ours || workflowId !== `case/${tenant}/${subject}`) {
    throw ApplicationFailure.nonRetryable('expected a case named after its tenant and subject, and nothing more', 'ENVELOPE_REFUSED');
  }
}
