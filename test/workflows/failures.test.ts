// No error outside our own decisions ends a case, or the workflow that completes
// its ledger.
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RunbookError } from '../../domain/errors.ts';
import { openWorkflowHarness, type Stage, verified, type WorkflowHarness } from './workflow-harness.ts';

const { EVENT_TYPE_WORKFLOW_TASK_FAILED } = temporal.api.enums.v1.EventType;

let harness: WorkflowHarness;
let stage: Stage;
beforeAll(async () => {
  harness = await openWorkflowHarness();
});
afterEach(() => stage.close());
afterAll(() => harness.close());

/** A database that is away until the test brings it back, and the activities that used it. */
function database() {
  const met = new Set<string>();
  let isAway = true;
  return {
    met,
    back: () => {
      isAway = false;
    },
    ask: () => {
      if (!isAway) return;
      met.add(activityInfo().activityId);
      throw new RunbookError('LEDGER_UNAVAILABLE', 'expected the record to answer, got: password authentication failed');
    },
  };
}

describe('a database that is away for longer than a step is tried', () => {
  it('fails no step: the step is tried until the database answers, and the case closes as usual', async () => {
    const { met, back, ask } = database();
    const apply = async () => {
      ask();
      return verified('block-sign-in', { changed: false });
    };
    stage = await harness.stage({ 'block-sign-in.apply': apply }, { giveUpMs: 1_500 });
    await stage.send(stage.act());
    await expect.poll(() => met.size).toBeGreaterThan(1);
    back();

    expect(await stage.end()).toMatchObject({ kind: 'closed' });
    expect(stage.noted()).not.toContain('step.failed');
    expect(stage.noted()).not.toContain('case.held');
  });

  it('is no finding about the account when it happens during a recheck', async () => {
    const { met, back, ask } = database();
    const recheck = async ({ facts: { blockedAt } }: { facts: { blockedAt: number | null } }) => {
      ask();
      return {
        enabled: blockedAt === null,
        sessionsCutAt: blockedAt === null ? null : new Date(blockedAt).toISOString(),
        actsBefore: 0,
        actsAfter: 0,
        signInsAfterBlocking: 0,
        newItems: null,
        blindSpots: [],
        at: Date.now(),
      };
    };
    stage = await harness.stage({ recheck }, { giveUpMs: 1_500 });
    await stage.send(stage.act());
    await expect.poll(() => met.size).toBeGreaterThan(1);
    back();

    expect(await stage.end()).toMatchObject({ kind: 'closed' });
    expect(stage.noted()).not.toContain('case.held');
  });
});

describe('a Temporal failure that the program does not handle', () => {
  const fault = async (): Promise<never> => {
    throw ApplicationFailure.nonRetryable('a fault of the program', 'ODD');
  };

  /** The workflow is open and shows that it cannot continue. */
  async function expectOpenAndVisible(workflowId: string): Promise<void> {
    const handle = stage.client.workflow.getHandle(workflowId);
    const failedTasks = async (): Promise<number> =>
      (await handle.fetchHistory()).events?.filter((event) => event.eventType === EVENT_TYPE_WORKFLOW_TASK_FAILED).length ?? 0;
    await expect.poll(failedTasks).toBeGreaterThan(0);
    expect((await handle.describe()).status.name).toBe('RUNNING');
  }

  it('keeps the case open and visible', async () => {
    stage = await harness.stage({ 'history.export': fault });
    await stage.send(stage.act());

    await expectOpenAndVisible(stage.workflowId);
  });

  it('keeps the completion of the ledger open and visible', async () => {
    stage = await harness.stage({ 'case.finish': fault });
    await stage.send(stage.act());
    await stage.end();
    const first = (await stage.client.workflow.getHandle(stage.workflowId).describe()).raw.workflowExecutionInfo?.firstRunId ?? '';
    onTestFinished(async () => void (await stage.client.workflow.getHandle(`finish/${first}`).terminate('the test is over')));

    await expectOpenAndVisible(`finish/${first}`);
  });
});
