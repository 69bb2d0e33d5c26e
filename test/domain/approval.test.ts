import { describe, expect, it } from 'vitest';
import {
  type ApprovalFacts,
  type ApproverFacts,
  type DecisionAction,
  decideApproval,
  decideDecline,
  ineligibleBecause,
  ineligibleFor,
  MAX_WRONG_CODES,
  type PlanFacts,
  type Refusal,
  stillApproved,
} from '../../domain/approval.ts';
import { objectId } from '../../domain/ids.ts';

const ana = objectId('00000000-0000-4000-8000-00000000000a');
const kim = objectId('00000000-0000-4000-8000-00000000000b');
const lee = objectId('00000000-0000-4000-8000-00000000000c');

const approver = (part: Partial<ApproverFacts> = {}): ApproverFacts => ({
  person: kim,
  inGroup: true,
  inBaseline: true,
  guest: false,
  enabled: true,
  ownCaseConfirmed: false,
  ...part,
});

const plan = (part: Partial<PlanFacts> = {}): PlanFacts => ({
  digest: 'd',
  code: '4821',
  state: 'asked',
  askedBy: null,
  approvers: 1,
  stepUp: false,
  votes: [],
  items: 3,
  storedAt: 990_000,
  ...part,
});

const facts = (part: Partial<ApprovalFacts> = {}): ApprovalFacts => ({
  approver: approver(),
  subject: ana,
  reporters: [ana],
  plan: plan(),
  code: '4821',
  otherCodes: [],
  wrongCodesAt: [],
  nowMs: 1_000_000,
  lockOutMs: 600_000,
  storedAt: 991_000,
  readPlanMs: 5_000,
  ...part,
});

describe('an approval', () => {
  it('by one eligible person with the code of the plan is enough where one is asked for', () => {
    expect(decideApproval(facts())).toEqual({ kind: 'approve', planAgeMs: 1_000 });
  });

  it('by the first of two counts and is not enough; the second one is', () => {
    expect(decideApproval(facts({ plan: plan({ approvers: 2 }) }))).toMatchObject({ kind: 'count', missing: 1 });
    expect(decideApproval(facts({ plan: plan({ approvers: 2, votes: [lee] }) }))).toMatchObject({ kind: 'approve' });
  });

  it.each<[string, Partial<ApprovalFacts>, Refusal]>([
    ['of the person it is about', { approver: approver({ person: ana }) }, 'is-subject'],
    ['of a reporter', { reporters: [ana, kim] }, 'is-reporter'],
    ['of the person who requested the plan', { plan: plan({ askedBy: kim }) }, 'asked-for-it'],
    ['of a guest', { approver: approver({ guest: true }) }, 'guest'],
    ['of a person who is not in the group now', { approver: approver({ inGroup: false }) }, 'not-in-group'],
    ['of a person who joined the group after the case was opened', { approver: approver({ inBaseline: false }) }, 'not-in-baseline'],
    ['of a disabled account', { approver: approver({ enabled: false }) }, 'account-disabled'],
    ['of a person whose own account was contained', { approver: approver({ ownCaseConfirmed: true }) }, 'own-case-confirmed'],
    ['of a person whom the directory could not answer for', { approver: approver({ inGroup: null }) }, 'directory-silent'],
    ['given twice by one person', { plan: plan({ approvers: 2, votes: [kim] }) }, 'voted-already'],
    ['of a plan that is not there', { plan: null }, 'plan-unknown'],
    ['of an older version', { plan: plan({ state: 'replaced' }) }, 'plan-changed'],
    ['that came too late', { plan: plan({ state: 'expired' }) }, 'plan-expired'],
    ['of a plan that is under way', { plan: plan({ state: 'begun' }) }, 'plan-decided'],
    ['of a plan that was declined', { plan: plan({ state: 'declined' }) }, 'plan-decided'],
    ['with a wrong code', { code: '1234' }, 'wrong-code'],
    ['with the code of an older version', { code: '1234', otherCodes: ['1234'] }, 'plan-changed'],
    ['where a fresh sign-in is asked for', { plan: plan({ stepUp: true }) }, 'step-up-needed'],
  ])('%s does not count', (_, part, because) => {
    expect(decideApproval(facts(part))).toEqual({ kind: 'refuse', because });
  });

  it('is locked for a person who typed three wrong codes, for ten minutes and not longer', () => {
    const wrongCodesAt = Array.from({ length: MAX_WRONG_CODES }, (_, at) => 900_000 + at);
    expect(decideApproval(facts({ wrongCodesAt }))).toEqual({ kind: 'refuse', because: 'locked-out' });
    // As long as it says, from the third on: not from the first.
    expect(decideApproval(facts({ wrongCodesAt, nowMs: 1_500_001 }))).toEqual({ kind: 'refuse', because: 'locked-out' });
    expect(decideApproval(facts({ wrongCodesAt, nowMs: 1_500_003 }))).toMatchObject({ kind: 'approve' });
    expect(decideApproval(facts({ wrongCodesAt: [100_000, 800_000, 900_000] }))).toMatchObject({ kind: 'approve' });
    expect(decideApproval(facts({ wrongCodesAt: wrongCodesAt.slice(1) }))).toMatchObject({ kind: 'approve' });
  });

  it.each<[string, Partial<PlanFacts>, Partial<ApprovalFacts>, object]>([
    ['one second after a plan of three items', { items: 3 }, {}, { kind: 'approve', planAgeMs: 1_000 }],
    ['one second after a plan of four', { items: 4 }, {}, { kind: 'refuse', because: 'plan-too-new', waitMs: 4_000 }],
    ['just too early', { items: 60 }, { storedAt: 994_999 }, { kind: 'refuse', because: 'plan-too-new', waitMs: 1 }],
    ['in time', { items: 60 }, { storedAt: 995_000 }, { kind: 'approve', planAgeMs: 5_000 }],
    [
      'early, where the policy asks for a minute',
      { items: 4 },
      { storedAt: 1_049_000, readPlanMs: 60_000 },
      { because: 'plan-too-new', waitMs: 1_000 },
    ],
    ['early, with a wrong code: it is no attempt at the code', { items: 4 }, { code: '1234' }, { because: 'plan-too-new' }],
    ['early, by a person who may not approve', { items: 4, askedBy: kim }, {}, { because: 'asked-for-it' }],
    ['with a clock that is behind the plan’s', { items: 4 }, { storedAt: 980_000 }, { because: 'plan-too-new', waitMs: 5_000 }],
    ['first of two, with its age', { items: 4, approvers: 2 }, { storedAt: 999_000 }, { kind: 'count', missing: 1, planAgeMs: 9_000 }],
  ])('counts by the age of the plan: %s', (_, partOfPlan, part, expected) => {
    expect(decideApproval(facts({ plan: plan(partOfPlan), ...part }))).toMatchObject(expected);
  });
});

describe('a decline', () => {
  const decline = (part: Partial<PlanFacts>) => decideDecline({ approver: approver(), subject: ana, plan: plan(part) });

  it('voids a plan that is asked, and one that is approved and has not begun', () => {
    expect(decline({ state: 'asked' })).toEqual({ kind: 'decline' });
    expect(decline({ state: 'approved' })).toEqual({ kind: 'decline' });
  });

  it('holds the case once the plan has begun', () => {
    expect(decline({ state: 'begun' })).toEqual({ kind: 'hold' });
  });

  it.each<[PlanFacts['state'], Refusal]>([
    ['done', 'plan-decided'],
    ['declined', 'plan-decided'],
    ['expired', 'plan-expired'],
    ['replaced', 'plan-changed'],
  ])('of a plan that is %s does nothing', (state, because) => {
    expect(decline({ state })).toEqual({ kind: 'refuse', because });
  });

  it('of the person it is about does nothing: their Slack may be the attacker’s', () => {
    expect(decideDecline({ approver: approver({ person: ana }), subject: ana, plan: plan() })).toEqual({
      kind: 'refuse',
      because: 'is-subject',
    });
  });
});

describe('an approved plan', () => {
  const about = { subject: ana, reporters: [] };
  const two = { askedBy: null, approvers: 2 as const };

  it('may run while as many different people as it needs still may approve', () => {
    expect(stillApproved([approver(), approver({ person: lee })], about, two)).toBe(true);
    expect(stillApproved([approver(), approver()], about, two)).toBe(false);
  });

  it('may not run once one of them has left the group, has turned out to be a reporter, or had asked for it', () => {
    expect(stillApproved([approver(), approver({ person: lee, inGroup: false })], about, two)).toBe(false);
    expect(stillApproved([approver(), approver({ person: lee })], { ...about, reporters: [lee] }, two)).toBe(false);
    expect(stillApproved([approver(), approver({ person: lee })], about, { ...two, askedBy: lee })).toBe(false);
  });
});

it('an approver who was in the baseline, is in the group and is not part of the case is eligible', () => {
  expect(ineligibleBecause(approver(), { subject: ana })).toBeNull();
});

it.each<[DecisionAction, string | null]>([
  ['approve', 'is-reporter'],
  ['revise', 'is-reporter'],
  ['confirm-containment', 'is-reporter'],
  ['decline', null],
  ['hold', null],
  ['resume', 'is-reporter'],
  ['ask-release', null],
  ['acknowledge', null],
])('a reporter may decide about no change, and may hold the case: %s', (act, because) => {
  const about = { subject: ana, reporters: [kim] };
  expect(ineligibleFor(act, approver(), about)).toBe(because);
  expect(ineligibleFor(act, approver({ person: ana }), about)).toBe('is-subject');
});

it.each<[string, Partial<ApproverFacts>, string | null]>([
  ['an approver', {}, null],
  ['a person who is no approver', { inGroup: false, inBaseline: false }, null],
  ['a guest', { guest: true }, null],
  ['a person whom the directory does not name in time', { inGroup: null }, null],
  ['the subject', { person: ana }, 'is-subject'],
  ['a person whose account is disabled', { enabled: false }, 'account-disabled'],
  ['a person whose own account was an attacker’s', { ownCaseConfirmed: true }, 'own-case-confirmed'],
])('a call decides nothing, so every person may take it except accounts that an attacker may use: %s', (_who, part, because) => {
  expect(ineligibleFor('take-call', approver(part), { subject: ana, reporters: [kim] })).toBe(because);
});
