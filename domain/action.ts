// A person's action, as the process that received it signs it. It holds everything that a decision depends on, so a
// changed row in the inbox or a raw message to Temporal is detected.
import type { DecisionAction } from './approval.ts';
import type { CaseId } from './ids.ts';
import type { ReportValues } from './report.ts';

interface Signed<Act extends string, Values> {
  readonly version: 1;
  /** Names the action; the same when it is delivered twice. */
  readonly key: string;
  readonly channel: 'slack';
  /** Slack workspace id. */
  readonly team: string;
  /** Slack user id of the person who acted. */
  readonly person: string;
  readonly act: Act;
  readonly values: Values;
  /** When it was received, ISO. */
  readonly at: string;
  readonly nonce: string;
}

/** What every decision carries. */
interface AboutCase {
  readonly case: CaseId;
  /** SHA-256 (hex) of what was sealed with it: the written reason and what the person was shown; null when nothing was sealed. */
  readonly wordsSha256: string | null;
}

interface AboutPlan extends AboutCase {
  /** Digest of the plan that the prompt showed. */
  readonly plan: string;
}

export interface DecisionValues {
  readonly approve: AboutPlan & { readonly code: string };
  readonly decline: AboutPlan;
  /** Keys of all ticked items. */
  readonly revise: AboutPlan & { readonly ticked: readonly string[] };
  readonly 'confirm-containment': AboutCase;
  readonly hold: AboutCase;
  /** `shownAt`: when the form was opened that showed what the case is held for, ISO. */
  readonly resume: AboutCase & { readonly shownAt: string };
  readonly 'ask-release': AboutCase;
  readonly 'ask-undo': AboutCase;
  readonly acknowledge: AboutCase;
  readonly 'take-call': AboutCase;
}

export type ReportEnvelope = Signed<'report', ReportValues>;
export type DecisionEnvelope = { [Act in DecisionAction]: Signed<Act, DecisionValues[Act]> }[DecisionAction];
/** The Slack app looked up whom a report is about, after it was received, and found no account of a person. */
export type WithdrawalEnvelope = Signed<'withdraw', WithdrawalValues>;
export type Envelope = ReportEnvelope | DecisionEnvelope | WithdrawalEnvelope;

export interface WithdrawalValues {
  /** Key of the report. */
  readonly report: string;
  readonly because: NotAPerson;
}

export const NOT_A_PERSON = ['about-an-app', 'about-a-deactivated-account', 'about-unknown-account'] as const;
export type NotAPerson = (typeof NOT_A_PERSON)[number];

export interface SignedEnvelope<Of extends Envelope = Envelope> {
  readonly envelope: Of;
  readonly keyId: string;
  /** Ed25519 over the RFC 8785 bytes of the envelope, base64url. */
  readonly signature: string;
}

export const isDecision = (envelope: Envelope): envelope is DecisionEnvelope => envelope.act !== 'report' && envelope.act !== 'withdraw';

/** The plan a decision names, if it names one. */
export const planOf = ({ values }: DecisionEnvelope): string | null => ('plan' in values ? values.plan : null);
