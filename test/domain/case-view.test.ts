import { describe, expect, it } from 'vitest';
import { type CaseView, foldCase, type ViewEntry } from '../../domain/case-view.ts';
import type { LedgerEvent } from '../../domain/evidence.ts';
import { objectId } from '../../domain/ids.ts';
import { NOTHING_STRICTER } from '../../domain/needs.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';
import type { ContainingStep } from '../../domain/step.ts';

const ana = objectId('dddddddd-0000-4000-8000-000000000001');
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
const verified = (step: ContainingStep, generation = 1): LedgerEvent => ({
  kind: 'step.verified',
  schemaVersion: 1,
  step,
  generation,
  target: { kind: 'account', id: ana },
  saw: 's',
  readAt: '2026-11-20T03:10:04Z',
});
const failed = (step: ContainingStep): LedgerEvent => ({
  kind: 'step.failed',
  schemaVersion: 1,
  step,
  generation: 1,
  code: 'GRAPH_FORBIDDEN',
});
const looked = (part: Partial<Extract<LedgerEvent, { kind: 'recheck.made' }>>): LedgerEvent => ({
  kind: 'recheck.made',
  schemaVersion: 1,
  enabled: false,
  sessionsCutAt: null,
  actsBefore: 0,
  actsAfter: 0,
  signInsAfterClosing: 0,
  newcomers: null,
  blindSpots: [],
  ...part,
});
const held = (...reasons: string[]): LedgerEvent => ({ kind: 'case.held', schemaVersion: 1, reasons, by: null });

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

  it('is open, then closing, then closed, then contained', () => {
    const story = [learned(), ordered, verified('block-sign-in'), verified('revoke-sessions')];
    expect(fold(...story.slice(0, 2)).state).toBe('open');
    expect(fold(...story.slice(0, 3)).state).toBe('closing');
    expect(fold(...story).state).toBe('closed');
    expect(fold(...story, { kind: 'account.contained', schemaVersion: 1, effectiveBy: 'x' }).state).toBe('contained');
  });

  it('is closed from the later of the two readings, and effective ninety-five minutes after it', () => {
    const view = fold(learned(), ordered, verified('block-sign-in'), verified('revoke-sessions'));
    expect(view.closedAt).toBe(START + 4000);
    expect(view.effectiveBy).toBe(START + 4000 + 95 * 60_000);
  });

  it('is not closed by a step that was only applied', () => {
    const applied: LedgerEvent = {
      kind: 'step.applied',
      schemaVersion: 1,
      step: 'revoke-sessions',
      generation: 1,
      target: { kind: 'account', id: ana },
      changed: true,
      requestId: 'r',
    };
    expect(fold(learned(), ordered, verified('block-sign-in'), applied).closedAt).toBeNull();
  });

  it('needs only the block of a guest', () => {
    expect(fold(learned('guest'), ordered, verified('block-sign-in')).state).toBe('closed');
  });

  it('is open again when a look finds the account enabled, until it is closed once more', () => {
    const closed = [learned(), ordered, verified('block-sign-in'), verified('revoke-sessions')];
    const again = [...closed, looked({ enabled: true })];
    expect(fold(...again).closedAt).toBeNull();
    expect(fold(...again, verified('block-sign-in', 2), verified('revoke-sessions', 2)).closedAt).toBe(START + 7000);
  });

  it('counts what people closed by hand when a look shows it, and not a revocation from before the case', () => {
    const hold = [learned(), ordered, failed('block-sign-in'), failed('revoke-sessions'), held('both were refused')];
    const byHand = new Date(START + 5000).toISOString();
    expect(fold(...hold, looked({ sessionsCutAt: byHand })).state).toBe('closed');
    expect(fold(...hold, looked({ sessionsCutAt: new Date(START - 60_000).toISOString() })).closedAt).toBeNull();
  });

  it('names the failure of a step until a fresh read shows it done', () => {
    const step = (view: CaseView) => view.steps.find((each) => each.step === 'block-sign-in');
    expect(step(fold(learned(), ordered, failed('block-sign-in')))).toMatchObject({ state: 'failed', code: 'GRAPH_FORBIDDEN' });
    expect(step(fold(learned(), ordered, verified('block-sign-in'), failed('block-sign-in')))).toMatchObject({ state: 'done' });
  });

  it('is held until the hold is ended, with the newest reasons', () => {
    expect(fold(learned(), held('a'), held('b')).heldFor).toEqual(['b']);
    expect(fold(learned(), held('a'), { kind: 'hold.ended', schemaVersion: 1, because: 'x', by: null }).heldFor).toEqual([]);
  });

  it('forgets what the survey could not see once the logs of the same night were read, and not for a look at what came later', () => {
    const blind = { what: 'sign-in log', why: 'no answer' } as const;
    const other = { what: 'sign-in methods', why: 'no answer' } as const;
    const survey: LedgerEvent = { kind: 'survey.stored', schemaVersion: 1, methods: {}, enabled: true, blindSpots: [blind, other] };
    const logs = (...blindSpots: (typeof blind)[]): LedgerEvent => ({
      kind: 'logs.read',
      schemaVersion: 1,
      supports: false,
      successes: 0,
      denials: 0,
      blindSpots,
    });
    expect(fold(learned(), survey, looked({})).blindSpots).toEqual([blind, other]);
    expect(fold(learned(), survey, logs(blind)).blindSpots).toEqual([other, blind]);
    expect(fold(learned(), survey, logs()).blindSpots).toEqual([other]);
  });

  it('forgets a blind spot that a later look could see', () => {
    const blind = looked({ blindSpots: [{ what: 'sign-in log', why: 'no answer' }] });
    expect(fold(learned(), blind).blindSpots).toEqual([{ what: 'sign-in log', why: 'no answer' }]);
    expect(fold(learned(), blind, looked({})).blindSpots).toEqual([]);
  });
});
