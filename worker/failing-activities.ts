// Pages a person about activities that keep failing, one page for each cause.
// The engine retries such an activity for hours without a word, and the page that
// the case itself would send needs the same database. Needs the pager only.
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from 'pino';
import { isFailureCode, remedyOf } from '../domain/errors.ts';
import type { Pager } from '../pager/pager.ts';

export interface FailingActivitiesTools {
  readonly pager: Pick<Pager, 'page' | 'resolve'>;
  readonly log: Pick<Logger, 'error' | 'info'>;
  /** An activity that still fails so long after it was first scheduled is paged; with the pauses between tries, within a minute. */
  readonly afterMs?: number;
}

const AFTER_MS = 30_000;
const HOUR = 'YYYY-MM-DDTHH'.length;

/** ledger: the database. refused: a refusal of ours in work that no case can do without. unknown: an error that is none of ours. */
type Cause = 'ledger' | 'refused' | 'unknown';

const SUMMARY: Readonly<Record<Cause, string>> = {
  ledger:
    'The database of unapprove does not answer, or refuses the worker. Cases and reports wait until it does. Mend the database, the role or DATABASE_URL; ' +
    'meanwhile contain reported accounts by hand: in Entra, block sign-in and revoke sessions. The log of the worker names the error (activity-failing).',
  refused:
    'A step of a case is refused each time it is tried, and the case waits for it. The log of the worker names the error (activity-failing).',
  unknown:
    'A step of a case fails each time it is tried, with an error that unapprove does not know. The log of the worker names the error (activity-failing).',
};

interface Trouble {
  /** Types of activities that have failed for this cause and have not succeeded since. */
  readonly failing: Set<string>;
  /** Under which key a person was paged; null until the pager has taken it. */
  paged: string | null;
}

/** @returns an interceptor to be placed before the one that maps failures; its state is shared by all workers that it is given to */
export function pageFailingActivities({ pager, log, afterMs = AFTER_MS }: FailingActivitiesTools): ActivityInterceptorsFactory {
  const troubles: Readonly<Record<Cause, Trouble>> = {
    ledger: { failing: new Set(), paged: null },
    refused: { failing: new Set(), paged: null },
    unknown: { failing: new Set(), paged: null },
  };

  const failed = async (cause: Cause, activity: string, problem: string): Promise<void> => {
    const trouble = troubles[cause];
    trouble.failing.add(activity);
    log.error({ event: 'activity-failing', cause, activity, problem });
    if (trouble.paged !== null) return;
    const dedupKey = `activity-failing/${cause}/${new Date().toISOString().slice(0, HOUR)}`;
    trouble.paged = dedupKey;
    if (!(await pager.page({ summary: SUMMARY[cause], dedupKey, severity: 'critical' }))) trouble.paged = null;
  };
  const succeeded = (activity: string): void => {
    for (const [cause, trouble] of Object.entries(troubles)) {
      if (!trouble.failing.delete(activity) || trouble.failing.size > 0 || trouble.paged === null) continue;
      log.info({ event: 'activity-failing-over', cause });
      void pager.resolve([trouble.paged]);
      trouble.paged = null;
    }
  };

  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        try {
          const result = await next(input);
          succeeded(info.activityType);
          return result;
        } catch (error) {
          const cause = causeOf(error);
          // The failing activity does not wait for the pager.
          if (cause !== null && Date.now() - info.scheduledTimestampMs > afterMs)
            void failed(cause, info.activityType, (error as Error).message);
          throw error;
        }
      },
    },
  });
}

/** Null for what has an end of its own: the case handles a final refusal, and gives up what waits for Microsoft. */
function causeOf(error: unknown): Cause | null {
  if (!(error instanceof ApplicationFailure) || error.nonRetryable === true) return null;
  const type = error.type ?? '';
  if (type === 'LEDGER_UNAVAILABLE') return 'ledger';
  if (type === 'UNEXPECTED' || !isFailureCode(type)) return 'unknown';
  return remedyOf(type) === 'retry' ? null : 'refused';
}
