import { describe, expect, it } from 'vitest';
import { score } from '../../../drill/score/score.ts';
import { scoreCard } from '../../../drill/score/score-card.ts';
import {
  ACTOR,
  ANA,
  at,
  bent,
  CALLS,
  call,
  evidence,
  NOT_CHECKED_LINE,
  recordOf,
  STORY,
  shown,
  TRUTH_OF_ANA,
  withRecord,
  withTruth,
} from './evidence.ts';

const claimsOf = (part: Parameters<typeof evidence>[0]): string[] =>
  score(evidence(part)).falseClaims.map(({ claim, truth }) => `${claim} / ${truth}`);

describe('an honest drill', () => {
  it('passes, with the figures the truth gives', () => {
    const card = score(evidence());
    expect(card.failures).toEqual([]);
    expect(card).toMatchObject({
      passed: true,
      outcome: 'contained',
      closedMs: 800,
      containedAt: at(25_000),
      footholds: { planted: 1, left: 1 },
      ownersThings: { present: 1, byPlaybook: 0, byChoice: 0, wrongly: 0 },
      attacker: { lastAccess: at(6000), refusedSince: at(7000) },
      ledger: { entries: 15, verified: true },
      secretsFound: 0,
    });
  });

  it('is told in at most 35 lines', () => {
    const lines = scoreCard(score(evidence()), { playedInMs: 41_000, story: 'Made by hand.' }).split('\n');
    expect(lines.length).toBeLessThanOrEqual(35);
    expect(lines.every((line) => line.length <= 140)).toBe(true);
  });
});

describe('an account that ended blocked', () => {
  it.each([
    ['because the attacker was active', [], 'attacker activity was seen after the block'],
    ['because of a blind spot', ['sign-in-log'], 'not everything could be checked'],
  ])('%s is told so', (_name, blindSpots, words) => {
    const card = { ...score(evidence()), outcome: 'blocked' as const, blindSpots };
    expect(scoreCard(card, { playedInMs: 1, story: 'x' })).toContain(`blocked, not contained: ${words};`);
  });
});

describe('a claim of the ledger is false when', () => {
  it('the account is called blocked before the truth had blocked it', () => {
    expect(claimsOf(withRecord(bent('account.blocked', { blockedAt: at(1470) })))).toEqual([
      `the account was closed at ${at(1470)} / its sessions had not been cut`,
    ]);
  });

  it('the account is called contained and the attacker comes in later', () => {
    const claims = claimsOf(withTruth({ attacker: { ...TRUTH_OF_ANA.attacker, lastAccess: at(40_000) } }));
    expect(claims).toContain(`the account is contained / the attacker was inside after that, at ${at(40_000)}`);
    expect(claims).toContain(`the case ended contained / the attacker was inside after that, at ${at(40_000)}`);
  });

  it('the attacker was inside after the moment it names', () => {
    const claims = claimsOf(withTruth({ attacker: { ...TRUTH_OF_ANA.attacker, lastAccess: at(21_000) } }));
    expect(claims).toContain(`nobody stays inside later than ${at(20_000)} / the attacker was inside at ${at(21_000)}`);
  });

  it('contained is said before the last token has run out', () => {
    const early = recordOf(
      STORY.filter((line) => line.ms < 24_000 || line.kind === 'account.contained').map((line) =>
        line.kind === 'account.contained' ? { ...line, ms: 9000 } : line,
      ),
    );
    expect(claimsOf(withRecord(early)).some((claim) => claim.includes('before the last token had run out'))).toBe(true);
  });

  it('a session of the attacker still works at the end', () => {
    expect(claimsOf(withTruth({ attacker: { ...TRUTH_OF_ANA.attacker, usableNow: true } }))).toContain(
      'the case ended contained / a session of the attacker still works',
    );
  });

  it('a step is called done that the tenant does not show', () => {
    expect(claimsOf(withTruth({ enabled: [] }))).toContain('sign-in was seen blocked / the account was enabled');
    expect(claimsOf(withTruth({ sessionsCut: [] })).some((claim) => claim.startsWith('sessions were seen revoked / no session'))).toBe(
      true,
    );
  });

  it('an old cut is taken for the one this case made', () => {
    expect(claimsOf(withTruth({ sessionsCut: [at(-60_000)] })).some((claim) => claim.startsWith('sessions were seen revoked'))).toBe(true);
  });

  it('a change is claimed that no request made', () => {
    const without = CALLS.filter((each) => each.requestId !== 'request-block');
    expect(claimsOf({ calls: without })).toContain('block-sign-in was changed by request request-block / the tenant has no such request');
  });

  it.each([
    ['sign-in-log', /signIns/],
    ['audit-log', /directoryAudits/],
    ['sign-in-methods', /methods/],
    ['eligible-roles', /roleEligibility/],
  ])('the %s was refused each time and is not named as a blind spot', (what, path) => {
    const calls = CALLS.map((each) => (path.test(each.path) ? { ...each, status: 403 } : each));
    const claims = claimsOf({ calls });
    expect(claims).toHaveLength(1);
    expect(claims[0]).toContain(`names no blind spot for the ${what} / every reading was refused (403)`);
  });

  it('a log is passed over without being read at all', () => {
    const calls = CALLS.filter((each) => !/signIns/.test(each.path));
    expect(claimsOf({ calls })).toEqual(['recheck.made names no blind spot for the sign-in-log / it was never read']);
  });

  it('a page is called delivered that the pager never took', () => {
    const paged = recordOf([
      ...STORY.slice(0, 14),
      { kind: 'person.paged', ms: 25_500, body: { dedupKey: 'case/1', delivered: true, reason: 'x' } },
    ]);
    expect(claimsOf(withRecord(paged))).toEqual(['a person was paged (case/1) / the pager took no such page']);
    expect(
      claimsOf({
        ...withRecord(paged),
        pages: [{ at: at(25_400), dedupKey: 'case/1', summary: 'Case 1001 needs a person. Look at it.', line: 1 }],
      }),
    ).toEqual([]);
  });

  it('the finished ledger does not count itself right', () => {
    expect(claimsOf(withRecord(bent('case.closed', { outcome: 'blocked', entries: 12 })))).toEqual([
      'the record has 12 entries / it has 15',
    ]);
  });
});

describe('what was named as a blind spot', () => {
  it('is no false claim', () => {
    const calls = CALLS.map((each) => (/signIns/.test(each.path) ? { ...each, status: 403 } : each));
    const record = bent('recheck.made', { blindSpots: [{ what: 'sign-in-log', why: 'licence' }] });
    const card = score(evidence({ ...withRecord(record), calls }));
    expect(card.falseClaims).toEqual([]);
    expect(card.blindSpots).toEqual(['sign-in-log: licence']);
    expect(card.failures).toEqual(['blind spots: expected none, found sign-in-log: licence']);
  });
});

describe('a message people saw is a false claim when', () => {
  it.each([
    ['Case 1001: account blocked', 1460, 'its sessions had not been cut'],
    ['Your account is closed, so that nobody else can use it.', 1460, 'its sessions had not been cut'],
    ['Your account is blocked, so that nobody else can use it.', 1460, 'its sessions had not been cut'],
    ['Case 1001: account blocked. A fresh read showed it at 03:12:05 UTC.', 1460, 'its sessions had not been cut'],
    [
      'Your account stays closed until security hands it back to you in person.',
      1000,
      'the account was enabled and its sessions had not been cut',
    ],
    ['Block sign-in: done; a fresh read showed it at 02:00:01', 1300, 'the account was enabled'],
    ['Revoke all sessions: done; a fresh read showed it at 02:00:01', 1300, 'its sessions had not been cut'],
    ['Case 1001: account contained', 5000, `the attacker was inside after that, at ${at(6000)}`],
  ])('"%s" stands there too early', (line, ms, truth) => {
    const { falseClaims } = score(
      evidence({ slack: [shown(ms, ...(line.startsWith('Case') ? [] : ['Case 1001: containing the account']), line, NOT_CHECKED_LINE)] }),
    );
    expect(falseClaims.map((claim) => claim.truth)).toEqual([truth]);
  });

  it('it says that nothing was changed, long after something was', () => {
    const slack = [
      shown(1400, 'Case 1001: account open, a person must decide', 'Nothing was changed automatically.'),
      shown(6000, 'Case 1001: account open, a person must decide', 'Nothing has been changed.'),
    ];
    expect(score(evidence({ slack })).falseClaims.map((claim) => claim.truth)).toEqual([`the account had been changed at ${at(1450)}`]);
  });

  it('it says that a person was paged, and the pager was silent', () => {
    const slack = [shown(3000, 'Case 1001: account blocked', 'A person was paged.')];
    expect(score(evidence({ slack })).falseClaims.map((claim) => claim.truth)).toEqual(['the pager had taken no page']);
    expect(
      score(evidence({ slack, pages: [{ at: at(2900), dedupKey: 'x', summary: 'Case 1001 needs a person. Look at it.', line: 1 }] }))
        .falseClaims,
    ).toEqual([]);
  });

  it('it says until when a person may stay, and the attacker stays longer', () => {
    const slack = [
      shown(2600, 'Case 1001: account blocked', `A session inside Microsoft may last until ${at(4000)}; in other apps: no limit known.`),
    ];
    expect(score(evidence({ slack })).falseClaims.map((claim) => claim.truth)).toEqual([`the attacker was inside at ${at(6000)}`]);
  });

  it('but not when it promises, asks or denies', () => {
    const careful = shown(
      1300,
      'Case 1001: containing the account',
      'Not closed yet.',
      'Sign-in will be blocked.',
      'When every session is revoked, the account is closed.',
      'Block sign-in: under way; no fresh read shows it yet',
    );
    expect(score(evidence({ slack: [careful] })).falseClaims).toEqual([]);
  });
});

describe('a drill fails when', () => {
  it('a write of ours has no intent before it', () => {
    const calls = [
      ...CALLS,
      call('user.disable', 500, { actor: { kind: 'app', appId: ACTOR }, status: 204, effects: [{ what: 'accountEnabled', target: ANA }] }),
    ];
    expect(score(evidence({ calls })).failures).toEqual([expect.stringContaining('no intent stands before it')]);
  });

  it('the other side was asked for something it does not know', () => {
    const calls = [...CALLS, call('unknown', 3000, { path: '/v1.0/nothing', unknown: true })];
    expect(score(evidence({ calls })).failures).toEqual(['the tenant was asked for something it does not know: /v1.0/nothing']);
  });

  it("an owner's item was changed by us without an order", () => {
    const base = evidence();
    const thing = { id: 'm0', kind: 'method', person: 'ana', name: 'Blue key', present: false, changedByApp: ACTOR };
    const card = score(evidence({ truth: { ...base.truth, ownersThings: [thing] } }));
    expect(card.ownersThings).toEqual({ present: 0, byPlaybook: 0, byChoice: 0, wrongly: 1 });
    expect(card.passed).toBe(false);
  });

  it('the bundle does not verify', () => {
    const [bundle] = evidence().bundles;
    if (bundle === undefined) throw new Error('expected a bundle');
    expect(score(evidence({ bundles: [{ ...bundle, verified: false, said: 'entry 3' }] })).failures).toEqual([
      'the bundle does not verify: entry 3',
    ]);
  });

  it('the history is longer than the design allows', () => {
    const events = Array.from({ length: 61 }, () => ({ eventType: 'EVENT_TYPE_WORKFLOW_TASK_SCHEDULED' }));
    const [run] = evidence().histories;
    if (run === undefined) throw new Error('expected a run');
    expect(score(evidence({ histories: [{ ...run, events }] })).failures).toEqual([expect.stringContaining('61 events')]);
  });

  it('it came out otherwise than expected, and says how', () => {
    const early = STORY.filter((line) => line.kind !== 'case.closed' && line.kind !== 'account.contained');
    const card = score(evidence(withRecord(recordOf(early))));
    expect(card.failures).toEqual(['outcome: expected contained, found open']);
  });

  it('something went wrong on the way', () => {
    expect(score(evidence({ troubles: ['the deadline passed'] })).failures).toEqual(['the deadline passed']);
  });
});
