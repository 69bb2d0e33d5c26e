import { describe, expect, it } from 'vitest';
import { NOTHING_STRICTER } from '../../../domain/approval-requirements.ts';
import { mayAsk, nextMove, waitsForConfirmation } from '../../../domain/case/due-jobs.ts';
import type { CasePlan, CaseState } from '../../../domain/case/state.ts';
import { recheckAt } from '../../../domain/containment-times.ts';
import { objectId } from '../../../domain/ids.ts';
import { DEFAULT_DURATIONS } from '../../../domain/policy.ts';
import { NO_ACTIVITY } from '../../../domain/recheck.ts';

const NIGHT = Date.parse('2026-11-23T03:10:00Z');
const MINUTE = 60_000;
const BEA = objectId('10000000-0000-4000-8000-0000000000b1');
const D = DEFAULT_DURATIONS;
const DECIDING_LOOK = recheckAt(NIGHT, D);

/** An ordinary account, blocked by this case and confirmed, with nothing to eradicate. */
const state = (part: Partial<CaseState> = {}): CaseState => ({
  number: 1001,
  policy: { version: 'v', durations: D, stricter: NOTHING_STRICTER },
  openedAt: NIGHT - MINUTE,
  account: { kind: 'ordinary', protectedBecause: null, outsideReach: [] },
  provenBreakGlass: [],
  administrators: [],
  reporters: [],
  decision: { row: 'r', order: { kind: 'contain', steps: ['block-sign-in', 'revoke-sessions'] } },
  ordered: ['block-sign-in', 'revoke-sessions'],
  attempt: 1,
  lastAttempt: 2,
  containments: 1,
  containmentSince: NIGHT - MINUTE,
  done: { 'block-sign-in': NIGHT, 'revoke-sessions': NIGHT },
  failed: {},
  logs: null,
  logRounds: 0,
  said: 'approved',
  blockedByUs: true,
  confirmed: true,
  hold: null,
  plans: [],
  wanted: [],
  wrongCodes: {},
  newItems: 0,
  cleanedAt: null,
  releasedAt: null,
  cleanUpsSince: 0,
  looks: 0,
  lookedAt: NIGHT,
  watched: null,
  seen: NO_ACTIVITY,
  known: NO_ACTIVITY,
  noted: 0,
  cleanUpDrawn: true,
  called: true,
  pages: 1,
  owedPages: [],
  confirmationAskedAt: NIGHT,
  acknowledgedAt: null,
  callTaken: false,
  callPaged: false,
  ended: false,
  ...part,
});

const plan = (part: Partial<CasePlan> = {}): CasePlan => ({
  group: 'eradication',
  round: 1,
  revision: 1,
  digest: 'd1',
  older: [],
  attempt: 2,
  steps: ['reset-password', 'remove-methods', 'revoke-sessions'],
  needs: { approvers: 1, stepUp: false },
  askedBy: null,
  madeAt: NIGHT,
  state: 'asked',
  votes: [],
  doneSteps: [],
  dropped: 0,
  reminders: 0,
  items: 3,
  storedAt: NIGHT,
  ...part,
});

const unconfirmed = { confirmed: false };
const watched = { watched: { outcome: 'contained', at: NIGHT + 200 * MINUTE } } as const;
const stepUp = plan({ needs: { approvers: 2, stepUp: true } });
const approvedClosing = plan({ group: 'containment', steps: ['block-sign-in', 'revoke-sessions'], state: 'approved' });
/** A colleague's report: nothing is ordered, and the logs decide what is. */
const waiting: Partial<CaseState> = {
  decision: { row: 'r', order: { kind: 'ask-logs', atOnce: [], whenSupported: ['revoke-sessions'], whenUnreadable: 'people' } },
  ordered: [],
  done: {},
};
const byHand = { reasons: [{ kind: 'by-hand' }], by: BEA, endsWith: 'person', since: NIGHT } as const;
const byLook = { reasons: [{ kind: 'still-open' }], by: null, endsWith: 'recheck', since: NIGHT } as const;

const owed = { page: 2, reason: { kind: 'still-on-hold' } as const, line: 1, since: NIGHT, tries: 1, againAt: NIGHT + 1_000 };

describe('a page that the pager did not take', () => {
  const at = (ms: number, part: Partial<CaseState> = {}) =>
    nextMove(state({ owedPages: [owed], looks: 1, lookedAt: NIGHT, ...part }), NIGHT + ms);

  it('is tried again when its pause is over, also while the case is on hold', () => {
    expect(at(500)).toEqual({ kind: 'wait', untilMs: NIGHT + 1_000 });
    expect(at(1_000)).toEqual({ kind: 'page-again', owed });
    const hold = { reasons: [], by: null, endsWith: 'person', since: NIGHT } as const;
    expect(at(1_000, { hold })).toEqual({ kind: 'page-again', owed });
  });

  it('is given up when the policy gives up, and when a responder has acknowledged the case since', () => {
    expect(at(D.giveUpMs).kind).not.toBe('page-again');
    expect(at(1_000, { acknowledgedAt: NIGHT + 900 }).kind).not.toBe('page-again');
  });
});

describe('what a case does next', () => {
  it.each<[string, Partial<CaseState>, number, string]>([
    ['a step that is ordered and not done', { done: {} }, NIGHT, 'close'],
    ['a step that is ordered, though a plan was approved', { done: {}, plans: [plan({ state: 'approved' })] }, NIGHT, 'close'],
    [
      'a step that had failed: nobody tries it again by itself',
      { done: {}, failed: { 'block-sign-in': 'GRAPH_FORBIDDEN', 'revoke-sessions': 'GRAPH_FORBIDDEN' } },
      NIGHT,
      'wait',
    ],
    ['an approved plan', { plans: [plan({ state: 'approved' })] }, NIGHT, 'carry-out'],
    ['a plan that has begun', { plans: [plan({ state: 'begun' })] }, NIGHT, 'carry-out'],
    ['a plan that is wanted', { wanted: [{ group: 'eradication', because: 'account-blocked', askedBy: null }] }, NIGHT, 'make-plan'],
    ['a plan that was asked a moment ago', { plans: [plan()] }, NIGHT + MINUTE, 'wait'],
    ['a plan that was not decided for a while', { plans: [plan()] }, NIGHT + D.remindMs, 'remind'],
    ['a plan that its reminder did not move', { plans: [plan({ reminders: 1 })] }, NIGHT + D.remindMs + MINUTE, 'wait'],
    ['a plan that the first in line did not answer', { plans: [plan({ reminders: 1 })] }, NIGHT + D.escalateMs, 'remind'],
    ['a plan that was acknowledged', { plans: [plan()], acknowledgedAt: NIGHT + 1 }, NIGHT + D.escalateMs, 'wait'],
    [
      'a plan that was made after an earlier one was acknowledged',
      { plans: [plan()], acknowledgedAt: NIGHT - 1 },
      NIGHT + D.escalateMs,
      'remind',
    ],
    ['a plan that was acknowledged and has expired', { plans: [plan()], acknowledgedAt: NIGHT + 1 }, NIGHT + D.planLifeMs, 'expire'],
    ['a plan whose facts have aged', { plans: [plan({ reminders: 2 })] }, NIGHT + D.planLifeMs, 'expire'],
    ['a plan that cannot be approved in Slack', { plans: [plan({ needs: { approvers: 2, stepUp: true } })] }, NIGHT + D.planLifeMs, 'wait'],
    ['a containment that was not confirmed', unconfirmed, NIGHT + D.confirmWithinMs, 'ask-for-confirmation'],
    ['a containment that was acknowledged', { ...unconfirmed, acknowledgedAt: NIGHT + MINUTE }, NIGHT + D.confirmWithinMs, 'wait'],
    [
      'a containment that was acknowledged long ago',
      { ...unconfirmed, acknowledgedAt: NIGHT + MINUTE },
      NIGHT + MINUTE + D.confirmWithinMs,
      'ask-for-confirmation',
    ],
    ['a containment whose plan asks both questions', { ...unconfirmed, plans: [plan()] }, NIGHT + MINUTE, 'wait'],
    [
      'a containment whose plan cannot be approved in Slack',
      { ...unconfirmed, plans: [stepUp] },
      NIGHT + D.confirmWithinMs,
      'ask-for-confirmation',
    ],
    ['a blocked account, before the last session must be over', {}, NIGHT + MINUTE, 'wait'],
    ['a blocked account, when the last session must be over', {}, DECIDING_LOOK, 'recheck'],
    ['an account that was watched to the end', watched, NIGHT + 200 * MINUTE, 'finish'],
    ['one whose containment was not confirmed', { ...watched, ...unconfirmed }, NIGHT + MINUTE, 'wait'],
    [
      'one with a plan that waits for an answer',
      { ...watched, plans: [plan({ madeAt: NIGHT + 199 * MINUTE })] },
      NIGHT + 200 * MINUTE,
      'wait',
    ],
    [
      'one with a plan that cannot be approved in Slack',
      { ...watched, plans: [plan({ needs: { approvers: 2, stepUp: true } })] },
      NIGHT,
      'wait',
    ],
    [
      'one whose eradication ended after its deciding recheck',
      { ...watched, cleanedAt: NIGHT + 210 * MINUTE },
      NIGHT + 210 * MINUTE,
      'recheck',
    ],
    [
      'one with new items after eradication, which a plan asks about',
      {
        ...watched,
        cleanedAt: NIGHT + 201 * MINUTE,
        looks: 2,
        lookedAt: NIGHT + 202 * MINUTE,
        plans: [plan({ madeAt: NIGHT + 202 * MINUTE })],
      },
      NIGHT + 203 * MINUTE,
      'wait',
    ],
    ['logs that are still to be read', waiting, NIGHT, 'close'],
    ['logs that are still to be read, although the case is on hold', { ...waiting, hold: byHand }, NIGHT, 'close'],
    ['logs that are still to be read, after what people approved', { ...waiting, plans: [approvedClosing] }, NIGHT, 'carry-out'],
    ['logs that have been asked', { ...waiting, logs: 'inconclusive' }, NIGHT, 'wait'],
    ['one whose eradication ended before its deciding recheck', { ...watched, cleanedAt: NIGHT }, NIGHT + 210 * MINUTE, 'finish'],
    ['a released account, at once', { releasedAt: NIGHT, done: {}, ordered: [] }, NIGHT, 'wait'],
    ['a released account, after a while', { releasedAt: NIGHT, done: {}, ordered: [] }, NIGHT + D.releaseWatchMs, 'recheck'],
    ['a released account that was rechecked', { releasedAt: NIGHT, done: {}, ordered: [], ...watched, confirmed: false }, NIGHT, 'finish'],
    ['a declined plan: nothing is left to do', { ...watched, plans: [plan({ state: 'declined' })] }, NIGHT, 'finish'],
  ])('%s', (_, part, nowMs, kind) => {
    expect(nextMove(state(part), nowMs).kind).toBe(kind);
  });

  it.each<[string, Partial<CaseState>]>([
    ['an approved plan', { plans: [plan({ state: 'approved' })] }],
    ['a wanted plan', { wanted: [{ group: 'eradication', because: 'account-blocked', askedBy: null }] }],
    ['an unanswered plan', { plans: [plan({ reminders: 2 })] }],
    ['the end', watched],
  ])('while a person holds it: not %s, only rechecks', (_, part) => {
    const later = NIGHT + D.planLifeMs;
    expect(nextMove(state(part), later).kind).not.toBe('recheck');
    expect(nextMove(state({ ...part, hold: byHand, lookedAt: later - 1 }), later).kind).toBe('wait');
    expect(nextMove(state({ ...part, hold: byHand, lookedAt: later - D.askAgainMs }), later).kind).toBe('recheck');
  });

  it('does what the policy orders, also on hold', () => {
    expect(nextMove(state({ hold: byHand, done: {} }), NIGHT)).toEqual({ kind: 'close' });
    expect(nextMove(state({ hold: byLook, done: {} }), NIGHT)).toEqual({ kind: 'close' });
  });

  it('rechecks repeatedly during a hold that a recheck may end', () => {
    const open = { done: {}, failed: { 'block-sign-in': 'GRAPH_FORBIDDEN', 'revoke-sessions': 'GRAPH_FORBIDDEN' } } as const;
    expect(nextMove(state({ ...open, hold: byLook }), NIGHT + D.askAgainMs)).toEqual({ kind: 'recheck' });
    expect(nextMove(state({ ...open, hold: byLook }), NIGHT + MINUTE)).toEqual({ kind: 'wait', untilMs: NIGHT + D.askAgainMs });
  });

  it('rechecks a released account once, and every half hour during a hold', () => {
    const released = { releasedAt: NIGHT, lookedAt: NIGHT };
    const due = NIGHT + D.releaseWatchMs;
    expect(nextMove(state(released), due)).toEqual({ kind: 'recheck' });
    expect(nextMove(state({ ...released, lookedAt: due, hold: byLook }), due + 1)).toEqual({ kind: 'wait', untilMs: due + D.askAgainMs });
    expect(nextMove(state({ ...released, lookedAt: due }), due + 1)).toEqual({ kind: 'recheck' });
  });

  it('rechecks at most every half hour while a plan asks about what a recheck found', () => {
    const asked = { plans: [plan({ madeAt: DECIDING_LOOK, needs: { approvers: 2, stepUp: true } })], looks: 1, lookedAt: DECIDING_LOOK };
    expect(nextMove(state(asked), DECIDING_LOOK + 1)).toEqual({ kind: 'wait', untilMs: DECIDING_LOOK + D.askAgainMs });
    expect(nextMove(state({ ...asked, plans: [] }), DECIDING_LOOK + 1)).toMatchObject({ untilMs: DECIDING_LOOK + D.readBackEveryMs });
  });

  it('blocks before eradication, and eradicates nothing on an account that is not blocked', () => {
    const [eradication, contain] = [plan({ state: 'approved' }), plan({ digest: 'd2', group: 'containment', state: 'approved' })];
    const open = { done: {}, ordered: [] };
    expect(nextMove(state({ ...open, plans: [eradication] }), NIGHT).kind).toBe('wait');
    expect(nextMove(state({ ...open, plans: [eradication, contain] }), NIGHT)).toEqual({ kind: 'carry-out', plan: contain });
    expect(nextMove(state({ plans: [eradication, contain] }), NIGHT)).toEqual({ kind: 'carry-out', plan: contain });
    expect(nextMove(state({ plans: [eradication] }), NIGHT)).toEqual({ kind: 'carry-out', plan: eradication });
  });

  it('waits exactly until the next job is due', () => {
    expect(nextMove(state({ plans: [plan()] }), NIGHT)).toEqual({ kind: 'wait', untilMs: NIGHT + D.remindMs });
    expect(nextMove(state(), NIGHT)).toEqual({ kind: 'wait', untilMs: DECIDING_LOOK });
  });

  it('asks for confirmation only when this case blocked the account and no one enabled it since', () => {
    expect(waitsForConfirmation(state(unconfirmed))).toBe(true);
    expect(waitsForConfirmation(state({ ...unconfirmed, blockedByUs: false }))).toBe(false);
    expect(waitsForConfirmation(state({ ...unconfirmed, releasedAt: NIGHT }))).toBe(false);
  });
});

describe('what people may ask for', () => {
  const denied = { decision: { row: 'r', order: { kind: 'ask-logs', atOnce: [], whenSupported: [], whenUnreadable: 'people' } } } as const;

  it.each<[string, Partial<CaseState>, boolean, boolean]>([
    ['a report that names no success', denied, true, true],
    ['a report of an approval', {}, false, true],
    ['a protected account', { ...denied, account: { kind: 'protected', protectedBecause: 'break-glass', outsideReach: [] } }, false, false],
    ['what was released already', { ...denied, releasedAt: NIGHT }, false, true],
    ['a release that is asked already', { ...denied, plans: [plan({ group: 'release' })] }, false, true],
    ['a plan that is being carried out', { ...denied, plans: [plan({ state: 'begun' })] }, false, false],
  ])('%s', (_, part, release, undo) => {
    expect(mayAsk(state(part), 'release')).toBe(release);
    expect(mayAsk(state(part), 'undo')).toBe(undo);
  });
});
