// What a person did, in a form that cannot be changed on its way. The process
// that received the action signs it; later readers use only what the
// signature covers. Contends with: altered rows, unsigned rows, and
// messages sent straight through Temporal's port.
import { createHash, type KeyObject, sign as signBytes, verify as verifyBytes } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import {
  type DecisionValues,
  type Envelope,
  NOT_A_PERSON,
  type ReportEnvelope,
  type SignedEnvelope,
  type WithdrawalEnvelope,
} from '../domain/action.ts';
import type { EnvelopeRefused } from '../domain/case/events.ts';
import { type CaseId, isGuid } from '../domain/ids.ts';
import { type ReportValues, WHAT_HAPPENED, WHEN, type WhatHappened, type When } from '../domain/report.ts';

/** Slack ids are opaque: only their alphabet and a generous length are checked. */
export const SLACK_TEAM = /^[TE][A-Z0-9]{2,30}$/;
export const SLACK_PERSON = /^[UW][A-Z0-9]{2,30}$/;

const SHA256 = /^[0-9a-f]{64}$/;
/** `slack:<view id, or the message that was clicked>:<digest of the submitted values>`. */
const ROW_KEY = /^slack:[A-Za-z0-9]{2,60}:[0-9a-f]{64}$/;
const KEY_ID = /^[a-z0-9-]{1,60}$/;
const NONCE = /^[A-Za-z0-9_-]{22,64}$/;
/** 64 bytes of Ed25519, base64url without padding. */
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;

const keysOf = <Code extends string>(words: Readonly<Record<Code, string>>): [Code, ...Code[]] => Object.keys(words) as [Code, ...Code[]];

export const whatHappened = z.enum(keysOf<WhatHappened>(WHAT_HAPPENED));
export const when = z.enum(keysOf<When>(WHEN));

const digest = z.string().regex(SHA256);

const REPORT = z.strictObject({
  what: whatHappened,
  when,
  about: z.string().regex(SLACK_PERSON).nullable(),
  wordsSha256: digest.nullable(),
}) satisfies z.ZodType<ReportValues>;

const caseId = z.custom<CaseId>((value) => typeof value === 'string' && isGuid(value), 'expected a case id');
const CASE = { case: caseId, wordsSha256: digest.nullable() };
const PLAN = { ...CASE, plan: digest };
const MOST_TARGETS = 200;

const signedBy = <Act extends Envelope['act'], Values extends z.ZodType>(act: Act, values: Values) =>
  z.strictObject({
    version: z.literal(1),
    key: z.string().regex(ROW_KEY),
    channel: z.literal('slack'),
    team: z.string().regex(SLACK_TEAM),
    person: z.string().regex(SLACK_PERSON),
    act: z.literal(act),
    values,
    at: z.iso.datetime({ precision: 3 }),
    nonce: z.string().regex(NONCE),
  });

const ABOUT_CASE = z.strictObject(CASE) satisfies z.ZodType<DecisionValues['hold']>;
const ABOUT_PLAN = z.strictObject(PLAN) satisfies z.ZodType<DecisionValues['decline']>;

const WITHDRAWAL = z.strictObject({ report: z.string().regex(ROW_KEY), because: z.enum(NOT_A_PERSON) });

const ENVELOPE = z.discriminatedUnion('act', [
  signedBy('report', REPORT) satisfies z.ZodType<ReportEnvelope>,
  signedBy('approve', z.strictObject({ ...PLAN, code: z.string().regex(/^[0-9]{1,8}$/) })),
  signedBy('decline', ABOUT_PLAN),
  signedBy('revise', z.strictObject({ ...PLAN, ticked: z.array(z.string().min(1).max(400)).max(MOST_TARGETS) })),
  signedBy('confirm-containment', ABOUT_CASE),
  signedBy('hold', ABOUT_CASE),
  signedBy('resume', z.strictObject({ ...CASE, shownAt: z.iso.datetime({ precision: 3 }) })),
  signedBy('ask-release', ABOUT_CASE),
  signedBy('ask-undo', ABOUT_CASE),
  signedBy('acknowledge', ABOUT_CASE),
  signedBy('take-call', ABOUT_CASE),
  signedBy('withdraw', WITHDRAWAL) satisfies z.ZodType<WithdrawalEnvelope>,
]) satisfies z.ZodType<Envelope>;

const SIGNED = z.strictObject({
  envelope: ENVELOPE,
  keyId: z.string().regex(KEY_ID),
  signature: z.string().regex(SIGNATURE),
}) satisfies z.ZodType<SignedEnvelope>;

/** A signing key and the name its public half goes by. */
export interface SigningKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
}

/** Name of the key to its public half: from the worker's configuration, never from the database. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

export type Verified =
  | {
      readonly kind: 'valid';
      /** What was given, parsed: safe to pass on. */
      readonly signed: SignedEnvelope;
      readonly envelope: Envelope;
      /** Of the bytes that were signed, hex. */
      readonly sha256: string;
    }
  | { readonly kind: 'refused'; readonly code: EnvelopeRefused['code'] };

export interface Signer {
  readonly keyId: string;
  /**
   * A digest that only the holder of this key can make, the same each time, hex.
   * Row keys stay in the ledger for ever: a plain hash of what people wrote
   * could be undone by guessing, a telephone number within seconds.
   */
  fingerprint(text: string): string;
  /** @throws when the envelope has not the shape that `verifySigned` accepts: such a row could never be delivered */
  sign(envelope: Envelope): SignedEnvelope;
}

export function makeSigner({ keyId, privateKey }: SigningKey): Signer {
  return {
    keyId,
    // An envelope's bytes begin with a brace, so this can never be taken for the signature of one.
    fingerprint: (text) =>
      createHash('sha256')
        .update(signBytes(null, Buffer.from(`fingerprint:${text}`, 'utf8'), privateKey))
        .digest('hex'),
    sign(envelope) {
      const signature = signBytes(null, signedBytes(ENVELOPE.parse(envelope)), privateKey).toString('base64url');
      return SIGNED.parse({ envelope, keyId, signature });
    },
  };
}

/**
 * Takes anything, and believes only what one of our processes signed: right
 * shape, no field more, known key, and a signature over exactly these bytes.
 * Who the person is and whether the action is new is decided elsewhere.
 */
export function verifySigned(signed: unknown, publicKeys: PublicKeys): Verified {
  const parsed = SIGNED.safeParse(signed);
  if (!parsed.success) return { kind: 'refused', code: carriesNoSignature(signed) ? 'unsigned' : 'unreadable' };
  const { envelope, keyId, signature } = parsed.data;
  const publicKey = publicKeys.get(keyId);
  if (publicKey === undefined) return { kind: 'refused', code: 'unknown-key' };
  const bytes = signedBytes(envelope);
  if (!verifyBytes(null, bytes, publicKey, Buffer.from(signature, 'base64url'))) return { kind: 'refused', code: 'altered' };
  return { kind: 'valid', signed: parsed.data, envelope, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** RFC 8785, so that the same action has the same bytes in every process and in an auditor's own program. */
function signedBytes(envelope: Envelope): Buffer {
  const text = canonicalize(envelope);
  if (text === undefined) throw new TypeError('expected an envelope, got nothing that JSON can express');
  return Buffer.from(text, 'utf8');
}

function carriesNoSignature(signed: unknown): boolean {
  return (
    typeof signed === 'object' &&
    signed !== null &&
    !('signature' in signed && typeof signed.signature === 'string' && signed.signature !== '')
  );
}
