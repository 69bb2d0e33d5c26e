// 1. Weigh the report, and whatever else people send, for as long as the case lives.
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
import { nothingBlocked, pagePerson } from './holds-and-paging.ts';
import type { MessageQueue } from './message-queue.ts';
import type { CaseInput } from './messages.ts';
import { recontain } from './monitoring.ts';
import { replacePlan, requestEradication, requestPlan } from './plans.ts';

/**
 * An act comes with the start or not at all: the engine hands both over in one
 * task. A start without one (by hand, or with a message that the desk turned
 * away) ends soon, so that no empty run lies under the name of an account.
 */
const FIRST_ACT_WITHIN_MS = 1000;

/** Weighs what arrives until one report is believed, and opens the case with it. @returns null when nothing on the desk could be believed */
export async function triageFirst(input: CaseInput, caseId: CaseId, desk: MessageQueue): Promise<CaseStore | null> {
  do {
    if (!(await desk.arrivedWithin(FIRST_ACT_WITHIN_MS))) return null;
    const weighed = await weigh(input, caseId, desk.take(), true);
    const state = weighed.opened && stateOf(input, weighed.opened, weighed);
    if (state) {
      const book = openCaseStore(state);
      noteOrder(book);
      return book;
    }
  } while (desk.waiting.length > 0);
  return null;
}

/** Goes on weighing beside everything else. A further report can make the order stricter, never milder. */
export function triageLater(scene: CaseContext, desk: MessageQueue): { readonly idle: boolean } {
  const { input, caseId } = scene;
  let weighing = false;
  const serve = async (): Promise<never> => {
    for (;;) {
      await desk.arrived();
      weighing = true;
      const { reports, decisions } = await weigh(input, caseId, desk.take(), false);
      for (const report of reports) await takeReport(scene, report);
      await takeDecisions(scene, decisions);
      weighing = false;
    }
  };
  void serve();
  return {
    get idle() {
      return !weighing && desk.waiting.length === 0 && !scene.book.drawing;
    },
  };
}

async function takeReport(scene: CaseContext, report: VerifiedActions['reports'][number]): Promise<void> {
  const { input, book } = scene;
  const { state } = book;
  if (state.ended) return;
  book.change({ reporters: union(state.reporters, [report.reporter]) });
  const own = orderFor(input, state, report);
  const decision = stricterOf(state.decision, own);
  // What was released was looked into by people. A report that names no success does not shut it again by itself: it asks them.
  if (state.releasedAt !== null && own.order.kind !== 'contain') return askAfterRelease(scene);
  if (decision === state.decision) {
    if (own.order.kind === 'people') return pagePerson(scene, nothingBlocked(state) ?? { kind: 'reported-again' }, 1);
    return hasOpenPlan(state, 'release') ? pagePerson(scene, { kind: 'reported-during-release' }, 1) : undefined;
  }
  // What the logs said is asked anew: they decide about more now.
  book.change({ decision, said: report.what, ordered: union(state.ordered, stepsAtOnce(decision)), logs: null });
  noteOrder(book);
  if (decision.order.kind === 'contain') endReleases(scene);
  await pageAtOnce(scene);
}

/** Nobody opens an account whose owner says that they let somebody in; what is open already is shut again. */
function endReleases(scene: CaseContext): void {
  const { book } = scene;
  const releases = openPlans(book.state).filter(({ group }) => group === 'release');
  for (const plan of releases) replacePlan(scene, plan, 'stricter-report');
  book.change({ wanted: book.state.wanted.filter(({ group }) => group !== 'release') });
  // Whoever was called about the first closing knows nothing of this one.
  if (book.state.releasedAt !== null || releases.length > 0) book.change({ called: false });
  if (book.state.releasedAt !== null) {
    recontain(scene);
  } else if (releases.length > 0 && blockedAtOf(book.state) !== null) {
    // It had given way to the release; where the account is still open, it is asked once the closing is done.
    requestEradication(scene);
  }
}

async function askAfterRelease(scene: CaseContext): Promise<void> {
  const { account, policy, plans, wanted } = scene.book.state;
  const isAsked = [...openPlans({ plans }), ...wanted].some(({ group }) => group === 'contain');
  if (!isAsked && requirementsFor(account.kind, 'contain', policy.stricter) !== null) requestPlan(scene, 'contain', 'report-after-release');
  await pagePerson(scene, { kind: 'reported-after-release' }, 1);
}

/** Accepted acts are never dropped: this activity is retried until it succeeds. */
const weigh = (input: CaseInput, caseId: CaseId, acts: readonly SignedEnvelope[], opening: boolean): Promise<VerifiedActions> =>
  untimedActivities()['people.weigh']({ tenant: input.tenant, subject: input.subject, caseId, acts, opening });

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
    generation: 1,
    lastGeneration: 1,
    closings: 1,
    closingSince: opened.openedAt,
    done: {},
    failed: {},
    logs: null,
    logRounds: 0,
    closedByUs: false,
    ratified: false,
    hold: null,
    plans: [],
    wanted: [],
    wrongCodes: {},
    newcomers: 0,
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
    ratifyAskedAt: null,
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

const noteOrder = (book: CaseStore): void =>
  book.note(`order/${book.state.decision.row}`, { kind: 'order.made', schemaVersion: 1, ...book.state.decision });

const union = <Item>(a: readonly Item[], b: readonly Item[]): Item[] => [...new Set([...a, ...b])];
