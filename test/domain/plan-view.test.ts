import { describe, expect, it } from 'vitest';
import type { LedgerEvent, PlanMade } from '../../domain/case/events.ts';
import { objectId } from '../../domain/ids.ts';
import { type PlannedChange, planCode } from '../../domain/plan.ts';
import { foldPlans, type PlanView } from '../../domain/plan-view.ts';
import type { StepName, Target } from '../../domain/step.ts';

const kim = objectId('00000000-0000-4000-8000-00000000000b');
const lee = objectId('00000000-0000-4000-8000-00000000000c');
const ACCOUNT: Target = { kind: 'account', id: '00000000-0000-4000-8000-00000000000a' };
const PHONE: Target = { kind: 'method', id: 'phone', method: 'phone' };
const APP: Target = { kind: 'method', id: 'app', method: 'authenticator' };
const KEY: Target = { kind: 'method', id: 'key', method: 'fido2' };
const FIRST = '1'.repeat(64);
const SECOND = '2'.repeat(64);
const START = Date.parse('2026-11-20T03:10:00Z');

const change = (target: Target, ticked = true): PlannedChange => ({
  target,
  from: 'f',
  to: null,
  why: 'attacker-may-know-password',
  undo: { kind: 'cannot', code: 'old-password-gone' },
  ticked,
  sorted: null,
});

const made = (digest: string, part: Partial<PlanMade> = {}): PlanMade => ({
  kind: 'plan.made',
  schemaVersion: 1,
  digest,
  group: 'eradication',
  round: 1,
  revision: 1,
  attempt: 2,
  steps: [
    { step: 'reset-password', changes: [change(ACCOUNT)] },
    { step: 'remove-methods', changes: [change(PHONE), change(APP), change(KEY, false)] },
    { step: 'revoke-sessions', changes: [change(ACCOUNT)] },
  ],
  byHand: [],
  kept: [],
  labelsSha256: '0'.repeat(64),
  needs: { approvers: 2, stepUp: false },
  askedBy: null,
  because: 'evidence-collected',
  ...part,
});

const given = (digest: string, person = kim, missing = 0, planAgeMs = 60_000): LedgerEvent => ({
  kind: 'approval.given',
  schemaVersion: 1,
  digest,
  person,
  missing,
  planAgeMs,
});
const approved = (digest: string): LedgerEvent => ({ kind: 'plan.approved', schemaVersion: 1, digest, by: [kim] });
const begun = (digest: string): LedgerEvent => ({ kind: 'plan.begun', schemaVersion: 1, digest });
const done = (digest: string): LedgerEvent => ({ kind: 'plan.done', schemaVersion: 1, digest, dropped: 0 });
const declined = (digest: string): LedgerEvent => ({ kind: 'plan.declined', schemaVersion: 1, digest, by: lee });
const expired = (digest: string): LedgerEvent => ({ kind: 'plan.expired', schemaVersion: 1, digest });
const replaced = (digest: string): LedgerEvent => ({
  kind: 'plan.replaced',
  schemaVersion: 1,
  digest,
  because: 'another-plan-approved',
});
const verified = (step: StepName, target: Target, attempt = 2): LedgerEvent => ({
  kind: 'step.verified',
  schemaVersion: 1,
  step,
  attempt,
  target,
  saw: 's',
  readAt: 'r',
});
const unneeded = (step: StepName, target: Target): LedgerEvent =>
  ({ ...(verified(step, target) as object), kind: 'step.unneeded' }) as LedgerEvent;
const dropped = (step: StepName, target: Target, attempt = 2): LedgerEvent => ({
  kind: 'target.dropped',
  schemaVersion: 1,
  step,
  attempt,
  target,
  because: 'item-replaced',
});
const failed = (step: StepName, attempt = 2): LedgerEvent => ({
  kind: 'step.failed',
  schemaVersion: 1,
  step,
  attempt,
  code: 'GRAPH_FORBIDDEN',
});

/** One entry a second. */
const fold = (...events: LedgerEvent[]): PlanView[] => foldPlans(events.map((event, index) => ({ event, storedAt: START + index * 1000 })));
const first = (...events: LedgerEvent[]): PlanView => fold(...events)[0] as PlanView;
const progress = (step: StepName, ...events: LedgerEvent[]) => first(made(FIRST), ...events).progress.find((each) => each.step === step);

describe('a plan as people see it', () => {
  it.each<[PlanView['state'], readonly LedgerEvent[]]>([
    ['asked', []],
    ['asked', [given(FIRST, kim, 1)]],
    ['approved', [given(FIRST), approved(FIRST)]],
    ['begun', [given(FIRST), approved(FIRST), begun(FIRST)]],
    ['done', [given(FIRST), approved(FIRST), begun(FIRST), done(FIRST)]],
    ['declined', [declined(FIRST)]],
    ['declined', [given(FIRST), approved(FIRST), declined(FIRST)]],
    ['expired', [expired(FIRST)]],
    ['replaced', [replaced(FIRST)]],
    ['replaced', [approved(FIRST), begun(FIRST), replaced(FIRST)]],
  ])('is %s', (state, events) => {
    expect(first(made(FIRST), ...events).state).toBe(state);
  });

  it('is what was made, with the code of its digest and the time at which it stood', () => {
    const { kind: _kind, schemaVersion: _version, kept: _kept, ...said } = made(FIRST, { askedBy: lee });
    expect(first(made(FIRST, { askedBy: lee }))).toMatchObject({
      ...said,
      code: planCode(FIRST),
      madeAt: START,
      approvedBy: [],
      declinedBy: null,
    });
  });

  it('names who approved it, in their order, and who declined it', () => {
    expect(first(made(FIRST), given(FIRST, lee, 1, 7_000), given(FIRST, kim, 0, 90_000))).toMatchObject({
      approvedBy: [lee, kim],
      planAgesMs: [7_000, 90_000],
    });
    expect(first(made(FIRST), declined(FIRST)).declinedBy).toBe(lee);
  });

  it('takes nothing that was said of another plan', () => {
    const others = [given(SECOND), approved(SECOND), begun(SECOND), declined(SECOND), verified('reset-password', ACCOUNT, 3)];
    expect(fold(made(FIRST), ...others)).toEqual(fold(made(FIRST)));
  });

  it('is none where none was made', () => {
    expect(fold(given(FIRST), done(FIRST), verified('reset-password', ACCOUNT))).toEqual([]);
  });
});

describe('versions and rounds', () => {
  const next = made(SECOND, { revision: 2, because: 'ticks-changed' });

  it('of one plan are one, in its newest version and with none of the approvals of the old one', () => {
    const plans = fold(made(FIRST), given(FIRST, kim, 1), next);
    expect(plans).toHaveLength(1);
    expect(plans[0]).toMatchObject({
      digest: SECOND,
      revision: 2,
      state: 'asked',
      approvedBy: [],
      code: planCode(SECOND),
      madeAt: START + 2000,
    });
  });

  it('what comes late for the old version changes nothing of the new one', () => {
    const late = [given(FIRST), approved(FIRST), begun(FIRST), done(FIRST), declined(FIRST), expired(FIRST), replaced(FIRST)];
    expect(fold(made(FIRST), next, ...late)).toEqual(fold(made(FIRST), next));
  });

  it('an older version that comes late does not take the place of the newer one', () => {
    expect(first(next, made(FIRST)).digest).toBe(SECOND);
  });

  it('of other rounds and groups stand beside each other, in the order in which they were first made', () => {
    const third = '3'.repeat(64);
    const fourth = '4'.repeat(64);
    const plans = fold(
      made(FIRST),
      made(third, { group: 'release', attempt: 3 }),
      next,
      made(fourth, { round: 2, attempt: 4 }),
      replaced(SECOND),
      approved(third),
    );
    expect(plans.map(({ group, round, revision, state }) => [group, round, revision, state])).toEqual([
      ['eradication', 1, 2, 'replaced'],
      ['release', 1, 1, 'approved'],
      ['eradication', 2, 1, 'asked'],
    ]);
  });
});

describe('the progress of a plan', () => {
  it('counts what is ticked, and nothing done before a fresh read has shown it', () => {
    expect(first(made(FIRST)).progress).toEqual([
      { step: 'reset-password', ticked: 1, done: 0, dropped: 0, failed: null },
      { step: 'remove-methods', ticked: 2, done: 0, dropped: 0, failed: null },
      { step: 'revoke-sessions', ticked: 1, done: 0, dropped: 0, failed: null },
    ]);
    const applied: LedgerEvent = {
      kind: 'step.applied',
      schemaVersion: 1,
      step: 'reset-password',
      attempt: 2,
      target: ACCOUNT,
      changed: true,
      requestId: 'r',
    };
    expect(progress('reset-password', applied)).toMatchObject({ done: 0 });
  });

  it('counts what was seen done, and what was so already, once each', () => {
    const twice = [verified('remove-methods', PHONE), verified('remove-methods', PHONE), unneeded('remove-methods', APP)];
    expect(progress('remove-methods', ...twice)).toMatchObject({ ticked: 2, done: 2, dropped: 0 });
  });

  it('counts skipped targets separately', () => {
    expect(progress('remove-methods', dropped('remove-methods', PHONE), verified('remove-methods', APP))).toMatchObject({
      done: 1,
      dropped: 1,
    });
  });

  it('takes nothing from another attempt: the first containment is not part of it', () => {
    const others = [verified('revoke-sessions', ACCOUNT, 1), failed('revoke-sessions', 1), dropped('remove-methods', PHONE, 3)];
    expect(first(made(FIRST), ...others).progress).toEqual(first(made(FIRST)).progress);
  });

  it('shows a failure until a fresh read shows the step done after all', () => {
    expect(progress('reset-password', failed('reset-password'))).toMatchObject({ failed: 'GRAPH_FORBIDDEN' });
    expect(progress('reset-password', failed('reset-password'), verified('reset-password', ACCOUNT))).toMatchObject({
      failed: null,
      done: 1,
    });
    expect(progress('remove-methods', verified('remove-methods', PHONE), failed('remove-methods'))).toMatchObject({
      failed: 'GRAPH_FORBIDDEN',
      done: 1,
    });
  });

  it('stays done after a late failure, because everything was seen done', () => {
    expect(progress('reset-password', verified('reset-password', ACCOUNT), failed('reset-password'))).toMatchObject({
      failed: null,
      done: 1,
    });
    const settled = [dropped('remove-methods', PHONE), verified('remove-methods', APP)];
    expect(progress('remove-methods', ...settled, failed('remove-methods'))).toMatchObject({ failed: null });
  });

  it('asks for what is ticked in its newest version', () => {
    const fewer = made(SECOND, {
      revision: 2,
      steps: [
        { step: 'reset-password', changes: [change(ACCOUNT)] },
        { step: 'remove-methods', changes: [change(PHONE), change(APP, false), change(KEY, false)] },
      ],
    });
    expect(first(made(FIRST), fewer, verified('remove-methods', PHONE)).progress).toMatchObject([
      { step: 'reset-password', ticked: 1, done: 0 },
      { step: 'remove-methods', ticked: 1, done: 1 },
    ]);
  });
});
