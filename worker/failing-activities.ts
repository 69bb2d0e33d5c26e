// Pages a person about activities that keep failing, one page for each cause. Temporal retries such an activity for hours
// in silence, and the page of the case needs the same database. This page needs the pager only.
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from 'pino';
import { isFailureCode, remedyOf } from '../domain/errors.ts';
import type { Pager } from '../pager/pager.ts';

export interface FailingActivitiesTools {
  readonly pager: Pick<Pager, 'page' | 'resolve'>;
  readonly log: Pick<Logger, 'error' | 'info'>;
  /** An activity that still fails this long after it was first scheduled is paged. With the retry pauses, that is within a minute. */
  readonly afterMs?: number;
}

const AFTER_MS = 30_000;
const HOUR = 'YYYY-MM-DDTHH'.length;

/** ledger: the database. refused: a refusal of ours in work that no case can do without. unknown: any other error. */
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
  /** Activity types that failed for this cause and have not succeeded since. */
  readonly failing: Set<string>;
  /** The key of the page; null until the pager has accepted it. */
  paged: string | null;
}

/** @returns an interceptor that must come before the one that maps failures; all workers that use it share its state */
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

/** Null for failures with an end of their own: the case handles a final refusal, and stops waiting for Microsoft after a time. */
function causeOf(error: unknown): Cause | null {
  if (!(error instanceof ApplicationFailure) || error.nonRetryable === true) return null;
  const type = error.type ?? '';
  if (type === 'LEDGER_UNAVAILABLE') return 'ledger';
  if (type === 'UNEXPECTED' || !isFailureCode(type)) return 'unknown';
  return remedyOf(type) === 'retry' ? null : 'refused';
}
