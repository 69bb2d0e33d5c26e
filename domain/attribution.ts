// Attribution: whose an item is (attacker, owner or unknown), from the collected evidence alone, with a reason that a
// person can check.
import { isPhishingResistant, isRemovedManually, type SeenMethod } from './method.ts';

export type Attribution = 'attacker' | 'unknown' | 'owner';

export interface Attributed {
  readonly belongs: Attribution;
  readonly because: AttributionReason;
}

/** Its sentences are in slack-app/plan-wording.ts. */
export type AttributionReason =
  | 'added-from-attacker-address'
  | 'added-in-window'
  | 'may-be-added-in-window'
  | 'older-than-window'
  | 'age-unknown'
  | 'access-pass';

/** When a sign-in method was added, by the audit log. */
export interface Addition {
  readonly at: number;
  /** Null when the log does not say. */
  readonly address: string | null;
}

/** What attribution knows besides the item itself. */
export interface IncidentWindow {
  /** From the attacker's first sign-in; unknown: `windowBeforeReportMs` before the report. */
  readonly fromMs: number;
  /** Addresses of successful sign-ins that may be the attacker's. */
  readonly attackerAddresses: readonly string[];
  /** Null when the audit log could not be read. */
  readonly additions: readonly Addition[] | null;
  /** The times of a log row and of its method differ by at most this. */
  readonly sameMomentMs: number;
}

export function attributeMethod(method: SeenMethod, window: IncidentWindow): Attributed {
  if (method.kind === 'temporary-access-pass') return { belongs: 'attacker', because: 'access-pass' };
  const added = method.addedAt === null ? null : Date.parse(method.addedAt);
  if (added !== null && added < window.fromMs) return { belongs: 'owner', because: 'older-than-window' };
  const inside = (window.additions ?? []).filter(({ at }) => at >= window.fromMs);
  if (added !== null) {
    const rows = inside.filter(({ at }) => Math.abs(at - added) <= window.sameMomentMs);
    return rows.some((row) => isAttackers(row, window))
      ? { belongs: 'attacker', because: 'added-from-attacker-address' }
      : { belongs: 'unknown', because: 'added-in-window' };
  }
  if (window.additions === null) return { belongs: 'unknown', because: 'age-unknown' };
  // The log says that a method was added, but not which one: every method without a date may be it.
  if (inside.length > 0) return { belongs: 'unknown', because: 'may-be-added-in-window' };
  return { belongs: 'owner', because: 'older-than-window' };
}

const isAttackers = ({ address }: Addition, { attackerAddresses }: IncidentWindow): boolean =>
  address !== null && attackerAddresses.includes(address);

/** What the eradication does with a method unless a person says otherwise. */
export type MethodProposal =
  /** In the plan, ticked. */
  | 'remove'
  /** In the plan, not ticked: removed only by a recorded choice. */
  | 'ask'
  /** Not in the plan. */
  | 'keep'
  /** To be removed or unknown, but no Graph call removes it: a manual task. */
  | 'by-hand';

/** Phishable methods are removed, even the owner's: the owner registers them again. Others are removed only when the owner did not add them. */
export function proposalFor(method: SeenMethod, { belongs }: Attributed): MethodProposal {
  if (method.kind === 'password') return 'keep';
  const goes = belongs === 'attacker' || !isPhishingResistant(method.kind);
  // What no Graph call removes cannot be ticked either: a person decides about items of unknown attribution.
  if (isRemovedManually(method.kind)) return goes || belongs === 'unknown' ? 'by-hand' : 'keep';
  if (goes) return 'remove';
  return belongs === 'unknown' ? 'ask' : 'keep';
}
