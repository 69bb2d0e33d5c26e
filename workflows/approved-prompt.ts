// The runbook for one kind of night: somebody approved a sign-in prompt they
// did not start. Same headings, same order as docs/runbooks/approved-prompt.md.
// Machinery is one file away: the desk takes messages, the book remembers,
// carry-out moves one step, rounds.ts holds the longer moves.
import { ApplicationFailure, condition, continueAsNew, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import type { Outcome } from '../domain/evidence.ts';
import { type CaseId, isGuid } from '../domain/ids.ts';
import { carryOut, type Scene } from './carry-out.ts';
import { openBook } from './case-book.ts';
import { type Desk, openDesk } from './desk.ts';
import { finishCase } from './finish-case.ts';
import type { CaseEnd, CaseInput } from './messages.ts';
import {
  askLogs,
  closingStepsDue,
  exportRun,
  holdForPeople,
  lookAgain,
  nextLookAt,
  noteClosed,
  surveyAccount,
  weighFirst,
  weighLater,
} from './rounds.ts';

export async function approvedPrompt(input: CaseInput): Promise<CaseEnd> {
  refuseNonsense(input);
  const desk = openDesk(input.carried);
  if (input.carried === undefined) return open(input, desk);

  const { caseId, state, notes } = input.carried;
  const scene: Scene = { input, caseId, book: openBook(state, notes) };

  // 3. Watch.
  const later = weighLater(scene, desk);
  const kept = exportRun(scene, input.carried);
  const finding = await watch(scene);
  // The history of the run before this one is kept before this one ends, whichever way it ends.
  await kept;
  await condition(() => later.idle);
  if (finding === 'long') return handOn(scene, desk);

  // 4. Finish.
  const end = await finish(scene, finding);
  // In one tick with the return: what was accepted must have been weighed.
  await condition(() => later.idle);
  return end;
}

async function open(input: CaseInput, desk: Desk): Promise<CaseEnd> {
  const caseId = workflowInfo().firstExecutionRunId as CaseId;

  // 1. Weigh the report.
  const book = await weighFirst(input, caseId, desk);
  if (book === null) return { kind: 'refused' };
  const scene: Scene = { input, caseId, book };

  // 2. Close the account, and look around meanwhile.
  const later = weighLater(scene, desk);
  await Promise.all([closeAccount(scene), surveyAccount(scene)]);
  await holdForPeople(scene);

  await condition(() => later.idle);
  return handOn(scene, desk);
}

/** Every ordered step is tried, side by side; what the logs support is tried after them. */
async function closeAccount(scene: Scene): Promise<void> {
  for (;;) {
    await Promise.all(closingStepsDue(scene).map((step) => carryOut(scene, step)));
    if (closingStepsDue(scene).length === 0 && !(await askLogs(scene))) break;
  }
  noteClosed(scene);
}

/**
 * Looks again until the last session must be over and nobody was seen; what is open again is closed again.
 *
 * @returns how the case ended, or `long` when its history has grown enough for a new run
 */
async function watch(scene: Scene): Promise<Outcome | 'long'> {
  for (;;) {
    const waitMs = nextLookAt(scene) - Date.now();
    const ordered = () => closingStepsDue(scene).length > 0;
    if (waitMs > 0) await condition(ordered, waitMs);
    if (ordered()) {
      await closeAccount(scene);
      await holdForPeople(scene);
      continue;
    }
    const finding = await lookAgain(scene);
    if (finding.kind === 'ended') return finding.outcome;
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
