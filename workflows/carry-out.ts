// How one step is carried out, seen from the workflow: apply, and when its
// effect does not show yet, fresh reads until it does or time is up. A step that
// fails never keeps the next one from being tried.
import { ActivityFailure, ApplicationFailure, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { FailureCode } from '../domain/errors.ts';
import type { CaseId } from '../domain/ids.ts';
import { DEFAULT_DURATIONS, type Durations } from '../domain/policy.ts';
import type { ContainingStep } from '../domain/step.ts';
import type { CaseBook } from './case-book.ts';
import { type CaseInput, type CaseState, lanesOf } from './messages.ts';

export interface Scene {
  readonly input: CaseInput;
  readonly caseId: CaseId;
  readonly book: CaseBook;
}

/** Activities that write, on the queue where no read stands before them. */
export const containing = ({ policy }: CaseState): Activities =>
  proxyActivities<Activities>({
    taskQueue: lanes().contain,
    startToCloseTimeout: policy.durations.containAttemptMs,
    scheduleToCloseTimeout: policy.durations.giveUpMs,
    retry: retryOf(policy.durations),
  });

/** Activities that read, write down or call people. */
export const reading = ({ policy }: CaseState): Activities =>
  proxyActivities<Activities>({
    taskQueue: lanes().rest,
    startToCloseTimeout: policy.durations.readAttemptMs,
    scheduleToCloseTimeout: policy.durations.giveUpMs,
    retry: retryOf(policy.durations),
  });

/** The record and the finding of who is who are not given up: without them nothing may go on. */
export const patient = (durations: Durations = DEFAULT_DURATIONS): Activities =>
  proxyActivities<Activities>({
    taskQueue: lanes().rest,
    startToCloseTimeout: durations.readAttemptMs,
    retry: retryOf(durations),
  });

const lanes = () => lanesOf(workflowInfo().taskQueue);

const retryOf = ({ retryFirstMs, retryCapMs }: Durations) => ({
  initialInterval: retryFirstMs,
  backoffCoefficient: 2,
  maximumInterval: retryCapMs,
});

export async function carryOut(scene: Scene, step: ContainingStep): Promise<void> {
  const { book } = scene;
  const { generation } = book.state;
  try {
    let outcome = await book.carry((notes) => containing(book.state)[`${step}.apply`]({ ...stepRun(scene), notes }));
    if (outcome.kind === 'unseen') outcome = await untilSeen(scene, step);
    if (outcome.kind !== 'verified') return fail(scene, step, 'NEVER_VISIBLE');
    book.change({
      done: { ...book.state.done, [step]: outcome.at },
      failed: without(book.state.failed, step),
      closedByUs: book.state.closedByUs || outcome.changed,
    });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    fail(scene, step, codeOf(error), generation);
  }
}

function untilSeen(scene: Scene, step: ContainingStep) {
  const { durations } = scene.book.state.policy;
  const reads = proxyActivities<Activities>({
    taskQueue: lanes().contain,
    startToCloseTimeout: durations.containAttemptMs,
    scheduleToCloseTimeout: durations.readBackMs,
    retry: retryOf(durations),
  });
  return scene.book.carry((notes) => reads[`${step}.verify`]({ ...stepRun(scene), notes }));
}

const stepRun = ({ input, caseId, book }: Scene) => ({
  caseId,
  subject: input.subject,
  generation: book.state.generation,
  readBackEveryMs: book.state.policy.durations.readBackEveryMs,
  readBackWithinMs: book.state.policy.durations.readBackWithinMs,
});

function fail({ book }: Scene, step: ContainingStep, code: FailureCode, generation = book.state.generation): void {
  book.change({ failed: { ...book.state.failed, [step]: code } });
  book.note(`${generation}/${step}/failed`, { kind: 'step.failed', schemaVersion: 1, step, generation, code });
}

/** The code of the last refusal; an activity that merely ran out of time says what it had been waiting for. */
export function codeOf(failure: ActivityFailure): FailureCode {
  let cause: unknown = failure.cause;
  while (cause instanceof Error) {
    if (cause instanceof ApplicationFailure && cause.type) {
      return cause.type === 'NOT_YET_VISIBLE' ? 'NEVER_VISIBLE' : (cause.type as FailureCode);
    }
    cause = cause.cause;
  }
  return 'GRAPH_TIMED_OUT';
}

const without = <Key extends string, Value>(map: Readonly<Partial<Record<Key, Value>>>, key: Key): Partial<Record<Key, Value>> =>
  Object.fromEntries(Object.entries(map).filter(([each]) => each !== key)) as Partial<Record<Key, Value>>;
