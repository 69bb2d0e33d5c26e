// Every activity by the name the history shows. A name is `<what>.<move>`, so
// that an auditor reads the history like a report.
import { activityInfo } from '@temporalio/activity';
import { ALARM } from '../domain/alarm-words.ts';
import type { StepName, StepOutcome } from '../domain/step.ts';
import { type LogsResult, type LogsRun, readLogs } from './check-logs.ts';
import { type CollectResult, type CollectRun, collect } from './collect.ts';
import { type ExportRun, exportHistory, type FinishRun, type FinishTools, finishRecord } from './export-history.ts';
import { mayStillCome } from './microsoft/directory-reader.ts';
import { acknowledgePages, type PageRun, type PageTools, pagePerson } from './paging.ts';
import type { TriageRun, TriageTools } from './people/triage-types.ts';
import { type VerifiedActions, verifyActions } from './people/verify-actions.ts';
import { makePlan, type PlanResult, type PlanRun, type ReviseRun, revisePlan } from './plans/index.ts';
import type { PlanTools } from './plans/make-plan.ts';
import { type RecheckResult, type RecheckRun, recheck } from './recheck.ts';
import { type DecisionResult, type DecisionRun, recordDecision } from './record-decision.ts';
import { STEPS } from './steps/registry.ts';
import { applyStep, verifyStep } from './steps/runner.ts';
import type { Step } from './steps/step.ts';
import type { RunnerTools, StepRun } from './steps/step-context.ts';

export type ActivityTools = TriageTools & PageTools & FinishTools & PlanTools & RunnerTools;

type FirstTries<Run> = Omit<Run, 'lastTry'>;

/** So often is an answer tried for before its absence counts as a blind spot. */
const TRIES = 3;
const lastTry = (): { readonly lastTry: boolean } => ({ lastTry: activityInfo().attempt >= TRIES });

type StepActivities = { readonly [Name in `${StepName}.${'apply' | 'verify'}`]: (run: StepRun) => Promise<StepOutcome> };

export interface Activities extends StepActivities {
  'people.verify'(run: FirstTries<TriageRun>): Promise<VerifiedActions>;
  'decision.record'(run: DecisionRun): Promise<DecisionResult>;
  'plan.make'(run: FirstTries<PlanRun>): Promise<PlanResult>;
  'plan.revise'(run: ReviseRun): Promise<PlanResult>;
  collect(run: FirstTries<CollectRun>): Promise<CollectResult>;
  'logs.read'(run: FirstTries<LogsRun>): Promise<LogsResult>;
  recheck(run: FirstTries<RecheckRun>): Promise<RecheckResult>;
  'person.page'(run: PageRun): Promise<void>;
  'pages.acknowledge'(run: { readonly caseId: PageRun['caseId']; readonly pages: number }): Promise<void>;
  'history.export'(run: ExportRun): Promise<void>;
  'case.finish'(run: FinishRun): Promise<void>;
}

const cannotWeigh = ({ caseId, actions, opening }: Pick<TriageRun, 'caseId' | 'actions' | 'opening'>) => ({
  reason: opening ? ALARM.reportNotTriaged(actions[0]?.envelope.key ?? '') : ALARM.actionNotTriaged,
  dedupKey: `triage/${caseId}`,
});

export function createActivities(tools: ActivityTools): Activities {
  return {
    ...stepActivities(tools),
    'people.verify': async (run) => {
      try {
        return await verifyActions(tools, { ...run, ...lastTry() });
      } catch (error) {
        // A case that could not be opened is not visible in Slack: page a person, whatever Temporal does next.
        if (activityInfo().attempt === TRIES || !mayStillCome(error)) void tools.alarm(cannotWeigh(run));
        throw error;
      }
    },
    'decision.record': (run) => recordDecision(tools, run),
    'plan.make': (run) => makePlan(tools, { ...run, ...lastTry() }),
    'plan.revise': (run) => revisePlan(tools, run),
    collect: (run) => collect(tools, { ...run, ...lastTry() }),
    'logs.read': (run) => readLogs(tools, { ...run, ...lastTry() }),
    recheck: (run) => recheck(tools, { ...run, ...lastTry() }),
    'person.page': (run) => pagePerson(tools, run),
    'pages.acknowledge': (run) => acknowledgePages(tools, run),
    'history.export': (run) => exportHistory(tools, run),
    'case.finish': (run) => finishRecord(tools, run),
  };
}

/** Two activities for every registered step. */
function stepActivities(tools: RunnerTools): StepActivities {
  // What a step sees is its own business: it only ever meets its own readings.
  const steps: readonly Step<unknown>[] = Object.values(STEPS);
  const named = steps.flatMap((step) => [
    [`${step.name}.apply`, (run: StepRun) => applyStep(tools, step, run)],
    [`${step.name}.verify`, (run: StepRun) => verifyStep(tools, step, run)],
  ]);
  return Object.fromEntries(named) as StepActivities;
}
