// What a recheck of the account means. Pure: the same recheck always leads to the same finding, and the ledger holds the
// recheck.
import type { OutsideReach } from './account.ts';
import type { Outcome } from './case/events.ts';
import { isRevokedSince, recheckAt } from './containment-times.ts';
import type { HoldReason } from './hold.ts';
import type { Durations } from './policy.ts';
import type { BlindSpot, ContainmentStep } from './step.ts';

export interface RecheckReading {
  readonly enabled: boolean | null;
  readonly sessionsCutAt: string | null;
  readonly actsAfter: number;
  readonly signInsAfterBlocking: number;
  readonly newItems: number | null;
  readonly blindSpots: readonly BlindSpot[];
  readonly at: number;
}

export interface RecheckFacts {
  readonly look: RecheckReading;
  /** When people released it as a false alarm; null while they have not. */
  readonly releasedAt: number | null;
  readonly needed: readonly ContainmentStep[];
  readonly openedAt: number;
  /** When the current containment began. */
  readonly containmentSince: number;
  readonly blockedAt: number | null;
  readonly outsideReach: readonly OutsideReach[];
  readonly durations: Durations;
  /** How often this case has blocked the account so far. */
  readonly containments: number;
  /** Did this case block the account? An account that people blocked and enabled manually is theirs to block. */
  readonly blockedByUs: boolean;
  /** The activity that people knew of when they resumed. */
  readonly known: AttackerActivity;
}

/** How much attacker activity a recheck counted since the block, or since the release. */
export interface AttackerActivity {
  readonly signIns: number;
  readonly activity: number;
}

export const NO_ACTIVITY: AttackerActivity = { signIns: 0, activity: 0 };

export type Finding =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  /** Blocked, and it is too early to close the case: recheck later. */
  | { readonly kind: 'early' }
  /** It was blocked and is enabled again: block it again. */
  | { readonly kind: 'open-again' }
  /** It was released and has been blocked manually since: contain it completely. */
  | { readonly kind: 'blocked-again' }
  /** A new item that is not in the snapshot of the last eradication: it needs eradication as well. */
  | { readonly kind: 'new-items'; readonly count: number }
  /** People blocked what we could not: from now on it counts as blocked. */
  | { readonly kind: 'blocked-manually'; readonly steps: readonly ContainmentStep[]; readonly at: number }
  | { readonly kind: 'hold'; readonly reasons: readonly HoldReason[] };

/** A case blocks an account automatically this often. After that people must find out who enables it. */
export const MAX_CONTAINMENTS = 3;

export function assessRecheck(facts: RecheckFacts): Finding {
  const { look, blockedAt, durations } = facts;
  if (facts.releasedAt !== null) return assessRelease(facts);
  if (look.enabled === null) return { kind: 'hold', reasons: [{ kind: 'unreadable' }] };
  if (blockedAt === null) {
    const steps = stepsDoneManually(facts);
    return steps.length === facts.needed.length
      ? { kind: 'blocked-manually', steps, at: look.at }
      : { kind: 'hold', reasons: [{ kind: 'still-open' }] };
  }
  if (look.enabled) return findingWhenOpen(facts);
  if (look.signInsAfterBlocking > facts.known.signIns) return { kind: 'hold', reasons: [{ kind: 'signed-in' }] };
  if (look.actsAfter > facts.known.activity) return { kind: 'hold', reasons: [{ kind: 'activity-after' }] };
  if (look.newItems !== null && look.newItems > 0) return { kind: 'new-items', count: look.newItems };
  if (look.at < recheckAt(blockedAt, durations)) return { kind: 'early' };
  return { kind: 'ended', outcome: outcomeOf(facts) };
}

/** An account that was blocked and is enabled. */
export function findingWhenOpen({ blockedByUs, containments }: Pick<RecheckFacts, 'blockedByUs' | 'containments'>): Finding {
  if (!blockedByUs) return { kind: 'hold', reasons: [{ kind: 'still-open' }] };
  return containments < MAX_CONTAINMENTS ? { kind: 'open-again' } : { kind: 'hold', reasons: [{ kind: 'opened-again' }] };
}

/** A recheck after a release: the account must be enabled, and no sign-in may be an attacker's. */
function assessRelease({ look: { enabled, signInsAfterBlocking, blindSpots }, known }: RecheckFacts): Finding {
  if (enabled === null) return { kind: 'hold', reasons: [{ kind: 'unreadable' }] };
  if (!enabled) return { kind: 'blocked-again' };
  if (blindSpots.some(({ what }) => what === 'sign-in-log')) return { kind: 'hold', reasons: [{ kind: 'unreadable-after-release' }] };
  return signInsAfterBlocking > known.signIns
    ? { kind: 'hold', reasons: [{ kind: 'signed-in-after-release' }] }
    : { kind: 'ended', outcome: 'released' };
}

function outcomeOf({ outsideReach, look, known }: RecheckFacts): Outcome {
  // Attacker activity was seen, and people resumed knowing it: "blocked" is all that can be claimed.
  if (known.signIns > 0 || known.activity > 0) return 'blocked';
  // Unread logs come first: without them, absence of attacker activity cannot be claimed.
  // Sign-in methods that could not be read say nothing about attacker activity.
  if (look.blindSpots.some(({ what }) => what !== 'sign-in-methods')) return 'blocked';
  return outsideReach.length > 0 ? 'contained-here-only' : 'contained';
}

function stepsDoneManually({ look, needed, containmentSince }: RecheckFacts): ContainmentStep[] {
  const cut = isRevokedSince(look.sessionsCutAt, containmentSince);
  return needed.filter((step) => (step === 'block-sign-in' ? look.enabled === false : cut));
}

/** New items are planned automatically this often. After that people must find out who adds them. */
export const MAX_NEW_ITEM_ROUNDS = 3;
