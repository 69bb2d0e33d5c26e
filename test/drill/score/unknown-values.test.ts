// The score fails closed: each test leaves one item behind that the score does not know, and sees the run fail by its name.
import { describe, expect, it } from 'vitest';
import type { Expectation } from '../../../drill/scenarios/types.ts';
import type { DrillEvidence, SlackMoment } from '../../../drill/score/input.ts';
import { score } from '../../../drill/score/score.ts';
import { approved, CHANGES, ERADICATION, PLAN } from './approval-fixtures.ts';
import { ACTOR, ANA, at, bent, CALLS, call, evidence, recordOf, STORY, shown, withRecord } from './evidence.ts';

const failuresOf = (part: Partial<DrillEvidence>): readonly string[] => score(evidence(part)).failures;

/** The story with such entries in their places, and the right number at its end. */
const storyWith = (...lines: typeof STORY): Partial<DrillEvidence> => {
  const all = [...STORY, ...lines].sort((a, b) => a.ms - b.ms);
  return withRecord(
    recordOf(all.map((line) => (line.kind === 'case.closed' ? { ...line, body: { ...line.body, entries: all.length } } : line))),
  );
};

const block = (block: object): SlackMoment => {
  const { message, ...moment } = shown(2700, 'Case 1001: account blocked');
  if (message === undefined) throw new Error('expected a message');
  return { ...moment, message: { ...message, blocks: [block as never] } };
};

describe('a run fails when the score does not know', () => {
  it.each([
    ['a kind of entry', storyWith({ kind: 'mailbox.searched', ms: 3000, body: {} }), 'case 1001: kind of entry: mailbox.searched'],
    ['a step', storyWith({ kind: 'step.failed', ms: 3000, body: { step: 'wipe-devices', attempt: 1, code: 'X' } }), 'step: wipe-devices'],
    [
      'a step that an order names',
      withRecord(bent('order.made', { order: { kind: 'contain', steps: ['block-sign-in', 'wipe-devices'] } })),
      'step: wipe-devices',
    ],
    ['an order', withRecord(bent('order.made', { order: { kind: 'delete-account' } })), 'order: delete-account'],
    ['an account', withRecord(bent('account.learned', { account: 'actor' })), 'account: actor'],
    ['an outcome', withRecord(bent('case.closed', { outcome: 'all-good' })), 'outcome: all-good'],
    ['a blind spot', withRecord(bent('evidence.collected', { blindSpots: [{ what: 'fax log', why: 'licence' }] })), 'blind spot: fax log'],
    [
      'a code of what was not checked',
      withRecord(bent('case.closed', { notChecked: ['the-weather'] })),
      'code of what was not checked: the-weather',
    ],
    [
      'who ordered a change',
      storyWith({ kind: 'step.intended', ms: 3000, body: { step: 'block-sign-in', attempt: 2, by: 'somebody' } }),
      'who ordered this: "somebody"',
    ],
    [
      'what a step was done to',
      storyWith({
        kind: 'step.unneeded',
        ms: 3000,
        body: { step: 'revoke-sessions', attempt: 2, target: { kind: 'mailbox', id: 'x' } },
      }),
      'target: mailbox',
    ],
    [
      'an act of a person',
      storyWith({ kind: 'decision.refused', ms: 3000, body: { act: 'escalate', person: ANA, because: 'not-in-group', plan: null } }),
      'act: escalate',
    ],
    ['a call', { calls: [...CALLS, call('devices.list', 3000)] }, 'call: devices.list'],
    [
      'an app that called the tenant',
      { calls: [...CALLS, call('user.get', 3000, { actor: { kind: 'app' as const, appId: 'another-app' } })] },
      'app at the tenant: another-app',
    ],
    [
      'a method of Slack',
      { slack: [...evidence().slack, { at: at(3000), kind: 'api.request', method: 'files.upload' }] },
      'method of Slack: files.upload',
    ],
    [
      'a line of the transcript',
      { slack: [...evidence().slack, { at: at(3000), kind: 'call.started' }] },
      'line of the Slack transcript: call.started',
    ],
    ['a block', { slack: [...evidence().slack, block({ type: 'video' })] }, 'block: video'],
    [
      'a part of a block',
      {
        slack: [
          ...evidence().slack,
          block({ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'broadcast' }] }] }),
        ],
      },
      'part of a block: broadcast',
    ],
    [
      'a button',
      {
        slack: [
          ...evidence().slack,
          block({ type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'Delete the account' } }] }),
        ],
      },
      'button: Delete the account',
    ],
    ['a page', { pages: [{ at: at(3000), dedupKey: 'x', summary: 'Everything is fine.', line: 1 }] }, 'page: Everything is fine.'],
    ['an event for the pager', { pagerRefusals: ["'event_action': Invalid input"] }, "the pager did not know an event: 'event_action'"],
    [
      'a tenant entry',
      { tenantEntries: recordOf([{ kind: 'mailbox.searched', ms: 1, body: {} }]) },
      'tenant: kind of entry: mailbox.searched',
    ],
    ['a workflow', { histories: [{ workflowId: 'x', runId: 'r', type: 'mineCoins', bytes: 1, events: [] }] }, 'workflow: mineCoins'],
    [
      'an activity',
      {
        histories: [
          {
            workflowId: 'x',
            runId: 'r',
            type: 'approvedPrompt',
            bytes: 1,
            events: [
              {
                eventType: 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
                activityTaskScheduledEventAttributes: { activityType: { name: 'mailbox.purge' } },
              },
            ],
          },
        ],
      },
      'activity: mailbox.purge',
    ],
    [
      'a kind of foothold',
      {
        truth: {
          ...evidence().truth,
          footholds: [{ id: 'x', kind: 'teams-app', person: 'ana', name: null, present: false, changedByApp: null }],
        },
      },
      'kind of foothold: teams-app',
    ],
    ['a message', { slack: [...evidence().slack, shown(3000, 'Good news about case 1001!')] }, 'message: Good news about case 1001!'],
    [
      'a form',
      { slack: [...evidence().slack, { at: at(3000), kind: 'view.opened', view: { title: 'Your password', blocks: [] } }] },
      'form: Your password',
    ],
    [
      'a refusal of Slack',
      { slack: [...evidence().slack, { at: at(3000), kind: 'api.answer', method: 'chat.update', ok: false, error: 'invalid_blocks' }] },
      'refusal of chat.update by Slack: invalid_blocks',
    ],
    [
      'an event of the engine',
      {
        histories: [
          {
            workflowId: 'x',
            runId: 'r',
            type: 'approvedPrompt',
            bytes: 1,
            events: [{ eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_FAILED' }],
          },
        ],
      },
      'event of the engine: WORKFLOW_EXECUTION_FAILED',
    ],
  ] as readonly (readonly [string, Partial<DrillEvidence>, string])[])('%s', (_name, part, named) => {
    expect(failuresOf(part)).toContainEqual(expect.stringContaining(named));
  });

  it('a step that is called done: no one can say whether it is', () => {
    const card = score(evidence(storyWith({ kind: 'step.verified', ms: 3000, body: { step: 'wipe-devices', attempt: 1 } })));
    expect(card.falseClaims.map(({ claim, truth }) => `${claim} / ${truth}`)).toEqual([
      'the step wipe-devices was seen done / the score does not know this step',
    ]);
  });

  it('a call that changed the tenant: it needs an approved plan, whatever it is', () => {
    const wipe = call('devices.wipe', 3000, { actor: { kind: 'app', appId: ACTOR }, effects: [{ what: 'device', target: ANA }] });
    expect(failuresOf({ calls: [...CALLS, wipe] })).toEqual(
      expect.arrayContaining([
        expect.stringContaining('call: devices.wipe'),
        expect.stringContaining('no intent stands before it'),
        expect.stringContaining('no plan on the record orders it'),
      ]),
    );
  });

  it('a call that changes something and is ordered by the intent of another step', () => {
    const lines = ERADICATION.filter(({ kind, body }) => !(kind === 'step.intended' && body['step'] === 'reset-password'));
    expect(score(approved({ lines, calls: [...CALLS, ...CHANGES] })).failures).toContainEqual(
      expect.stringMatching(/^user\.resetPassword at .* no intent stands before it/),
    );
  });

  it('a step of a plan', () => {
    const steps = [{ step: 'wipe-devices', changes: [{ target: { kind: 'account', id: ANA }, from: 1, to: 2, ticked: true }] }];
    const made = { kind: 'plan.made', ms: 2900, body: { ...PLAN, digest: 'digest-other', group: 'undo', steps } };
    expect(score(approved({ lines: [...ERADICATION, made] })).failures).toContainEqual(expect.stringContaining('step: wipe-devices'));
  });

  it('what a scenario expects', () => {
    const expected = { finished: true, nobodyHurt: true, approvals: { asked: 0, liked: 3 } } as Expectation;
    const { scenario } = evidence();
    expect(failuresOf({ scenario: { ...scenario, expect: expected } })).toEqual([
      'the score does not know what is expected here: nobodyHurt',
      'the score does not know what is expected here: approvals.liked',
    ]);
  });
});

it('a refusal of Slack that the scenario itself played is none', () => {
  const answer = { at: at(3000), kind: 'api.answer', method: 'chat.update', ok: false, error: 'fatal_error', fault: 'error' };
  expect(failuresOf({ slack: [...evidence().slack, answer] })).toEqual([]);
});

it('a change that a step claims for a request of another kind is a false claim', () => {
  const lines = STORY.map((line) =>
    line.kind === 'step.applied' && line.body['step'] === 'block-sign-in'
      ? { ...line, body: { ...line.body, requestId: 'request-revoke' } }
      : line,
  );
  expect(score(evidence(withRecord(recordOf(lines)))).falseClaims.map(({ truth }) => truth)).toEqual([
    'that request was user.revokeSignInSessions',
  ]);
});

describe('a sentence that people were shown fails the run when the score does not know what it says:', () => {
  const said = (...lines: readonly string[]): readonly string[] =>
    failuresOf({ slack: [...evidence().slack, shown(26_500, 'Case 1001 closed: account contained', ...lines)] }).filter((failure) =>
      failure.includes('does not know what this says'),
    );

  it.each([
    'The attacker was evicted.',
    'The attacker has been thrown out.',
    'The attacker cannot come back.',
    'They can no longer read mail.',
    'Everything has been taken care of.',
    'The mailbox is fine.',
    'It is over.',
    'This account is safe now.',
    'All of it is under control.',
    'Nobody else can read this mailbox.',
    'No rule of theirs is there.',
    'The mailbox is clean.',
    'Case 1001: all clear',
  ])('"%s"', (line) => {
    expect(said(line)).toEqual([expect.stringContaining(line)]);
  });

  it.each([
    'Not closed yet.',
    'Sign-in will be blocked.',
    'When every session is revoked, the account is closed.',
    'Keep it closed, and clean up these 5 things?',
    'Authenticator app “Everything is fine”',
    'Blocks stay in place and automatic containment continues.',
  ])('but not "%s", which claims nothing', (line) => {
    expect(said(line)).toEqual([]);
  });

  it('in a message to one person, in a form, in a page', () => {
    const line = 'The attacker was evicted.';
    const { message, ...moment } = shown(3000, `Case 1001: x`, line);
    if (message === undefined) throw new Error('expected a message');
    const view = { title: 'Sent', blocks: [{ type: 'section', text: { type: 'plain_text', text: line } }] } as unknown as NonNullable<
      SlackMoment['view']
    >;
    const parts: readonly Partial<DrillEvidence>[] = [
      { slack: [...evidence().slack, { ...moment, kind: 'message.ephemeral', message }] },
      { slack: [...evidence().slack, { at: at(3000), kind: 'view.opened', view }] },
      { pages: [{ at: at(3000), dedupKey: 'x', summary: `Case 1001 needs a person. ${line}`, line: 1 }] },
    ];
    for (const part of parts) expect(failuresOf(part)).toContainEqual(expect.stringContaining(`does not know what this says: "${line}"`));
  });

  it('or when it claims something of a case that the ledger does not have', () => {
    expect(failuresOf({ slack: [...evidence().slack, shown(3000, 'Case 77: account contained')] })).toContainEqual(
      'this is said of no case that the record has: "Case 77: account contained"',
    );
  });
});

it('a deleted message is no word of ours any more', () => {
  const gone = { ...shown(3000, 'Case 1001: account contained'), kind: 'message.deleted' };
  expect(failuresOf({ slack: [...evidence().slack, gone] })).toEqual([]);
});
