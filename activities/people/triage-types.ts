// The tools and results of triage, shared by the files that verify one kind of
// action each.
import type { AccountJudgement } from '../../domain/account.ts';
import type { SignedEnvelope } from '../../domain/action.ts';
import type { EnvelopeRefused } from '../../domain/case/events.ts';
import type { CaseId, ObjectId, TenantId } from '../../domain/ids.ts';
import type { PolicySnapshot } from '../../domain/policy.ts';
import type { EntryDraft } from '../../ledger/ledger.ts';
import type { ShownRow } from './display-row.ts';
import type { EligibilityTools } from './eligibility.ts';
import type { VerifiedAction } from './verified.ts';

export interface TriageRun {
  readonly tenant: TenantId;
  readonly subject: string;
  readonly caseId: CaseId;
  readonly actions: readonly SignedEnvelope[];
  /** False once the case has been opened: the account was learned then. */
  readonly opening: boolean;
  /** When no further try will come, roles that cannot be read are a blind spot. */
  readonly lastTry: boolean;
}

export interface OpenedCase {
  readonly number: number;
  readonly openedAt: number;
  readonly account: AccountJudgement;
  readonly policy: PolicySnapshot;
  readonly provenBreakGlass: readonly ObjectId[];
  readonly administrators: readonly ObjectId[];
}

export interface TriageTools extends EligibilityTools {
  /** Slack id to directory object id, from the confirmed table. */
  readonly people: {
    objectIdOf(team: string, person: string): Promise<ObjectId | null>;
    /** The number in the table of people; null when there is none. */
    phoneOf(id: ObjectId): Promise<string | null>;
  };
  /** What people are shown of a case while the ledger keeps it sealed. */
  readonly display: { put(caseId: CaseId, key: string, content: unknown): Promise<void> };
  readonly inbox: {
    /** Signature, shape and workspace of one action. */
    verify(act: unknown): VerifiedAction;
    /** What came sealed with it, opened; null when it is gone or is not what the envelope names. */
    words(key: string, sealedSha256: string): Promise<unknown>;
    /** Erases the text from the inbox: the ledger keeps it. */
    empty(key: string): Promise<void>;
  };
  /** The policy of this installation: a snapshot of it goes into every case. */
  readonly policy: PolicySnapshot;
  readonly alarm: (what: { readonly reason: string; readonly dedupKey: string }) => Promise<void>;
}

/** The result of one action. */
export type TriageResult<Value> =
  | { readonly kind: 'refused'; readonly code: EnvelopeRefused['code'] }
  | {
      readonly kind: 'accepted';
      readonly value: Value;
      readonly entry: EntryDraft;
      readonly words: boolean;
      readonly shown: ShownRow | null;
    };
