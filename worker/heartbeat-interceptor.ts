// Sends heartbeats while an activity runs. When the worker dies, Temporal gives the activity to another worker after the
// heartbeat timeout, not only after the long limit for slow answers.
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

export const heartbeatInterceptor: ActivityInterceptorsFactory = (activity) => ({
  inbound: {
    async execute(input, next) {
      const { heartbeatTimeoutMs } = activity.info;
      // It is 0 for an activity without a heartbeat timeout: a timer of 0 would send a thousand heartbeats a second.
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
