// When a false alarm may be released: the account enabled again, with a new password and the owner's sign-in methods
// unchanged. Decided when the plan is made; the logs are checked again before its first change. Pure.
import type { Refusal } from './approval.ts';

export interface ReleaseFacts {
  readonly nowMs: number;
  /** When a read last showed the account blocked or enabled; before the first such read, when the case was opened. */
  readonly shutAtMs: number;
  readonly logDelayMs: number;
  /** One of the two logs could not be read, or a sign-in in them is undecided. */
  readonly blind: boolean;
  /** The logs support the report, by the rule that also decides an automatic block (log-analysis.ts). */
  readonly someoneGotIn: boolean;
  /** This case has removed sign-in methods from the account. */
  readonly methodsRemoved: boolean;
  readonly enabled: boolean;
  /** This case blocked the account; it was not blocked before. */
  readonly closedByCase: boolean;
  /** The plan sets a new password; otherwise people must. */
  readonly resets: boolean;
  /** A read shows that the password was changed since the case was opened. */
  readonly changedByPeople: boolean;
}

export type ReleaseDecision =
  | { readonly kind: 'refuse'; readonly because: Extract<Refusal, 'logs-forbid' | 'not-allowed-now'> }
  /** `opens`: false when the account was never blocked and only needs a new password. */
  | { readonly kind: 'release'; readonly opens: boolean };

export function decideRelease(facts: ReleaseFacts): ReleaseDecision {
  // The owner would have no method to prove their identity. They receive access again in person.
  if (facts.methodsRemoved) return { kind: 'refuse', because: 'not-allowed-now' };
  // An attacker could sign in until the block: logs that are not complete up to then prove nothing.
  const complete = facts.nowMs >= facts.shutAtMs + facts.logDelayMs;
  if (!complete || facts.blind || facts.someoneGotIn) return { kind: 'refuse', because: 'logs-forbid' };
  // The attacker may know the old password: no account is enabled with it.
  const opens = !facts.enabled && facts.closedByCase && (facts.resets || facts.changedByPeople);
  // An account that stays blocked is not released, and a plan without changes is not made.
  if (!opens && (!facts.enabled || !facts.resets)) return { kind: 'refuse', because: 'not-allowed-now' };
  return { kind: 'release', opens };
}
