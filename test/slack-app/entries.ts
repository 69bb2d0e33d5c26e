/**
 * Entries of a case as the runbook writes them, for tests of what people see.
 */
import { randomUUID } from 'node:crypto';
import type { LedgerEvent } from '../../domain/case/events.ts';
import { ANA, type PracticePerson } from './practice.ts';

export const reported = (reporter: PracticePerson = ANA, reportedBy: 'subject' | 'colleague' = 'subject'): LedgerEvent => ({
  kind: 'report.received',
  schemaVersion: 1,
  reportKey: `slack:V1:${randomUUID()}`,
  reporter: reporter.objectId,
  reportedBy,
  what: 'approved',
  when: 'today',
  channel: 'slack',
  receivedAt: '2026-11-24T14:03:02.000Z',
  envelopeSha256: 'a'.repeat(64),
  signedBy: 'b'.repeat(32),
  wordsSha256: null,
  shownSha256: null,
});
export const learned: LedgerEvent = {
  kind: 'account.learned',
  schemaVersion: 1,
  account: 'ordinary',
  protectedBecause: null,
  outsideReach: [],
  enabled: true,
  blindSpots: [],
};
export const ordered: LedgerEvent = {
  kind: 'order.made',
  schemaVersion: 1,
  row: 'test',
  order: { kind: 'contain', steps: ['block-sign-in', 'revoke-sessions'] },
};
/** A report that names no success. */
export const asksLogs: LedgerEvent = {
  kind: 'order.made',
  schemaVersion: 1,
  row: 'test, no success',
  order: { kind: 'ask-logs', atOnce: ['revoke-sessions'], whenSupported: ['block-sign-in'], whenUnreadable: 'contain' },
};
export const applied = (step: 'block-sign-in' | 'revoke-sessions'): LedgerEvent => ({
  kind: 'step.applied',
  schemaVersion: 1,
  step,
  attempt: 1,
  target: { kind: 'account', id: ANA.objectId },
  changed: true,
  requestId: null,
});
export const verified = (step: 'block-sign-in' | 'revoke-sessions'): LedgerEvent => ({
  kind: 'step.verified',
  schemaVersion: 1,
  step,
  attempt: 1,
  target: { kind: 'account', id: ANA.objectId },
  saw: 'true',
  readAt: '2026-11-24T14:03:09.000Z',
});
export const collected: LedgerEvent = { kind: 'evidence.collected', schemaVersion: 1, methods: {}, enabled: false, blindSpots: [] };

/** An account that was blocked by policy: reported, blocked, its sessions revoked, and both verified. */
export const closed = (reporter: PracticePerson = ANA): LedgerEvent[] => [
  reported(reporter, reporter === ANA ? 'subject' : 'colleague'),
  learned,
  ordered,
  applied('block-sign-in'),
  applied('revoke-sessions'),
  verified('block-sign-in'),
  verified('revoke-sessions'),
];
