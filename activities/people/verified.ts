// The result of verifying a signed action: whether one of our processes signed it.
import type { SignedEnvelope } from '../../domain/action.ts';
import type { EnvelopeRefused } from '../../domain/case/events.ts';

export type VerifiedAction =
  | { readonly kind: 'valid'; readonly signed: SignedEnvelope; readonly sha256: string }
  | { readonly kind: 'refused'; readonly code: EnvelopeRefused['code'] };
