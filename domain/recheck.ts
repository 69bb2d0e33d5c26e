// What a look at the account means. Pure: the same look always leads to the
// same move, and the record holds the look.
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
  /** Since when the closing that stands, or goes on, has been under way. */
  readonly containmentSince: number;
  readonly blockedAt: number | null;
  readonly outsideReach: readonly OutsideReach[];
  readonly durations: Durations;
  /** How often the account was closed by this case so far. */
  readonly containments: number;
  /** Were the closing steps ours? What people closed by hand and opened again is theirs to close. */
  readonly blockedByUs: boolean;
  /** What people knew of when they said go on. */
  readonly known: AttackerActivity;
}

/** How many signs of somebody inside a look counted since the closing, or since the release. */
export interface AttackerActivity {
  readonly signIns: number;
  readonly activity: number;
}

export const NO_ACTIVITY: AttackerActivity = { signIns: 0, activity: 0 };

export type Finding =
  | { readonly kind: 'ended'; readonly outcome: Outcome }
  /** Closed, and the time has not come: look again later. */
  | { readonly kind: 'early' }
  /** It was closed and is open again: close it once more. */
  | { readonly kind: 'open-again' }
  /** It was released, and somebody has shut it since: it is closed as a whole. */
  | { readonly kind: 'blocked-again' }
  /** Something was added that the last eradication did not leave: it is to be cleaned up as well. */
  | { readonly kind: 'new-items'; readonly count: number }
  /** People closed what we could not: from now on it counts as closed. */
  | { readonly kind: 'blocked-manually'; readonly steps: readonly ContainmentStep[]; readonly at: number }
  | { readonly kind: 'hold'; readonly reasons: readonly HoldReason[] };

/** A case closes an account this often by itself; then somebody is opening it again, and people must find out who. */
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

/** An account that was closed, and is open. */
export function findingWhenOpen({ blockedByUs, containments }: Pick<RecheckFacts, 'blockedByUs' | 'containments'>): Finding {
  if (!blockedByUs) return { kind: 'hold', reasons: [{ kind: 'still-open' }] };
  return containments < MAX_CONTAINMENTS ? { kind: 'open-again' } : { kind: 'hold', reasons: [{ kind: 'opened-again' }] };
}

/** A look some time after a false alarm was released: the account is open, and its sign-ins may not be a stranger's. */
function assessRelease({ look: { enabled, signInsAfterBlocking, blindSpots }, known }: RecheckFacts): Finding {
  if (enabled === null) return { kind: 'hold', reasons: [{ kind: 'unreadable' }] };
  if (!enabled) return { kind: 'blocked-again' };
  if (blindSpots.some(({ what }) => what === 'sign-in-log')) return { kind: 'hold', reasons: [{ kind: 'unreadable-after-release' }] };
  return signInsAfterBlocking > known.signIns
    ? { kind: 'hold', reasons: [{ kind: 'signed-in-after-release' }] }
    : { kind: 'ended', outcome: 'released' };
}

function outcomeOf({ outsideReach, look, known }: RecheckFacts): Outcome {
  // Somebody was seen inside, and people went on knowing it: shut is all that can be said.
  if (known.signIns > 0 || known.activity > 0) return 'blocked';
  // What could not be read comes first: without the logs nobody can say that nobody was seen, here or elsewhere.
  // Methods that could not be read are a blind spot of their own, and nobody's whereabouts.
  if (look.blindSpots.some(({ what }) => what !== 'sign-in-methods')) return 'blocked';
  return outsideReach.length > 0 ? 'contained-here-only' : 'contained';
}

function stepsDoneManually({ look, needed, containmentSince }: RecheckFacts): ContainmentStep[] {
  const cut = isRevokedSince(look.sessionsCutAt, containmentSince);
  return needed.filter((step) => (step === 'block-sign-in' ? look.enabled === false : cut));
}

/** So often what is new is planned by itself; then somebody is adding it again, and people must find out how. */
export const MAX_NEW_ITEM_ROUNDS = 3;
