// 1. Triage: verifies reports and all other actions, for as long as the case is open.
import type { VerifiedActions } from '../activities/people/verify-actions.ts';
import type { SignedEnvelope } from '../domain/action.ts';
import { requirementsFor } from '../domain/approval-requirements.ts';
import type { CaseState } from '../domain/case/state.ts';
import { blockedAtOf, hasOpenPlan, openPlans } from '../domain/case/state.ts';
import type { CaseId, ObjectId } from '../domain/ids.ts';
import { type Decision, decideOrder, stricterOf } from '../domain/policy.ts';
import { NO_ACTIVITY } from '../domain/recheck.ts';
import type { ContainmentStep } from '../domain/step.ts';
import { type CaseContext, untimedActivities } from './case-context.ts';
import { type CaseStore, openCaseStore } from './case-store.ts';
import { pageAtOnce } from './containment.ts';
import { takeDecisions } from './decisions.ts';
import { nothingBlocked } from './holds.ts';
import type { MessageQueue } from './message-queue.ts';
import type { CaseInput } from './messages.ts';
import { recontain } from './monitoring.ts';
import { pagePerson } from './paging.ts';
import { replacePlan, requestEradication, requestPlan } from './plans.ts';

/**
 * Temporal delivers a start and its first action in one task. A start without a valid action (a manual start, or a rejected
 * message) ends soon, so that no empty run blocks the workflow id of an account.
 */
const FIRST_ACT_WITHIN_MS = 1000;

/** Verifies what arrives until one report is valid, and opens the case with it. @returns null when no report was valid */
export async function triageFirst(input: CaseInput, caseId: CaseId, queue: MessageQueue): Promise<CaseStore | null> {
  do {
    if (!(await queue.arrivedWithin(FIRST_ACT_WITHIN_MS))) return null;
    const verified = await verify(input, caseId, queue.take(), true);
    const state = verified.opened && stateOf(input, verified.opened, verified);
    if (state) {
      const store = openCaseStore(state);
      noteOrder(store);
      return store;
    }
  } while (queue.waiting.length > 0);
  return null;
}

/** Continues to verify beside everything else. A further report can make the order stricter, never milder. */
export function triageLater(context: CaseContext, queue: MessageQueue): { readonly idle: boolean } {
  const { input, caseId } = context;
  let verifying = false;
  const serve = async (): Promise<never> => {
    for (;;) {
      await queue.arrived();
      verifying = true;
      const { reports, decisions } = await verify(input, caseId, queue.take(), false);
      for (const report of reports) await takeReport(context, report);
      await takeDecisions(context, decisions);
      verifying = false;
    }
  };
  void serve();
  return {
    get idle() {
      return !verifying && queue.waiting.length === 0 && !context.store.making;
    },
  };
}

async function takeReport(context: CaseContext, report: VerifiedActions['reports'][number]): Promise<void> {
  const { input, store } = context;
  const { state } = store;
  if (state.ended) return;
  store.change({ reporters: union(state.reporters, [report.reporter]) });
  const own = orderFor(input, state, report);
  const decision = stricterOf(state.decision, own);
  // People decided the release. A report without a successful sign-in does not block the account again: it asks people.
  if (state.releasedAt !== null && own.order.kind !== 'contain') return askAfterRelease(context);
  if (decision === state.decision) {
    if (own.order.kind === 'people') return pagePerson(context, nothingBlocked(state) ?? { kind: 'reported-again' }, 1);
    return hasOpenPlan(state, 'release') ? pagePerson(context, { kind: 'reported-during-release' }, 1) : undefined;
  }
  // The logs are read again: more depends on them now.
  store.change({ decision, said: report.what, ordered: union(state.ordered, stepsAtOnce(decision)), logs: null });
  noteOrder(store);
  if (decision.order.kind === 'contain') endReleases(context);
  await pageAtOnce(context);
}

/** A report by the owner of a successful attack cancels every release. A released account is contained again. */
function endReleases(context: CaseContext): void {
  const { store } = context;
  const releases = openPlans(store.state).filter(({ group }) => group === 'release');
  for (const plan of releases) replacePlan(context, plan, 'stricter-report');
  store.change({ wanted: store.state.wanted.filter(({ group }) => group !== 'release') });
  // The page about the first containment does not cover this one.
  if (store.state.releasedAt !== null || releases.length > 0) store.change({ called: false });
  if (store.state.releasedAt !== null) {
    recontain(context);
  } else if (releases.length > 0 && blockedAtOf(store.state) !== null) {
    // The release superseded it. When the account is still open, it is asked again after the containment.
    requestEradication(context);
  }
}

async function askAfterRelease(context: CaseContext): Promise<void> {
  const { account, policy, plans, wanted } = context.store.state;
  const isAsked = [...openPlans({ plans }), ...wanted].some(({ group }) => group === 'containment');
  if (!isAsked && requirementsFor(account.kind, 'containment', policy.stricter) !== null)
    requestPlan(context, 'containment', 'report-after-release');
  await pagePerson(context, { kind: 'reported-after-release' }, 1);
}

/** Accepted actions are never dropped: this activity is retried until it succeeds. */
const verify = (input: CaseInput, caseId: CaseId, actions: readonly SignedEnvelope[], opening: boolean): Promise<VerifiedActions> =>
  untimedActivities()['people.verify']({ tenant: input.tenant, subject: input.subject, caseId, actions, opening });

type Opened = NonNullable<VerifiedActions['opened']>;

function stateOf(input: CaseInput, opened: Opened, { reports }: VerifiedActions): CaseState {
  const decisions = reports.map((report) => orderFor(input, opened, report));
  const decision = decisions.reduce(stricterOf);
  return {
    ...opened,
    reporters: union<ObjectId>(
      [],
      reports.map((report) => report.reporter),
    ),
    decision,
    said: reports[decisions.indexOf(decision)]?.what ?? 'not-sure',
    ordered: stepsAtOnce(decision),
    attempt: 1,
    lastAttempt: 1,
    containments: 1,
    containmentSince: opened.openedAt,
    done: {},
    failed: {},
    logs: null,
    logRounds: 0,
    blockedByUs: false,
    confirmed: false,
    hold: null,
    plans: [],
    wanted: [],
    wrongCodes: {},
    newItems: 0,
    cleanedAt: null,
    releasedAt: null,
    cleanUpsSince: 0,
    looks: 0,
    lookedAt: Date.now(),
    watched: null,
    seen: NO_ACTIVITY,
    known: NO_ACTIVITY,
    noted: 0,
    cleanUpDrawn: false,
    called: false,
    pages: 0,
    owedPages: [],
    confirmationAskedAt: null,
    acknowledgedAt: null,
    callTaken: false,
    callPaged: false,
    ended: false,
  };
}

const orderFor = (
  input: CaseInput,
  { account, provenBreakGlass, administrators }: Pick<Opened, 'account' | 'provenBreakGlass' | 'administrators'>,
  { reportedBy, what }: VerifiedActions['reports'][number],
): Decision => decideOrder({ account, subject: input.subject, reportedBy, what, baseline: { provenBreakGlass, administrators } });

function stepsAtOnce({ order }: Decision): readonly ContainmentStep[] {
  switch (order.kind) {
    case 'contain':
      return order.steps;
    case 'ask-logs':
      return order.atOnce;
    case 'people':
      return [];
  }
}

const noteOrder = (store: CaseStore): void =>
  store.note(`order/${store.state.decision.row}`, { kind: 'order.made', schemaVersion: 1, ...store.state.decision });

const union = <Item>(a: readonly Item[], b: readonly Item[]): Item[] => [...new Set([...a, ...b])];
