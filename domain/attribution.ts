// Whose is it: the attacker's, the owner's, or does nobody know? Worked out from
// the survey alone, each with its reason, so that a person can disagree.
import { isPhishingResistant, isRemovedManually, type SeenMethod } from './method.ts';

export type Attribution = 'attacker' | 'unknown' | 'owner';

export interface Attributed {
  readonly belongs: Attribution;
  readonly because: AttributionReason;
}

/** Its words are in slack-app/plan-wording.ts. */
export type AttributionReason =
  | 'added-from-attacker-address'
  | 'added-in-window'
  | 'may-be-added-in-window'
  | 'older-than-window'
  | 'age-unknown'
  | 'access-pass';

/** When somebody added a way to sign in, by the audit log. */
export interface Addition {
  readonly at: number;
  /** Null when the log does not say. */
  readonly address: string | null;
}

/** What the sorting knows besides the thing itself. */
export interface IncidentWindow {
  /** From the attacker's first sign-in; unknown: `windowBeforeReportMs` before the report. */
  readonly fromMs: number;
  /** Successful sign-ins that nobody claims came from here. */
  readonly attackerAddresses: readonly string[];
  /** Null when the audit log could not be read. */
  readonly additions: readonly Addition[] | null;
  /** A log row and the method it tells of carry times that differ by at most this. */
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
  // The log says that something was added and not which one: every method without a date may be it.
  if (inside.length > 0) return { belongs: 'unknown', because: 'may-be-added-in-window' };
  return { belongs: 'owner', because: 'older-than-window' };
}

const isAttackers = ({ address }: Addition, { attackerAddresses }: IncidentWindow): boolean =>
  address !== null && attackerAddresses.includes(address);

/** What the eradication does with a method unless a person says otherwise. */
export type MethodProposal =
  /** In the plan, ticked. */
  | 'remove'
  /** In the plan, not ticked: it goes only by a recorded choice. */
  | 'ask'
  /** Not in the plan. */
  | 'keep'
  /** Should go, or nobody can say, and no call removes it: a person does. */
  | 'by-hand';

/** Everything that can be phished goes, whoever added it: its owner registers it again. Of the rest, only what the owner did not add. */
export function proposalFor(method: SeenMethod, { belongs }: Attributed): MethodProposal {
  if (method.kind === 'password') return 'keep';
  const goes = belongs === 'attacker' || !isPhishingResistant(method.kind);
  // What no call removes cannot be ticked either: a person who looks decides about what nobody could sort.
  if (isRemovedManually(method.kind)) return goes || belongs === 'unknown' ? 'by-hand' : 'keep';
  if (goes) return 'remove';
  return belongs === 'unknown' ? 'ask' : 'keep';
}
