// The words of the product, held against what the score knows: a new sentence that says that something is so must be
// judged, or be known to claim nothing, before it reaches a drill.
import { expect, it } from 'vitest';
import { ALARM } from '../../../domain/alarm-words.ts';
import * as labels from '../../../domain/labels.ts';
import { type PageReason, pageWords } from '../../../domain/page-words.ts';
import { WHAT_HAPPENED, type WhatHappened } from '../../../domain/report.ts';
import { PAGE_BEGINNINGS } from '../../../drill/score/known-values.ts';
import { unknownIn } from '../../../drill/score/messages.ts';
import * as planWords from '../../../slack-app/plan-wording.ts';
import * as words from '../../../slack-app/wording.ts';

function sentencesIn(value: unknown): string[] {
  if (typeof value === 'string') return value.includes(' ') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(sentencesIn) : [];
}

const KEY = `report:${'ab'.repeat(32)}`;
const BECAUSE = ['break-glass', 'sync', 'last-administrators', 'last-approvers', null] as const;

const HOLDS = [
  'opened-again',
  'signed-in',
  'activity-after',
  'unreadable',
  'still-open',
  'new-items-again',
  'unreadable-after-release',
  'signed-in-after-release',
  'declined-too-late',
  'containment-declined',
  'held-on-the-record',
] as const;

/** Every kind of page about a case, in each of its forms. */
const REASONS: readonly PageReason[] = [
  ...(Object.keys(WHAT_HAPPENED) as WhatHappened[]).flatMap((said) =>
    (['show-success', 'unreadable', null] as const).flatMap((logs) =>
      [true, false].map((approvable) => ({ kind: 'block-under-way', said, logs, approvable, withinMs: 60_000 }) as const),
    ),
  ),
  ...BECAUSE.map((protectedBecause) => ({ kind: 'nothing-blocked', account: 'privileged', protectedBecause }) as const),
  { kind: 'confirm-containment' },
  { kind: 'decide-block' },
  { kind: 'block-by-hand' },
  { kind: 'plan-waits', group: 'eradication', withinMs: 60_000 },
  {
    kind: 'on-hold',
    endsWith: 'person',
    reasons: [
      ...HOLDS.map((kind) => ({ kind })),
      { kind: 'step-failed', step: 'block-sign-in', code: 'GRAPH_REFUSED' },
      { kind: 'step-failed', step: 'remove-methods', code: 'LEDGER_UNAVAILABLE' },
      { kind: 'no-plan', because: 'GRAPH_UNAVAILABLE' },
      ...(['protected-account', 'no-row-fits', 'no-way-back-in'] as const).map((because) => ({ kind: 'left-to-people', because }) as const),
    ],
  },
  { kind: 'on-hold', reasons: [{ kind: 'by-hand' }], endsWith: 'recheck' },
  { kind: 'still-on-hold' },
  { kind: 'reported-again' },
  { kind: 'reported-during-release' },
  { kind: 'reported-after-release' },
  { kind: 'blocked-by-hand-after-release' },
  { kind: 'release-not-made', because: 'logs-forbid' },
  { kind: 'call-the-person' },
  { kind: 'approver-locked-out', forMs: 60_000 },
];
const PAGES = [
  ...REASONS.map((reason) => pageWords(reason, { number: 1042, channel: '#responders' })),
  ALARM.inboxNotDelivered([KEY], { isAll: true }),
  ALARM.inboxNotDelivered([KEY, KEY], { isAll: false }),
  ALARM.reportNotTriaged(KEY),
  ALARM.actionNotTriaged,
  ALARM.recordAway,
  ALARM.rowRefused('stale'),
  ALARM.messageRefused('stale'),
  ALARM.payloadRefused,
  ALARM.personMissing('reporter'),
];

const SENTENCES = sentencesIn([{ ...labels }, { ...planWords }, { ...words }]);

it('finds the sentences at all', () => {
  expect(SENTENCES.length).toBeGreaterThan(150);
});

it('knows every sentence of the product that says that something is so', () => {
  expect(SENTENCES.filter((sentence) => unknownIn(sentence).length > 0)).toEqual([]);
});

it('knows every page', () => {
  expect(PAGES.filter((page) => !PAGE_BEGINNINGS.some((beginning) => beginning.test(page)))).toEqual([]);
  expect(PAGES.flatMap((page) => unknownIn(page))).toEqual([]);
});
