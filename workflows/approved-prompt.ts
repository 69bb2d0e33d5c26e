// The runbook for one kind of night: somebody approved a sign-in prompt they
// did not start. Same headings, same order as docs/runbooks/approved-prompt.md.
// Machinery is one file away: the desk takes messages, the book remembers,
// decisions.ts takes what people decide, and each heading has its own file.
import { ApplicationFailure, condition, continueAsNew, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import type { Outcome } from '../domain/evidence.ts';
import { type CaseId, isGuid } from '../domain/ids.ts';
import { nextMove } from '../domain/next-move.ts';
import { keptOpen } from './activity-failures.ts';
import { watchCall } from './call.ts';
import { pageAgain, pageWhile } from './calling.ts';
import { carryOutPlan } from './carry-out-plan.ts';
import { openBook } from './case-book.ts';
import { askWhatIsOpen, callAtOnce, closeAccount, closeWhile, surveyAccount } from './closing.ts';
import { type Desk, openDesk } from './desk.ts';
import { finishCase } from './finish-case.ts';
import type { CaseEnd, CaseInput } from './messages.ts';
import { expirePlan, makePlan, remind } from './plans.ts';
import { type Scene, writeNotes } from './scene.ts';
import { askToRatify, exportRun, lookAgain } from './watching.ts';
import { weighFirst, weighLater } from './weighing.ts';

export async function approvedPrompt(input: CaseInput): Promise<CaseEnd> {
  refuseNonsense(input);
  const { carried } = input;
  const desk = openDesk(carried);
  return keptOpen(() => (carried === undefined ? open(input, desk) : goOn(input, carried, desk)));
}

async function open(input: CaseInput, desk: Desk): Promise<CaseEnd> {
  const caseId = workflowInfo().firstExecutionRunId as CaseId;

  // 1. Weigh the report.
  const book = await weighFirst(input, caseId, desk);
  if (book === null) return { kind: 'refused' };
  const scene: Scene = { input, caseId, book };

  // 2. Close the account, and look around meanwhile.
  const later = weighLater(scene, desk);
  void watchCall(scene);
  let looking = true;
  const closing = closeWhile(scene, () => looking);
  const survey = surveyAccount(scene).finally(() => {
    looking = false;
  });
  let isBusy = true;
  const calling = callAtOnce(scene).then(() => pageWhile(scene, () => isBusy));
  await Promise.all([closing, survey]).finally(() => {
    isBusy = false;
  });
  await calling;
  await askWhatIsOpen(scene);

  await condition(() => later.idle);
  return handOn(scene, desk);
}

async function goOn(input: CaseInput, carried: NonNullable<CaseInput['carried']>, desk: Desk): Promise<CaseEnd> {
  const scene: Scene = { input, caseId: carried.caseId, book: openBook(carried.state, carried.notes) };
  const later = weighLater(scene, desk);
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
    await writeNotes(scene);
    await condition(() => later.idle && (scene.book.unwritten || scene.book.notes.length === 0));
  } while (scene.book.notes.length > 0);
  return end;
}

/** @returns how the case ended, or `long` when its history has grown enough for a new run */
async function untilOver(scene: Scene, later: { readonly idle: boolean }): Promise<Outcome | 'long'> {
  const { book } = scene;
  for (;;) {
    const seen = book.version;
    const move = nextMove(book.state, Date.now());
    switch (move.kind) {
      case 'close':
        await closeAccount(scene);
        await askWhatIsOpen(scene);
        break;
      case 'make-plan':
        await makePlan(scene, move.wanted);
        break;
      case 'carry-out':
        await carryOutPlan(scene, move.plan);
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
        await askToRatify(scene);
        break;
      case 'look':
        await lookAgain(scene);
        break;
      case 'finish':
        if (later.idle) return move.outcome;
        // Somebody may just be saying otherwise.
        await condition(() => later.idle);
        break;
      case 'wait':
        // Nothing is about to take them along.
        await writeNotes(scene);
        await book.rest(condition(() => book.version !== seen, move.untilMs - Date.now()));
    }
    if (workflowInfo().continueAsNewSuggested) return 'long';
  }
}

/** The case goes on in a new run, with what this one remembers. Call it in one tick with the desk being idle. */
function handOn({ input, caseId, book }: Scene, desk: Desk): Promise<never> {
  const { runId, workflowId } = workflowInfo();
  return continueAsNew<typeof approvedPrompt>({
    ...input,
    carried: { caseId, runId, workflowId, state: book.state, notes: book.notes, waiting: desk.waiting, handled: desk.handled },
  });
}

/** The record is finished by another small workflow, which can see this one closed and export its history whole. */
async function finish({ input, caseId, book }: Scene, outcome: Outcome): Promise<CaseEnd> {
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
