// 4. Watch: looks at the account until the last session must be over and nobody
// was seen, and at what was cleaned up.
import { blockedAtOf, type CaseState, hasOpenPlan, runningPlan } from '../domain/case/state.ts';
import { hasReason } from '../domain/hold.ts';
import type { PlanKind } from '../domain/plan.ts';
import { requiredContainmentSteps } from '../domain/policy.ts';
import { assessRecheck, type Finding, findingWhenOpen, NO_ACTIVITY } from '../domain/recheck.ts';
import { failureCodeOf } from './activity-failures.ts';
import { type CaseContext, readActivities, untimedActivities } from './case-context.ts';
import { replaceAnswered } from './containment.ts';
import { recordBlocked } from './containment-times.ts';
import { endHold, hold, pageForPlan, pagePerson } from './holds-and-paging.ts';
import type { CarriedState } from './messages.ts';
import { countNewItems, nextAttempt, requestEradication } from './plans.ts';

/** Keeps the history of the run that has just ended, before the engine may forget it. */
export const exportRun = ({ book }: CaseContext, { caseId, workflowId, runId }: CarriedState): Promise<void> =>
  book.carry((notes) => untimedActivities(book.state.policy.durations)['history.export']({ caseId, workflowId, runId, notes }));

export async function recheckAccount(scene: CaseContext): Promise<void> {
  const { input, caseId, book } = scene;
  const { state } = book;
  const look = state.looks + 1;
  const facts = {
    needed: requiredContainmentSteps(state.account.kind),
    openedAt: state.openedAt,
    closingSince: state.closingSince,
    closedAt: blockedAtOf(state),
    releasedAt: state.releasedAt,
    outsideReach: state.account.outsideReach,
    closings: state.closings,
    closedByUs: state.closedByUs,
    known: state.known,
  };
  const run = { caseId, subject: input.subject, look, cleaned: state.cleanedAt !== null, facts };
  const seen = await book.carry((notes) => readActivities(state).recheck({ ...run, notes })).catch(failureCodeOf);
  book.change({ looks: look });
  // Somebody said go on while somebody was looking: what they knew of is not what this look was judged by. The next one is made at once.
  if (state.hold !== null && book.state.hold === null) return;
  book.change({ lookedAt: Date.now() });
  // Closed anew, or released, while somebody was looking: what was seen is of the time before.
  if (book.state.generation !== state.generation || book.state.releasedAt !== state.releasedAt) return;
  if (typeof seen === 'string') return applyFinding(scene, { kind: 'hold', reasons: [{ kind: 'unreadable' }] });
  book.change({ seen: { signIns: seen.signInsAfterClosing, acts: seen.actsAfter } });
  await applyFinding(scene, assessRecheck({ ...facts, durations: state.policy.durations, look: seen }));
}

/** What the case makes of a finding. */
async function applyFinding(scene: CaseContext, finding: Finding): Promise<void> {
  const { book } = scene;
  // Somebody holds the case: a look tells, and changes nothing.
  const heldByPerson = book.state.hold?.endsWith === 'person';
  switch (finding.kind) {
    case 'early':
      if (heldByPerson) await stillHeld(scene);
      return;
    case 'open-again':
      if (heldByPerson) return hold(scene, { reasons: [{ kind: 'still-open' }], by: null, endsWith: 'person' });
      endHold(scene, 'account-open-again');
      return recontain(scene);
    case 'shut-again':
      if (heldByPerson) return stillHeld(scene);
      recontain(scene);
      return pagePerson(scene, { kind: 'blocked-by-hand-after-release' }, 1);
    case 'closed-by-hand':
      book.change({ done: Object.fromEntries(finding.steps.map((step) => [step, finding.at])), failed: {} });
      recordBlocked(scene);
      replaceAnswered(scene);
      requestEradication(scene);
      if (!heldByPerson) endHold(scene, 'blocked-by-hand');
      return;
    case 'newcomers':
      // Asked about already, or about to be: nothing came on top of that.
      if (hasOpenPlan(book.state, 'clean-up')) return;
      countNewItems(scene, finding.count);
      if (book.state.wanted.length === 0) await hold(scene, { reasons: [{ kind: 'newcomers-again' }], by: null, endsWith: 'person' });
      return;
    case 'hold':
      // It is open because people have not decided yet: they are asked, or asked again, and what they decide is not held up.
      if (hasReason(finding, { kind: 'still-open' })) {
        if (isAboutToBeAsked(book.state)) return;
        if (DECIDES.some((group) => hasOpenPlan(book.state, group)))
          return runningPlan(book.state) === undefined ? pageForPlan(scene) : undefined;
      }
      // Whoever got in while it was open may hold a session that was given out then, and stay until that has run out.
      if (hasReason(finding, { kind: 'signed-in' }) && findingWhenOpen(book.state).kind === 'open-again') recontain(scene);
      return hold(scene, { reasons: finding.reasons, by: null, endsWith: heldByPerson ? 'person' : 'look' });
    case 'ended': {
      if (heldByPerson) await stillHeld(scene);
      else endHold(scene, 'recheck-clean');
      // The record has it from the look itself.
      book.change({ watched: { outcome: finding.outcome, at: Date.now() } });
    }
  }
}

/** Everything from the start, under a new generation: the old intents belong to the old closing. */
export function recontain(scene: CaseContext): void {
  const { book } = scene;
  book.change({
    generation: nextAttempt(scene),
    closingSince: Date.now(),
    closings: book.state.closings + 1,
    done: {},
    failed: {},
    watched: null,
    releasedAt: null,
    seen: NO_ACTIVITY,
    known: NO_ACTIVITY,
    ordered: requiredContainmentSteps(book.state.account.kind),
  });
}

/** Plans by which people say whether the account is to be open. */
const DECIDES: readonly PlanKind[] = ['contain', 'release'];

const isAboutToBeAsked = ({ hold: held, wanted }: CaseState): boolean =>
  held === null && wanted.some(({ group }) => DECIDES.includes(group));

const stillHeld = (scene: CaseContext): Promise<void> => pagePerson(scene, { kind: 'still-on-hold' }, 1);

/** Nobody has said yet that the closing stands. */
export async function askForConfirmation(scene: CaseContext): Promise<void> {
  scene.book.change({ ratifyAskedAt: Date.now() });
  await pagePerson(scene, { kind: 'confirm-containment' }, 2);
}
