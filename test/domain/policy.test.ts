import { describe, expect, it } from 'vitest';
import type { AccountJudgement, AccountKind } from '../../domain/account.ts';
import { objectId } from '../../domain/ids.ts';
import { decideOrder, POLICY_TABLE, type PolicyFacts, type ReportedBy, requiredContainmentSteps, stricterOf } from '../../domain/policy.ts';
import { WHAT_HAPPENED, type WhatHappened } from '../../domain/report.ts';

const ana = objectId('aaaaaaaa-0000-4000-8000-000000000001');
const others = [2, 3, 4].map((n) => objectId(`aaaaaaaa-0000-4000-8000-00000000000${n}`));

const account = (kind: AccountKind): AccountJudgement => ({
  kind,
  protectedBecause: kind === 'protected' ? 'break-glass' : null,
  outsideReach: [],
});

const facts = (
  kind: AccountKind,
  reportedBy: ReportedBy,
  what: WhatHappened,
  baseline: Partial<PolicyFacts['baseline']> = {},
): PolicyFacts => ({
  account: account(kind),
  subject: ana,
  reportedBy,
  what,
  baseline: { provenBreakGlass: others.slice(0, 1), administrators: others.slice(1), ...baseline },
});

const both = ['block-sign-in', 'revoke-sessions'];

describe('the policy', () => {
  it.each(['approved', 'typed-password', 'gave-code', 'not-sure'] as const)(
    'closes an ordinary account at once when its owner says "%s"',
    (what) => {
      expect(decideOrder(facts('ordinary', 'subject', what)).order).toEqual({ kind: 'contain', steps: both });
    },
  );

  it('revokes at once, and blocks when the logs support it, after the owner refused the prompt', () => {
    expect(decideOrder(facts('ordinary', 'subject', 'denied-or-ignored')).order).toEqual({
      kind: 'ask-logs',
      atOnce: ['revoke-sessions'],
      whenSupported: ['block-sign-in'],
      whenUnreadable: 'contain',
    });
  });

  it('never blocks on a colleague’s report alone', () => {
    for (const kind of ['ordinary', 'privileged', 'guest', 'restricted'] as const) {
      for (const what of Object.keys(WHAT_HAPPENED) as WhatHappened[]) {
        const { order } = decideOrder(facts(kind, 'colleague', what));
        expect(JSON.stringify(order)).not.toContain('block-sign-in');
      }
    }
  });

  it('changes nothing automatically on a protected account, for every reporter and every report', () => {
    for (const by of ['subject', 'colleague'] as const) {
      for (const what of Object.keys(WHAT_HAPPENED) as WhatHappened[]) {
        expect(decideOrder(facts('protected', by, what)).order.kind).toBe('people');
      }
    }
  });

  it('only blocks a guest, whose sessions belong to another directory', () => {
    expect(decideOrder(facts('guest', 'subject', 'approved')).order).toEqual({ kind: 'contain', steps: ['block-sign-in'] });
  });

  it('orders no step that does nothing to an account of that kind', () => {
    for (const { account: kinds, order } of POLICY_TABLE) {
      for (const kind of kinds) {
        const steps = order.kind === 'contain' ? order.steps : order.kind === 'ask-logs' ? [...order.atOnce, ...order.whenSupported] : [];
        for (const step of steps) expect(requiredContainmentSteps(kind)).toContain(step);
      }
    }
  });

  it('blocks a privileged account while the company keeps a way back in', () => {
    expect(decideOrder(facts('privileged', 'subject', 'approved')).order).toEqual({ kind: 'contain', steps: both });
  });

  it.each([
    ['no break-glass account is proven', { provenBreakGlass: [] }],
    ['only one other administrator remains', { administrators: others.slice(1, 2) }],
    ['the subject is counted among the two', { administrators: [ana, ...others.slice(1, 2)] }],
  ])('leaves an account that may be an administrator’s to people when %s', (_, baseline) => {
    for (const kind of ['privileged', 'restricted'] as const)
      expect(decideOrder(facts(kind, 'subject', 'approved', baseline)).order.kind).toBe('people');
  });

  it('has a row for every account, reporter and answer', () => {
    for (const kind of ['ordinary', 'guest', 'privileged', 'restricted', 'protected'] as const) {
      for (const by of ['subject', 'colleague'] as const) {
        for (const what of Object.keys(WHAT_HAPPENED) as WhatHappened[]) {
          expect(decideOrder(facts(kind, by, what)).row).not.toBe('no-row-fits');
        }
      }
    }
  });

  it('becomes stricter with a second report, never milder', () => {
    const mild = decideOrder(facts('ordinary', 'colleague', 'approved'));
    const strict = decideOrder(facts('ordinary', 'subject', 'approved'));
    expect(stricterOf(mild, strict)).toBe(strict);
    expect(stricterOf(strict, mild)).toBe(strict);
    // The owner's report of a refused prompt orders more than any report of a colleague.
    const refused = decideOrder(facts('ordinary', 'subject', 'denied-or-ignored'));
    expect(stricterOf(mild, refused)).toBe(refused);
    expect(stricterOf(refused, strict)).toBe(strict);
  });
});
