import type { Context } from '@temporalio/activity';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { containmentPriority } from '../../worker/containment-priority.ts';
import { gate } from '../setup/gate.ts';

const NOTHING: ActivityExecuteInput = { args: [], headers: {} };

/** Runs activities as the engine's worker would, in the order they are begun. */
function worker(longestMs: number) {
  const factory = containmentPriority(longestMs);
  return (activityType: string, work: () => Promise<void>): Promise<unknown> => {
    const { inbound } = factory({ info: { activityType } } as Context);
    if (inbound?.execute === undefined) throw new Error('expected an interceptor');
    return inbound.execute(NOTHING, work);
  };
}

describe('a worker', () => {
  it('looks around only when no door is being closed in it and no report is weighed', async () => {
    const run = worker(60_000);
    const order: string[] = [];
    const [closing, weighing] = [gate(), gate()];
    const all = [
      run('block-sign-in.apply', () => closing.opened.then(() => void order.push('closed'))),
      run('people.verify', () => weighing.opened.then(() => void order.push('weighed'))),
      run('collect', async () => void order.push('collect')),
    ];
    closing.open();
    await all[0];
    expect(order).toEqual(['closed']);
    weighing.open();
    await Promise.all(all);
    expect(order).toEqual(['closed', 'weighed', 'collect']);
  });

  it('does not put looking around off for ever', async () => {
    const run = worker(20);
    const closing = gate();
    const never = run('revoke-sessions.apply', () => closing.opened);
    await run('collect', async () => undefined);
    closing.open();
    await never;
  });

  it('keeps nothing waiting that people wait for, and nothing at all when it is quiet', async () => {
    const run = worker(60_000);
    await run('collect', async () => undefined);
    const closing = gate();
    const busy = run('block-sign-in.apply', () => closing.opened);
    for (const activity of ['people.verify', 'plan.make', 'decision.record', 'person.page', 'logs.read', 'reset-password.apply']) {
      await run(activity, async () => undefined);
    }
    closing.open();
    await busy;
  });

  it('goes on looking around after a door that could not be closed', async () => {
    const run = worker(60_000);
    const closing = gate();
    const failing = run('block-sign-in.apply', () => closing.opened.then(() => Promise.reject(new Error('no'))));
    const looking = run('recheck', async () => undefined);
    closing.open();
    await expect(failing).rejects.toThrow('no');
    await looking;
  });
});
