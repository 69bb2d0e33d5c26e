// The writing client for an account: the only code that changes one. Every write
// takes an Intent, which only the ledger can make, does exactly what that intent
// says, and asks the baseline once more whether a machine may touch this account.
import { randomBytes } from 'node:crypto';
import { type Baseline, protectedBecause } from '../../domain/account.ts';
import { RunbookError } from '../../domain/errors.ts';
import { type ObjectId, objectId } from '../../domain/ids.ts';
import type { RawAnswer, Reading, Receipt, StepName } from '../../domain/step.ts';
import { type Intent, requireIntent } from '../../ledger/intent.ts';
import type { GraphClient } from './client.ts';
import { ENDPOINTS } from './endpoints.ts';
import { ACCESS_STATE, DONE, PASSWORD_STATE } from './schemas.ts';

/** What the steps that block and enable an account read. */
export interface AccessState {
  /** Null: the answer does not say it. Never taken for open or for blocked. */
  readonly enabled: boolean | null;
  /** Tokens from before this time are refused; whole seconds, Microsoft's clock. Null when it was never set. */
  readonly sessionsCutAt: string | null;
  /** Microsoft's clock when it answered. */
  readonly readAt: string;
}

export interface PasswordState {
  /** Whole seconds, Microsoft's clock. Null when it never was. */
  readonly changedAt: string | null;
  readonly readAt: string;
}

export interface AccountWriter {
  doorState(subject: ObjectId): Promise<Reading<AccessState>>;
  passwordState(subject: ObjectId): Promise<Reading<PasswordState>>;
  blockSignIn(intent: Intent): Promise<Receipt>;
  openAccount(intent: Intent): Promise<Receipt>;
  revokeSessions(intent: Intent): Promise<Receipt>;
  /** Sets a random password: made here, sent, and never stored or shown. */
  resetPassword(intent: Intent): Promise<Receipt>;
}

/** Where a new password comes from; a test may watch it. */
export type MakePassword = () => string;

/** 48 random bytes, and one letter of each class so that no complexity rule refuses them. */
const randomPassword: MakePassword = () => `aA9-${randomBytes(48).toString('base64url')}`;

/** @returns the account an intent is about, when this process's ledger made it for one of these steps and a machine may touch the account */
export type Admit = (value: Intent, ...steps: readonly StepName[]) => Promise<{ readonly intent: Intent; readonly subject: ObjectId }>;

export function accountWriter(
  graph: GraphClient,
  baseline: () => Promise<Baseline>,
  makePassword: MakePassword = randomPassword,
): AccountWriter {
  const admit: Admit = async (value, ...steps) => {
    const intent = requireIntent(value);
    if (intent.change.target.kind !== 'account' || !steps.includes(intent.step)) throw misplaced(intent);
    const subject = objectId(intent.change.target.id);
    await refuseProtected(subject, baseline);
    return { intent, subject };
  };
  const setEnabled = async (value: Intent, to: boolean, ...steps: readonly StepName[]): Promise<Receipt> => {
    const { intent, subject } = await admit(value, ...steps);
    if (intent.change.to !== to) throw misplaced(intent);
    const call = to ? ENDPOINTS.openAccount : ENDPOINTS.blockSignIn;
    const { raw } = await graph.send(call, { id: subject, body: { accountEnabled: to }, intentId: intent.id }, DONE);
    return receiptOf(raw);
  };

  return {
    async doorState(subject) {
      const { body, raw } = await graph.send(ENDPOINTS.readAccount, { id: subject }, ACCESS_STATE);
      return {
        value: { enabled: body.accountEnabled ?? null, sessionsCutAt: body.signInSessionsValidFromDateTime ?? null, readAt: raw.date },
        answers: [raw],
        blindSpots: typeof body.accountEnabled === 'boolean' ? [] : [{ what: 'account', why: 'incomplete-answer' }],
      };
    },
    async passwordState(subject) {
      const { body, raw } = await graph.send(ENDPOINTS.readPassword, { id: subject }, PASSWORD_STATE);
      return { value: { changedAt: body.lastPasswordChangeDateTime ?? null, readAt: raw.date }, answers: [raw] };
    },
    // Undoing a release blocks again: the same call, under that step's own intent.
    blockSignIn: (intent) => setEnabled(intent, false, 'block-sign-in', 'release-false-alarm'),
    openAccount: (intent) => setEnabled(intent, true, 'release-false-alarm'),
    async revokeSessions(value) {
      const { intent, subject } = await admit(value, 'revoke-sessions');
      const { raw } = await graph.send(ENDPOINTS.revokeSessions, { id: subject, intentId: intent.id }, DONE);
      return receiptOf(raw);
    },
    async resetPassword(value) {
      const { intent, subject } = await admit(value, 'reset-password');
      const passwordProfile = { forceChangePasswordNextSignIn: false, password: makePassword() };
      const { raw } = await graph.send(ENDPOINTS.resetPassword, { id: subject, body: { passwordProfile }, intentId: intent.id }, DONE);
      return receiptOf(raw);
    },
  };
}

/** @throws RunbookError PROTECTED_ACCOUNT, whatever a card or a plan said */
export async function refuseProtected(subject: ObjectId, baseline: () => Promise<Baseline>): Promise<void> {
  const because = protectedBecause(subject, await baseline());
  if (because === null) return;
  throw new RunbookError('PROTECTED_ACCOUNT', `expected an account that a machine may change, got one that is ${because}`);
}

export const receiptOf = (raw: RawAnswer): Receipt => ({ changed: true, requestId: raw.requestId });

export const misplaced = ({ step, change }: Intent): RunbookError =>
  new RunbookError('INTENT_MISSING', `expected an intent for this very change, got one of ${step} to ${String(change.to)}`);
