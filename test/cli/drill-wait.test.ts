import { describe, expect, it } from 'vitest';
import { isSettled, type Quiet, STILL_MS } from '../../cli/drill-wait.ts';
import { progressOf, type Row } from '../../cli/ledger-watch.ts';

type Written = readonly [kind: string, body?: Record<string, unknown>];

const NEWS_AT = 1_000_000;

/** A case of Ana's with one report, and these entries after it, each a millisecond after the one before. */
function recordOf(...written: readonly Written[]): Row[] {
  const all: readonly Written[] = [['case.opened', { number: 1001, tenant: 't', subject: 'ana' }], ['report.received'], ...written];
  return all.map(([kind, body = {}], index) => ({
    chain: 'case',
    seq: index + 1,
    storedAt: NEWS_AT + index,
    hash: '',
    prev: '',
    kind,
    content: { key: String(index), kind, body },
  }));
}

const plan = (digest: string, group = 'eradication', round = 1): Written => ['plan.made', { digest, group, round }];
const about = (kind: string, digest: string): Written => [kind, { digest }];
const BLOCKED: Written = ['account.blocked'];
const MONITORED: readonly Written[] = [BLOCKED, ['account.contained'], ['monitoring.ended', { outcome: 'contained' }]];

const stateOf = (...written: readonly Written[]): string | undefined => progressOf(recordOf(...written))[0]?.state;

describe('a case', () => {
  it.each<[string, string, readonly Written[]]>([
    ['under way', 'during containment', [['step.intended']]],
    ['under way', 'during monitoring, also when a plan is open', [BLOCKED, plan('a')]],
    ['under way', 'while an approved plan is carried out', [...MONITORED, plan('a'), about('plan.approved', 'a')]],
    [
      'under way',
      'while a plan that was begun is not done',
      [...MONITORED, plan('a'), about('plan.approved', 'a'), about('plan.begun', 'a')],
    ],
    ['waits for people', 'when monitoring has ended and a plan is open', [plan('a'), ...MONITORED]],
    [
      'waits for people',
      'when one plan is done and another is open',
      [...MONITORED, plan('a'), about('plan.done', 'a'), plan('b', 'undo')],
    ],
    ['waits for people', 'when it is on hold and a person was paged', [['case.held'], ['person.paged']]],
    ['quiet', 'when monitoring has ended and no plan is open', [...MONITORED, plan('a'), about('plan.declined', 'a')]],
    ['quiet', 'when the account was not blocked and a plan is open', [plan('a', 'containment')]],
    ['quiet', 'when a responder puts it on hold', [BLOCKED, ['case.held']]],
    ['under way', 'when it was blocked again after monitoring had ended', [...MONITORED, BLOCKED, plan('a')]],
    ['closed', 'when it is closed', [...MONITORED, ['case.closed']]],
  ])('is %s %s', (state, _when, written) => expect(stateOf(...written)).toBe(state));

  it('goes by the newest plan of each group', () => {
    expect(stateOf(...MONITORED, plan('a'), about('plan.begun', 'a'), about('plan.done', 'a'), plan('b'))).toBe('waits for people');
    expect(stateOf(...MONITORED, plan('a'), about('plan.replaced', 'a'), plan('b'), about('plan.begun', 'b'))).toBe('under way');
  });
});

describe('a drill', () => {
  const settled = (written: readonly Written[], quiet: Partial<Quiet>): boolean =>
    isSettled(recordOf(...written), { sent: 1, decided: 0, stillMs: 60_000, awaited: false, now: NEWS_AT + 60_000, ...quiet });

  it('is not over while a report, or a decision, is not in the ledger', () => {
    expect(settled([...MONITORED, ['case.closed']], { sent: 2 })).toBe(false);
    expect(settled([plan('a'), ...MONITORED], { decided: 1, stillMs: STILL_MS.asked })).toBe(false);
    expect(settled([plan('a'), ...MONITORED, ['decision.received']], { decided: 1, stillMs: STILL_MS.asked })).toBe(true);
  });

  it('waits a moment after the last action, also when the case is closed', () => {
    expect(settled([...MONITORED, ['case.closed']], { stillMs: STILL_MS.closed - 1 })).toBe(false);
    expect(settled([...MONITORED, ['case.closed']], { stillMs: STILL_MS.closed })).toBe(true);
  });

  it('is over when the case only waits for people, and later when one of them still waits for a message', () => {
    const asked = [plan('a'), ...MONITORED];
    expect(settled(asked, { stillMs: STILL_MS.asked })).toBe(true);
    expect(settled(asked, { stillMs: STILL_MS.asked, awaited: true })).toBe(false);
    expect(settled(asked, { stillMs: STILL_MS.awaited, awaited: true })).toBe(true);
  });

  it('is not over while new entries come', () => {
    expect(settled([plan('a'), ...MONITORED], { now: NEWS_AT + 10 })).toBe(false);
  });

  it('reminders and renewed plans without an answer do not count as new entries', () => {
    const again: readonly Written[] = [about('plan.expired', 'a'), plan('b', 'eradication', 2), ['person.paged']];
    const rows = recordOf(plan('a'), ...MONITORED, ...again).map((row, index) =>
      index > 5 ? { ...row, storedAt: NEWS_AT + 59_000 } : row,
    );
    expect(isSettled(rows, { sent: 1, decided: 0, stillMs: 60_000, awaited: true, now: NEWS_AT + 60_000 })).toBe(true);
  });

  it('is taken to be over when nothing is known to be under way and nothing happens for long', () => {
    const quiet = [...MONITORED, plan('a'), about('plan.declined', 'a')];
    expect(settled(quiet, { stillMs: STILL_MS.quiet - 1 })).toBe(false);
    expect(settled(quiet, { stillMs: STILL_MS.quiet })).toBe(true);
    expect(settled([BLOCKED], { stillMs: STILL_MS.quiet })).toBe(false);
  });
});
