import type { Context } from '@temporalio/activity';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { heartbeatInterceptor } from '../../worker/heartbeat-interceptor.ts';

const NOTHING: ActivityExecuteInput = { args: [], headers: {} };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Runs one activity as the engine's worker would. */
function run(heartbeatTimeoutMs: number | undefined, work: Promise<unknown>) {
  const heartbeat = vi.fn();
  const { inbound } = heartbeatInterceptor({ info: { heartbeatTimeoutMs }, heartbeat } as unknown as Context);
  if (inbound?.execute === undefined) throw new Error('expected an interceptor');
  return { done: inbound.execute(NOTHING, () => work), heartbeat };
}

it('an activity is said to live for as long as it runs, and no longer', async () => {
  let end: () => void = () => undefined;
  const { done, heartbeat } = run(
    3_000,
    new Promise<void>((resolve) => {
      end = resolve;
    }),
  );
  vi.advanceTimersByTime(9_500);
  // Three times within what the engine waits, so that one that is lost kills nothing.
  expect(heartbeat).toHaveBeenCalledTimes(9);
  end();
  await done;
  vi.advanceTimersByTime(60_000);
  expect(heartbeat).toHaveBeenCalledTimes(9);
});

it('one that failed is silent as well, and its failure is passed on', async () => {
  const { done, heartbeat } = run(3_000, Promise.reject(new Error('refused')));
  await expect(done).rejects.toThrow('refused');
  vi.advanceTimersByTime(60_000);
  expect(heartbeat).not.toHaveBeenCalled();
});

// Without a time the engine's client says 0, whatever its types say (measured).
it.each([undefined, 0])('nothing is said of an activity whose engine asks for nothing (%s)', async (none) => {
  const { done, heartbeat } = run(none, new Promise((resolve) => setTimeout(resolve, 60_000)));
  vi.advanceTimersByTime(60_000);
  await done;
  expect(heartbeat).not.toHaveBeenCalled();
});
