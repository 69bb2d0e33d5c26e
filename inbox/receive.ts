// From a submitted form to a row: the one way in for every receiving process.
// The row is there before anybody is told that it is.
import { type KeyObject, randomBytes } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Envelope, SignedEnvelope, WhatHappened, When } from '../domain/report.ts';
import type { Signer } from './envelope.ts';
import type { Inbox } from './store.ts';
import { isEmpty, sealWords, type Words } from './words.ts';

/** What a person submitted, looked at and bounded. */
export interface SubmittedReport {
  readonly team: string;
  readonly person: string;
  readonly viewId: string;
  readonly what: WhatHappened;
  readonly when: When;
  /** Slack id of the person it is about; null for the reporter. */
  readonly about: string | null;
  readonly words: Words;
}

export interface ReceivingTools {
  readonly inbox: Pick<Inbox, 'putAct'>;
  readonly signer: Signer;
  /** Public half: this process closes words up and cannot open them. */
  readonly sealingKey: KeyObject;
}

export interface Received {
  readonly key: string;
  /** `known`: the same submission came before, and its row stands. */
  readonly was: 'stored' | 'known';
}

/** Signs, seals and stores. @throws when the row could not be written: then nothing may be said to be received */
export async function receiveReport(tools: ReceivingTools, report: SubmittedReport): Promise<Received> {
  const { key, signed, jwe } = await actOf(tools, report);
  return { key, was: await tools.inbox.putAct(signed, jwe) };
}

async function actOf(
  { signer, sealingKey }: ReceivingTools,
  { team, person, viewId, what, when, about, words }: SubmittedReport,
): Promise<{ readonly key: string; readonly signed: SignedEnvelope; readonly jwe: string | null }> {
  // The same values in the same form are the same act, however often Slack delivers them.
  const submitted = { what, when, about, words };
  const key = `slack:${viewId}:${signer.fingerprint(canonicalize({ viewId, person, team, submitted }) ?? '')}`;
  const sealed = isEmpty(words) ? null : await sealWords(words, sealingKey);
  const envelope: Envelope = {
    version: 1,
    key,
    channel: 'slack',
    team,
    person,
    act: 'report',
    values: { what, when, about, wordsSha256: sealed?.sha256 ?? null },
    at: new Date().toISOString(),
    nonce: randomBytes(18).toString('base64url'),
  };
  return { key, signed: signer.sign(envelope), jwe: sealed?.jwe ?? null };
}
