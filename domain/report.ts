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

/**
 * One human act, from any channel. The receiving process signs exactly these
 * fields; everything that decides anything is in here, so a changed row in the
 * inbox or a raw message through the engine's port is seen.
 */
export interface Envelope {
  readonly version: 1;
  readonly key: string;
  readonly channel: 'slack';
  /** Slack workspace id. */
  readonly team: string;
  /** Slack user id of the person who acted. */
  readonly person: string;
  readonly act: 'report';
  readonly values: ReportValues;
  /** When it was received, ISO. */
  readonly at: string;
  readonly nonce: string;
}

export interface SignedEnvelope {
  readonly envelope: Envelope;
  readonly keyId: string;
  /** Ed25519 over the RFC 8785 bytes of the envelope, base64url. */
  readonly signature: string;
}
