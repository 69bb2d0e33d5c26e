// Planted lies: a product that tells people that it is over while something of the attacker is left, or that tells the
// wrong people. Each is seen to fail the run.
import { describe, expect, it } from 'vitest';
import type { DrillEvidence, ThingTruth } from '../../../drill/score/input.ts';
import { score } from '../../../drill/score/score.ts';
import { approved, ERADICATION, prompt, SLACK, TRUTH, truthWhere } from './approval-fixtures.ts';
import { at, bent, evidence, NOT_CHECKED_LINE, shown, TRUTH_OF_ANA, withRecord, withTruth } from './evidence.ts';

const left = (kind: string, name: string | null, part: Partial<ThingTruth> = {}): ThingTruth => ({
  id: `id-of-${kind}`,
  kind,
  person: 'ana',
  name,
  present: true,
  changedByApp: null,
  ...part,
});

const failuresWhere = (footholds: readonly ThingTruth[], ...lines: readonly string[]): readonly string[] => {
  const base = evidence();
  const slack = [...base.slack.slice(0, -1), shown(25_100, 'Case 1001: account contained', ...lines)];
  return score(evidence({ slack, truth: { ...base.truth, footholds } })).failures.filter((each) => each.startsWith('a false claim'));
};

describe('a last card that says "contained" is a false claim', () => {
  it.each([
    ['inbox-rule', '.'],
    ['consent', null],
    ['device', 'DESKTOP-4F2A'],
    ['method', 'Pixel 4'],
  ])('when a foothold (%s) is left, and the card neither names it nor says that its kind was not checked', (kind, name) => {
    expect(failuresWhere([left(kind, name)])).toEqual([
      expect.stringMatching(/"Case 1001: account contained", while the attacker's .* is left, and the message neither names it nor says/),
    ]);
    expect(failuresWhere([left(kind, name)], NOT_CHECKED_LINE)).toEqual([]);
  });

  it('also when it says that another kind was not checked', () => {
    expect(failuresWhere([left('device', 'DESKTOP-4F2A')], 'Not checked by unapprove: mailbox rules and forwarding.')).toHaveLength(1);
  });

  it('but not when it names the foothold, or the foothold is gone, or it is another person’s', () => {
    expect(failuresWhere([left('device', 'DESKTOP-4F2A')], 'Left: device “DESKTOP-4F2A”.')).toEqual([]);
    expect(failuresWhere([left('method', '+31 6 12345678')], 'Stays: Phone ending in 78 (mobile)')).toEqual([]);
    expect(failuresWhere([left('device', 'DESKTOP-4F2A', { present: false })])).toEqual([]);
    expect(failuresWhere([left('device', 'DESKTOP-4F2A', { person: 'kim' })])).toEqual([]);
  });

  it('and an earlier version that was put right since is none', () => {
    const base = evidence();
    const late = shown(25_100, 'Case 1001: account contained', NOT_CHECKED_LINE);
    const early = shown(25_100, 'Case 1001: account contained');
    const slack = [...base.slack.slice(0, -1), early, { ...late, kind: 'message.updated', at: at(25_200) }];
    expect(score(evidence({ slack })).failures).toEqual([]);
  });
});

it('a record that ends without saying that the kind of a foothold was not checked is a false claim', () => {
  const base = evidence();
  const truth = { ...base.truth, footholds: [left('inbox-rule', '.')] };
  const record = withRecord(bent('case.closed', { notChecked: ['devices'] }));
  expect(score(evidence({ ...record, truth })).failures).toEqual([
    expect.stringMatching(/the case has ended, and this kind was checked, while the attacker's inbox-rule “\.” of ana is left/),
  ]);
  expect(score(evidence(withRecord(bent('case.closed', { notChecked: undefined })))).failures).toContainEqual(
    expect.stringContaining('it does not say what was not checked'),
  );
});

describe('people are told what is not so:', () => {
  it('contained, while a session of the attacker still works', () => {
    const { failures } = score(evidence(withTruth({ attacker: { ...TRUTH_OF_ANA.attacker, usableNow: true } })));
    expect(failures).toContainEqual(
      expect.stringMatching(/"Case 1001: account contained" \(says: contained\), while a session of the attacker still works/),
    );
  });

  it('that there was no attacker activity after the last session expired, while there was', () => {
    const slack = [
      ...evidence().slack,
      shown(
        30_000,
        'Case 1001: account contained',
        NOT_CHECKED_LINE,
        'No attacker activity was seen after that; other apps: no limit known.',
      ),
    ];
    const claims = score(evidence({ slack, ...withTruth({ attacker: { ...TRUTH_OF_ANA.attacker, lastAccess: at(29_000) } }) })).falseClaims;
    expect(claims.map(({ claim }) => claim)).toContainEqual(expect.stringContaining('(says: quiet)'));
  });

  it('that the case is closed, before the ledger says so', () => {
    const slack = [...evidence().slack.slice(0, -1), shown(25_100, 'Case 1001 closed: account contained', NOT_CHECKED_LINE)];
    expect(score(evidence({ slack })).falseClaims.map(({ truth }) => truth)).toEqual(['the record has no end of the case']);
  });

  it('that the account is released, in a page', () => {
    const pages = [{ at: at(9000), dedupKey: 'x', summary: 'Case 1001 needs a person. Released as a false alarm.', line: 1 }];
    expect(score(evidence({ pages })).falseClaims.map(({ where, truth }) => `${where}: ${truth}`)).toEqual([
      'a page: the account was disabled',
    ]);
  });
});

describe('a plan or a card fails the run in a place where the subject of its case reads:', () => {
  const failures = (truth: DrillEvidence['truth'], ...slack: DrillEvidence['slack']): readonly string[] =>
    score(approved({ truth, slack: [...slack, ...SLACK] })).failures;
  const joined = (ms: number, act: 'join' | 'leave' = 'join') => ({
    at: at(ms),
    kind: 'person.act',
    person: 'U0ANA',
    act,
    details: { channel: 'C0RESPOND' },
  });

  it('the channel had them among its members from the start', () => {
    const truth = { ...TRUTH, channels: [{ id: 'C0RESPOND', members: ['U0KIM', 'U0ANA'] }] };
    expect(failures(truth)).toContain('"Case 1001: eradication plan, done" was shown where the subject of the case reads (C0RESPOND)');
  });

  it('they came later; what stood there before, or was on its way, is no fault', () => {
    expect([...failures(TRUTH, joined(3000))].sort()).toEqual([
      '"Case 1001: account contained" was shown where the subject of the case reads (C0RESPOND)',
      '"Case 1001: eradication plan, done" was shown where the subject of the case reads (C0RESPOND)',
    ]);
    expect(failures(TRUTH, joined(25_000))).toEqual([]);
    expect(failures(TRUTH, joined(0), joined(1, 'leave'))).toEqual([]);
  });

  it('a direct message: it may be anyone’s', () => {
    const { message, ...moment } = prompt(3600, 'approval needed', '4821');
    if (message === undefined) throw new Error('expected a prompt');
    expect(failures(TRUTH, { ...moment, message: { ...message, channel: 'D0SOMEBODY' } })).toContain(
      '"Case 1001: eradication plan, approval needed" was shown where the subject of the case reads (D0SOMEBODY)',
    );
  });
});

it('an eradication that leaves the method it names is a false claim, whatever the card says of it', () => {
  const truth = truthWhere({ methods: [{ id: 'm1', name: 'Pixel 4', from: at(500), until: null }] });
  expect(score(approved({ truth, lines: ERADICATION })).passed).toBe(false);
});
