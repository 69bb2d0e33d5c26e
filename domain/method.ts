// Sign-in methods in our vocabulary. Whether a method is phishable decides whether it stays on a compromised account.

export const METHOD_KINDS = [
  'authenticator',
  'phone',
  'email',
  'software-oath',
  'hardware-oath',
  'fido2',
  'hello',
  'platform-credential',
  'certificate',
  'temporary-access-pass',
  'qr-code',
  'external',
  'password',
  'unknown',
] as const;
export type MethodKind = (typeof METHOD_KINDS)[number];

/** Phishing-resistant: bound to a key that never leaves its device and answers the true site only. */
const PHISHING_RESISTANT: readonly MethodKind[] = ['fido2', 'hello', 'platform-credential', 'certificate'];

export const isPhishingResistant = (kind: MethodKind): boolean => PHISHING_RESISTANT.includes(kind);

/** Kinds that answer a prompt or give a code, so that Microsoft may make one of them the default. */
const CAN_BE_DEFAULT: readonly MethodKind[] = ['authenticator', 'phone', 'software-oath', 'hardware-oath', 'unknown'];

export const canBeDefault = (kind: MethodKind): boolean => CAN_BE_DEFAULT.includes(kind);

/** Kinds that no Graph call removes: a person removes them in the portal. The password is reset, never removed. */
const BY_HAND: readonly MethodKind[] = ['hardware-oath', 'certificate', 'qr-code', 'unknown'];

export const isRemovedManually = (kind: MethodKind): boolean => BY_HAND.includes(kind);

/** A method as it was read. */
export interface SeenMethod {
  readonly id: string;
  readonly kind: MethodKind;
  /** The label for people: a device, the end of a number. Personal: shown and sealed, never in a ledger body. */
  readonly label: string;
  /** Identifies the method. It includes the number of a phone: ids of phones are the same in every tenant. */
  readonly facts: string;
  /** A second number of the same person. */
  readonly isAlternate: boolean;
  /** ISO; null where Microsoft does not say. */
  readonly addedAt: string | null;
}
