// Microsoft says for how long to wait, and the engine waits for so long: from the header of an answer to the engine's own plan.
import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { employee } from '../../drill/microsoft/fixture.ts';
import { type ActivityHarness, openActivityHarness } from '../activities/activity-harness.ts';
import { openWorkflowHarness, type Stage, type WorkflowHarness } from '../workflows/workflow-harness.ts';

const { PendingActivityState } = temporal.api.enums.v1;

let house: ActivityHarness;
let theatre: WorkflowHarness;
const stages: Stage[] = [];

beforeAll(async () => {
  house = await openActivityHarness([employee('ana'), ...['ada', 'bea', 'cai'].map((key) => employee(key))], {
    approvers: ['ada', 'bea', 'cai'],
  });
  theatre = await openWorkflowHarness();
});
afterAll(async () => {
  await Promise.all(stages.map((stage) => stage.close()));
  await theatre.close();
});

/** The block as the engine knows it, when it has failed and waits for its next try. */
async function waiting(stage: Stage) {
  const find = async () => {
    const { raw } = await stage.client.workflow.getHandle(stage.workflowId).describe();
    return raw.pendingActivities?.find(
      ({ activityType, state }) =>
        activityType?.name === 'block-sign-in.apply' && state === PendingActivityState.PENDING_ACTIVITY_STATE_SCHEDULED,
    );
  };
  await expect.poll(find, { timeout: 20_000 }).toMatchObject({ attempt: 2 });
  return find();
}

it.each([
  [429, '90', 90],
  [503, '75.5', 75.5],
  [504, '5, 60', 60],
  [500, '3600', 120],
])('a %d that says “%s” makes the engine wait %d seconds', async (status, retryAfter, seconds) => {
  const block = async (): Promise<never> => {
    house.tenant.faults.add({ operation: 'user.get', occurrence: 1, kind: 'status', status, retryAfter });
    await house.tools.doors.account.doorState(house.id('ana'));
    throw new TypeError('expected a refusal');
  };
  const stage = await theatre.stage({ 'block-sign-in.apply': block }, { giveUpMs: 10 * 60_000 });
  stages.push(stage);
  await stage.send(stage.act());
  const pending = await waiting(stage);
  const delay = pending?.lastFailure?.applicationFailureInfo?.nextRetryDelay;
  expect(Number(delay?.seconds ?? 0) + (delay?.nanos ?? 0) / 1e9).toBe(seconds);
  const from = pending?.lastAttemptCompleteTime;
  const next = pending?.nextAttemptScheduleTime;
  expect(Number(next?.seconds) - Number(from?.seconds)).toBeGreaterThanOrEqual(Math.floor(seconds));
});
