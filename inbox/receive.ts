// From a submitted form to a row: the one way in for every receiving process.
// The row is stored before it is acknowledged.
import { type KeyObject, randomBytes } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { DecisionEnvelope, DecisionValues, Envelope, NotAPerson, SignedEnvelope } from '../domain/action.ts';
import type { DecisionAction } from '../domain/approval.ts';
import type { WhatHappened, When } from '../domain/report.ts';
import type { Signer } from './envelope.ts';
import { isEmpty, type ReportText, type Said, sealText } from './sealed-text.ts';
import type { Inbox } from './store.ts';

/** What a person submitted, validated and bounded. */
export interface SubmittedReport {
  readonly team: string;
  readonly person: string;
  readonly viewId: string;
  readonly what: WhatHappened;
  readonly when: When;
  /** Slack id of the person it is about; null for the reporter. */
  readonly about: string | null;
  readonly words: ReportText;
}

export interface ReceivingTools {
  readonly inbox: Pick<Inbox, 'putAct'>;
  readonly signer: Signer;
  /** Public half: this process seals text and cannot open it. */
  readonly sealingKey: KeyObject;
}

export interface Received {
  readonly key: string;
  /** `known`: the same submission came before, and its row stands. */
  readonly was: 'stored' | 'known';
}

/** A decision of a responder, validated and bounded. */
export type SubmittedDecision = {
  readonly [Act in DecisionAction]: {
    readonly team: string;
    readonly person: string;
    /** The form, or the message whose button was pressed: the same place and the same values are the same action. */
    readonly place: string;
    readonly act: Act;
    readonly values: Omit<DecisionValues[Act], 'wordsSha256'>;
    readonly said: Said;
  };
}[DecisionAction];

/** Signs, seals and stores. @throws when the row could not be written: then nothing may be said to be received */
export async function receiveReport(
  tools: ReceivingTools,
  { team, person, viewId, what, when, about, words }: SubmittedReport,
): Promise<Received> {
  const key = reportKey(tools, { team, person, viewId, what, when, about, words });
  const sealed = isEmpty(words) ? null : await sealText(words, tools.sealingKey);
  return put(tools, sealed?.jwe ?? null, {
    ...frame({ key, team, person }),
    act: 'report',
    values: { what, when, about, wordsSha256: sealed?.sha256 ?? null },
  });
}

/** The same values in the same form are the same action, however often Slack delivers them. */
const reportKey = ({ signer }: ReceivingTools, { team, person, viewId, what, when, about, words }: SubmittedReport): string =>
  keyOf(signer, viewId, { viewId, person, team, submitted: { what, when, about, words } });

/** A report that was received is about no person: no case is to be opened by it. @returns key of the report */
export async function withdrawReport(tools: ReceivingTools, report: SubmittedReport, because: NotAPerson): Promise<string> {
  const { team, person, viewId } = report;
  const about = reportKey(tools, report);
  const key = keyOf(tools.signer, viewId, { withdraws: about });
  await put(tools, null, { ...frame({ key, team, person }), act: 'withdraw', values: { report: about, because } });
  return about;
}

/** The same for a decision. */
export async function receiveDecision(
  tools: ReceivingTools,
  { team, person, place, act, values, said }: SubmittedDecision,
): Promise<Received> {
  const key = keyOf(tools.signer, place, { place, person, team, act, values, reason: said.reason });
  const sealed = said.reason === null && said.shown === null ? null : await sealText(said, tools.sealingKey);
  const envelope = { ...frame({ key, team, person }), act, values: { ...values, wordsSha256: sealed?.sha256 ?? null } };
  // Action and values match by the type of what was submitted; the signer checks the shape once more.
  return put(tools, sealed?.jwe ?? null, envelope as DecisionEnvelope);
}

const keyOf = (signer: Signer, place: string, submitted: unknown): string =>
  `slack:${place}:${signer.fingerprint(canonicalize(submitted) ?? '')}`;

const frame = ({ key, team, person }: Pick<Envelope, 'key' | 'team' | 'person'>) =>
  ({
    version: 1,
    key,
    channel: 'slack',
    team,
    person,
    at: new Date().toISOString(),
    nonce: randomBytes(18).toString('base64url'),
  }) as const;

async function put({ inbox, signer }: ReceivingTools, jwe: string | null, envelope: Envelope): Promise<Received> {
  const signed: SignedEnvelope = signer.sign(envelope);
  return { key: envelope.key, was: await inbox.putAct(signed, jwe) };
}
