// Who may decide, what a yes and a no do, and when they do not count. Authority
// comes from the directory at the moment of deciding, against a baseline older
// than the case. Facts come in, a decision goes out; nothing here reads anything.
import type { ObjectId } from './ids.ts';
import type { PlanKind } from './plan.ts';

/** What people may do to a case besides reporting. */
export const DECISION_ACTIONS = [
  'approve',
  'decline',
  'revise',
  'confirm-containment',
  'hold',
  'resume',
  'ask-release',
  'ask-undo',
  'acknowledge',
  'take-call',
] as const;
export type DecisionAction = (typeof DECISION_ACTIONS)[number];

/** What the directory, the baseline and the record say of a person, looked up when the act is weighed and again when a step runs. */
export interface ApproverFacts {
  readonly person: ObjectId;
  /** In the approver group now. Null: the directory did not answer. */
  readonly inGroup: boolean | null;
  /** In the baseline that was stored before the case. */
  readonly inBaseline: boolean;
  readonly guest: boolean;
  readonly enabled: boolean;
  /** The closing of this person's own account was confirmed: it was an attacker's. */
  readonly ownCaseConfirmed: boolean;
}

export const REFUSALS = [
  'not-in-group',
  'not-in-baseline',
  'guest',
  'account-disabled',
  'is-subject',
  'is-reporter',
  'asked-for-it',
  'own-case-confirmed',
  'voted-already',
  'plan-unknown',
  'plan-changed',
  'plan-expired',
  'plan-decided',
  'plan-too-new',
  'wrong-code',
  'locked-out',
  'step-up-needed',
  'directory-silent',
  'plan-not-made',
  'nothing-changed',
  'nothing-to-undo',
  'logs-forbid',
  'not-allowed-now',
  'hold-changed',
  'call-taken',
  'case-closed',
] as const;
export type Refusal = (typeof REFUSALS)[number];
/** Every refusal but the one that says how long to wait. */
export type PlainRefusal = Exclude<Refusal, 'plan-too-new'>;

/** Under which key of the case's record the refusal of an act stands. @param act key of the act */
export const refusalKey = (act: string): string => `refused/${act}`;

/** Why this person may not decide at all, or null. The same for every act. */
export function ineligibleBecause(approver: ApproverFacts, { subject }: { readonly subject: ObjectId }): PlainRefusal | null {
  if (approver.person === subject) return 'is-subject';
  if (approver.ownCaseConfirmed) return 'own-case-confirmed';
  if (approver.guest) return 'guest';
  if (!approver.enabled) return 'account-disabled';
  // Nobody decides on authority that could not be looked up.
  if (approver.inGroup === null) return 'directory-silent';
  if (!approver.inGroup) return 'not-in-group';
  if (!approver.inBaseline) return 'not-in-baseline';
  return null;
}

/** Whoever reported it is part of the story: such a person may stop, ask and be there, and decides about no change. Going on is one: it lets approved plans run. */
const FORBIDDEN_TO_REPORTERS: readonly DecisionAction[] = ['approve', 'revise', 'confirm-containment', 'resume'];

/** Why this person may not do this in this case, or null. */
export function ineligibleFor(
  act: DecisionAction,
  approver: ApproverFacts,
  { subject, reporters }: { readonly subject: ObjectId; readonly reporters: readonly ObjectId[] },
): PlainRefusal | null {
  const bar = act === 'take-call' ? barredFromCalling(approver, { subject }) : ineligibleBecause(approver, { subject });
  if (bar !== null) return bar;
  return FORBIDDEN_TO_REPORTERS.includes(act) && reporters.includes(approver.person) ? 'is-reporter' : null;
}

/** A call decides nothing: everybody who is known may make it, but for the subject and for accounts that may be an attacker's. */
function barredFromCalling(approver: ApproverFacts, { subject }: { readonly subject: ObjectId }): PlainRefusal | null {
  if (approver.person === subject) return 'is-subject';
  if (approver.ownCaseConfirmed) return 'own-case-confirmed';
  return approver.enabled ? null : 'account-disabled';
}

/** Where a plan stands. */
export type PlanState =
  | 'asked'
  /** Enough people have said yes; its first intent is about to be written. */
  | 'approved'
  /** Its first intent stands in the record. */
  | 'begun'
  | 'done'
  | 'declined'
  | 'expired'
  /** Another plan or revision took its place. */
  | 'replaced';

/** A plan as far as deciding needs it. */
export interface PlanFacts {
  readonly digest: string;
  readonly code: string;
  readonly state: PlanState;
  readonly askedBy: ObjectId | null;
  readonly approvers: 1 | 2;
  readonly stepUp: boolean;
  readonly votes: readonly ObjectId[];
  /** Everything that a reader finds in it. */
  readonly items: number;
  /** When this revision was stored (database clock, ms). */
  readonly storedAt: number;
}

export interface ApprovalFacts {
  readonly approver: ApproverFacts;
  readonly subject: ObjectId;
  readonly reporters: readonly ObjectId[];
  /** The plan that the prompt showed; null when the record has no such plan. */
  readonly plan: PlanFacts | null;
  /** What was typed. */
  readonly code: string;
  /** Codes of this plan's other revisions. */
  readonly otherCodes: readonly string[];
  /** When this person typed a wrong code in this case (ms). */
  readonly wrongCodesAt: readonly number[];
  readonly nowMs: number;
  readonly lockOutMs: number;
  /** When the approval was stored (database clock, ms). */
  readonly storedAt: number;
  readonly readPlanMs: number;
}

/** So many wrong codes, and the person may not approve for a while. */
export const MAX_WRONG_CODES = 3;

/** A plan of so many items is read at a glance. */
const READ_AT_A_GLANCE = 3;

export type ApprovalDecision =
  | { readonly kind: 'refuse'; readonly because: PlainRefusal }
  /** It would count in so many milliseconds. */
  | { readonly kind: 'refuse'; readonly because: 'plan-too-new'; readonly waitMs: number }
  /** One of two. */
  | { readonly kind: 'count'; readonly missing: number; readonly planAgeMs: number }
  | { readonly kind: 'approve'; readonly planAgeMs: number };

/** One person's yes to one plan. */
export function decideApproval(facts: ApprovalFacts): ApprovalDecision {
  const { plan } = facts;
  if (plan === null) return { kind: 'refuse', because: ineligibleFor('approve', facts.approver, facts) ?? 'plan-unknown' };
  const because = whyNotApprove(facts, plan);
  if (because !== null) return { kind: 'refuse', because };
  const planAgeMs = Math.max(0, facts.storedAt - plan.storedAt);
  const waitMs = plan.items > READ_AT_A_GLANCE ? facts.readPlanMs - planAgeMs : 0;
  // A wrong code that came too early is no attempt at it either: it is told as early.
  if (waitMs > 0) return { kind: 'refuse', because: 'plan-too-new', waitMs };
  const badCode = whyNotCode(facts, plan);
  if (badCode !== null) return { kind: 'refuse', because: badCode };
  const missing = plan.approvers - plan.votes.length - 1;
  return missing > 0 ? { kind: 'count', missing, planAgeMs } : { kind: 'approve', planAgeMs };
}

function whyNotApprove({ approver, ...facts }: ApprovalFacts, plan: PlanFacts): PlainRefusal | null {
  const bar = ineligibleFor('approve', approver, facts);
  if (bar !== null) return bar;
  if (plan.askedBy === approver.person) return 'asked-for-it';
  if (isLockedOut(facts)) return 'locked-out';
  if (plan.state !== 'asked') return whyNotOpen(plan.state);
  if (plan.stepUp) return 'step-up-needed';
  return plan.votes.includes(approver.person) ? 'voted-already' : null;
}

function whyNotCode({ code, otherCodes }: ApprovalFacts, plan: PlanFacts): PlainRefusal | null {
  if (code === plan.code) return null;
  // A code of another revision is no slip of the hand: the plan changed under it.
  return otherCodes.includes(code) ? 'plan-changed' : 'wrong-code';
}

function whyNotOpen(state: Exclude<PlanState, 'asked'>): PlainRefusal {
  switch (state) {
    case 'expired':
      return 'plan-expired';
    case 'replaced':
      return 'plan-changed';
    case 'approved':
    case 'begun':
    case 'done':
    case 'declined':
      return 'plan-decided';
  }
}

/** Three wrong codes within that time lock a person out for as long again, counted from the third. */
export function isLockedOut({ wrongCodesAt, nowMs, lockOutMs }: Pick<ApprovalFacts, 'wrongCodesAt' | 'nowMs' | 'lockOutMs'>): boolean {
  const [first, last] = [wrongCodesAt.at(-MAX_WRONG_CODES), wrongCodesAt.at(-1)];
  if (first === undefined || last === undefined) return false;
  return last - first < lockOutMs && nowMs - last < lockOutMs;
}

/**
 * What an approval settles besides its own plan: those of these groups are asked
 * no more. One account cannot be cleaned up and released at once, and what a
 * closing shuts needs no undo to be shut. An eradication says nothing about an account
 * that is still open: whether it is closed is asked on.
 */
export const SUPERSEDES: Readonly<Record<PlanKind, readonly PlanKind[]>> = {
  containment: ['release', 'undo'],
  eradication: ['release'],
  release: ['containment', 'eradication'],
  undo: [],
};

/** The first question is both: keep it closed, and clean up. Who closes or blocks by a plan has said so already. */
export const confirmsContainment = (group: PlanKind): boolean => group !== 'release';

export type DeclineDecision =
  | { readonly kind: 'refuse'; readonly because: Refusal }
  /** That plan is void, and the case goes on without it; a declined closing holds the case, because the account is still open. */
  | { readonly kind: 'decline' }
  /** Too late to void it: its first intent stands, so the case holds instead. */
  | { readonly kind: 'hold' };

/** A no wins over a yes until the first intent of the plan; afterwards it holds the case. */
export function decideDecline(facts: Pick<ApprovalFacts, 'approver' | 'subject' | 'plan'>): DeclineDecision {
  const bar = ineligibleBecause(facts.approver, facts);
  if (bar !== null) return { kind: 'refuse', because: bar };
  switch (facts.plan?.state) {
    case undefined:
      return { kind: 'refuse', because: 'plan-unknown' };
    case 'asked':
    case 'approved':
      return { kind: 'decline' };
    case 'begun':
      return { kind: 'hold' };
    case 'done':
    case 'declined':
      return { kind: 'refuse', because: 'plan-decided' };
    case 'expired':
      return { kind: 'refuse', because: 'plan-expired' };
    case 'replaced':
      return { kind: 'refuse', because: 'plan-changed' };
  }
}

/** Does a plan that was approved still have the authority to run? Asked again before every step of it. */
export const stillApproved = (
  signers: readonly ApproverFacts[],
  about: { readonly subject: ObjectId; readonly reporters: readonly ObjectId[] },
  { askedBy, approvers }: { readonly askedBy: ObjectId | null; readonly approvers: 1 | 2 },
): boolean => {
  const good = signers.filter((approver) => ineligibleFor('approve', approver, about) === null && approver.person !== askedBy);
  return new Set(good.map(({ person }) => person)).size >= approvers;
};
