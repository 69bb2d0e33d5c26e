import { describe, expect, it } from 'vitest';
import { createFaults } from '../../../drill/microsoft/faults.ts';
import { type Arrival, createJournal } from '../../../drill/microsoft/journal.ts';
import { openActorLog } from '../../../drill/run/actor-log.ts';
import { type ProcessControl, runOutages, runProcessFaults } from '../../../drill/run/process-faults.ts';
import { openTimeline } from '../../../drill/run/timeline.ts';
import type { CutLine, OutageLine } from '../../../drill/scenarios/types.ts';

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

const cut = (where: CutLine['cut'], step: CutLine['step'] = 'block-sign-in'): CutLine => ({
  in: 'process',
  kind: 'kill-worker',
  cut: where,
  step,
});

const IDLE: ProcessControl = {
  killWorker: () => false,
  killEngine: () => Promise.resolve(),
  killDatabase: () => Promise.resolve(),
  applied: () => Promise.resolve(false),
  contained: () => Promise.resolve(false),
};

/** The tenant's own journal and faults, and a worker that notes when it is killed. */
function context(cuts: readonly CutLine[]) {
  const journal = createJournal(Date.now);
  const faults = createFaults();
  const timeline = openTimeline(1000, () => () => undefined);
  const actors = openActorLog(() => 0);
  let recorded: (was: boolean) => void = () => undefined;
  const applied = new Promise<boolean>((resolve) => {
    recorded = resolve;
  });
  const missed = runProcessFaults(cuts, {
    runner: { ...IDLE, killWorker: () => true, applied: () => applied },
    tenant: { journal, faults },
    actorAppId: ACTOR,
    objectIdOf: () => ANA,
    journal: actors,
    timeline,
  });
  const call = { operation: 'user.disable', actorKey: 'actor', person: 'ana' };
  return { journal, faults, timeline, actors, missed, recorded: () => recorded(true), call };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the worker is killed', () => {
  it('before the call: the request comes in, and nothing is changed', async () => {
    const { journal, faults, actors, missed, call } = context([cut('before-the-call')]);
    expect(faults.due(call)).toMatchObject({ kind: 'timeout-before' });
    journal.arrived(arrival('user.disable'));
    expect(await missed).toEqual([]);
    expect(actors.records().map((each) => each.saw)).toEqual(['before the call of block-sign-in']);
    expect(faults.due(call)).toBeUndefined();
  });

  it('after the effect: changed, and never answered', async () => {
    const { journal, faults, actors, missed, call } = context([cut('after-the-effect')]);
    expect(faults.due(call)).toMatchObject({ kind: 'timeout-after' });
    const line = journal.arrived(arrival('user.disable'));
    await settle();
    expect(actors.records()).toEqual([]);
    line.changed([{ what: 'accountEnabled', target: ANA, from: true, to: false }]);
    expect(await missed).toEqual([]);
  });

  it('after the ledger entry: only when the answer is written down, with the read-back held', async () => {
    const { journal, faults, actors, missed, recorded } = context([cut('after-the-record', 'revoke-sessions')]);
    journal.arrived(arrival('user.revokeSignInSessions')).changed([{ what: 'signInSessionsValidFrom', target: ANA, from: '', to: '' }]);
    await settle();
    expect(faults.due({ operation: 'user.get', actorKey: 'actor', person: 'ana' })).toMatchObject({ kind: 'timeout-before' });
    expect(actors.records()).toEqual([]);
    recorded();
    expect(await missed).toEqual([]);
    expect(actors.records()).toHaveLength(1);
    expect(faults.due({ operation: 'user.get', actorKey: 'actor', person: 'ana' })).toBeUndefined();
  });

  it("after the ledger entry, also when the call was a dead worker's: its successor may read", async () => {
    const { journal, faults, actors, missed, recorded } = context([cut('before-the-call'), cut('after-the-record', 'revoke-sessions')]);
    const revoke = journal.arrived(arrival('user.revokeSignInSessions'));
    journal.arrived(arrival('user.disable'));
    await settle();
    revoke.changed([{ what: 'signInSessionsValidFrom', target: ANA, from: '', to: '' }]);
    await settle();
    expect(actors.records()).toHaveLength(1);
    expect(faults.due({ operation: 'user.get', actorKey: 'actor', person: 'ana' })).toBeUndefined();
    recorded();
    expect(await missed).toEqual([]);
    expect(actors.records()).toHaveLength(2);
  });

  it('at two places of one step, one after the other', async () => {
    const { journal, actors, missed } = context([cut('before-the-call'), cut('after-the-effect')]);
    journal.arrived(arrival('user.disable'));
    await settle();
    journal.arrived(arrival('user.disable')).changed([{ what: 'accountEnabled', target: ANA, from: true, to: false }]);
    expect(await missed).toEqual([]);
    expect(actors.records().map((each) => each.saw)).toEqual(['before the call of block-sign-in', 'after the effect of block-sign-in']);
  });

  it('by calls of our app only, not by a person who does the same', async () => {
    const { journal, timeline, missed } = context([cut('before-the-call')]);
    journal.arrived(arrival('user.disable', { actor: { kind: 'user', personId: ANA } }));
    timeline.end();
    expect(await missed).toEqual(['the worker was never killed before the call of block-sign-in: that moment did not come']);
  });

  it.each(['auth.phoneMethods.delete', 'auth.microsoftAuthenticatorMethods.delete'])(
    'while methods are removed, at whichever comes first: %s',
    async (operation) => {
      const { journal, faults, actors, missed } = context([cut('before-the-call', 'remove-methods')]);
      const call = { operation, actorKey: 'actor', person: 'ana' };
      expect(faults.due(call)).toMatchObject({ kind: 'timeout-before' });
      journal.arrived(arrival(operation));
      expect(await missed).toEqual([]);
      expect(actors.records()).toHaveLength(1);
      expect(faults.due({ ...call, operation: 'auth.fido2Methods.delete' })).toBeUndefined();
    },
  );

  it.each([
    ['reset-password', 'user.resetPassword', 'user.get'],
    ['release-false-alarm', 'user.enable', 'user.get'],
    ['remove-methods', 'auth.phoneMethods.delete', 'auth.methods.list'],
  ] as const)('after the record of %s, with the reads that would show it held', async (step, operation, reads) => {
    const { journal, faults, missed, recorded } = context([cut('after-the-record', step)]);
    journal.arrived(arrival(operation)).changed([{ what: 'x', target: ANA, from: null, to: null }]);
    await settle();
    expect(faults.due({ operation: reads, actorKey: 'actor', person: 'ana' })).toMatchObject({ kind: 'timeout-before' });
    recorded();
    expect(await missed).toEqual([]);
  });
});

describe('a server is killed', () => {
  const outage = (kind: OutageLine['kind'], at = 0): OutageLine => ({ in: 'process', kind, cue: { kind: 'at', atMs: at } });
  const play = (outages: readonly OutageLine[], runner: Partial<ProcessControl>) => {
    const timeline = openTimeline(1000, () => () => undefined);
    const journal = openActorLog(() => 0);
    return { timeline, journal, troubles: runOutages(outages, { timeline, journal, runner: { ...IDLE, ...runner } }) };
  };

  it('and the timeline is busy until it is up again', async () => {
    let up: () => void = () => undefined;
    const back = new Promise<void>((resolve) => {
      up = resolve;
    });
    const { timeline, journal, troubles } = play([outage('kill-engine')], { killEngine: () => back });
    await expect.poll(() => journal.records().map(({ result }) => result)).toEqual(['began']);
    expect(timeline.idleSince()).toBeNull();
    up();
    expect(await troubles).toEqual([]);
    expect(journal.records().map(({ did, result }) => `${did}: ${result}`)).toEqual([
      'kill -9 of the Temporal server: began',
      'kill -9 of the Temporal server: succeeded',
    ]);
    expect(timeline.idleSince()).not.toBeNull();
  });

  it('and does not come back: that is said', async () => {
    const { troubles } = play([outage('kill-database')], { killDatabase: () => Promise.reject(new Error('no room on the disk')) });
    expect(await troubles).toEqual(['kill -9 of PostgreSQL: it did not come back: no room on the disk']);
  });

  it('or never, when the scenario ends before: that is said, too', async () => {
    const { timeline, troubles } = play([outage('kill-database', 3_600_000)], {});
    timeline.end();
    expect(await troubles).toEqual(['kill -9 of PostgreSQL was never played: that moment did not come']);
  });
});
