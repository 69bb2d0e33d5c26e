/** A page says what happened, where to go, what to do and by when. */
import { describe, expect, it } from 'vitest';
import { ALARM } from '../../domain/alarm-words.ts';
import { type PageReason, pageWords } from '../../domain/page-words.ts';

const WHERE = { number: 1042, channel: '#responders' };
const MINUTE = 60_000;
const blocking = { kind: 'block-under-way', said: 'approved', logs: null, approvable: true, withinMs: 30 * MINUTE } as const;
const protectedAccount = { kind: 'nothing-blocked', account: 'protected', protectedBecause: 'break-glass' } as const;

/** One of every kind: the compiler names a missing one. */
const EVERY: { readonly [Kind in PageReason['kind']]: Extract<PageReason, { kind: Kind }> } = {
  'block-under-way': blocking,
  'confirm-containment': { kind: 'confirm-containment' },
  'decide-block': { kind: 'decide-block' },
  'block-by-hand': { kind: 'block-by-hand' },
  'plan-waits': { kind: 'plan-waits', group: 'eradication', withinMs: 55 * MINUTE },
  'nothing-blocked': protectedAccount,
  'on-hold': { kind: 'on-hold', reasons: [{ kind: 'still-open' }], endsWith: 'person' },
  'still-on-hold': { kind: 'still-on-hold' },
  'reported-again': { kind: 'reported-again' },
  'reported-during-release': { kind: 'reported-during-release' },
  'reported-after-release': { kind: 'reported-after-release' },
  'blocked-by-hand-after-release': { kind: 'blocked-by-hand-after-release' },
  'release-not-made': { kind: 'release-not-made', because: 'logs-forbid' },
  'call-the-person': { kind: 'call-the-person' },
  'approver-locked-out': { kind: 'approver-locked-out', forMs: 10 * MINUTE },
};

describe('a page', () => {
  it.each([
    [
      'of an approved prompt',
      blocking,
      "Case 1042: an employee approved an attacker's sign-in; the account is being blocked. Open #responders and decide the eradication plan within 30 minutes.",
    ],
    [
      'of a denied prompt after which the logs show a sign-in',
      { ...blocking, said: 'denied-or-ignored', logs: 'show-success' },
      "Case 1042: an employee denied or ignored a sign-in prompt that an attacker may have sent, and the logs show a sign-in that may be the attacker's; the account is being blocked. Open #responders and decide the eradication plan within 30 minutes.",
    ],
    [
      'of an account whose plans are not approved in Slack',
      { ...blocking, approvable: false },
      "Case 1042: an employee approved an attacker's sign-in; the account is being blocked. Open #responders and confirm containment within 30 minutes; eradication is done by hand for this kind of account.",
    ],
    [
      'of a break-glass account',
      protectedAccount,
      'URGENT, case 1042: an attacker may be inside a break-glass account. NOTHING was blocked. Call its holder now. Then open #responders: the card of the case says what to do by hand.',
    ],
    [
      'of an administrator whom the policy does not block',
      { kind: 'nothing-blocked', account: 'privileged', protectedBecause: null },
      "URGENT, case 1042: an attacker may be inside an administrator's account. NOTHING was blocked. Call its holder now. Then open #responders: the card of the case says what to do by hand.",
    ],
  ] as const)('%s says what happened and what to do', (_name, reason, words) => {
    expect(pageWords(reason, WHERE)).toBe(words);
  });

  it.each(Object.entries(EVERY))(
    'of the kind %s names the case, the channel, what to do and by when, without words of the old vocabulary',
    (_kind, reason) => {
      const words = pageWords(reason, WHERE);
      expect(words).toMatch(/^(URGENT, case|Case) 1042: /);
      expect(words).toContain('#responders');
      expect(words).toMatch(/\b[Oo]pen #responders|card in #responders/);
      expect(words).toMatch(/\bnow\b|within (the hour|\d+ (second|minute)s?)|decide the plan that is shown there/);
      // The pager cuts longer ones.
      expect(words.length).toBeLessThanOrEqual(1024);
      expect(words).not.toMatch(OLD_WORDS);
    },
  );
});

describe('a page about the installation', () => {
  const KEY = `report:${'ab'.repeat(32)}`;
  it.each([
    ['a report or decision that is not delivered', ALARM.inboxNotDelivered([KEY], { isAll: true })],
    ['a flood that is not delivered', ALARM.inboxNotDelivered(Array<string>(100).fill(KEY), { isAll: false })],
    ['a report that cannot be checked', ALARM.reportNotTriaged(KEY)],
    ['an action that cannot be checked', ALARM.actionNotTriaged],
    ['a database that does not answer', ALARM.recordAway],
    ['a row that was refused', ALARM.rowRefused('altered')],
    ['a message that was refused', ALARM.messageRefused('unsigned')],
    ['a payload that was refused', ALARM.payloadRefused],
    ['a person who is missing', ALARM.personMissing('reporter')],
  ])('%s says what to do and by when', (_name, words) => {
    expect(words).toMatch(/\bnow\b|\btoday\b/);
    expect(words).not.toMatch(OLD_WORDS);
    expect(words.length).toBeLessThanOrEqual(1024);
  });
});

const OLD_WORDS = /\b(somebody|nobody|whoever|ratif|go on|goes on|shut|clean-?up|intruder|closing|closed)/i;
