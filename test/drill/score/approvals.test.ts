import { describe, expect, it } from 'vitest';
import { parseScenario } from '../../../drill/scenarios/scenario.ts';
import type { DrillEvidence } from '../../../drill/score/input.ts';
import { score } from '../../../drill/score/score.ts';
import { scoreCard } from '../../../drill/score/score-card.ts';
import {
  approved,
  bentEradication,
  CHANGES,
  ERADICATION,
  KIM,
  LEE,
  PLAN,
  prompt,
  SLACK,
  TRUTH,
  truthWhere,
  typed,
} from './approval-fixtures.ts';
import { ANA, at, recordOf, STORY, shown } from './evidence.ts';

const failuresOf = (part: Parameters<typeof approved>[0]): readonly string[] => score(approved(part)).failures;
const without = (...kinds: readonly string[]): typeof ERADICATION => ERADICATION.filter(({ kind }) => !kinds.includes(kind));
const slackWith = (...moments: DrillEvidence['slack']): DrillEvidence['slack'] => [
  ...SLACK.filter(({ envelopeId }) => envelopeId !== 'typed-5000'),
  ...moments,
];
const improper = (because: string): string => `an approval that should not have counted: case 1001, by kim at ${at(5300)}: ${because}`;
const UNAPPROVED = 'case 1001: the tenant was changed under a plan (eradication, revision 1) that had 0 of 1 proper approvals';

describe('an eradication that was approved', () => {
  it('passes, and says what was asked, what counted and what came of it', () => {
    const card = score(approved());
    expect(card.failures).toEqual([]);
    expect(card).toMatchObject({
      outcome: 'contained',
      finished: true,
      confirmed: false,
      approvals: { asked: 1, proper: 1, refused: 0 },
      refusals: [],
      plans: { eradication: 'done' },
      footholds: { planted: 1, left: 0 },
    });
    const text = scoreCard(card, { playedInMs: 41_000, story: 'Made by hand.' });
    expect(text).toContain('1 asked, 1 proper, 0 refused');
    expect(text).toContain('eradication: done');
    expect(text).toContain('the case is closed');
    expect(text.split('\n').length).toBeLessThanOrEqual(35);
  });

  it('may take two revisions and a second round: both rounds were asked', () => {
    const second = { ...PLAN, digest: 'digest-two', revision: 2 };
    const third = { ...PLAN, digest: 'digest-three', round: 2 };
    const lines = [...ERADICATION, { kind: 'plan.made', ms: 7000, body: second }, { kind: 'plan.made', ms: 8000, body: third }];
    expect(score(approved({ lines }))).toMatchObject({ approvals: { asked: 2, proper: 1 }, plans: { eradication: 'approval needed' } });
  });

  it('by two people where two are needed, each with a form of their own', () => {
    const lines = [
      ...bentEradication('plan.made', { needs: { approvers: 2, stepUp: false } }),
      { kind: 'approval.given', ms: 5299, body: { digest: PLAN.digest, person: LEE, missing: 1 } },
    ];
    expect(failuresOf({ lines, slack: [...SLACK, typed(5100, 'U0LEE2', '4821')] })).toEqual([]);
  });
});

describe('an approval that should not have counted is found when', () => {
  it.each([
    [
      'its own subject gave it',
      { lines: [{ kind: 'approval.given', ms: 5299, body: { digest: PLAN.digest, person: ANA } }] },
      'it is their own account',
    ],
    ['a reporter gave it', { lines: [{ kind: 'report.received', ms: 1500, body: { reporter: KIM } }] }, 'they reported it'],
  ])('%s', (_, { lines }, because) => {
    expect(failuresOf({ lines: [...ERADICATION, ...lines] }).some((failure) => failure.includes(because))).toBe(true);
  });

  it('a person gave it whose own account had been blocked, in a case that is still open', () => {
    const own = (...more: typeof STORY): DrillEvidence['bundles'][number] => ({
      path: '/b2',
      entries: recordOf([
        { kind: 'case.opened', ms: 100, body: { number: 1002, subject: KIM } },
        { kind: 'containment.confirmed', ms: 200, body: { by: LEE } },
        ...more,
      ]),
      verified: true,
      said: '',
    });
    const found = (bundle: DrillEvidence['bundles'][number]): readonly string[] =>
      failuresOf({ bundles: [...approved().bundles, bundle] }).filter((failure) => failure.includes('should not have counted'));
    expect(found(own())).toEqual([improper('their own account was closed in a case that is not finished')]);
    expect(found(own({ kind: 'case.closed', ms: 300, body: { outcome: 'blocked', notChecked: [], entries: 3 } }))).toEqual([]);
  });

  it('a person gave it who was no approver from the start', () => {
    const truth = { ...TRUTH, approvers: { fromStart: [LEE], changes: [{ at: at(4000), person: KIM, joins: true }] } };
    expect(failuresOf({ truth })).toEqual([improper('they were no approver when the scenario began'), UNAPPROVED]);
  });

  it('a person gave it who had left the group before', () => {
    const truth = { ...TRUTH, approvers: { fromStart: [KIM], changes: [{ at: at(4000), person: KIM, joins: false }] } };
    expect(failuresOf({ truth })).toEqual([improper('they were not in the approver group then'), UNAPPROVED]);
  });

  it('a stranger gave it', () => {
    const lines = bentEradication('approval.given', { person: 'somebody-else' });
    expect(failuresOf({ lines })[0]).toContain('by somebody-else');
    expect(failuresOf({ lines })[0]).toContain('nobody who works here has this id');
  });

  it('the person who asked for the plan gave it', () => {
    expect(failuresOf({ lines: bentEradication('plan.made', { askedBy: KIM }) })).toEqual([
      improper('they had asked for the plan'),
      UNAPPROVED,
    ]);
  });

  it('the same person gave it twice, under two Slack accounts', () => {
    const lines = [
      ...bentEradication('plan.made', { needs: { approvers: 2, stepUp: false } }),
      { kind: 'approval.given', ms: 5302, body: { digest: PLAN.digest, person: KIM, missing: 0 } },
    ];
    expect(failuresOf({ lines, slack: [...SLACK, typed(5100, 'U0KIM2', '4821')] })).toEqual([
      `an approval that should not have counted: case 1001, by kim at ${at(5302)}: the same person had approved it before`,
      'case 1001: the tenant was changed under a plan (eradication, revision 1) that had 1 of 2 proper approvals',
    ]);
  });

  it('another code was typed than the one that stood there', () => {
    expect(failuresOf({ slack: slackWith(typed(5000, 'U0KIM', '1234')) })).toEqual([
      improper('they typed 1234, and the prompt showed 4821'),
      UNAPPROVED,
    ]);
  });

  it('the code is that of the revision before', () => {
    const lines = [{ kind: 'plan.made', ms: 2800, body: { ...PLAN, digest: 'digest-zero', revision: 0 } }, ...ERADICATION];
    const slack = slackWith(prompt(2900, 'approval needed', '1111'), prompt(3500, 'approval needed', '4821'), typed(5000, 'U0KIM', '1111'));
    expect(failuresOf({ lines, slack })[0]).toBe(improper('they typed 1111, and the prompt showed 4821'));
  });

  it('no one sent a form for it, or another person did', () => {
    expect(failuresOf({ slack: slackWith() })[0]).toBe(improper('they sent no form with a plan code'));
    expect(failuresOf({ slack: slackWith(typed(5000, 'U0LEE', '4821')) })[0]).toBe(improper('they sent no form with a plan code'));
  });

  it('it names no plan', () => {
    expect(failuresOf({ lines: bentEradication('approval.given', { digest: 'made-up' }) })[0]).toBe(
      improper('it names no plan of this case'),
    );
  });
});

describe('a change under a plan fails the drill when', () => {
  it('no one had approved it', () => {
    expect(failuresOf({ lines: without('approval.given', 'plan.approved') })).toEqual([UNAPPROVED]);
  });

  it('it had been declined before', () => {
    const lines = [...ERADICATION, { kind: 'plan.declined', ms: 5350, body: { digest: PLAN.digest } }];
    expect(failuresOf({ lines })).toEqual([
      'case 1001: the tenant was changed under a plan (eradication, revision 1) that had been declined',
    ]);
  });

  it('an approver had left the group when it began', () => {
    const truth = { ...TRUTH, approvers: { fromStart: [KIM], changes: [{ at: at(5310), person: KIM, joins: false }] } };
    const late = ERADICATION.map((line) => (line.ms > 5310 && line.ms < 6100 ? { ...line, ms: line.ms + 2000 } : line));
    const calls = [...approved().calls.slice(0, -2), ...CHANGES.map((each) => ({ ...each, at: at(7600), answeredAt: at(7610) }))];
    const failures = failuresOf({ lines: late.filter(({ kind }) => kind !== 'plan.done'), truth, calls });
    expect(failures).toContain(
      'case 1001: the tenant was changed under a plan (eradication, revision 1) after kim had left the approver group',
    );
  });

  it('an approver had reported the account when it began', () => {
    const reported = { kind: 'report.received', ms: 5310, body: { reporter: KIM } };
    const late = ERADICATION.map((line) => (line.ms > 5310 && line.ms < 6100 ? { ...line, ms: line.ms + 2000 } : line));
    const calls = [...approved().calls.slice(0, -2), ...CHANGES.map((each) => ({ ...each, at: at(7600), answeredAt: at(7610) }))];
    const failures = failuresOf({ lines: [...late.filter(({ kind }) => kind !== 'plan.done'), reported], calls });
    expect(failures).toContain(
      'case 1001: the tenant was changed under a plan (eradication, revision 1) after kim had reported the account',
    );
    // It was given in good right.
    expect(failures.some((each) => each.includes('should not have counted'))).toBe(false);
  });

  it('the account is protected, whichever person approved it', () => {
    const scenario = parseScenario({ name: 'by-hand', story: 'x', lag: 'none', people: { ana: { account: 'protected' } } });
    expect(failuresOf({ scenario })).toContain(`user.disable at ${at(1400)} changed ana, and that account is protected`);
    const breakGlass = { ...approved().scenario, company: { ...approved().scenario.company, breakGlass: ['ana'] } };
    expect(failuresOf({ scenario: breakGlass })).toContain(`user.disable at ${at(1400)} changed ana, and that account is protected`);
  });

  it('but an intent that changed nothing does not', () => {
    const calls = approved().calls.slice(0, -2);
    const lines = ERADICATION.filter(
      ({ kind }) => !['approval.given', 'plan.approved', 'step.applied', 'step.verified', 'plan.done'].includes(kind),
    );
    expect(failuresOf({ lines, calls, slack: SLACK.slice(0, -1) })).toEqual([]);
  });

  it('no plan ordered it at all', () => {
    const bare = ERADICATION.map((line) => (line.kind === 'step.intended' ? { ...line, body: { ...line.body, by: 'policy' } } : line));
    expect(failuresOf({ lines: bare })).toEqual([
      `user.resetPassword at ${at(5600)} changed the tenant, and no plan on the record orders it`,
      `auth.microsoftAuthenticatorMethods.delete at ${at(5650)} changed the tenant, and no plan on the record orders it`,
    ]);
  });

  it('the plan cannot be read: then no one can say what was approved', () => {
    const failures = failuresOf({ lines: bentEradication('plan.made', { needs: 'one' }) });
    expect(failures).toContainEqual(expect.stringMatching(/^case 1001: entry \d+ \(plan\.made\) cannot be read/));
    expect(failures).toContain('case 1001: the tenant was changed under a plan that the record does not have');
  });
});

it('a form that shows the code itself makes it worthless', () => {
  expect(failuresOf({ slack: slackWith(typed(5000, 'U0KIM', '4821', 'Plan code 4821')) })).toEqual([
    'a form that asks for the plan code shows it',
  ]);
});

describe('what was refused', () => {
  it('is counted, and each reason is named once', () => {
    const refused = (ms: number, because: string) => ({
      kind: 'decision.refused',
      ms,
      body: { act: 'approve', person: KIM, because, plan: PLAN.digest },
    });
    const card = score(
      approved({ lines: [...ERADICATION, refused(4000, 'wrong-code'), refused(4100, 'wrong-code'), refused(4200, 'is-subject')] }),
    );
    expect(card).toMatchObject({ approvals: { asked: 1, proper: 1, refused: 3 }, refusals: ['is-subject', 'wrong-code'] });
  });

  it('and everything else can be expected', () => {
    const expected = {
      approvals: { asked: 2, proper: { min: 2 } },
      refusals: ['is-subject'],
      plans: { eradication: 'declined', undo: 'done' },
      finished: false,
      confirmed: true,
    };
    const scenario = parseScenario({ name: 'x', story: 'x', lag: 'none', people: { ana: {} }, expect: expected });
    expect(failuresOf({ scenario })).toEqual([
      'reasons of refused decisions: expected is-subject, found none',
      'case finished: expected no, found yes',
      'closing confirmed: expected yes, found no',
      'approvals asked: expected 2, found 1',
      'approvals proper: expected 2 to any number, found 1',
      'plan of eradication: expected declined, found done',
      'plan of undo: expected done, found none',
    ]);
  });
});

describe("an owner's item that we removed", () => {
  const gone = {
    ...TRUTH,
    ownersThings: [{ id: 'm0', kind: 'method', person: 'ana', name: 'Blue key', present: false, changedByApp: 'actor' }],
  };
  const thingsWhere = (lines: typeof ERADICATION) => {
    const base = approved({ lines, truth: gone });
    return score({ ...base, apps: { ...base.apps, actor: 'actor' } }).ownersThings;
  };
  const choice = (ticked: boolean, ms = 2900) => ({
    kind: 'choice.recorded',
    ms,
    body: { digest: PLAN.digest, target: { kind: 'method', id: 'm0' }, ticked, by: KIM },
  });

  it('was chosen by a person who ticked it', () => {
    expect(thingsWhere([...ERADICATION, choice(true)])).toMatchObject({ byChoice: 1, byPlaybook: 0, wrongly: 0 });
  });
  it('was removed by the playbook when a plan intended it', () => {
    const intended = {
      kind: 'step.intended',
      ms: 5502,
      body: { step: 'remove-methods', target: { kind: 'method', id: 'm0' }, by: `plan/${PLAN.digest}` },
    };
    expect(thingsWhere([...ERADICATION, intended])).toMatchObject({ byChoice: 0, byPlaybook: 1, wrongly: 0 });
    expect(thingsWhere([...ERADICATION, intended, choice(true), choice(false, 2950)])).toMatchObject({ byPlaybook: 0, wrongly: 1 });
  });
  it('was removed wrongly otherwise', () => {
    expect(thingsWhere(ERADICATION)).toMatchObject({ byChoice: 0, byPlaybook: 0, wrongly: 1 });
  });
});

describe('what is called done is held against the truth:', () => {
  const claims = (part: Parameters<typeof approved>[0]): string[] =>
    score(approved(part)).falseClaims.map(({ claim, truth }) => `${claim} / ${truth}`);

  it('a password that was never changed', () => {
    expect(claims({ truth: truthWhere({ passwordSet: [] }) })).toEqual([
      `the password was seen changed / no password was set between ${at(4500)} and then`,
      expect.stringMatching(/^the plan \(eradication\) is done: the password was seen changed/),
      expect.stringMatching(/^"Case 1001: eradication plan, done" \(says: plan done\) \/ no password was set/),
    ]);
  });

  it('a method that is still there', () => {
    expect(claims({ truth: truthWhere({ methods: [{ id: 'm1', name: 'Pixel 4', from: at(500), until: null }] }) })).toEqual([
      'a sign-in method was seen removed / it was still there (m1)',
      'the plan (eradication) is done: a sign-in method was seen removed / it was still there (m1)',
      '"Case 1001: eradication plan, done" (says: plan done) / it was still there (m1)',
    ]);
  });

  it('but not what was left out by name', () => {
    const dropped = {
      kind: 'target.dropped',
      ms: 5450,
      body: { step: 'remove-methods', attempt: 1, target: { kind: 'method', id: 'm1' }, because: 'changed' },
    };
    const lines = [...ERADICATION.filter((line) => line.ms !== 5950 && line.ms !== 5501 && line.ms !== 5701), dropped];
    const truth = truthWhere({ methods: [{ id: 'm1', name: 'Pixel 4', from: at(500), until: null }] });
    expect(claims({ lines, truth, calls: approved().calls.slice(0, -1) })).toEqual([]);
  });

  it('a prompt that is done and that the ledger does not know', () => {
    expect(claims({ slack: [...SLACK, prompt(6300, 'done', null, 1001, 'undo')] })).toEqual([
      '"Case 1001: undo plan, done" (says: plan done) / the record has no such plan',
    ]);
  });

  it('what a prompt lists is no claim until its plan is under way', () => {
    const early = prompt(1000, 'approval needed', '4821');
    const message = early.message === undefined ? undefined : { ...early.message, text: 'Reset password: done\nSign-in: blocked' };
    expect(claims({ slack: [...SLACK, { ...early, ...(message === undefined ? {} : { message }) }] })).toEqual([]);
  });

  it.each([
    ['Reset password: done; a fresh read showed it at 02:00:05', 'no new password had been set'],
    ['Authenticator app “Pixel 4”: removed', 'Pixel 4 was still there'],
    ['Remove sign-in methods: done', 'it was still there (m1)'],
    ['The account is open again.', 'the account was disabled'],
  ])('a card with "%s" that comes too early', (line, truth) => {
    const slack = [...SLACK, shown(4000, 'Case 1001: account blocked', line)];
    expect(score(approved({ slack })).falseClaims.map((claim) => claim.truth)).toEqual([truth]);
  });

  it('a block that a fresh read showed at its time stays true when the account is enabled later', () => {
    const enabled = [...(TRUTH.people[0]?.enabled ?? []), { at: at(30_000), to: true, by: 'product' as const }];
    const line = (ms: number): string => `Block sign-in: done; a fresh read showed it at ${at(ms)}`;
    const claimsOf = (ms: number): string[] =>
      claims({ truth: truthWhere({ enabled }), slack: [...SLACK, shown(31_000, 'Case 1001: account released', line(ms))] });
    expect(claimsOf(2000)).toEqual([]);
    // Blocked and enabled within the second that the line names.
    expect(claimsOf(29_500)).toEqual([]);
    expect(claimsOf(200)).toHaveLength(1);
  });

  it.each([
    ['0 of 1 seen done by a fresh read', []],
    ['1 of 1 seen done by a fresh read', ['no new password had been set']],
  ])('progress of a prompt that is under way: %s', (progress, truths) => {
    const { message, ...moment } = prompt(4000, 'under way', null);
    if (message === undefined) throw new Error('expected a prompt');
    const slack = [...SLACK, { ...moment, message: { ...message, text: `Reset the password: ${progress}` } }];
    expect(score(approved({ slack })).falseClaims.map((claim) => claim.truth)).toEqual(truths);
  });

  it('a release that was taken back: the plan of the undo is done when the account is blocked again', () => {
    const undo = {
      ...PLAN,
      digest: 'digest-undo',
      group: 'undo',
      steps: [{ step: 'release-false-alarm', changes: [{ target: { kind: 'account', id: ANA }, from: true, to: false, ticked: true }] }],
    };
    const account = { kind: 'account', id: ANA };
    const intended = { step: 'release-false-alarm', attempt: 3, change: { target: account, from: true, to: false }, by: 'policy' };
    const lines = [
      ...ERADICATION,
      { kind: 'plan.made', ms: 7000, body: undo },
      { kind: 'step.intended', ms: 7100, body: intended },
      { kind: 'step.verified', ms: 7200, body: { step: 'release-false-alarm', attempt: 3, target: account } },
      { kind: 'plan.done', ms: 7300, body: { digest: undo.digest } },
    ];
    expect(claims({ lines })).toEqual([]);
    const opened = truthWhere({ enabled: [...(TRUTH.people[0]?.enabled ?? []), { at: at(6500), to: true, by: 'product' }] });
    expect(claims({ lines, truth: opened })).toContain('the plan (undo) is done: sign-in was seen blocked / the account was enabled');
  });

  it('a card may say for a moment that an account is open which has just been blocked again; a prompt may not', () => {
    const enabled = [
      { at: at(1450), to: false, by: 'product' as const },
      { at: at(30_000), to: true, by: 'product' as const },
      { at: at(32_000), to: false, by: 'product' as const },
    ];
    const truth = truthWhere({ enabled });
    const { message, ...moment } = prompt(32_500, 'under way', null);
    if (message === undefined) throw new Error('expected a prompt');
    const told = { ...moment, message: { ...message, text: 'Enable the account again: 1 of 1 seen done by a fresh read' } };
    const truthsOf = (...slack: DrillEvidence['slack']): string[] =>
      score(approved({ truth, slack: [...SLACK, ...slack] })).falseClaims.map((claim) => claim.truth);
    expect(truthsOf(shown(32_500, 'Case 1001: account released'))).toEqual([]);
    expect(truthsOf(shown(40_000, 'Case 1001: account released'))).toEqual(['the account was disabled']);
    expect(truthsOf(told)).toEqual(['the account was disabled']);
  });

  it('buttons claim nothing', () => {
    const { message, ...card } = shown(1100, 'Case 1001: containing the account');
    if (message === undefined) throw new Error('expected a card');
    const button = { type: 'button', action_id: 'k', text: { type: 'plain_text', text: 'Confirm containment…' } } as const;
    expect(claims({ slack: [...SLACK, { ...card, message: { ...message, blocks: [{ type: 'actions', elements: [button] }] } }] })).toEqual(
      [],
    );
  });
});

describe('what became of the account', () => {
  const outcomeOf = (lines: Parameters<typeof recordOf>[0]): string =>
    score(approved({ bundles: [{ path: '/b', entries: recordOf(lines), verified: true, said: '' }] })).outcome;
  const open = STORY.filter(({ kind }) => kind !== 'case.closed' && kind !== 'account.contained');
  const ended = (outcome: string) => ({ kind: 'monitoring.ended', ms: 25_000, body: { outcome } });

  it.each(['blocked', 'contained-here-only', 'released'])('is %s as soon as monitoring ended so', (outcome) => {
    expect(outcomeOf([...open, ended(outcome)])).toBe(outcome);
  });
  it('is contained before the case is closed', () => {
    expect(outcomeOf(STORY.filter(({ kind }) => kind !== 'case.closed'))).toBe('contained');
  });
  it('is open again once the account is blocked anew', () => {
    const again = { kind: 'account.blocked', ms: 25_500, body: { blockedAt: at(2000), effectiveBy: at(20_000) } };
    expect(outcomeOf([...STORY.filter(({ kind }) => kind !== 'case.closed'), again])).toBe('open');
  });
  it('is denied when it is called released and is not', () => {
    const claims = score(
      approved({ bundles: [{ path: '/b', entries: recordOf([...open, ended('released')]), verified: true, said: '' }] }),
    ).falseClaims;
    expect(claims.map(({ claim, truth }) => `${claim} / ${truth}`)).toContain('the watch ended released / the account was disabled');
  });
  it('a contained account that a person enables later is no false claim, even when an attacker signs in after that', () => {
    const enabled = [...(TRUTH.people[0]?.enabled ?? []), { at: at(30_000), to: true, by: 'person' as const }];
    const truth = truthWhere({ enabled, attacker: { everIn: true, usableNow: true, lastAccess: at(31_000), refusedSince: null } });
    expect(score(approved({ truth })).falseClaims).toEqual([]);
  });
});

describe('the attacker', () => {
  it('is out only when no one of all they went for lets them in any more', () => {
    const [ana, kim, lee] = TRUTH.people;
    if (ana === undefined || kim === undefined || lee === undefined) throw new Error('expected three people');
    const inside = { everIn: true, usableNow: true, lastAccess: at(9000), refusedSince: null };
    const card = score(approved({ truth: { ...TRUTH, people: [ana, kim, { ...lee, attacker: inside }] } }));
    expect(card).toMatchObject({ attackerOut: false, attacker: { lastAccess: at(9000), refusedSince: at(7000) } });
    const lines = scoreCard(card, { playedInMs: 1, story: 'x' })
      .split('\n')
      .filter((line) => line.startsWith('  attacker'));
    expect(lines).toEqual([
      '  attacker       ana: last inside 02:00:06.000; refused since 02:00:07.000',
      '  attacker       lee: last inside 02:00:09.000; STILL INSIDE',
    ]);
  });
});

it('counts what a case cost Temporal by its moves, its decisions and its refusals', () => {
  const activity = (name: string) => ({
    eventType: 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
    activityTaskScheduledEventAttributes: { activityType: { name } },
  });
  const events = ['plan.make', 'plan.revise', 'survey', 'reset-password.apply', 'remove-methods.apply', 'people.verify', 'recheck'].map(
    activity,
  );
  const lines = [
    ...ERADICATION,
    { kind: 'decision.received', ms: 4000, body: {} },
    { kind: 'decision.refused', ms: 4001, body: { because: 'x' } },
  ];
  const [run] = approved().histories;
  if (run === undefined) throw new Error('expected a run');
  const { history } = score(approved({ lines, histories: [{ ...run, events }] }));
  expect(history.limit).toBe(30 + 6 * 5 + 12 * 1 + 17 * 1 + 11 * 1);
});
