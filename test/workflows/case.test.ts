import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OpenedCase } from '../../activities/people/triage-types.ts';
import { RunbookError } from '../../domain/errors.ts';
import { objectId } from '../../domain/ids.ts';
import { gate } from '../setup/gate.ts';
import {
  believed,
  eventsOfAllRuns,
  openWorkflowHarness,
  plan,
  refused,
  type Stage,
  type Stub,
  shut,
  verified,
  type WorkflowHarness,
} from './workflow-harness.ts';

let harness: WorkflowHarness;
let stage: Stage;

beforeAll(async () => {
  harness = await openWorkflowHarness();
});
afterEach(() => stage.close());
afterAll(() => harness.close());

const openStage: WorkflowHarness['stage'] = (...what) => harness.stage(...what);

const names = (): string[] => stage.calls.map((call) => call.name);

async function play(stub: Stub = {}, durations: Parameters<WorkflowHarness['stage']>[1] = {}): Promise<void> {
  stage = await openStage(stub, durations);
  await stage.send(stage.act());
}

/** Makes every plan that is asked for, and notes what for. */
const asking =
  (asked: string[]): NonNullable<Stub['plan.make']> =>
  async ({ group, because }) => {
    asked.push(`${group}: ${because}`);
    return { kind: 'made', plan: plan({ group, steps: ['block-sign-in'] }) };
  };

/** A case that cannot close before the test allows it. */
async function playUntilReleased(): Promise<() => void> {
  let letGo: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await play({
    recheck: async () => {
      await released;
      return { ...shut, at: Date.now() };
    },
  });
  return letGo;
}

describe('a case', () => {
  it('goes from one report to contained and closed, and its events are in order', async () => {
    await play();
    expect(await stage.end()).toEqual({ kind: 'closed', outcome: 'contained', number: 1001 });
    await expect.poll(names).toContain('case.finish');
    expect(stage.noted()).toEqual(['order.made', 'account.blocked']);
    expect(names().filter((name) => name === 'people.verify')).toHaveLength(1);
  });

  it('stays within sixty events over all its runs', async () => {
    await play();
    await stage.end();
    expect(await eventsOfAllRuns(stage)).toBeLessThanOrEqual(60);
  });

  it('tries every containment step though one is refused, is put on hold, and pages a person', async () => {
    await play({ 'block-sign-in.apply': refused('GRAPH_FORBIDDEN'), recheck: async () => ({ ...shut, enabled: true, at: Date.now() }) });
    await expect.poll(() => stage.noted()).toEqual(expect.arrayContaining(['step.failed', 'case.held']));
    expect(names()).toContain('person.page');
    expect(names()).toContain('revoke-sessions.apply');
    expect(names()).not.toContain('block-sign-in.apply');
    expect(stage.noted()).not.toContain('account.blocked');
  });

  it('retries a page that the pager refused, within seconds and as the same page, also during a slow containment', async () => {
    const tried: number[] = [];
    const paged = gate();
    await play(
      {
        recheck: async () => ({ ...shut, at: Date.now() }),
        'block-sign-in.apply': async () => {
          // Containment lasts until a person has been paged.
          await paged.opened;
          return verified('block-sign-in', { changed: false });
        },
        'person.page': async ({ page }) => {
          tried.push(page);
          if (tried.length <= 4) throw new RunbookError('PAGER_UNAVAILABLE', 'expected the pager to take a page, it did not');
          paged.open();
        },
      },
      { containAttemptMs: 20_000, giveUpMs: 60_000 },
    );
    await paged.opened;
    expect(tried).toEqual([1, 1, 1, 1, 1]);
    await stage.end();
    expect(tried.filter((page) => page === 1)).toHaveLength(5);
    expect(stage.noted().filter((kind) => kind === 'person.paged')).toHaveLength(1);
  });

  it('asks people again while it is on hold, and continues when they blocked the account manually', async () => {
    let looks = 0;
    await play({
      'block-sign-in.apply': refused('GRAPH_FORBIDDEN'),
      recheck: async () => ({ ...shut, enabled: ++looks < 3, sessionsCutAt: new Date(Date.now() + 5_000).toISOString(), at: Date.now() }),
    });
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(names().filter((name) => name === 'person.page').length).toBeGreaterThanOrEqual(3);
    expect(stage.noted()).toContain('hold.ended');
  });

  it('tries again what Microsoft could not do, without a hold', async () => {
    let tries = 0;
    await play({
      'revoke-sessions.apply': async () => {
        tries += 1;
        if (tries < 3) return refused('GRAPH_UNAVAILABLE')();
        return verified('revoke-sessions', { changed: false });
      },
    });
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(stage.noted()).not.toContain('case.held');
  });

  it('keeps reading when an effect does not show yet, and holds when it never does', async () => {
    await play(
      {
        'revoke-sessions.apply': async () => ({ kind: 'unseen', step: 'revoke-sessions' }),
        'revoke-sessions.verify': refused('NOT_YET_VISIBLE'),
        recheck: async () => ({ ...shut, sessionsCutAt: null, at: Date.now() }),
      },
      { readBackMs: 150 },
    );
    await expect.poll(() => stage.noted()).toContain('case.held');
    expect(stage.noted()).toContain('step.failed');
    expect(stage.noted()).not.toContain('account.blocked');
  });

  it('contains an account again that was enabled during monitoring', async () => {
    let looks = 0;
    await play({
      'block-sign-in.apply': async () => verified('block-sign-in'),
      recheck: async () => ({ ...shut, enabled: ++looks === 1, at: Date.now() }),
    });
    await expect.poll(names).toContain('recheck');
    await stage.send(stage.decision('confirm-containment', objectId('10000000-0000-4000-8000-0000000000b1')));
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(names().filter((name) => name === 'block-sign-in.apply')).toHaveLength(2);
  });

  it('does nothing to a protected account except collect evidence and page', async () => {
    const account: OpenedCase['account'] = { kind: 'protected', protectedBecause: 'break-glass', outsideReach: [] };
    await play({
      'people.verify': async (run) => believed(run, { account }),
      recheck: async () => ({ ...shut, enabled: true, at: Date.now() }),
    });
    await expect.poll(() => names().filter((name) => name === 'person.page').length).toBeGreaterThanOrEqual(2);
    expect(names()).not.toContain('block-sign-in.apply');
    expect(names()).not.toContain('revoke-sessions.apply');
    expect(names()).toContain('collect');
  });

  it('pages a responder about a protected account at once, and once, during a slow evidence collection', async () => {
    const account: OpenedCase['account'] = { kind: 'protected', protectedBecause: 'break-glass', outsideReach: [] };
    const { open, opened } = gate();
    await play(
      {
        'people.verify': async (run) => believed(run, { account }),
        collect: async () => {
          await opened;
          return { blindSpots: [], plan: null, nothing: true };
        },
      },
      { askAgainMs: 60_000 },
    );
    await expect.poll(names).toContain('person.page');
    expect(stage.noted()).toContain('case.held');
    open();
    await expect.poll(names).toContain('history.export');
    expect(names().filter((name) => name === 'person.page')).toHaveLength(1);
  });

  it('does not call itself contained when a log could not be read', async () => {
    await play({ recheck: async () => ({ ...shut, blindSpots: [{ what: 'sign-in-log', why: 'licence' }], at: Date.now() }) });
    expect(await stage.end()).toMatchObject({ outcome: 'blocked' });
    await expect.poll(names).toContain('case.finish');
    expect(stage.noted()).not.toContain('account.contained');
  });

  it('continues when evidence collection fails', async () => {
    await play({ collect: refused('GRAPH_UNAVAILABLE') }, { giveUpMs: 300 });
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(stage.noted()).toContain('evidence.collected');
  });
});

describe('the policy', () => {
  it('revokes at once and blocks only when the logs show a success, after a refused prompt', async () => {
    stage = await openStage({ 'logs.read': async () => ({ supports: true, readable: true, blindSpots: [] }) });
    await stage.send(stage.act({ what: 'denied-or-ignored' }));
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(names().indexOf('revoke-sessions.apply')).toBeLessThan(names().indexOf('logs.read'));
    expect(names().indexOf('logs.read')).toBeLessThan(names().indexOf('block-sign-in.apply'));
  });

  it('blocks after a refused prompt when the logs cannot be read in time', async () => {
    stage = await openStage({ 'logs.read': async () => ({ supports: false, readable: false, blindSpots: [] }) });
    await stage.send(stage.act({ what: 'denied-or-ignored' }));
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(names()).toContain('block-sign-in.apply');
  });

  it('leaves the block to a person when the logs show nothing', async () => {
    const asked: string[] = [];
    stage = await openStage({ 'plan.make': asking(asked) });
    await stage.send(stage.act({ what: 'denied-or-ignored' }));
    await expect.poll(() => asked).toEqual(['containment: logs-inconclusive']);
    expect(names()).not.toContain('block-sign-in.apply');
  });

  it.each([
    ['show-success', true, 'logs-show-success'],
    ['show none', false, 'logs-inconclusive'],
  ])(
    'asks people about a guest whom a colleague reports, where ending sessions does nothing: the logs %s',
    async (_, supports, because) => {
      const asked: string[] = [];
      stage = await openStage({
        'people.verify': async (run) =>
          believed(run, { account: { kind: 'guest', protectedBecause: null, outsideReach: ['guest-home-tenant'] } }),
        'logs.read': async () => ({ supports, readable: true, blindSpots: [] }),
        'plan.make': asking(asked),
      });
      await stage.send(stage.act({ about: 'U9' }));
      await expect.poll(() => asked).toEqual([`containment: ${because}`]);
      expect(names()).toContain('logs.read');
      expect(names().filter((name) => name.endsWith('.apply'))).toEqual([]);
      expect(stage.noted()).not.toContain('case.held');
    },
  );

  it('becomes stricter when the owner reports more than a colleague did', async () => {
    stage = await openStage({}, { logDeadlineMs: 5_000 });
    await stage.send(stage.act({ about: 'U9' }));
    await expect.poll(names).toContain('logs.read');
    expect(names()).not.toContain('block-sign-in.apply');
    await stage.send(stage.act());
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(names()).toEqual(expect.arrayContaining(['block-sign-in.apply', 'revoke-sessions.apply']));
  });

  it.each([
    ['while the logs are still read', 5_000],
    ['after the logs have decided nothing', 100],
  ])(
    'becomes stricter when the owner refused a prompt that a colleague reported: sessions end, and the logs are asked anew (%s)',
    async (_, logDeadlineMs) => {
      let supports = false;
      const rounds: number[] = [];
      stage = await openStage(
        {
          'logs.read': async ({ round }) => {
            rounds.push(round);
            return { supports, readable: true, blindSpots: [] };
          },
          'plan.make': asking([]),
        },
        { logDeadlineMs },
      );
      await stage.send(stage.act({ about: 'U9' }));
      if (logDeadlineMs < 1_000) await expect.poll(names).toContain('plan.make');
      else await expect.poll(names).toContain('logs.read');
      expect(names()).not.toContain('revoke-sessions.apply');
      supports = true;
      await stage.send(stage.act({ what: 'denied-or-ignored' }));
      await expect.poll(names).toContain('block-sign-in.apply');
      expect(names()).toContain('revoke-sessions.apply');
      // Each reading is an entry of its own: the answers of the first asking are not those of the second.
      expect(rounds).toEqual([...new Set(rounds)]);
    },
  );
});

describe('a further report', () => {
  it('is carried out during evidence collection, and delays nothing', async () => {
    const { open, opened } = gate();
    stage = await openStage({
      'logs.read': async () => ({ supports: true, readable: true, blindSpots: [] }),
      collect: async () => {
        await opened;
        return { blindSpots: [], plan: null, nothing: true };
      },
    });
    await stage.send(stage.act({ about: 'U9' }));
    await expect.poll(names).toContain('revoke-sessions.apply');
    await stage.send(stage.act());
    await expect.poll(names).toContain('block-sign-in.apply');
    open();
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(stage.noted()).not.toContain('case.held');
  });
});

describe('an action during the log reads', () => {
  it('is in the ledger at once', async () => {
    stage = await openStage({}, { logDeadlineMs: 60_000 });
    await stage.send(stage.act({ about: 'U9' }));
    await expect.poll(names).toContain('logs.read');
    await stage.send(stage.decision('acknowledge', objectId('10000000-0000-4000-8000-0000000000b1')));
    await expect.poll(() => stage.noted()).toContain('page.acknowledged');
  });
});

describe('the message queue', () => {
  it('takes twenty reports at once into one case and verifies each exactly once', async () => {
    const weighed: string[] = [];
    stage = await openStage(
      {
        'people.verify': async (run) => {
          weighed.push(...run.actions.map((act) => act.envelope.key));
          return believed(run);
        },
      },
      { accessTokenMs: 1_500 },
    );
    const actions = Array.from({ length: 20 }, () => stage.act());
    await stage.send(actions[0] ?? stage.act());
    await stage.sendAll(actions.slice(1, 10));
    await stage.sendAll(actions.slice(10));
    await stage.sendAll(actions);
    await expect.poll(() => weighed.length).toBe(20);
    expect(new Set(weighed).size).toBe(20);
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(await eventsOfAllRuns(stage)).toBeLessThanOrEqual(30 + 6 * 3 + 11 + 4 * 19);
  });

  it('loses no report that it accepted while the case was closing', async () => {
    const weighed = new Set<string>();
    const sent = new Set<string>();
    stage = await openStage({
      'people.verify': async (run) => {
        for (const act of run.actions) weighed.add(act.envelope.key);
        return believed(run);
      },
    });
    for (let round = 0; round < 12; round += 1) {
      const act = stage.act();
      await stage.send(act);
      sent.add(act.envelope.key);
    }
    await stage.end();
    expect([...sent].filter((key) => !weighed.has(key))).toEqual([]);
  });

  it('accepts a true action after a forged one with its key', async () => {
    const weighed: string[] = [];
    stage = await openStage({
      'people.verify': async (run) => {
        weighed.push(...run.actions.map((act) => act.signature));
        const actions = run.actions.filter((act) => !act.signature.startsWith('forged'));
        return actions.length === 0 ? nothingBelieved(run.actions) : believed({ ...run, actions });
      },
    });
    const key = 'slack:V7:borrowed';
    await stage.send(stage.act({ key, signature: 'forged-signature' }));
    expect(await stage.end()).toEqual({ kind: 'refused' });
    await stage.send(stage.act({ key, signature: 'the-true-signature' }));
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
    expect(weighed).toEqual(['forged-signature', 'the-true-signature']);
  });

  it('opens no case for a start without a valid report: one verification, no step, no evidence collection', async () => {
    await play({ 'people.verify': async (run) => nothingBelieved(run.actions) });
    expect(await stage.end()).toEqual({ kind: 'refused' });
    expect(names()).toEqual(['people.verify']);
  });

  it('rejects a message without an action, and one with more than it can verify at once', async () => {
    const letGo = await playUntilReleased();
    await expect(stage.sendAll([])).rejects.toThrow();
    await expect(stage.sendAll(Array.from({ length: 65 }, () => stage.act()))).rejects.toThrow();
    letGo();
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });

  it('rejects a message that is no action', async () => {
    const letGo = await playUntilReleased();
    const garbage = { ...stage.act(), envelope: null } as never;
    await expect(stage.send(garbage, 'garbage')).rejects.toThrow();
    letGo();
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });

  it('ends a start without an action: nothing is verified, nothing is done', async () => {
    stage = await openStage();
    await stage.client.workflow.start('approvedPrompt', {
      workflowId: stage.workflowId,
      taskQueue: stage.cases,
      args: [stage.input],
    });
    expect(await stage.end()).toEqual({ kind: 'refused' });
    expect(names()).toEqual([]);
  });

  it('is free for the true report after a rejected message has started it', async () => {
    stage = await openStage();
    await expect(stage.sendAll([])).rejects.toThrow();
    await stage.send(stage.act());
    expect(await stage.end()).toMatchObject({ outcome: 'contained' });
  });
});

const nothingBelieved = (actions: readonly unknown[]) => ({ reports: [], decisions: [], refused: actions.length, opened: null });
