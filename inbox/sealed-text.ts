// The free text of a report may hold a phone number or a name, and what a
// responder was shown names items of a person. Both travel sealed: the process
// that receives them seals them for the worker and cannot open them again; the
// signed envelope carries only the digest of the seal.
import { createHash, type KeyObject } from 'node:crypto';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { z } from 'zod';

/** Longest texts, in UTF-16 units, as the form says them. */
export const TEXT_LIMITS = { contacted: 1000, more: 2000, reach: 200 } as const;

/** What people wrote, field by field; null where they wrote nothing. */
export const REPORT_TEXT = z.strictObject({
  contacted: z.string().min(1).max(TEXT_LIMITS.contacted).nullable(),
  more: z.string().min(1).max(TEXT_LIMITS.more).nullable(),
  /** How they say they can be reached. Evidence, not a number to call: the attacker may have written it. */
  reach: z.string().min(1).max(TEXT_LIMITS.reach).nullable(),
});
export type ReportText = z.infer<typeof REPORT_TEXT>;

/** What is sealed with a decision: the written reason, and the form that the person saw. */
export const SAID = z.strictObject({
  reason: z.string().min(1).max(500).nullable(),
  /** The blocks of the form as they were shown, and the version of the wording. */
  shown: z.strictObject({ wording: z.string().max(40), blocks: z.unknown(), openedAt: z.string().max(40).nullable() }).nullable(),
});
export type Said = z.infer<typeof SAID>;

const SEALED = z.union([REPORT_TEXT, SAID]);

export interface SealedText {
  /** JWE, compact form. */
  readonly jwe: string;
  /** Of the JWE, hex: goes into the signed envelope, so that texts cannot be swapped between reports. */
  readonly sha256: string;
}

const ALGORITHM = 'ECDH-ES';
const ENCRYPTION = 'A256GCM';
/** Room for the largest form in four-byte characters, and the frame around it. */
const LONGEST_JWE = 400_000;

export const isEmpty = (words: ReportText): boolean => words.contacted === null && words.more === null && words.reach === null;

export async function sealText(words: ReportText | Said, publicKey: KeyObject): Promise<SealedText> {
  const jwe = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(SEALED.parse(words))))
    .setProtectedHeader({ alg: ALGORITHM, enc: ENCRYPTION })
    .encrypt(publicKey);
  // What could not be opened again must not be said to be saved.
  if (jwe.length > LONGEST_JWE) throw new TypeError(`expected words that seal to at most ${LONGEST_JWE} characters, got ${jwe.length}`);
  return { jwe, sha256: sealDigest(jwe) };
}

/** @throws when the seal was not made for this key, was changed, or its content is no sealed text */
export async function openSealedText(jwe: string, privateKey: KeyObject): Promise<ReportText | Said> {
  if (jwe.length > LONGEST_JWE) throw new TypeError(`expected sealed words of at most ${LONGEST_JWE} characters, got ${jwe.length}`);
  const { plaintext } = await compactDecrypt(jwe, privateKey, {
    keyManagementAlgorithms: [ALGORITHM],
    contentEncryptionAlgorithms: [ENCRYPTION],
  });
  return SEALED.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plaintext)));
}

export const sealDigest = (jwe: string): string => createHash('sha256').update(jwe).digest('hex');
