// What an employee tells us, as codes. Free words travel sealed, beside these.

export const WHAT_HAPPENED = {
  approved: 'I approved a prompt I did not start',
  'denied-or-ignored': 'I denied or ignored a prompt',
  'typed-password': 'I typed my password on a page that may be fake',
  'gave-code': 'I gave someone a code',
  'not-sure': 'Something else, or I am not sure',
} as const;
export type WhatHappened = keyof typeof WHAT_HAPPENED;

export const WHEN = {
  'last-15-minutes': 'In the last 15 minutes',
  today: 'Today',
  earlier: 'Earlier',
  'not-sure': 'Not sure',
} as const;
export type When = keyof typeof WHEN;

/** The values of a report act, as signed by the process that received it. */
export interface ReportValues {
  readonly what: WhatHappened;
  readonly when: When;
  /** The Slack id of the person whose account it is; null when people report for themselves. */
  readonly about: string | null;
  /** SHA-256 (hex) of the sealed free words; null when nothing was written. */
  readonly wordsSha256: string | null;
}

/** Where the words of a report, and the subject's number, stand while they may be shown. @param key of the report */
export const shownWordsKey = (key: string): string => `report/${key}`;
export const SHOWN_PHONE_KEY = 'phone';

/** Eight letters of the row's key, in two groups: enough to find the row, easy to say. */
export function referenceOf(key: string): string {
  const digest = key.slice(key.lastIndexOf(':') + 1, key.lastIndexOf(':') + 9).toUpperCase();
  return `${digest.slice(0, 4)}-${digest.slice(4)}`;
}

/** What whoever is paged does by hand. */
export const BY_PAPER = 'follow the paper runbook by hand: block sign-in, revoke sessions.';

/** How to deal with a report that no card shows. @param key of its row */
export const byPhone = (key: string): string =>
  `Its reference is ${referenceOf(key)}: whoever reported it was told to call, and can say it. Take the account from them, and ${BY_PAPER}`;
