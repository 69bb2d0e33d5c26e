// Containment comes first: evidence collection starts in a worker only while no report is verified and no containment step
// runs there, and it waits for a few seconds at most. It is no lock: containment never waits here, and nothing outlives the
// worker. Measured by `npm run bench:many`.
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Activities } from '../activities/index.ts';

/** Work that people and accounts wait for. */
const FIRST: readonly RegExp[] = [/^people\.verify$/, /\.(apply|verify)$/];
/** Reads that can wait. */
const LATER: readonly string[] = ['collect', 'recheck', 'history.export'] satisfies (keyof Activities)[];

/** Evidence collection must not starve under continuous containment. */
const LONGEST_MS = 3_000;

/** Shared by every task queue of one worker. */
export function containmentPriority(longestMs = LONGEST_MS): ActivityInterceptorsFactory {
  let containing = 0;
  const waiting = new Set<() => void>();

  const quiet = (): Promise<void> =>
    new Promise((resolve) => {
      const proceed = (): void => {
        clearTimeout(timer);
        waiting.delete(proceed);
        resolve();
      };
      const timer = setTimeout(proceed, longestMs);
      waiting.add(proceed);
    });

  return ({ info }) => {
    const isFirst = FIRST.some((name) => name.test(info.activityType));
    const inbound: ActivityInboundCallsInterceptor = {
      async execute(input, next) {
        if (!isFirst) {
          if (containing > 0 && LATER.includes(info.activityType)) await quiet();
          return next(input);
        }
        containing += 1;
        try {
          return await next(input);
        } finally {
          containing -= 1;
          if (containing === 0) for (const proceed of waiting) proceed();
        }
      },
    };
    return { inbound };
  };
}
