// The phone call to the subject, with a real Temporal server: a responder takes it, or a person is paged.
import { describe, expect, it } from 'vitest';
import type { ApproverFacts } from '../../domain/approval.ts';
import type { ObjectId } from '../../domain/ids.ts';
import { BEA, begin, CAI, events, kinds, names, reasons, refusals, say, stage } from './decision-fixtures.ts';
import { believed, mayDecide, plan } from './workflow-harness.ts';

const callPages = (): string[] => reasons.map(({ kind }) => kind).filter((kind) => kind === 'call-the-person');
const taken = (): ObjectId[] => events().flatMap((event) => (event.kind === 'call.taken' ? [event.by] : []));

/** What the directory says about every approver. */
const approver = (part: Partial<ApproverFacts>) => ({
  'people.verify': async (run: Parameters<typeof believed>[0]) => {
    const weighed = believed(run);
    return { ...weighed, decisions: weighed.decisions.map((each) => ({ ...each, approver: { ...mayDecide(each.person), ...part } })) };
  },
});

describe('a person who takes the call', () => {
  it('is in the ledger, and no person is paged', async () => {
    await begin(plan(), {}, { callMs: 60_000 });
    await say('take-call', BEA);
    await expect.poll(kinds).toContain('call.taken');
    expect(taken()).toEqual([BEA]);
    expect(callPages()).toEqual([]);
  });

  it.each<[string, Partial<ApproverFacts>]>([
    ['is no approver', { inGroup: false, inBaseline: false }],
    ['is a guest', { guest: true }],
    ['cannot be looked up in the directory', { inGroup: null }],
  ])('counts also when that person %s', async (_name, part) => {
    await begin(plan(), approver(part), { callMs: 60_000 });
    await say('take-call', CAI);
    await expect.poll(taken).toEqual([CAI]);
  });

  it.each<[string, Partial<ApproverFacts>]>([
    ['account-disabled', { enabled: false }],
    ['own-case-confirmed', { ownCaseConfirmed: true }],
  ])('does not count when the account may be an attacker’s (%s)', async (because, part) => {
    await begin(plan(), approver(part), { callMs: 60_000 });
    await say('take-call', CAI);
    await expect.poll(refusals).toEqual([because]);
    expect(taken()).toEqual([]);
  });

  it('does not count when it is the subject, and counts for the first of two', async () => {
    await begin(plan(), {}, { callMs: 60_000 });
    await say('take-call', stage.subject);
    await say('take-call', BEA);
    await say('take-call', CAI);
    await expect.poll(refusals).toEqual(['is-subject', 'call-taken']);
    expect(taken()).toEqual([BEA]);
  });
});

describe('a call that no responder takes', () => {
  it('pages a person once', async () => {
    await begin(plan(), {}, { callMs: 50 });
    await expect.poll(() => callPages().length).toBe(1);
    await say('take-call', BEA);
    await expect.poll(taken).toEqual([BEA]);
    expect(callPages()).toHaveLength(1);
  });

  it('pages also while the case is on hold', async () => {
    await begin(plan(), {}, { callMs: 1_500 });
    await say('hold', BEA);
    await expect.poll(kinds).toContain('case.held');
    await expect.poll(() => callPages().length, { timeout: 10_000 }).toBe(1);
  });

  it('pages while the logs are still being read', async () => {
    let read = 0;
    let letGo = (): void => undefined;
    const logs = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const begun = begin(
      null,
      {
        'logs.read': async () => {
          read += 1;
          await logs;
          return { supports: false, readable: true, blindSpots: [] };
        },
      },
      { callMs: 50, logDeadlineMs: 1 },
      { what: 'denied-or-ignored' },
    );
    await expect.poll(() => callPages().length, { timeout: 10_000 }).toBe(1);
    expect(read).toBe(1);
    expect(names()).not.toContain('logs.read');
    letGo();
    await begun;
    expect(callPages()).toHaveLength(1);
  });
});
