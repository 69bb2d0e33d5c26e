// Says of an activity that its worker lives, for as long as it runs: when the
// worker ends, the engine gives the activity to another one after the heartbeat's
// time, and not only after all the time that a slow answer may take.
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

export const heartbeatInterceptor: ActivityInterceptorsFactory = (activity) => ({
  inbound: {
    async execute(input, next) {
      const { heartbeatTimeoutMs } = activity.info;
      // Of an activity that need not beat it is 0: a timer of 0 would beat a thousand times a second.
      if (!heartbeatTimeoutMs) return next(input);
      const timer = setInterval(() => activity.heartbeat(), heartbeatTimeoutMs / 3);
      try {
        return await next(input);
      } finally {
        clearInterval(timer);
      }
    },
  },
});
