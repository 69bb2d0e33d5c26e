import { describe, expect, it } from 'vitest';
import { playCuts } from '../../drill/cuts.ts';
import { openRobotJournal } from '../../drill/robot-journal.ts';
import type { ProcessFaultLine } from '../../drill/scenarios/types.ts';
import { createFaults } from '../../drill/tenant/faults.ts';
import { type Arrival, createJournal } from '../../drill/tenant/journal.ts';

const ACTOR = 'c40e6a93-81d5-4f7b-9e2a-d3b6f1c8057e';
const ANA = '3b1f2c64-8a0d-4f59-9b3e-0d4a7c1e9f21';

const arrival = (operation: string, part: Partial<Arrival> = {}): Arrival => ({
  at: new Date().toISOString(),
  actor: { kind: 'app', appId: ACTOR },
  operation,
  method: 'PATCH',
  path: `/v1.0/users/${ANA}`,
  query: '',
  requestId: `request-${operation}`,
  person: 'ana',
  ...part,
});

const cut = (where: ProcessFaultLine['cut'], step: ProcessFaultLine['step'] = 'block-sign-in'): ProcessFaultLine => ({
  in: 'process',
  kind: 'kill-worker',
  cut: where,
  step,
});

/** The tenant's own journal and faults, and a worker that notes when it is killed. */
function scene(cuts: readonly ProcessFaultLine[]) {
  const journal = createJournal(Date.now);
  const faults = createFaults();
  const over = new AbortController();
  const robots = openRobotJournal(() => 0);
  let recorded: (was: boolean) => void = () => undefined;
  const applied = new Promise<boolean>((resolve) => {
    recorded = resolve;
  });
  const missed = playCuts(cuts, {
    runner: { killWorker: () => true, applied: () => applied },
    tenant: { journal, faults },
    actorAppId: ACTOR,
    objectIdOf: () => ANA,
    journal: robots,
    over: over.signal,
  });
  const call = { operation: 'user.disable', actorKey: 'actor', person: 'ana' };
  return { journal, faults, over, robots, missed, recorded: () => recorded(true), call };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the worker is killed', () => {
  it('before the call: the request comes in, and nothing is changed', async () => {
    const { journal, faults, robots, missed, call } = scene([cut('before-the-call')]);
    expect(faults.due(call)).toMatchObject({ kind: 'timeout-before' });
    journal.arrived(arrival('user.disable'));
    expect(await missed).toEqual([]);
    expect(robots.records().map((each) => each.saw)).toEqual(['before the call of block-sign-in']);
    expect(faults.due(call)).toBeUndefined();
  });

  it('after the effect: changed, and never answered', async () => {
    const { journal, faults, robots, missed, call } = scene([cut('after-the-effect')]);
    expect(faults.due(call)).toMatchObject({ kind: 'timeout-after' });
    const line = journal.arrived(arrival('user.disable'));
    await settle();
    expect(robots.records()).toEqual([]);
    line.changed([{ what: 'accountEnabled', target: ANA, from: true, to: false }]);
    expect(await missed).toEqual([]);
  });

  it('after the record: only when the answer is written down, with the read-back held', async () => {
    const { journal, faults, robots, missed, recorded } = scene([cut('after-the-record', 'revoke-sessions')]);
    journal.arrived(arrival('user.revokeSignInSessions')).changed([{ what: 'signInSessionsValidFrom', target: ANA, from: '', to: '' }]);
    await settle();
    expect(faults.due({ operation: 'user.get', actorKey: 'actor', person: 'ana' })).toMatchObject({ kind: 'timeout-before' });
    expect(robots.records()).toEqual([]);
    recorded();
    expect(await missed).toEqual([]);
    expect(robots.records()).toHaveLength(1);
    expect(faults.due({ operation: 'user.get', actorKey: 'actor', person: 'ana' })).toBeUndefined();
  });

  it("after the record, also when the call was a dead worker's: its successor may read", async () => {
    const { journal, faults, robots, missed, recorded } = scene([cut('before-the-call'), cut('after-the-record', 'revoke-sessions')]);
    const revoke = journal.arrived(arrival('user.revokeSignInSessions'));
    journal.arrived(arrival('user.disable'));
    await settle();
    revoke.changed([{ what: 'signInSessionsValidFrom', target: ANA, from: '', to: '' }]);
    await settle();
    expect(robots.records()).toHaveLength(1);
    expect(faults.due({ operation: 'user.get', actorKey: 'actor', person: 'ana' })).toBeUndefined();
    recorded();
    expect(await missed).toEqual([]);
    expect(robots.records()).toHaveLength(2);
  });

  it('at two places of one step, one after the other', async () => {
    const { journal, robots, missed } = scene([cut('before-the-call'), cut('after-the-effect')]);
    journal.arrived(arrival('user.disable'));
    await settle();
    journal.arrived(arrival('user.disable')).changed([{ what: 'accountEnabled', target: ANA, from: true, to: false }]);
    expect(await missed).toEqual([]);
    expect(robots.records().map((each) => each.saw)).toEqual(['before the call of block-sign-in', 'after the effect of block-sign-in']);
  });

  it('by calls of our app only, not by a person who does the same', async () => {
    const { journal, over, missed } = scene([cut('before-the-call')]);
    journal.arrived(arrival('user.disable', { actor: { kind: 'user', personId: ANA } }));
    over.abort();
    expect(await missed).toEqual(['the worker was never killed before the call of block-sign-in: that moment did not come']);
  });
});
