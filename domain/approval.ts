// Who may decide, what an approval and a decline do, and when they do not count. Authority comes from the directory at
// the moment of the decision, and from a baseline that is older than the case. Pure: facts in, decision out.
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

/** What the directory, the baseline and the ledger say about a person. Read when the action is verified, and again when a step runs. */
export interface ApproverFacts {
  readonly person: ObjectId;
  /** In the approver group now. Null: the directory did not answer. */
  readonly inGroup: boolean | null;
  /** In the baseline that was stored before the case. */
  readonly inBaseline: boolean;
  readonly guest: boolean;
  readonly enabled: boolean;
  /** Containment of this person's own account was confirmed, so an attacker may act in their name. */
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
/** Every refusal except the one that says how long to wait. */
export type PlainRefusal = Exclude<Refusal, 'plan-too-new'>;

/** The ledger key of a refused action. @param act key of the action */
export const refusalKey = (act: string): string => `refused/${act}`;

/** Why this person may not decide at all, or null. The same for every action. */
export function ineligibleBecause(approver: ApproverFacts, { subject }: { readonly subject: ObjectId }): PlainRefusal | null {
  if (approver.person === subject) return 'is-subject';
  if (approver.ownCaseConfirmed) return 'own-case-confirmed';
  if (approver.guest) return 'guest';
  if (!approver.enabled) return 'account-disabled';
  // No decision counts on authority that could not be read.
  if (approver.inGroup === null) return 'directory-silent';
  if (!approver.inGroup) return 'not-in-group';
  if (!approver.inBaseline) return 'not-in-baseline';
  return null;
}

/** A reporter may hold, request and acknowledge, but decides about no change. A resume is a change: it lets approved plans run. */
const FORBIDDEN_TO_REPORTERS: readonly DecisionAction[] = ['approve', 'revise', 'confirm-containment', 'resume'];

/** Why this person may not do this in this case, or null. */
export function ineligibleFor(
  act: DecisionAction,
  approver: ApproverFacts,
  { subject, reporters }: { readonly subject: ObjectId; readonly reporters: readonly ObjectId[] },
): PlainRefusal | null {
  const ineligible = act === 'take-call' ? ineligibleToCall(approver, { subject }) : ineligibleBecause(approver, { subject });
  if (ineligible !== null) return ineligible;
  return FORBIDDEN_TO_REPORTERS.includes(act) && reporters.includes(approver.person) ? 'is-reporter' : null;
}

/** A call decides nothing, so every known person may take it, except the subject and accounts that an attacker may use. */
function ineligibleToCall(approver: ApproverFacts, { subject }: { readonly subject: ObjectId }): PlainRefusal | null {
  if (approver.person === subject) return 'is-subject';
  if (approver.ownCaseConfirmed) return 'own-case-confirmed';
  return approver.enabled ? null : 'account-disabled';
}

/** The state of a plan. */
export type PlanState =
  | 'asked'
  /** Enough people approved; no intent is written yet. */
  | 'approved'
  /** Its first intent is in the ledger. */
  | 'begun'
  | 'done'
  | 'declined'
  | 'expired'
  /** Another plan or revision took its place. */
  | 'replaced';

/** The facts of a plan that a decision needs. */
export interface PlanFacts {
  readonly digest: string;
  readonly code: string;
  readonly state: PlanState;
  readonly askedBy: ObjectId | null;
  readonly approvers: 1 | 2;
  readonly stepUp: boolean;
  readonly votes: readonly ObjectId[];
  /** Number of items to read. */
  readonly items: number;
  /** When this revision was stored (database clock, ms). */
  readonly storedAt: number;
}

export interface ApprovalFacts {
  readonly approver: ApproverFacts;
  readonly subject: ObjectId;
  readonly reporters: readonly ObjectId[];
  /** The plan that the prompt showed; null when the ledger has no such plan. */
  readonly plan: PlanFacts | null;
  /** The typed plan code. */
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

/** After this many wrong codes the person cannot approve for a while. */
export const MAX_WRONG_CODES = 3;

/** A plan of this many items is read at a glance. */
const READ_AT_A_GLANCE = 3;

export type ApprovalDecision =
  | { readonly kind: 'refuse'; readonly because: PlainRefusal }
  /** Milliseconds until it would count. */
  | { readonly kind: 'refuse'; readonly because: 'plan-too-new'; readonly waitMs: number }
  /** The first of two approvals. */
  | { readonly kind: 'count'; readonly missing: number; readonly planAgeMs: number }
  | { readonly kind: 'approve'; readonly planAgeMs: number };

/** One person's approval of one plan. */
export function decideApproval(facts: ApprovalFacts): ApprovalDecision {
  const { plan } = facts;
  if (plan === null) return { kind: 'refuse', because: ineligibleFor('approve', facts.approver, facts) ?? 'plan-unknown' };
  const because = whyNotApprove(facts, plan);
  if (because !== null) return { kind: 'refuse', because };
  const planAgeMs = Math.max(0, facts.storedAt - plan.storedAt);
  const waitMs = plan.items > READ_AT_A_GLANCE ? facts.readPlanMs - planAgeMs : 0;
  // A wrong code that came too early is not counted as an attempt.
  if (waitMs > 0) return { kind: 'refuse', because: 'plan-too-new', waitMs };
  const badCode = whyNotCode(facts, plan);
  if (badCode !== null) return { kind: 'refuse', because: badCode };
  const missing = plan.approvers - plan.votes.length - 1;
  return missing > 0 ? { kind: 'count', missing, planAgeMs } : { kind: 'approve', planAgeMs };
}

function whyNotApprove({ approver, ...facts }: ApprovalFacts, plan: PlanFacts): PlainRefusal | null {
  const ineligible = ineligibleFor('approve', approver, facts);
  if (ineligible !== null) return ineligible;
  if (plan.askedBy === approver.person) return 'asked-for-it';
  if (isLockedOut(facts)) return 'locked-out';
  if (plan.state !== 'asked') return whyNotOpen(plan.state);
  if (plan.stepUp) return 'step-up-needed';
  return plan.votes.includes(approver.person) ? 'voted-already' : null;
}

function whyNotCode({ code, otherCodes }: ApprovalFacts, plan: PlanFacts): PlainRefusal | null {
  if (code === plan.code) return null;
  // A code of another revision is not a typing error: the plan changed.
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
 * The plan kinds that an approval supersedes. Eradication and release exclude each
 * other, and a block needs no undo that blocks. Eradication does not answer whether an
 * open account is blocked: that question stays.
 */
export const SUPERSEDES: Readonly<Record<PlanKind, readonly PlanKind[]>> = {
  containment: ['release', 'undo'],
  eradication: ['release'],
  release: ['containment', 'eradication'],
  undo: [],
};

/** Eradication asks both: confirm containment, and eradicate. Approving a block confirms it already. */
export const confirmsContainment = (group: PlanKind): boolean => group !== 'release';

export type DeclineDecision =
  | { readonly kind: 'refuse'; readonly because: Refusal }
  /** The plan is void, and the case continues. A declined containment holds the case, because the account is not blocked. */
  | { readonly kind: 'decline' }
  /** Too late to void it: its first intent is in the ledger, so the case is held instead. */
  | { readonly kind: 'hold' };

/** A decline wins over an approval until the first intent of the plan; after that it holds the case. */
export function decideDecline(facts: Pick<ApprovalFacts, 'approver' | 'subject' | 'plan'>): DeclineDecision {
  const ineligible = ineligibleBecause(facts.approver, facts);
  if (ineligible !== null) return { kind: 'refuse', because: ineligible };
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

/** Is an approved plan still authorized? Asked before each of its steps. */
export const stillApproved = (
  signers: readonly ApproverFacts[],
  about: { readonly subject: ObjectId; readonly reporters: readonly ObjectId[] },
  { askedBy, approvers }: { readonly askedBy: ObjectId | null; readonly approvers: 1 | 2 },
): boolean => {
  const good = signers.filter((approver) => ineligibleFor('approve', approver, about) === null && approver.person !== askedBy);
  return new Set(good.map(({ person }) => person)).size >= approvers;
};
