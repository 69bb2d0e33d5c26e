// Where a case stands, as a code. Every message that names the state of a case
// asks here; the words are in wording.ts.
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
  // The record says "contained" of what we can reach; the rest of such an account is in another directory.
  if (view.state === 'contained') return view.outsideReach.length > 0 ? 'contained-here-only' : 'contained';
  if (view.state === 'blocked') return view.watched === 'blocked' ? endedClosed(view) : 'blocked';
  const plan = closingPlan(view);
  // Whoever asks is through with the logs; after a release, somebody has reported once more.
  if (plan?.state === 'asked') return 'waiting-for-person';
  if (view.state === 'released') return 'released';
  if (plan?.state === 'approved' || plan?.state === 'begun') return 'containing';
  if (view.order?.kind === 'people' && view.steps.length === 0) return 'waiting-for-person';
  if (view.order?.kind === 'ask-logs' && !view.steps.some((step) => step.step === 'block-sign-in'))
    return plan === undefined ? 'reading-logs' : 'waiting-for-person';
  return view.state === 'open' && view.order === null ? 'triage' : 'containing';
}

/** The state of the account, as headers name it. */
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

/** What kept it from being called contained. */
const endedClosed = ({ blindSpots, seenInside }: CaseView): CaseStatus =>
  seenInside || blindSpots.length === 0 ? 'blocked-attacker-seen' : 'blocked-not-all-checked';

/** The newest plan that asks whether the account is closed. */
const closingPlan = ({ plans }: CaseView): PlanView | undefined => plans.findLast(({ group }) => group === 'containment');

export const isHeld = (view: CaseView): boolean => view.heldFor.length > 0 && view.outcome === null;

/** Why it is held, as it stands now: what was found open may be shut by now. */
export const heldForNow = ({ heldFor, blockedAt }: Pick<CaseView, 'heldFor' | 'blockedAt'>): HoldReason[] =>
  heldFor.filter(({ kind }) => kind !== 'still-open' || blockedAt === null);

/** Held with the account open: the machine has stopped, and "closing" would be a false comfort. */
export const isHeldOpen = (view: CaseView): boolean => isHeld(view) && view.blockedAt === null;

/** Changes of these are shown at once; everything else may wait for the next look. */
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
      // From approved to under way is a blink; each step that is done can wait for the next look.
      state === 'begun' ? 'approved' : state,
      approvedBy,
      progress.map(({ failed }) => failed),
    ]),
  ]);
