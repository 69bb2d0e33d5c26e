// When a false alarm may be released: the account opened again, with a new
// password, and with its owner's ways to sign in as they were. Asked when the plan
// is drawn, from what is read then; whether somebody got in is asked again before
// its first change. Facts come in, a decision goes out.
import type { Refusal } from './approval.ts';

export interface ReleaseFacts {
  readonly nowMs: number;
  /** When a reading last showed the account shut, or opened; the opening of the case while none has. */
  readonly shutAtMs: number;
  readonly logDelayMs: number;
  /** One of the two logs could not be read, or a sign-in in them is undecided. */
  readonly blind: boolean;
  /** The logs bear the report out, by the rule that also decides whether an account is blocked on it (signs.ts). */
  readonly someoneGotIn: boolean;
  /** This case has taken ways to sign in from the account. */
  readonly methodsRemoved: boolean;
  readonly enabled: boolean;
  /** The block was this case's, and nobody's before it. */
  readonly closedByCase: boolean;
  /** The plan sets a new password; elsewhere people have to. */
  readonly resets: boolean;
  /** A reading shows that the password was changed since the case began. */
  readonly changedByPeople: boolean;
}

export type ReleaseDecision =
  | { readonly kind: 'refuse'; readonly because: Extract<Refusal, 'logs-forbid' | 'not-allowed-now'> }
  /** `opens`: false where the account has stayed open, and only its password is to be new. */
  | { readonly kind: 'release'; readonly opens: boolean };

export function decideRelease(facts: ReleaseFacts): ReleaseDecision {
  // Its owner would find it open, with nothing to prove themselves with. They get a new start in person.
  if (facts.methodsRemoved) return { kind: 'refuse', because: 'not-allowed-now' };
  // Until somebody was shut out, somebody may have got in: a log that is not complete up to then proves nothing.
  const complete = facts.nowMs >= facts.shutAtMs + facts.logDelayMs;
  if (!complete || facts.blind || facts.someoneGotIn) return { kind: 'refuse', because: 'logs-forbid' };
  // Whoever sent the prompt may know the old password: no account is opened with the one it was closed with.
  const opens = !facts.enabled && facts.closedByCase && (facts.resets || facts.changedByPeople);
  // An account that stays shut is not released, whatever else is done to it; and where nothing is to be done, nothing is asked.
  if (!opens && (!facts.enabled || !facts.resets)) return { kind: 'refuse', because: 'not-allowed-now' };
  return { kind: 'release', opens };
}
