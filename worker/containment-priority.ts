// Closing doors comes first. A worker that has both to do looks around only when
// no report is being weighed and no door is being closed in it, and never puts it
// off for long. It is no lock: nothing that closes a door waits here, and a worker
// that ends takes nothing along. Measured by `npm run bench:many`.
import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Activities } from '../activities/index.ts';

/** What people and accounts wait for. */
const FIRST: readonly RegExp[] = [/^people\.verify$/, /\.(apply|verify)$/];
/** Reads that can wait. */
const LATER: readonly string[] = ['collect', 'recheck', 'history.export'] satisfies (keyof Activities)[];

/** Looking around must not starve where doors are closed all night. */
const LONGEST_MS = 3_000;

/** For every lane of one worker: they share what they know. */
export function containmentPriority(longestMs = LONGEST_MS): ActivityInterceptorsFactory {
  let closing = 0;
  const waiting = new Set<() => void>();

  const quiet = (): Promise<void> =>
    new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(go, longestMs);
      waiting.add(go);
    });

  return ({ info }) => {
    const isFirst = FIRST.some((name) => name.test(info.activityType));
    const inbound: ActivityInboundCallsInterceptor = {
      async execute(input, next) {
        if (!isFirst) {
          if (closing > 0 && LATER.includes(info.activityType)) await quiet();
          return next(input);
        }
        closing += 1;
        try {
          return await next(input);
        } finally {
          closing -= 1;
          if (closing === 0) for (const go of waiting) go();
        }
      },
    };
    return { inbound };
  };
}
