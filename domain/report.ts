// What an employee reports, as codes. Free text is sealed and stored beside these.

export const WHAT_HAPPENED = {
  approved: 'I approved a prompt I did not start',
  'denied-or-ignored': 'I denied or ignored a prompt',
  'typed-password': 'I typed my password on a page that may be fake',
  'gave-code': 'I gave someone a code',
  'not-sure': 'Something else, or I am not sure',
} as const;
export type WhatHappened = keyof typeof WHAT_HAPPENED;

/** The same, about another person. */
export const WHAT_HAPPENED_TO: Readonly<Record<WhatHappened, string>> = {
  approved: 'approved a prompt they did not start',
  'denied-or-ignored': 'denied or ignored a prompt',
  'typed-password': 'typed their password on a page that may be fake',
  'gave-code': 'gave someone a code',
  'not-sure': 'may have been attacked, and is not sure what happened',
};

/** From the least to the most that an attacker may have gained. */
const BY_SEVERITY: readonly WhatHappened[] = ['denied-or-ignored', 'not-sure', 'gave-code', 'typed-password', 'approved'];

/** The most serious report; of two equal ones, the later. Null without reports. */
export const mostSerious = <Report extends { readonly what: WhatHappened }>(reports: readonly Report[]): Report | null =>
  reports.reduce<Report | null>(
    (worst, each) => (worst === null || BY_SEVERITY.indexOf(each.what) >= BY_SEVERITY.indexOf(worst.what) ? each : worst),
    null,
  );

export const WHEN = {
  'last-15-minutes': 'In the last 15 minutes',
  today: 'Today',
  earlier: 'Earlier',
  'not-sure': 'Not sure',
} as const;
export type When = keyof typeof WHEN;

/** The values of a report action, as signed by the process that received it. */
export interface ReportValues {
  readonly what: WhatHappened;
  readonly when: When;
  /** The Slack id of the person whose account it is; null when people report for themselves. */
  readonly about: string | null;
  /** SHA-256 (hex) of the sealed free text; null when there is none. */
  readonly wordsSha256: string | null;
}

/** Where the text of a report and the subject's number are stored while they may be shown. @param key of the report */
export const shownWordsKey = (key: string): string => `report/${key}`;
export const SHOWN_PHONE_KEY = 'phone';

/** Eight letters of the row's key, in two groups: enough to find the row, easy to say. */
export function referenceOf(key: string): string {
  const digest = key.slice(key.lastIndexOf(':') + 1, key.lastIndexOf(':') + 9).toUpperCase();
  return `${digest.slice(0, 4)}-${digest.slice(4)}`;
}

/** What paged people do manually while no case can be opened. */
export const BY_PAPER = 'follow the paper runbook by hand: block sign-in, revoke sessions.';
