// Every activity by the name the history shows. A name is `<what>.<move>`, so
// that an auditor reads the history like a report.
import { activityInfo } from '@temporalio/activity';
import type { StepOutcome } from '../domain/step.ts';
import type { AccountActor } from './graph/actor.ts';
import { type DirectoryReader, mayStillCome } from './graph/directory.ts';
import { type ExportRun, exportHistory, type FinishRun, type FinishTools, finishRecord } from './history.ts';
import { type LogsResult, type LogsRun, readLogs } from './logs.ts';
import { type PageRun, type PageTools, pagePerson } from './pages.ts';
import { type Weighed, type WeighRun, type WeighTools, weigh } from './people/weigh.ts';
import { type RecheckResult, type RecheckRun, recheck } from './recheck.ts';
import { STEPS } from './steps/registry.ts';
import { applyStep, type RunnerTools, type StepRun, verifyStep } from './steps/runner.ts';
import { type SurveyRun, survey } from './survey.ts';

export interface ActivityTools extends WeighTools, PageTools, FinishTools {
  readonly reader: DirectoryReader;
  readonly door: AccountActor;
  readonly pause: RunnerTools['pause'];
}

type FirstTries<Run> = Omit<Run, 'lastTry'>;

/** So often is an answer tried for before its absence counts as a blind spot. */
const TRIES = 3;
const lastTry = (): { readonly lastTry: boolean } => ({ lastTry: activityInfo().attempt >= TRIES });

export interface Activities {
  'people.weigh'(run: FirstTries<WeighRun>): Promise<Weighed>;
  'block-sign-in.apply'(run: StepRun): Promise<StepOutcome>;
  'block-sign-in.verify'(run: StepRun): Promise<StepOutcome>;
  'revoke-sessions.apply'(run: StepRun): Promise<StepOutcome>;
  'revoke-sessions.verify'(run: StepRun): Promise<StepOutcome>;
  survey(run: FirstTries<SurveyRun>): Promise<void>;
  'logs.read'(run: FirstTries<LogsRun>): Promise<LogsResult>;
  recheck(run: FirstTries<RecheckRun>): Promise<RecheckResult>;
  'person.page'(run: PageRun): Promise<{ delivered: boolean }>;
  'history.export'(run: ExportRun): Promise<void>;
  'case.finish'(run: FinishRun): Promise<void>;
}

const cannotWeigh = (caseId: string) => ({
  reason: 'A report was received and cannot be dealt with. Follow the paper runbook by hand: block sign-in, revoke sessions.',
  dedupKey: `weigh/${caseId}`,
});

export function createActivities(tools: ActivityTools): Activities {
  return {
    'people.weigh': async (run) => {
      try {
        return await weigh(tools, { ...run, ...lastTry() });
      } catch (error) {
        // Nobody sees a case that could not be opened: a person is told, whatever the engine does next.
        if (activityInfo().attempt === TRIES || !mayStillCome(error)) void tools.alarm(cannotWeigh(run.caseId));
        throw error;
      }
    },
    'block-sign-in.apply': (run) => applyStep(tools, STEPS['block-sign-in'], run),
    'block-sign-in.verify': (run) => verifyStep(tools, STEPS['block-sign-in'], run),
    'revoke-sessions.apply': (run) => applyStep(tools, STEPS['revoke-sessions'], run),
    'revoke-sessions.verify': (run) => verifyStep(tools, STEPS['revoke-sessions'], run),
    survey: async (run) => {
      await survey(tools, { ...run, ...lastTry() });
    },
    'logs.read': (run) => readLogs(tools, { ...run, ...lastTry() }),
    recheck: (run) => recheck(tools, { ...run, ...lastTry() }),
    'person.page': (run) => pagePerson(tools, run),
    'history.export': (run) => exportHistory(tools, run),
    'case.finish': (run) => finishRecord(tools, run),
  };
}
