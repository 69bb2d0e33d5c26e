import { describe, expect, it } from 'vitest';
import { recheckAt } from '../../domain/containment-times.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';
import { assessRecheck, NO_ACTIVITY, type RecheckFacts, type RecheckReading } from '../../domain/recheck.ts';

const blockedAt = Date.parse('2026-11-20T03:00:00Z');
const due = recheckAt(blockedAt, DEFAULT_DURATIONS);

const look = (part: Partial<RecheckReading> = {}): RecheckReading => ({
  enabled: false,
  sessionsCutAt: '2026-11-20T02:59:58Z',
  actsAfter: 0,
  signInsAfterBlocking: 0,
  newItems: null,
  blindSpots: [],
  at: due,
  ...part,
});

const facts = (part: Partial<RecheckFacts> = {}): RecheckFacts => ({
  look: look(),
  needed: ['block-sign-in', 'revoke-sessions'],
  openedAt: blockedAt - 5_000,
  containmentSince: blockedAt - 5_000,
  blockedAt,
  outsideReach: [],
  durations: DEFAULT_DURATIONS,
  containments: 1,
  blockedByUs: true,
  known: NO_ACTIVITY,
  releasedAt: null,
  ...part,
});

describe('a recheck of a blocked account', () => {
  it('ends as contained when the time has passed and no activity was seen', () => {
    expect(assessRecheck(facts())).toEqual({ kind: 'ended', outcome: 'contained' });
  });

  it('does not call it contained one millisecond too early', () => {
    expect(assessRecheck(facts({ look: look({ at: due - 1 }) }))).toEqual({ kind: 'early' });
  });

  it('does not call it contained when a log could not be read', () => {
    const blind = look({ blindSpots: [{ what: 'sign-in-log', why: 'licence' }] });
    expect(assessRecheck(facts({ look: blind }))).toEqual({ kind: 'ended', outcome: 'blocked' });
  });

  it('does not let an account of another directory hide a log that could not be read', () => {
    const blind = look({ blindSpots: [{ what: 'sign-in-log', why: 'no-answer' }] });
    expect(assessRecheck(facts({ look: blind, outsideReach: ['synced'] }))).toEqual({ kind: 'ended', outcome: 'blocked' });
  });

  it('holds after a sign-in to the blocked account, although it is blocked now', () => {
    expect(assessRecheck(facts({ look: look({ signInsAfterBlocking: 1 }) }))).toEqual({ kind: 'hold', reasons: [{ kind: 'signed-in' }] });
  });

  it('does not hold for activity that people knew of when they resumed, and then claims only that it is blocked', () => {
    const known = { signIns: 2, activity: 1 };
    const seen = look({ signInsAfterBlocking: 2, actsAfter: 1 });
    expect(assessRecheck(facts({ look: seen, known }))).toEqual({ kind: 'ended', outcome: 'blocked' });
    expect(assessRecheck(facts({ look: { ...seen, signInsAfterBlocking: 3 }, known }))).toEqual({
      kind: 'hold',
      reasons: [{ kind: 'signed-in' }],
    });
    expect(assessRecheck(facts({ look: { ...seen, actsAfter: 2 }, known }))).toEqual({
      kind: 'hold',
      reasons: [{ kind: 'activity-after' }],
    });
  });

  it('says so when the rest of it is in another directory', () => {
    expect(assessRecheck(facts({ outsideReach: ['synced'] }))).toEqual({ kind: 'ended', outcome: 'contained-here-only' });
  });

  it('holds after activity later than the end of the last session', () => {
    expect(assessRecheck(facts({ look: look({ actsAfter: 1 }) }))).toEqual({ kind: 'hold', reasons: [{ kind: 'activity-after' }] });
  });

  it('closes again what was opened again, and asks people after the third time', () => {
    const open = look({ enabled: true });
    expect(assessRecheck(facts({ look: open }))).toEqual({ kind: 'open-again' });
    expect(assessRecheck(facts({ look: open, containments: 3 }))).toEqual({ kind: 'hold', reasons: [{ kind: 'opened-again' }] });
  });

  it('does not close again what people had closed and opened', () => {
    expect(assessRecheck(facts({ look: look({ enabled: true }), blockedByUs: false }))).toEqual({
      kind: 'hold',
      reasons: [{ kind: 'still-open' }],
    });
  });

  it('claims nothing when the account cannot be read', () => {
    expect(assessRecheck(facts({ look: look({ enabled: null }) }))).toEqual({ kind: 'hold', reasons: [{ kind: 'unreadable' }] });
  });
});

describe('a look at an account that we could not close', () => {
  it('sees that people closed it by hand', () => {
    const seen = facts({ blockedAt: null, blockedByUs: false, look: look({ sessionsCutAt: '2026-11-20T02:59:56Z' }) });
    expect(assessRecheck(seen)).toMatchObject({ kind: 'blocked-manually', steps: ['block-sign-in', 'revoke-sessions'] });
  });

  it('does not take a revocation from before the case for one', () => {
    const seen = facts({ blockedAt: null, look: look({ sessionsCutAt: '2026-11-20T02:50:00Z' }) });
    expect(assessRecheck(seen)).toEqual({ kind: 'hold', reasons: [{ kind: 'still-open' }] });
  });

  it('does not take the revocation of an earlier closing for that of this one', () => {
    const cut = look({ sessionsCutAt: '2026-11-20T02:59:56Z' });
    const seen = facts({ blockedAt: null, blockedByUs: false, look: cut, containmentSince: Date.parse('2026-11-20T02:59:58Z') });
    expect(assessRecheck(seen)).toEqual({ kind: 'hold', reasons: [{ kind: 'still-open' }] });
  });
});

describe('a look after a release', () => {
  const released = (seen: RecheckReading): RecheckFacts => facts({ look: seen, blockedAt: null, releasedAt: blockedAt });

  it('holds when an attacker may have signed in, until people know of it', () => {
    const seen = look({ enabled: true, signInsAfterBlocking: 1 });
    expect(assessRecheck(released(seen))).toEqual({ kind: 'hold', reasons: [{ kind: 'signed-in-after-release' }] });
    expect(assessRecheck({ ...released(seen), known: { signIns: 1, activity: 0 } })).toEqual({ kind: 'ended', outcome: 'released' });
  });

  it('never says released of an account that is blocked or could not be read', () => {
    expect(assessRecheck(released(look({ enabled: false })))).toEqual({ kind: 'blocked-again' });
    expect(assessRecheck(released(look({ enabled: null })))).toEqual({ kind: 'hold', reasons: [{ kind: 'unreadable' }] });
  });

  it('holds while the sign-in log cannot be read', () => {
    const blind = look({ enabled: true, blindSpots: [{ what: 'sign-in-log', why: 'no-answer' }] });
    expect(assessRecheck(released(blind))).toEqual({ kind: 'hold', reasons: [{ kind: 'unreadable-after-release' }] });
  });
});
