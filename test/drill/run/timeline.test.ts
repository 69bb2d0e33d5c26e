import { expect, it } from 'vitest';
import { type CallPhase, openTimeline, type Timeline } from '../../../drill/run/timeline.ts';
import type { Trigger } from '../../../drill/scenarios/types.ts';

const SPEED = 1000;

/** Was the action played, or did the scenario end first? */
const played = (timeline: Timeline, cue: Trigger): Promise<boolean> =>
  timeline.perform(cue, { endsByItself: true, play: () => Promise.resolve() });

function stageWithCalls(): { timeline: Timeline; call: (phase: CallPhase['phase'], what?: string, to?: unknown, person?: string) => void } {
  let listen: (call: CallPhase) => void = () => undefined;
  const timeline = openTimeline(SPEED, (listener) => {
    listen = listener;
    return () => {
      listen = () => undefined;
    };
  });
  return {
    timeline,
    call: (phase, what = 'accountEnabled', to = false, person = 'ana') =>
      listen({
        operation: 'user.disable',
        phase,
        concerns: (key) => key === person,
        appId: undefined,
        effects: phase === 'arrived' ? [] : [{ what, to }],
      }),
  };
}

it('an action after a fact waits for that fact, about that person', async () => {
  const { timeline, call } = stageWithCalls();
  const order: string[] = [];
  const blocked = played(timeline, { kind: 'after', fact: 'sign-in-blocked', of: 'ana', waitMs: 0 }).then(() =>
    order.push('sign-in-blocked'),
  );
  const closed = played(timeline, { kind: 'after', fact: 'blocked', of: 'ana', waitMs: 0 }).then(() => order.push('blocked'));
  call('effect', 'accountEnabled', false, 'bram');
  call('arrived');
  order.push('nothing yet');
  call('effect');
  await blocked;
  call('effect', 'signInSessionsValidFrom', '2026-11-24T03:00:00Z');
  await closed;
  expect(order).toEqual(['nothing yet', 'sign-in-blocked', 'blocked']);
});

it('an action after a call counts calls of that phase only', async () => {
  const { timeline, call } = stageWithCalls();
  let came: boolean | undefined;
  const waiting = (async () => {
    came = await played(timeline, { kind: 'call', operation: 'user.disable', phase: 'answered', occurrence: 2, of: 'ana', waitMs: 0 });
  })();
  call('effect');
  call('answered');
  await Promise.resolve();
  expect(came).toBeUndefined();
  call('answered');
  await waiting;
  expect(came).toBe(true);
});

it('a fact that came before the action is not missed', async () => {
  const { timeline, call } = stageWithCalls();
  call('effect');
  timeline.reported();
  expect(await played(timeline, { kind: 'after', fact: 'sign-in-blocked', of: 'ana', waitMs: 0 })).toBe(true);
  expect(await played(timeline, { kind: 'after', fact: 'reported', of: 'ana', waitMs: 0 })).toBe(true);
});

it('times are scenario times: a thousand times faster here', async () => {
  const { timeline } = stageWithCalls();
  expect(await played(timeline, { kind: 'at', atMs: 60_000 })).toBe(true);
  expect(timeline.now()).toBeGreaterThanOrEqual(55_000);
});

it('tells those who still wait that the scenario has ended', async () => {
  const { timeline } = stageWithCalls();
  const waiting = [
    played(timeline, { kind: 'at', atMs: 3_600_000_000 }),
    played(timeline, { kind: 'after', fact: 'blocked', of: 'ana', waitMs: 0 }),
    timeline.pause(3_600_000_000),
  ];
  timeline.end();
  expect(await Promise.all(waiting)).toEqual([false, false, false]);
  expect(await timeline.pause(1)).toBe(false);
});

it('is busy with what is certain to come and ends by itself, and with nothing else', async () => {
  const { timeline, call } = stageWithCalls();
  const play = (): Promise<void> => Promise.resolve();
  const forEver = timeline.perform({ kind: 'at', atMs: 3_600_000_000 }, { endsByItself: false, play });
  const perhaps = timeline.perform({ kind: 'after', fact: 'sign-in-blocked', of: 'ana', waitMs: 60_000 }, { endsByItself: true, play });
  expect(timeline.idleSince()).not.toBeNull();
  call('effect');
  await Promise.resolve();
  expect(timeline.idleSince()).toBeNull();
  await perhaps;
  expect(timeline.idleSince()).not.toBeNull();
  timeline.end();
  await forEver;
});
