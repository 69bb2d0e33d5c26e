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
const CLOSED: Written = ['account.blocked'];
const WATCHED: readonly Written[] = [CLOSED, ['account.contained'], ['monitoring.ended', { outcome: 'contained' }]];

const stateOf = (...written: readonly Written[]): string | undefined => progressOf(recordOf(...written))[0]?.state;

describe('a case', () => {
  it.each<[string, string, readonly Written[]]>([
    ['under way', 'while it is being closed', [['step.intended']]],
    ['under way', 'while it is watched, also when a plan is asked', [CLOSED, plan('a')]],
    ['under way', 'while an approved plan is carried out', [...WATCHED, plan('a'), about('plan.approved', 'a')]],
    [
      'under way',
      'while a plan that was begun is not done',
      [...WATCHED, plan('a'), about('plan.approved', 'a'), about('plan.begun', 'a')],
    ],
    ['waits for people', 'when the watch has ended and a plan is asked', [plan('a'), ...WATCHED]],
    ['waits for people', 'when one plan is done and another is asked', [...WATCHED, plan('a'), about('plan.done', 'a'), plan('b', 'undo')]],
    ['waits for people', 'when it is held and somebody was told', [['case.held'], ['person.paged']]],
    ['quiet', 'when the watch has ended and nothing is asked', [...WATCHED, plan('a'), about('plan.declined', 'a')]],
    ['quiet', 'when nothing was closed and a plan is asked', [plan('a', 'closing')]],
    ['quiet', 'when somebody holds it', [CLOSED, ['case.held']]],
    ['under way', 'when it was closed anew after the watch had ended', [...WATCHED, CLOSED, plan('a')]],
    ['finished', 'when it is finished', [...WATCHED, ['case.closed']]],
  ])('is %s %s', (state, _when, written) => expect(stateOf(...written)).toBe(state));

  it('goes by the newest plan of each group', () => {
    expect(stateOf(...WATCHED, plan('a'), about('plan.begun', 'a'), about('plan.done', 'a'), plan('b'))).toBe('waits for people');
    expect(stateOf(...WATCHED, plan('a'), about('plan.replaced', 'a'), plan('b'), about('plan.begun', 'b'))).toBe('under way');
  });
});

describe('a drill', () => {
  const settled = (written: readonly Written[], quiet: Partial<Quiet>): boolean =>
    isSettled(recordOf(...written), { sent: 1, decided: 0, stillMs: 60_000, awaited: false, now: NEWS_AT + 60_000, ...quiet });

  it('is not over while a report, or a decision, is not on the record', () => {
    expect(settled([...WATCHED, ['case.closed']], { sent: 2 })).toBe(false);
    expect(settled([plan('a'), ...WATCHED], { decided: 1, stillMs: STILL_MS.asked })).toBe(false);
    expect(settled([plan('a'), ...WATCHED, ['decision.received']], { decided: 1, stillMs: STILL_MS.asked })).toBe(true);
  });

  it('waits a moment after the last act, also when the case is finished', () => {
    expect(settled([...WATCHED, ['case.closed']], { stillMs: STILL_MS.finished - 1 })).toBe(false);
    expect(settled([...WATCHED, ['case.closed']], { stillMs: STILL_MS.finished })).toBe(true);
  });

  it('is over when the case only waits for people, and later when one of them still looks for something', () => {
    const asked = [plan('a'), ...WATCHED];
    expect(settled(asked, { stillMs: STILL_MS.asked })).toBe(true);
    expect(settled(asked, { stillMs: STILL_MS.asked, awaited: true })).toBe(false);
    expect(settled(asked, { stillMs: STILL_MS.awaited, awaited: true })).toBe(true);
  });

  it('is not over while the record grows', () => {
    expect(settled([plan('a'), ...WATCHED], { now: NEWS_AT + 10 })).toBe(false);
  });

  it('but reminders, and plans that are made again because nobody answered, are no growth', () => {
    const again: readonly Written[] = [about('plan.expired', 'a'), plan('b', 'eradication', 2), ['person.paged']];
    const rows = recordOf(plan('a'), ...WATCHED, ...again).map((row, index) => (index > 5 ? { ...row, storedAt: NEWS_AT + 59_000 } : row));
    expect(isSettled(rows, { sent: 1, decided: 0, stillMs: 60_000, awaited: true, now: NEWS_AT + 60_000 })).toBe(true);
  });

  it('is taken to be over when nothing is known to be under way and nothing happens for long', () => {
    const quiet = [...WATCHED, plan('a'), about('plan.declined', 'a')];
    expect(settled(quiet, { stillMs: STILL_MS.quiet - 1 })).toBe(false);
    expect(settled(quiet, { stillMs: STILL_MS.quiet })).toBe(true);
    expect(settled([CLOSED], { stillMs: STILL_MS.quiet })).toBe(false);
  });
});
