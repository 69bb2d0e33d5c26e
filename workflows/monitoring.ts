// 4. Monitoring: rechecks the account until its last session has expired and no attacker activity was seen, and rechecks
// what the eradication removed.
import { blockedAtOf, type CaseState, hasOpenPlan, runningPlan } from '../domain/case/state.ts';
import { hasReason } from '../domain/hold.ts';
import type { PlanKind } from '../domain/plan.ts';
import { requiredContainmentSteps } from '../domain/policy.ts';
import { assessRecheck, type Finding, findingWhenOpen, NO_ACTIVITY } from '../domain/recheck.ts';
import { failureCodeOf } from './activity-failures.ts';
import { type CaseContext, readActivities, untimedActivities } from './case-context.ts';
import { replaceAnswered } from './containment.ts';
import { recordBlocked } from './containment-times.ts';
import { endHold, hold } from './holds.ts';
import type { CarriedState } from './messages.ts';
import { pageForPlan, pagePerson } from './paging.ts';
import { countNewItems, nextAttempt, requestEradication } from './plans.ts';

/** Exports the history of the run that has just ended, before Temporal deletes it. */
export const exportRun = ({ store }: CaseContext, { caseId, workflowId, runId }: CarriedState): Promise<void> =>
  store.carry((notes) => untimedActivities(store.state.policy.durations)['history.export']({ caseId, workflowId, runId, notes }));

export async function recheckAccount(context: CaseContext): Promise<void> {
  const { input, caseId, store } = context;
  const { state } = store;
  const number = state.looks + 1;
  const facts = {
    needed: requiredContainmentSteps(state.account.kind),
    openedAt: state.openedAt,
    containmentSince: state.containmentSince,
    blockedAt: blockedAtOf(state),
    releasedAt: state.releasedAt,
    outsideReach: state.account.outsideReach,
    containments: state.containments,
    blockedByUs: state.blockedByUs,
    known: state.known,
  };
  const run = { caseId, subject: input.subject, look: number, cleaned: state.cleanedAt !== null, facts };
  const seen = await store.carry((notes) => readActivities(state).recheck({ ...run, notes })).catch(failureCodeOf);
  store.change({ looks: number });
  // A person resumed the case during this recheck, so the recheck was judged by outdated facts. The next one follows at once.
  if (state.hold !== null && store.state.hold === null) return;
  store.change({ lookedAt: Date.now() });
  // The account was contained again or released during this recheck: its result is outdated.
  if (store.state.attempt !== state.attempt || store.state.releasedAt !== state.releasedAt) return;
  if (typeof seen === 'string') return applyFinding(context, { kind: 'hold', reasons: [{ kind: 'unreadable' }] });
  store.change({ seen: { signIns: seen.signInsAfterBlocking, activity: seen.actsAfter } });
  await applyFinding(context, assessRecheck({ ...facts, durations: state.policy.durations, look: seen }));
}

/** Applies a finding to the case. */
async function applyFinding(context: CaseContext, finding: Finding): Promise<void> {
  const { store } = context;
  // A person holds the case: a recheck reports and changes nothing.
  const heldByPerson = store.state.hold?.endsWith === 'person';
  switch (finding.kind) {
    case 'early':
      if (heldByPerson) await stillHeld(context);
      return;
    case 'open-again':
      if (heldByPerson) return hold(context, { reasons: [{ kind: 'still-open' }], by: null, endsWith: 'person' });
      endHold(context, 'account-open-again');
      return recontain(context);
    case 'blocked-again':
      if (heldByPerson) return stillHeld(context);
      recontain(context);
      return pagePerson(context, { kind: 'blocked-by-hand-after-release' }, 1);
    case 'blocked-manually':
      store.change({ done: Object.fromEntries(finding.steps.map((step) => [step, finding.at])), failed: {} });
      recordBlocked(context);
      replaceAnswered(context);
      requestEradication(context);
      if (!heldByPerson) endHold(context, 'blocked-by-hand');
      return;
    case 'new-items':
      // It is asked about already, or about to be: there are no new items.
      if (hasOpenPlan(store.state, 'eradication')) return;
      countNewItems(context, finding.count);
      if (store.state.wanted.length === 0) await hold(context, { reasons: [{ kind: 'new-items-again' }], by: null, endsWith: 'person' });
      return;
    case 'hold':
      // The account is open because people have not decided yet. They are asked, or asked again, and their decision is not delayed.
      if (hasReason(finding, { kind: 'still-open' })) {
        if (isAboutToBeAsked(store.state)) return;
        if (DECIDES.some((group) => hasOpenPlan(store.state, group)))
          return runningPlan(store.state) === undefined ? pageForPlan(context) : undefined;
      }
      // An attacker who signed in while the account was open may hold a session from then, and keep it until it expires.
      if (hasReason(finding, { kind: 'signed-in' }) && findingWhenOpen(store.state).kind === 'open-again') recontain(context);
      return hold(context, { reasons: finding.reasons, by: null, endsWith: heldByPerson ? 'person' : 'recheck' });
    case 'ended': {
      if (heldByPerson) await stillHeld(context);
      else endHold(context, 'recheck-clean');
      // The recheck activity has written it to the ledger.
      store.change({ watched: { outcome: finding.outcome, at: Date.now() } });
    }
  }
}

/** Starts containment again under a new attempt: the old intents belong to the old one. */
export function recontain(context: CaseContext): void {
  const { store } = context;
  store.change({
    attempt: nextAttempt(context),
    containmentSince: Date.now(),
    containments: store.state.containments + 1,
    done: {},
    failed: {},
    watched: null,
    releasedAt: null,
    seen: NO_ACTIVITY,
    known: NO_ACTIVITY,
    ordered: requiredContainmentSteps(store.state.account.kind),
  });
}

/** Plans by which people decide whether the account becomes open. */
const DECIDES: readonly PlanKind[] = ['containment', 'release'];

const isAboutToBeAsked = ({ hold: held, wanted }: CaseState): boolean =>
  held === null && wanted.some(({ group }) => DECIDES.includes(group));

const stillHeld = (context: CaseContext): Promise<void> => pagePerson(context, { kind: 'still-on-hold' }, 1);

/** No person has confirmed the containment yet. */
export async function askForConfirmation(context: CaseContext): Promise<void> {
  context.store.change({ confirmationAskedAt: Date.now() });
  await pagePerson(context, { kind: 'confirm-containment' }, 2);
}
