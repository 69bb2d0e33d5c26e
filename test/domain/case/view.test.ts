import { describe, expect, it } from 'vitest';
import { NOTHING_STRICTER } from '../../../domain/approval-requirements.ts';
import type { LedgerEvent } from '../../../domain/case/events.ts';
import { type CaseView, foldCase, type ViewEntry } from '../../../domain/case/view.ts';
import type { HoldReason } from '../../../domain/hold.ts';
import { type ObjectId, objectId } from '../../../domain/ids.ts';
import { DEFAULT_DURATIONS, type ManualDecisionReason } from '../../../domain/policy.ts';
import type { ContainmentStep, StepName } from '../../../domain/step.ts';

const ana = objectId('dddddddd-0000-4000-8000-000000000001');
const kim = objectId('dddddddd-0000-4000-8000-000000000002');
const START = Date.parse('2026-11-20T03:10:00Z');

const opened: LedgerEvent = {
  kind: 'case.opened',
  schemaVersion: 1,
  number: 1042,
  tenant: 't',
  subject: ana,
  openedBy: 'k',
  baselineDigest: 'd',
  policy: { version: 'v', durations: DEFAULT_DURATIONS, stricter: NOTHING_STRICTER },
  phoneSha256: null,
};
const learned = (account: 'ordinary' | 'guest' = 'ordinary'): LedgerEvent => ({
  kind: 'account.learned',
  schemaVersion: 1,
  account,
  protectedBecause: null,
  outsideReach: [],
  enabled: true,
  blindSpots: [],
});
const ordered: LedgerEvent = {
  kind: 'order.made',
  schemaVersion: 1,
  row: 'r',
  order: { kind: 'contain', steps: ['block-sign-in', 'revoke-sessions'] },
};
const verified = (step: ContainmentStep, attempt = 1): LedgerEvent => ({
  kind: 'step.verified',
  schemaVersion: 1,
  step,
  attempt,
  target: { kind: 'account', id: ana },
  saw: 's',
  readAt: '2026-11-20T03:10:04Z',
});
const failed = (step: ContainmentStep, attempt = 1): LedgerEvent => ({
  kind: 'step.failed',
  schemaVersion: 1,
  step,
  attempt,
  code: 'GRAPH_FORBIDDEN',
});
const looked = (part: Partial<Extract<LedgerEvent, { kind: 'recheck.made' }>>): LedgerEvent => ({
  kind: 'recheck.made',
  schemaVersion: 1,
  enabled: false,
  sessionsCutAt: null,
  actsBefore: 0,
  actsAfter: 0,
  signInsAfterBlocking: 0,
  newItems: null,
  blindSpots: [],
  ...part,
});
/** Any code will do: only which reasons stand is asked here. */
const because = (code: string): HoldReason => ({ kind: 'left-to-people', because: code as ManualDecisionReason });
const held = (...reasons: string[]): LedgerEvent => ({
  kind: 'case.held',
  schemaVersion: 1,
  reasons: reasons.map(because),
  by: null,
  endsWith: 'recheck',
});
const heldForPeople = (...reasons: string[]): LedgerEvent => ({
  kind: 'case.held',
  schemaVersion: 1,
  reasons: reasons.map(because),
  by: null,
  endsWith: 'person',
});
const heldBy = (by: ObjectId, ...reasons: string[]): LedgerEvent => ({
  kind: 'case.held',
  schemaVersion: 1,
  reasons: reasons.map(because),
  by,
  endsWith: 'person',
});
const goneOn: LedgerEvent = { kind: 'hold.ended', schemaVersion: 1, because: 'recheck-clean', by: kim };
const about = (step: StepName, attempt: number) => ({ schemaVersion: 1, step, attempt, target: { kind: 'account', id: ana } }) as const;
const intended = (step: StepName, attempt = 1): LedgerEvent => ({
  kind: 'step.intended',
  schemaVersion: 1,
  step,
  attempt,
  change: {
    target: { kind: 'account', id: ana },
    from: true,
    to: false,
    why: 'attacker-may-know-password',
    undo: { kind: 'cannot', code: 'old-password-gone' },
  },
  by: 'policy',
  undoes: null,
});
/** The account was enabled, or blocked again, by a plan of that kind. */
const moved = (group: 'release' | 'undo', attempt: number): LedgerEvent[] => {
  const digest = String(attempt).repeat(64);
  return [
    {
      kind: 'plan.made',
      schemaVersion: 1,
      digest,
      group,
      round: 1,
      revision: 1,
      attempt,
      steps: [],
      byHand: [],
      kept: [],
      labelsSha256: '0'.repeat(64),
      needs: { approvers: 1, stepUp: false },
      askedBy: kim,
      because: 'requested',
    },
    { kind: 'step.verified', ...about('release-false-alarm', attempt), saw: 's', readAt: '2026-11-20T03:30:00Z' },
    { kind: 'plan.done', schemaVersion: 1, digest, dropped: 0 },
  ];
};

/** One entry a second. */
const fold = (...events: LedgerEvent[]): CaseView => {
  const entries: ViewEntry[] = [opened, ...events].map((event, index) => ({
    seq: index + 1,
    storedAt: START + index * 1000,
    hash: `h${index}`,
    event,
  }));
  const view = foldCase(entries);
  if (view === null) throw new Error('no case');
  return view;
};

describe('the case as people see it', () => {
  it('is nothing before the case was opened', () => {
    expect(foldCase([{ seq: 1, storedAt: START, hash: 'h', event: learned() }])).toBeNull();
  });

  it('is open, then containing, then blocked, then contained', () => {
    const story = [learned(), ordered, verified('block-sign-in'), verified('revoke-sessions')];
    expect(fold(...story.slice(0, 2)).state).toBe('open');
    expect(fold(...story.slice(0, 3)).state).toBe('containing');
    expect(fold(...story).state).toBe('blocked');
    expect(fold(...story, { kind: 'account.contained', schemaVersion: 1, effectiveBy: 'x' }).state).toBe('contained');
  });

  it('is blocked from the later of the two reads, and effective ninety-five minutes after it', () => {
    const view = fold(learned(), ordered, verified('block-sign-in'), verified('revoke-sessions'));
    expect(view.blockedAt).toBe(START + 4000);
    expect(view.effectiveBy).toBe(START + 4000 + 95 * 60_000);
  });

  it('is not blocked by a step that was only applied', () => {
    const applied: LedgerEvent = {
      kind: 'step.applied',
      schemaVersion: 1,
      step: 'revoke-sessions',
      attempt: 1,
      target: { kind: 'account', id: ana },
      changed: true,
      requestId: 'r',
    };
    expect(fold(learned(), ordered, verified('block-sign-in'), applied).blockedAt).toBeNull();
  });

  it('needs only the block of a guest', () => {
    expect(fold(learned('guest'), ordered, verified('block-sign-in')).state).toBe('blocked');
  });

  it('is not blocked when a recheck finds the account enabled, until it is blocked again', () => {
    const closed = [learned(), ordered, verified('block-sign-in'), verified('revoke-sessions')];
    const again = [...closed, looked({ enabled: true })];
    expect(fold(...again).blockedAt).toBeNull();
    expect(fold(...again, verified('block-sign-in', 2), verified('revoke-sessions', 2)).blockedAt).toBe(START + 7000);
  });

  it('counts a manual block when a recheck shows it, and not a revocation from before the case', () => {
    const hold = [learned(), ordered, failed('block-sign-in'), failed('revoke-sessions'), held('both were refused')];
    const byHand = new Date(START + 5000).toISOString();
    expect(fold(...hold, looked({ sessionsCutAt: byHand })).state).toBe('blocked');
    expect(fold(...hold, looked({ sessionsCutAt: new Date(START - 60_000).toISOString() })).blockedAt).toBeNull();
  });

  it('names the failure of a step until a fresh read shows it done', () => {
    const step = (view: CaseView) => view.steps.find((each) => each.step === 'block-sign-in');
    expect(step(fold(learned(), ordered, failed('block-sign-in')))).toMatchObject({ state: 'failed', code: 'GRAPH_FORBIDDEN' });
    expect(step(fold(learned(), ordered, verified('block-sign-in'), failed('block-sign-in')))).toMatchObject({ state: 'done' });
  });

  describe('shows the steps of the current containment:', () => {
    const shut = [learned(), ordered, intended('block-sign-in'), verified('block-sign-in'), verified('revoke-sessions')];
    const waiting = { state: 'waiting', code: null, readAt: null };
    const underWay = { state: 'under way', code: null, readAt: null };
    const done = { state: 'done', readAt: '2026-11-20T03:10:04Z' };
    it.each<[string, LedgerEvent[], object, object]>([
      ['as they were read', [], done, done],
      ['none of an account that a recheck finds enabled', [looked({ enabled: true })], waiting, waiting],
      ['a second intent, not yet read', [intended('block-sign-in', 2)], underWay, done],
      [
        'a failure of the second containment',
        [failed('block-sign-in', 2)],
        { state: 'failed', code: 'GRAPH_FORBIDDEN', readAt: null },
        done,
      ],
      ['no failure that came late in the first', [failed('block-sign-in')], done, done],
      ['none after a release', moved('release', 5), waiting, waiting],
      ['none after an undo', [...moved('release', 5), ...moved('undo', 6)], waiting, waiting],
      [
        'those of the containment after an undo',
        [...moved('release', 5), ...moved('undo', 6), { ...verified('block-sign-in', 7), kind: 'step.unneeded' } as LedgerEvent],
        done,
        waiting,
      ],
    ])('%s', (_name, later, block, sessions) => {
      expect(fold(...shut, ...later).steps).toMatchObject([
        { step: 'block-sign-in', ...block },
        { step: 'revoke-sessions', ...sessions },
      ]);
    });

    it('a manual block, once a recheck has shown it', () => {
      const refused = [learned(), ordered, failed('block-sign-in'), verified('revoke-sessions'), held('x')];
      const blockOf = (view: CaseView) => view.steps.find((each) => each.step === 'block-sign-in');
      expect(blockOf(fold(...refused, looked({ enabled: true })))).toMatchObject({ state: 'failed', code: 'GRAPH_FORBIDDEN' });
      expect(blockOf(fold(...refused, looked({})))).toMatchObject({ state: 'done', readAt: new Date(START + 6000).toISOString() });
    });
  });

  it('is containing after an undo, released after a release, and containing when it is blocked again', () => {
    const shut = [learned(), ordered, verified('block-sign-in'), verified('revoke-sessions')];
    const released = [...shut, ...moved('release', 5)];
    expect(fold(...released).state).toBe('released');
    expect(fold(...released, ...moved('undo', 6)).state).toBe('containing');
    expect(fold(...released, intended('block-sign-in', 7)).state).toBe('containing');
    expect(fold(...released, verified('block-sign-in', 7), verified('revoke-sessions', 7)).state).toBe('blocked');
  });

  it('starts anew with a second containment, also when no recheck found it enabled in between', () => {
    const shut = [learned(), ordered, verified('block-sign-in'), verified('revoke-sessions')];
    expect(fold(...shut, verified('block-sign-in', 2)).blockedAt).toBeNull();
    expect(fold(...shut, verified('block-sign-in', 2), verified('revoke-sessions', 2)).blockedAt).toBe(START + 6000);
  });

  describe('says that attacker activity was seen', () => {
    const shut = [learned(), ordered, verified('block-sign-in'), verified('revoke-sessions')];
    it.each<[string, LedgerEvent[], boolean]>([
      ['not before the account was blocked', [looked({ enabled: true, signInsAfterBlocking: 1 })], false],
      ['not when there was none', [...shut, looked({ actsBefore: 4 })], false],
      ['for a sign-in after the block', [...shut, looked({ signInsAfterBlocking: 1 })], true],
      ['for activity after the last session must have ended', [...shut, looked({ actsAfter: 1 })], true],
      ['also when a later recheck could not read the log', [...shut, looked({ actsAfter: 1 }), looked({})], true],
      [
        'not in a later containment',
        [...shut, looked({ signInsAfterBlocking: 1 }), verified('block-sign-in', 2), verified('revoke-sessions', 2)],
        false,
      ],
      [
        'for an unknown sign-in after the release',
        [...shut, ...moved('release', 5), looked({ enabled: true, signInsAfterBlocking: 1 })],
        true,
      ],
      ['not for what was seen before the release', [...shut, looked({ actsAfter: 1 }), ...moved('release', 5)], false],
    ])('%s', (_name, events, seen) => {
      expect(fold(...events).seenInside).toBe(seen);
    });
  });

  it('says how monitoring ended, and nothing once the account is enabled again', () => {
    const ended: LedgerEvent = { kind: 'monitoring.ended', schemaVersion: 1, outcome: 'blocked' };
    const watched = [learned(), ordered, verified('block-sign-in'), verified('revoke-sessions'), looked({ actsAfter: 1 }), ended];
    expect(fold(...watched).watched).toBe('blocked');
    const again = [...watched, looked({ enabled: true }), verified('block-sign-in', 2), verified('revoke-sessions', 2)];
    expect(fold(...again)).toMatchObject({ state: 'blocked', watched: null, seenInside: false });
  });

  it('counts activity between the two times that are shown, without that of an earlier containment', () => {
    const shut = [learned(), ordered, verified('block-sign-in'), verified('revoke-sessions'), looked({ actsBefore: 4 })];
    expect(fold(...shut).activityWhileContaining).toBe(4);
    expect(
      fold(...shut, looked({ enabled: true }), verified('block-sign-in', 2), verified('revoke-sessions', 2)).activityWhileContaining,
    ).toBe(0);
  });

  it.each<[string, LedgerEvent[], object]>([
    ['a recheck', [held('a')], { heldBy: null, heldFor: ['a'].map(because), holdEndsWith: 'recheck' }],
    ['a person, after a recheck', [held('a'), heldBy(kim, 'k')], { heldBy: kim, heldFor: ['k'].map(because) }],
    [
      'a person, whatever a recheck finds later',
      [heldBy(kim, 'k'), held('a'), held('b', 'a')],
      { heldBy: kim, heldFor: ['k', 'a', 'b'].map(because) },
    ],
    [
      'the first person, also when another declines later',
      [heldBy(kim, 'k'), heldBy(ana, 'n')],
      { heldBy: kim, heldFor: ['k', 'n'].map(because) },
    ],
    [
      'a recheck, after a person resumed',
      [heldBy(kim, 'k'), goneOn, held('a')],
      { heldBy: null, heldFor: ['a'].map(because), holdEndsWith: 'recheck' },
    ],
    [
      'a failure that only a person ends, whatever a recheck finds later',
      [heldForPeople('f'), held('a')],
      { heldBy: null, heldFor: ['f', 'a'].map(because), holdEndsWith: 'person' },
    ],
    [
      'a person, after such a failure',
      [heldForPeople('f'), heldBy(kim, 'k')],
      { heldBy: kim, heldFor: ['f', 'k'].map(because), holdEndsWith: 'person' },
    ],
    ['no one, after a person resumed', [heldBy(kim, 'k'), held('a'), goneOn], { heldBy: null, heldFor: [], holdEndsWith: null }],
  ])('is held by %s', (_name, events, hold) => {
    expect(fold(learned(), ...events)).toMatchObject(hold);
  });

  it('is held until the hold is ended, with the newest reasons', () => {
    expect(fold(learned(), held('a'), held('b')).heldFor).toEqual([because('b')]);
    expect(fold(learned(), held('a'), { kind: 'hold.ended', schemaVersion: 1, because: 'recheck-clean', by: null }).heldFor).toEqual([]);
  });

  it('forgets a blind spot of the collection once the same logs were read, but not after a recheck of later logs', () => {
    const blind = { what: 'sign-in-log', why: 'no-answer' } as const;
    const other = { what: 'sign-in-methods', why: 'no-answer' } as const;
    const survey: LedgerEvent = { kind: 'evidence.collected', schemaVersion: 1, methods: {}, enabled: true, blindSpots: [blind, other] };
    const logs = (...blindSpots: (typeof blind)[]): LedgerEvent => ({
      kind: 'logs.read',
      schemaVersion: 1,
      supports: false,
      successes: 0,
      undecided: 0,
      denials: 0,
      blindSpots,
    });
    expect(fold(learned(), survey, looked({})).blindSpots).toEqual([blind, other]);
    expect(fold(learned(), survey, logs(blind)).blindSpots).toEqual([other, blind]);
    expect(fold(learned(), survey, logs()).blindSpots).toEqual([other]);
  });

  it('forgets a blind spot that a later recheck could read', () => {
    const blind = looked({ blindSpots: [{ what: 'sign-in-log', why: 'no-answer' }] });
    expect(fold(learned(), blind).blindSpots).toEqual([{ what: 'sign-in-log', why: 'no-answer' }]);
    expect(fold(learned(), blind, looked({})).blindSpots).toEqual([]);
  });
});

it('says who will call the subject, once a person has said so', () => {
  expect(fold(learned()).callTakenBy).toBeNull();
  expect(fold(learned(), { kind: 'call.taken', schemaVersion: 1, by: kim }).callTakenBy).toBe(kim);
});
