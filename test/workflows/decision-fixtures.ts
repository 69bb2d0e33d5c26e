// What tests of people's decisions share: a case whose account is blocked, people who
// send actions, and plans that are made as often as they are requested.
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { PlanRun } from '../../activities/plans/index.ts';
import type { MadePlan } from '../../activities/plans/make-plan.ts';
import type { StepRun } from '../../activities/steps/step-context.ts';
import type { DecisionAction, Refusal } from '../../domain/approval.ts';
import type { LedgerEvent } from '../../domain/case/events.ts';
import { RunbookError } from '../../domain/errors.ts';
import { type ObjectId, objectId } from '../../domain/ids.ts';
import type { PageReason } from '../../domain/page-words.ts';
import { planCode } from '../../domain/plan.ts';
import type { Durations } from '../../domain/policy.ts';
import { openWorkflowHarness, plan, type Stage, type Stub, verified, type WorkflowHarness } from './workflow-harness.ts';

export const BEA = objectId('10000000-0000-4000-8000-0000000000b1');
export const CAI = objectId('10000000-0000-4000-8000-0000000000c1');

/** Reports that do not block the account by themselves. */
export const COLLEAGUE = { about: 'U9' };
export const DENIED = { what: 'denied-or-ignored' } as const;

let harness: WorkflowHarness;
export let stage: Stage;

beforeAll(async () => {
  harness = await openWorkflowHarness();
});
afterEach(() => stage.close());
afterAll(() => harness.close());

export const names = (): string[] => stage.calls.map((call) => call.name);
export const count = (name: string): number => names().filter((each) => each === name).length;

/** Every event, first write of a key only. */
export function events(): LedgerEvent[] {
  const seen = new Map<string, LedgerEvent>();
  for (const { notes } of stage.calls) for (const { key, event } of notes) if (!seen.has(key)) seen.set(key, event);
  return [...seen.values()];
}
export const kinds = (): string[] => events().map(({ kind }) => kind);
export const refusals = (): Refusal[] => events().flatMap((event) => (event.kind === 'decision.refused' ? [event.because] : []));
export const pagesTo = (line: number): number => pages.filter((page) => page === line).length;

export let pages: number[];
export let reasons: PageReason[];
export let runs: StepRun[];
export let sessionsEnded: StepRun[];

export async function openHarness(...what: Parameters<WorkflowHarness['stage']>): Promise<void> {
  stage = await harness.stage(...what);
}

/** An account that this case contains, and its eradication plan from the evidence collection. */
export async function begin(eradication: MadePlan | null, stub: Stub = {}, durations: Partial<Durations> = {}, report = {}): Promise<void> {
  pages = [];
  reasons = [];
  runs = [];
  sessionsEnded = [];
  const step = (name: Parameters<typeof verified>[0]) => async (run: StepRun) => {
    runs.push(run);
    if (name === 'revoke-sessions') sessionsEnded.push(run);
    return verified(name);
  };
  await openHarness(
    {
      'block-sign-in.apply': step('block-sign-in'),
      'revoke-sessions.apply': step('revoke-sessions'),
      'reset-password.apply': step('reset-password'),
      'remove-methods.apply': step('remove-methods'),
      'release-false-alarm.apply': step('release-false-alarm'),
      collect: async () => ({ blindSpots: [], plan: eradication, nothing: eradication === null }),
      'person.page': async ({ line, reason }) => {
        pages.push(line);
        reasons.push(reason);
      },
      ...stub,
    },
    durations,
  );
  await stage.send(stage.act(report));
  // From here on the account is blocked and people may be asked.
  await expect.poll(names).toContain('history.export');
}

export const say = (act: DecisionAction, by: ObjectId, values: object = {}): Promise<'received'> =>
  stage.send(stage.decision(act, by, values));
export const approve = (made: MadePlan, by: ObjectId, code = planCode(made.digest)): Promise<'received'> =>
  say('approve', by, { plan: made.digest, code });

/** Makes a plan for each request, and records the requests. */
export function planning(part: Partial<MadePlan> = {}) {
  const asked: PlanRun[] = [];
  const made: MadePlan[] = [];
  return {
    asked,
    made,
    make: async (run: Omit<PlanRun, 'lastTry'>) => {
      asked.push({ ...run, lastTry: false });
      const { group, round, attempt, askedBy } = run;
      const one = plan({ group, round, attempt, askedBy, steps: ['remove-methods', 'revoke-sessions'], ...part });
      made.push(one);
      return { kind: 'made' as const, plan: one };
    },
  };
}

/** Did the last step of an eradication plan begin? The policy revokes the sessions once before it. */
export const lastRuns = (): StepRun[] => sessionsEnded.filter(({ order }) => order.kind === 'plan');

export const failing = (code: ConstructorParameters<typeof RunbookError>[0]) => async (): Promise<never> => {
  throw new RunbookError(code, `a stub that answers ${code}`);
};
