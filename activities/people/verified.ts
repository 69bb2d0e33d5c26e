// What came of looking at a signed act: whether one of our processes signed it.
import type { SignedEnvelope } from '../../domain/act.ts';
import type { EnvelopeRefused } from '../../domain/evidence.ts';

export type VerifiedAct =
  | { readonly kind: 'valid'; readonly signed: SignedEnvelope; readonly sha256: string }
  | { readonly kind: 'refused'; readonly code: EnvelopeRefused['code'] };
