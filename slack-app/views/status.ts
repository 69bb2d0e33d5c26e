// The status of a case, as a code. Every message that names it uses this file; the sentences are in wording.ts.
import type { CaseView } from '../../domain/case/view.ts';
import type { HoldReason } from '../../domain/hold.ts';
import type { PlanView } from '../../domain/plan-view.ts';

export type CaseStatus =
  | 'triage'
  | 'reading-logs'
  | 'waiting-for-person'
  | 'containing'
  | 'blocked'
  | 'contained'
  | 'contained-here-only'
  | 'released'
  | 'blocked-not-all-checked'
  | 'blocked-attacker-seen';

export function statusOf(view: CaseView): CaseStatus {
  // The ledger says "contained" only about what we can reach; the rest of such an account is in another directory.
  if (view.state === 'contained') return view.outsideReach.length > 0 ? 'contained-here-only' : 'contained';
  if (view.state === 'blocked') return view.watched === 'blocked' ? blockedStatus(view) : 'blocked';
  const plan = containmentPlan(view);
  // A plan is made only after the logs were read, or after a new report on a released account.
  if (plan?.state === 'asked') return 'waiting-for-person';
  if (view.state === 'released') return 'released';
  if (plan?.state === 'approved' || plan?.state === 'begun') return 'containing';
  if (view.order?.kind === 'people' && view.steps.length === 0) return 'waiting-for-person';
  if (view.order?.kind === 'ask-logs' && !view.steps.some((step) => step.step === 'block-sign-in'))
    return plan === undefined ? 'reading-logs' : 'waiting-for-person';
  return view.state === 'open' && view.order === null ? 'triage' : 'containing';
}

/** The state of the account, for headers. */
export const accountWords = (view: CaseView): string => (isHeldOpen(view) ? 'account not blocked' : ACCOUNT_WORDS[statusOf(view)]);

const ACCOUNT_WORDS: Readonly<Record<CaseStatus, string>> = {
  triage: 'checking the account',
  'reading-logs': 'account open, reading the logs',
  'waiting-for-person': 'account open, a person must decide',
  containing: 'containing the account',
  blocked: 'account blocked',
  contained: 'account contained',
  'contained-here-only': 'account contained here only',
  released: 'account released',
  'blocked-not-all-checked': 'account blocked, not everything could be checked',
  'blocked-attacker-seen': 'account blocked, attacker activity seen',
};

/** Why a blocked account is not called contained. */
const blockedStatus = ({ blindSpots, seenInside }: CaseView): CaseStatus =>
  seenInside || blindSpots.length === 0 ? 'blocked-attacker-seen' : 'blocked-not-all-checked';

/** The newest containment plan. */
const containmentPlan = ({ plans }: CaseView): PlanView | undefined => plans.findLast(({ group }) => group === 'containment');

export const isHeld = (view: CaseView): boolean => view.heldFor.length > 0 && view.outcome === null;

/** The reasons of the hold that still hold: an account that was not blocked may be blocked meanwhile. */
export const heldForNow = ({ heldFor, blockedAt }: Pick<CaseView, 'heldFor' | 'blockedAt'>): HoldReason[] =>
  heldFor.filter(({ kind }) => kind !== 'still-open' || blockedAt === null);

/** On hold with the account not blocked: "containing" would be false. */
export const isHeldOpen = (view: CaseView): boolean => isHeld(view) && view.blockedAt === null;

/** Changes of these are shown at once; all others may wait for the next refresh. */
export const urgentFingerprint = (view: CaseView): string =>
  JSON.stringify([
    statusOf(view),
    view.heldFor,
    view.outcome,
    view.paged.some((page) => !page.delivered),
    view.confirmedBy,
    view.acknowledgedBy,
    view.callTakenBy,
    view.refusals.length,
    view.plans.map(({ digest, state, approvedBy, progress }) => [
      digest,
      // "Approved" becomes "under way" within moments; progress can wait for the next refresh.
      state === 'begun' ? 'approved' : state,
      approvedBy,
      progress.map(({ failed }) => failed),
    ]),
  ]);
