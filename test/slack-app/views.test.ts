import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { CaseView } from '../../domain/case/view.ts';
import { FAILURES, type FailureCode } from '../../domain/errors.ts';
import { objectId } from '../../domain/ids.ts';
import { failure, MANUAL_TASK } from '../../domain/labels.ts';
import { NOT_CHECKED } from '../../domain/not-checked.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';
import { validateBlocks, validateView } from '../../drill/slack/block-kit/validate.ts';
import { untrusted } from '../../slack-app/untrusted.ts';
import { caseCard, hiddenCard } from '../../slack-app/views/case-card.ts';
import type { Message } from '../../slack-app/views/message.ts';
import type { Names } from '../../slack-app/views/person.ts';
import { REPORT_SIGN_IN, reportModal } from '../../slack-app/views/report-modal.ts';
import { notFromHere, reportReceived } from '../../slack-app/views/report-received.ts';
import { colleagueNote, subjectNote } from '../../slack-app/views/subject-note.ts';
import { HIDDEN_BECAUSE, type HiddenBecause } from '../../slack-app/wording.ts';
import { NO_WORDS } from './case-views.ts';
import { closing, planApproved, planDeclined, viewOf } from './plans.ts';
import { readable } from './readable.ts';

const ANA = objectId('11111111-aaaa-4aaa-8aaa-000000000001');
const BORIS = objectId('11111111-aaaa-4aaa-8aaa-000000000002');
const CLOSED_AT = Date.parse('2026-11-24T14:03:09.400Z');
const UNTIL = Date.parse('2026-11-24T15:38:09.400Z');
const CASE = '00000000-0000-4000-8000-0000000000ca';

const names: Names = new Map([
  [ANA, { slackId: 'U0ANA', name: untrusted('Ana Prieto') }],
  [BORIS, { slackId: 'U0BORIS', name: untrusted('Boris Lind') }],
]);

const step = (name: 'block-sign-in' | 'revoke-sessions', state: CaseView['steps'][number]['state'], code: string | null = null) => ({
  step: name,
  state,
  code,
  readAt: state === 'done' || state === 'was so before' ? '2026-11-24T14:03:09.000Z' : null,
});
const done = [step('block-sign-in', 'done'), step('revoke-sessions', 'done')];
const contain = { kind: 'contain', steps: ['block-sign-in', 'revoke-sessions'] } as const;

const base: CaseView = {
  number: 1042,
  subject: ANA,
  openedAt: Date.parse('2026-11-24T14:03:03Z'),
  account: null,
  protectedBecause: null,
  outsideReach: [],
  order: null,
  state: 'open',
  blockedAt: null,
  effectiveBy: null,
  containedAt: null,
  steps: [],
  reports: [{ reporter: ANA, reportedBy: 'subject', what: 'approved', receivedAt: '2026-11-24T14:03:02.000Z', ...NO_WORDS }],
  blindSpots: [],
  notChecked: NOT_CHECKED,
  heldFor: [],
  heldBy: null,
  holdEndsWith: null,
  waitsForRatification: false,
  confirmedBy: null,
  plans: [],
  refusals: [],
  acknowledgedBy: null,
  callTakenBy: null,
  phoneSha256: null,
  paged: [],
  activityWhileContaining: 0,
  seenInside: false,
  watched: null,
  outcome: null,
  durations: DEFAULT_DURATIONS,
  news: [],
  head: { seq: 14, hash: '3f9a2c81d4e5'.padEnd(64, '0') },
};
const closed: Partial<CaseView> = {
  account: 'ordinary',
  order: contain,
  state: 'blocked',
  blockedAt: CLOSED_AT,
  effectiveBy: UNTIL,
  steps: done,
  waitsForRatification: true,
};

const asksLogs = {
  account: 'ordinary',
  order: { kind: 'ask-logs', atOnce: ['revoke-sessions'], whenSupported: ['block-sign-in'], whenUnreadable: 'contain' },
  state: 'containing',
  steps: [step('revoke-sessions', 'done')],
} satisfies Partial<CaseView>;

const blockFailed: Partial<CaseView> = {
  account: 'ordinary',
  order: contain,
  state: 'containing',
  steps: [step('block-sign-in', 'failed', 'GRAPH_FORBIDDEN')],
};

interface Example {
  readonly name: string;
  readonly view: Partial<CaseView>;
  readonly now?: number;
  readonly says: readonly string[];
  readonly never?: readonly string[];
}

const EXAMPLES: readonly Example[] = [
  {
    name: 'a case that has just begun',
    view: {},
    says: ['Case 1042: checking the account', 'Nothing has been changed'],
    never: ['closed', 'contained'],
  },
  {
    name: 'a denied prompt, while the logs are read',
    view: {
      account: 'ordinary',
      order: asksLogs.order,
      state: 'containing',
      steps: [step('revoke-sessions', 'under way')],
    },
    says: ['reading the logs', 'Revoke all sessions: under way', 'Block sign-in: not ordered; the logs are being read first'],
    never: ['closed', 'contained'],
  },
  {
    name: 'a denied prompt with inconclusive logs, with its containment plan',
    view: { ...asksLogs, plans: [viewOf(closing(ANA))] },
    says: [
      'Case 1042: account open, a person must decide',
      'Case 1042: a person must decide; the account is not blocked.',
      'Not blocked yet, and a person must decide.',
      'Revoke all sessions: done; a fresh read showed it at',
      'Block sign-in: not ordered; a person must decide',
      'A person must decide. The logs do not show whether an attacker got in: a person must decide.',
      'then approve or decline the containment plan',
    ],
    never: ['reading the logs', 'Nothing was changed', 'closed', 'contained'],
  },
  {
    name: 'a denied prompt whose logs show a success that only a person may act on',
    view: {
      ...asksLogs,
      plans: [viewOf(closing(ANA, { because: 'logs-show-success' })), viewOf(closing(ANA, { round: 2, because: 'plan-expired' }))],
    },
    says: ["A person must decide. The logs show a sign-in that may be the attacker's."],
    never: ['inconclusive', 'Made again'],
  },
  {
    name: 'a containment plan that was approved',
    view: { ...asksLogs, plans: [viewOf(closing(ANA), planApproved(closing(ANA), BORIS))] },
    says: ['Case 1042: containing the account'],
    never: ['waiting for a person', 'reading the logs'],
  },
  {
    name: 'a containment plan that was declined, after a person resumed',
    view: { ...asksLogs, plans: [viewOf(closing(ANA), planDeclined(closing(ANA), BORIS))] },
    says: ['Case 1042: account open, a person must decide'],
    never: ['reading the logs', 'under way'],
  },
  {
    name: 'a released account',
    view: { ...asksLogs, state: 'released', steps: done },
    says: ['Case 1042: account released', 'Released as a false alarm.'],
    never: ['Block sign-in', 'Revoke all sessions', 'Closed'],
  },
  {
    name: 'a released account that was reported again',
    view: {
      ...asksLogs,
      state: 'released',
      steps: done,
      plans: [viewOf(closing(ANA, { because: 'report-after-release' }))],
    },
    says: [
      'Case 1042: account open, a person must decide',
      'A person must decide. Another report came in after this account was released as a false alarm.',
      'and is enabled.',
    ],
    never: ['Nothing was changed', 'Closed'],
  },
  {
    name: 'an account that is being blocked',
    view: {
      account: 'ordinary',
      order: contain,
      state: 'containing',
      steps: [step('block-sign-in', 'done'), step('revoke-sessions', 'under way')],
    },
    says: [
      'Case 1042: containing the account',
      'Block sign-in: done; a fresh read showed it at',
      'Revoke all sessions: under way; no fresh read shows it yet',
      'how long they may stay is known once a fresh read shows every step done',
    ],
    never: ['closed', 'contained'],
  },
  {
    name: 'a blocked account',
    view: closed,
    says: [
      'Case 1042: account blocked',
      'Blocked 2026-11-24 14:03:10 UTC. A session inside Microsoft may last until 2026-11-24 15:38:10 UTC; in other apps: no limit known.',
      'Blocked automatically; a person must confirm it: press "Confirm containment…", or approve the eradication plan.',
      'Ana Prieto @U0ANA, ordinary account',
      '“I approved a prompt I did not start”',
      'Ledger: 14 entries, head 3f9a2c81d4e5',
    ],
    never: ['contained'],
  },
  {
    name: 'a blocked account whose second time has passed',
    view: { ...closed, activityWhileContaining: 3 },
    now: UNTIL,
    says: [
      'could last until 2026-11-24 15:38:10 UTC; the logs of that time are still to be read',
      '3 activities of this account were seen between 2026-11-24 14:03:10 UTC and 2026-11-24 15:38:10 UTC.',
    ],
    never: ['contained', 'may last'],
  },
  {
    name: 'an account that was blocked before the case',
    view: { ...closed, steps: [step('block-sign-in', 'was so before'), step('revoke-sessions', 'done')], waitsForRatification: false },
    says: ['Block sign-in: was so before this case; read at'],
    never: ['confirm'],
  },
  {
    name: 'a contained account',
    view: { ...closed, state: 'contained', containedAt: UNTIL + 1, outcome: 'contained' },
    says: [
      'Case 1042 closed: account contained',
      'Blocked 2026-11-24 14:03:10 UTC',
      'no attacker activity was seen after that',
      'in other apps: no limit known',
      'Not checked by unapprove: mailbox rules and forwarding; mailbox delegates and permissions; app consents and app-role assignments; devices; directory roles and group memberships; apps and users this account created; app credentials; shared files and links; changes to other accounts; sign-in methods. Check these by hand',
    ],
    never: ['may last until'],
  },
  {
    name: 'an account that ended as blocked because a log could not be read',
    view: { ...closed, watched: 'blocked', outcome: 'blocked', blindSpots: [{ what: 'sign-in-log', why: 'licence' }] },
    says: [
      'Case 1042 closed: account blocked, not everything could be checked',
      'could not be checked',
      'the sign-in log (the tenant has no licence for it)',
    ],
    never: ['contained', 'no attacker activity', 'activity was seen'],
  },
  {
    name: 'an account that ended as blocked because attacker activity was seen, and people resumed knowing it',
    view: { ...closed, watched: 'blocked', outcome: 'blocked', seenInside: true },
    says: [
      'Case 1042 closed: account blocked, attacker activity seen',
      'Case 1042: the account was blocked at 14:03:10 UTC, and attacker activity was seen after the account had been blocked.',
      'could last until 2026-11-24 15:38:10 UTC; attacker activity was seen after the account had been blocked; in other apps: no limit known.',
    ],
    never: ['could not be checked', 'could not be read', 'contained', 'no attacker activity'],
  },
  {
    name: 'an account with attacker activity and with a blind spot',
    view: { ...closed, watched: 'blocked', outcome: 'blocked', seenInside: true, blindSpots: [{ what: 'eligible-roles', why: 'licence' }] },
    says: ['account blocked, attacker activity seen', 'roles the account may switch on (the tenant has no licence for it)'],
    never: ['whether there was activity', 'contained'],
  },
  {
    name: 'a step that is under way once more',
    view: { account: 'ordinary', order: contain, state: 'containing', steps: [{ ...step('block-sign-in', 'done'), state: 'under way' }] },
    says: ['Block sign-in: under way; no fresh read shows it yet\n'],
  },
  {
    name: 'a released account that a recheck holds',
    view: { ...asksLogs, state: 'released', heldFor: [{ kind: 'signed-in-after-release' }] },
    says: ['may have signed in after the release', 'an approver'],
    never: ['when a recheck finds it blocked'],
  },
  {
    name: 'an open account that a recheck holds',
    view: { ...blockFailed, heldFor: [{ kind: 'unreadable' }], holdEndsWith: 'recheck' },
    says: ['resumes when a recheck finds it blocked'],
  },
  {
    name: 'an open account whose hold only a person ends',
    view: { ...blockFailed, heldFor: [{ kind: 'unreadable' }], holdEndsWith: 'person' },
    says: ['an approver'],
    never: ['when a recheck finds it blocked'],
  },
  {
    name: 'a case that a person holds, and of which a step failed meanwhile',
    view: {
      account: 'ordinary',
      order: contain,
      state: 'containing',
      steps: [step('block-sign-in', 'failed', 'GRAPH_FORBIDDEN'), step('revoke-sessions', 'done')],
      heldFor: [{ kind: 'by-hand' }, { kind: 'step-failed', step: 'block-sign-in', code: 'GRAPH_FORBIDDEN' }],
      heldBy: BORIS,
      holdEndsWith: 'person',
    },
    says: ['On hold, by Boris Lind', MANUAL_TASK['block-sign-in'], 'No plan is carried out until an approver presses "Resume case…".'],
    never: ['when a recheck finds it blocked'],
  },
  {
    name: 'a blocked account that was open when a person held the case',
    view: { ...closed, heldFor: [{ kind: 'by-hand' }, { kind: 'still-open' }], heldBy: BORIS, holdEndsWith: 'person' },
    says: ['On hold, by Boris Lind'],
    never: ['still not blocked'],
  },
  {
    name: 'a synced account',
    view: { ...closed, state: 'contained', containedAt: UNTIL, outcome: 'contained-here-only', outsideReach: ['synced'] },
    says: ['Case 1042 closed: account contained here only', 'works in the cloud only: disable it in Active Directory too'],
    never: ['account contained,'],
  },
  {
    name: 'a guest',
    view: { ...closed, account: 'guest', outsideReach: ['guest-home-tenant'] },
    says: ['the home tenant must act too', 'guest account'],
  },
  { name: 'a federated account', view: { ...closed, outsideReach: ['federated'] }, says: ['another identity provider'] },
  {
    name: 'a refused block',
    view: {
      account: 'ordinary',
      order: contain,
      state: 'containing',
      steps: [step('block-sign-in', 'failed', 'GRAPH_FORBIDDEN'), step('revoke-sessions', 'done')],
      heldFor: [{ kind: 'step-failed', step: 'block-sign-in', code: 'GRAPH_FORBIDDEN' }],
      paged: [{ reason: { kind: 'still-on-hold' }, delivered: true }],
      waitsForRatification: true,
    },
    says: [
      'Case 1042: on hold, account not blocked',
      'the account is not blocked. The case is on hold and needs a person.',
      'Block sign-in: failed: Microsoft does not allow our app to change this account (GRAPH_FORBIDDEN)',
      'Revoke all sessions: done',
      MANUAL_TASK['block-sign-in'],
      'A person was paged.',
    ],
    never: ['closed', 'contained', MANUAL_TASK['revoke-sessions']],
  },
  {
    name: 'a held case whose page was lost',
    view: {
      ...closed,
      heldFor: [{ kind: 'activity-after' }],
      paged: [{ reason: { kind: 'still-on-hold' }, delivered: false }],
    },
    says: ['on hold, account blocked', 'was used after', 'Tell the person on duty yourself'],
    never: ['A person was paged', 'do by hand what is not done yet'],
  },
  {
    name: 'a protected account',
    view: {
      account: 'protected',
      protectedBecause: 'break-glass',
      order: { kind: 'people', because: 'protected-account' },
      heldFor: [{ kind: 'left-to-people', because: 'protected-account' }],
    },
    says: [
      'protected account',
      'because it is a break-glass account',
      'Nothing was changed automatically.',
      'No page has been sent so far.',
      'break-glass procedure',
    ],
    never: ['contained', 'was paged', 'Closed'],
  },
  {
    name: 'a case that waits for people',
    view: {
      account: 'privileged',
      order: { kind: 'people', because: 'no-way-back-in' },
      paged: [{ reason: { kind: 'still-on-hold' }, delivered: true }],
    },
    says: [
      'Case 1042: account open, a person must decide',
      MANUAL_TASK['block-sign-in'],
      'needs a proven break-glass account and two other administrators',
      'A person was paged.',
    ],
    never: ['closed', 'contained'],
  },
  {
    name: 'an owner who first denied and later said that they approved, and then was not sure',
    view: {
      ...closed,
      reports: (['denied-or-ignored', 'approved', 'not-sure'] as const).map((what, at) => ({
        reporter: ANA,
        reportedBy: 'subject' as const,
        what,
        receivedAt: `2026-11-24T14:0${at}:00.000Z`,
        key: `report:${at}`,
        hasWords: false,
        shownSha256: null,
      })),
    },
    says: [
      '3 reports: Ana Prieto @U0ANA',
      'Most serious: Ana Prieto @U0ANA reports: “I approved a prompt I did not start”, 2026-11-24 14:01:00 UTC',
      'Latest: Ana Prieto @U0ANA reports: “Something else, or I am not sure”, 2026-11-24 14:02:00 UTC',
    ],
    never: ['I denied'],
  },
  {
    name: 'a report of a colleague',
    view: {
      ...closed,
      reports: [
        {
          reporter: BORIS,
          reportedBy: 'colleague',
          what: 'approved',
          receivedAt: '2026-11-24T14:03:02.000Z',
          key: 'report:1',
          hasWords: false,
          shownSha256: null,
        },
      ],
    },
    says: ['Boris Lind', 'reports that Ana Prieto @U0ANA approved a prompt they did not start, 2026-11-24 14:03:02 UTC'],
    never: ['“I approved'],
  },
  {
    name: 'twenty reports of seven people',
    view: {
      ...closed,
      reports: Array.from({ length: 20 }, (_, at) => ({
        reporter: objectId(`11111111-aaaa-4aaa-8aaa-00000000010${at % 7}`),
        reportedBy: 'colleague' as const,
        what: 'not-sure' as const,
        receivedAt: '2026-11-24T14:03:02.000Z',
        ...NO_WORDS,
      })),
    },
    says: ['20 reports', 'and 2 more'],
  },
];

describe('the card of', () => {
  it.each(EXAMPLES)('$name can be posted, and says what is so', ({ view, now, says, never = [] }) => {
    const card = caseCard({ ...base, ...view }, CASE, names, now ?? CLOSED_AT + 5_000);
    expect(validateBlocks(card.blocks, 'message')).toEqual([]);
    expect(card.blocks.map((block) => block.type).slice(0, 3)).toEqual(['header', 'rich_text', 'context']);
    const text = readable(card);
    for (const sentence of says) expect(text).toContain(sentence);
    for (const word of never) expect(text).not.toContain(word);
  });

  it('everything at once is still a card', () => {
    const card = caseCard(
      {
        ...base,
        ...closed,
        outsideReach: ['synced', 'federated', 'guest-home-tenant'],
        heldFor: Array.from({ length: 5 }, () => ({ kind: 'step-failed', step: 'block-sign-in', code: 'INTENT_MISSING' })),
        blindSpots: (['sign-in-log', 'audit-log', 'sign-in-methods', 'roles', 'eligible-roles', 'account'] as const).map((what) => ({
          what,
          why: 'no-answer',
        })),
        paged: [{ reason: { kind: 'still-on-hold' }, delivered: false }],
        activityWhileContaining: 2_000,
      },
      CASE,
      names,
      CLOSED_AT,
    );
    expect(validateBlocks(card.blocks, 'message')).toEqual([]);
    expect(card.text.length).toBeLessThan(4_000);
  });

  it.each(Object.keys(FAILURES) as FailureCode[])('a step that failed with %s names the code', (code) => {
    expect(failure(code)).toContain(code);
  });

  it('is drawn the same from the same case, so that nothing is posted for nothing', () => {
    const draw = (): Message => caseCard({ ...base, ...closed }, CASE, names, CLOSED_AT + 1);
    expect(draw()).toEqual(draw());
  });
});

describe('a name', () => {
  it.each([
    '<!channel>',
    '<@U0RITA> approved',
    '*bold* <https://evil.example|click>',
    ':white_check_mark:',
    '\u202Egnitset',
    'a\nb\tc',
    '\u200B',
    'x'.repeat(500),
    '<!date^1^x|y>',
  ])('that reads %j is shown only where nothing is parsed', (name) => {
    const card = caseCard({ ...base, ...closed }, CASE, new Map([[ANA, { slackId: 'U0ANA', name: untrusted(name) }]]), CLOSED_AT);
    expect(validateBlocks(card.blocks, 'message')).toEqual([]);
    const rest = JSON.stringify([card.text, card.blocks.filter((block) => block.type !== 'rich_text')]);
    expect(rest).not.toContain(name.slice(0, 9));
    expect(JSON.stringify(card.blocks)).not.toMatch(/mrkdwn|"broadcast"|"link"/);
    expect(JSON.stringify(card.blocks)).not.toMatch(/[\u200B-\u200F\u202A-\u202E\u2066-\u2069]/);
    expect(JSON.stringify(card.blocks).length).toBeLessThan(12_000);
  });
});

describe('a card where the wrong people may read', () => {
  it.each(Object.keys(HIDDEN_BECAUSE) as HiddenBecause[])('says why and nothing of the case (%s)', (because) => {
    const card = hiddenCard(1042, because);
    expect(validateBlocks(card.blocks, 'message')).toEqual([]);
    expect(card.text).toBe(
      `Case 1042: a report is being worked on. Details are not shown here because ${HIDDEN_BECAUSE[because]}. Ask the person on duty. Read the report with "unapprove case 1042".`,
    );
  });
});

describe('the form and its answers', () => {
  const callBackNumber = '+44 20 7946 0123';
  it.each([
    ['the form', reportModal({ callBackNumber })],
    ['the confirmation', reportReceived({ callBackNumber, reference: '3F9A-2C81', aboutOther: false })],
    ['the confirmation to a colleague', reportReceived({ callBackNumber, reference: '3F9A-2C81', aboutOther: true })],
    ['the refusal', notFromHere({ callBackNumber })],
  ])('%s can be opened and names the number to call', (_name, view) => {
    expect(validateView(view)).toEqual([]);
    expect(JSON.stringify(view)).toContain(callBackNumber);
  });

  it('the confirmation claims nothing that has not happened', () => {
    for (const aboutOther of [true, false]) {
      const text = readable(reportReceived({ callBackNumber, reference: '3F9A-2C81', aboutOther }));
      expect(text).not.toMatch(/closed|contained|has been told|we will/i);
    }
  });

  it('the confirmation to a colleague warns of the subject’s Slack at once, and does not treat them as the victim', () => {
    const text = readable(reportReceived({ callBackNumber, reference: '3F9A-2C81', aboutOther: true }));
    expect(text).toContain('do not write to the person it is about');
    expect(text).not.toContain('your password anywhere');
  });

  it('the manifest knows the shortcut, fits its limits, and asks for no more than is used', async () => {
    const manifest: unknown = JSON.parse(await readFile(new URL('../../slack-app/manifest.json', import.meta.url), 'utf8'));
    expect(manifest).toMatchObject({
      features: { shortcuts: [{ callback_id: REPORT_SIGN_IN, type: 'global', name: expect.stringMatching(/^.{1,24}$/) }] },
      oauth_config: { scopes: { bot: ['chat:write', 'commands', 'groups:read', 'im:write'], bot_optional: ['groups:history'] } },
      settings: { socket_mode_enabled: true, event_subscriptions: { bot_events: ['member_joined_channel'] } },
    });
  });
});

describe('the direct message', () => {
  const settings = { callBackNumber: '+44 20 7946 0123' };
  it.each(EXAMPLES)('about $name says only the status', ({ view }) => {
    const full = { ...base, ...view };
    for (const note of [subjectNote(full, settings), colleagueNote(full, settings)]) {
      expect(validateBlocks(note.blocks, 'message')).toEqual([]);
      const text = readable(note);
      expect(text).toContain(settings.callBackNumber);
      expect(text).not.toMatch(/Boris|Ana|Block sign-in|sessions|\d\d:\d\d|paged|hold|GRAPH|administrator|log/);
      // An attacker who reads this must not learn that the account will be blocked.
      if (full.blockedAt === null) expect(text).not.toMatch(/clos|contain|shut/);
    }
    expect(readable(colleagueNote(full, settings))).not.toMatch(/clos|contain|account/);
  });
});
