/**
 * A case as its views get it, for tests that need no database: closed by policy, and waiting for people.
 */
import type { CaseView } from '../../domain/case/view.ts';
import { objectId } from '../../domain/ids.ts';
import { NOT_CHECKED } from '../../domain/not-checked.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';
import { untrusted } from '../../slack-app/untrusted.ts';
import type { Names } from '../../slack-app/views/person.ts';

export const ANA = objectId('11111111-aaaa-4aaa-8aaa-000000000001');
export const NOOR = objectId('11111111-aaaa-4aaa-8aaa-000000000004');
export const IVO = objectId('11111111-aaaa-4aaa-8aaa-000000000005');
export const CASE = '00000000-0000-4000-8000-0000000000ca';

export const names: Names = new Map([
  [ANA, { slackId: 'U0ANA', name: untrusted('Ana Prieto') }],
  [NOOR, { slackId: 'U0NOOR', name: untrusted('Noor Haddad') }],
  [IVO, { slackId: 'U0IVO', name: untrusted('Ivo Kern') }],
]);

export const NO_WORDS = { key: 'slack:V1:report', hasWords: false, shownSha256: null } as const;

const CLOSED_AT = Date.parse('2026-11-24T14:03:09.400Z');
const readAt = '2026-11-24T14:03:09.000Z';

export const closedCase: CaseView = {
  number: 1042,
  subject: ANA,
  openedAt: Date.parse('2026-11-24T14:03:03Z'),
  account: 'ordinary',
  protectedBecause: null,
  outsideReach: [],
  order: { kind: 'contain', steps: ['block-sign-in', 'revoke-sessions'] },
  state: 'blocked',
  blockedAt: CLOSED_AT,
  effectiveBy: Date.parse('2026-11-24T15:38:09.400Z'),
  containedAt: null,
  steps: [
    { step: 'block-sign-in', state: 'done', code: null, readAt },
    { step: 'revoke-sessions', state: 'done', code: null, readAt },
  ],
  reports: [{ reporter: ANA, reportedBy: 'subject', what: 'approved', receivedAt: '2026-11-24T14:03:02.000Z', ...NO_WORDS }],
  blindSpots: [],
  notChecked: NOT_CHECKED,
  heldFor: [],
  heldBy: null,
  holdEndsWith: null,
  waitsForRatification: true,
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
