// The longer moves of the runbook, one function each, in the order of the paper.
import { ActivityFailure, condition, sleep } from '@temporalio/workflow';
import type { Weighed } from '../activities/people/weigh.ts';
import { effectiveBy, recheckAt } from '../domain/clocks.ts';
import type { CaseId } from '../domain/ids.ts';
import { DEFAULT_DURATIONS, type Decision, decideOrder, stepsThatClose, stricter } from '../domain/policy.ts';
import type { SignedEnvelope } from '../domain/report.ts';
import type { ContainingStep } from '../domain/step.ts';
import { type Finding, HOLD, judgeLook } from '../domain/watch.ts';
import { codeOf, patient, reading, type Scene } from './carry-out.ts';
import { type CaseBook, openBook } from './case-book.ts';
import type { Desk } from './desk.ts';
import type { Carried, CaseInput, CaseState } from './messages.ts';

// --- 1. Weigh the report ---

/**
 * An act comes with the start or not at all: the engine hands both over in one
 * task. A start without one (by hand, or with a message that the desk turned
 * away) ends soon, so that no empty run lies under the name of an account.
 */
const FIRST_ACT_WITHIN_MS = 1000;

/** Weighs what arrives until one report is believed, and opens the case with it. @returns null when nothing on the desk could be believed */
export async function weighFirst(input: CaseInput, caseId: CaseId, desk: Desk): Promise<CaseBook | null> {
  do {
    if (!(await desk.arrivedWithin(FIRST_ACT_WITHIN_MS))) return null;
    const weighed = await weigh(input, caseId, desk.take(), true);
    const state = weighed.opened && stateOf(input, weighed.opened, weighed);
    if (state) {
      const book = openBook(state);
      noteOrder(book);
      return book;
    }
  } while (desk.waiting.length > 0);
  return null;
}

/** Goes on weighing beside everything else. A further report can make the order stricter, never milder. */
export function weighLater({ input, caseId, book }: Scene, desk: Desk): { readonly idle: boolean } {
  let weighing = false;
  const serve = async (): Promise<never> => {
    for (;;) {
      await desk.arrived();
      weighing = true;
      const { reports } = await weigh(input, caseId, desk.take(), false);
      weighing = false;
      for (const report of reports) {
        const { state } = book;
        const decision = stricter(state.decision, orderFor(input, state, report));
        if (decision === state.decision) continue;
        book.change({ decision, ordered: union(state.ordered, stepsAtOnce(decision)) });
        noteOrder(book);
      }
    }
  };
  void serve();
  return {
    get idle() {
      return !weighing && desk.waiting.length === 0;
    },
  };
}

/** Accepted acts are never dropped: when the record refuses them, they are weighed again after a while. */
async function weigh(input: CaseInput, caseId: CaseId, acts: readonly SignedEnvelope[], opening: boolean): Promise<Weighed> {
  for (;;) {
    try {
      return await patient()['people.weigh']({
        tenant: input.tenant,
        subject: input.subject,
        caseId,
        acts,
        opening,
      });
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      await sleep(DEFAULT_DURATIONS.askAgainMs);
    }
  }
}

type Opened = NonNullable<Weighed['opened']>;

function stateOf(input: CaseInput, opened: Opened, { reports }: Weighed): CaseState {
  const decision = reports.map((report) => orderFor(input, opened, report)).reduce(stricter);
  return {
    ...opened,
    decision,
    ordered: stepsAtOnce(decision),
    generation: 1,
    done: {},
    failed: {},
    closedByUs: false,
    heldFor: [],
    looks: 0,
    pages: 0,
  };
}

const orderFor = (
  input: CaseInput,
  { account, provenBreakGlass, administrators }: Pick<Opened, 'account' | 'provenBreakGlass' | 'administrators'>,
  { reportedBy, what }: Weighed['reports'][number],
): Decision => decideOrder({ account, subject: input.subject, reportedBy, what, baseline: { provenBreakGlass, administrators } });

function stepsAtOnce({ order }: Decision): readonly ContainingStep[] {
  switch (order.kind) {
    case 'contain':
      return order.steps;
    case 'ask-logs':
      return order.atOnce;
    case 'people':
      return [];
  }
}

const noteOrder = (book: CaseBook): void =>
  book.note(`order/${book.state.decision.row}`, { kind: 'order.made', schemaVersion: 1, ...book.state.decision });

const union = (a: readonly ContainingStep[], b: readonly ContainingStep[]): ContainingStep[] => [...new Set([...a, ...b])];

// --- 2. Close the account, and look around meanwhile ---

export const closingStepsDue = ({ book: { state } }: Scene): ContainingStep[] =>
  state.ordered.filter((step) => state.done[step] === undefined && state.failed[step] === undefined);

/** @returns when the last of the needed readings was made (ms), or null while one is missing */
export function closedAtOf({ account, done }: CaseState): number | null {
  const times = stepsThatClose(account.kind).map((step) => done[step]);
  return times.every((at) => at !== undefined) ? Math.max(...times) : null;
}

/** Puts both clocks of a closed account on the record. */
export function noteClosed({ book }: Scene): void {
  const closedAt = closedAtOf(book.state);
  if (closedAt === null) return;
  book.note(`closed/${closedAt}`, {
    kind: 'account.closed',
    schemaVersion: 1,
    closedAt: new Date(closedAt).toISOString(),
    effectiveBy: new Date(effectiveBy(closedAt, book.state.policy.durations)).toISOString(),
  });
}

/** Reads the logs until they support the report or the deadline has passed. @returns true when they ordered something new */
export async function askLogs(scene: Scene): Promise<boolean> {
  const { book, input, caseId } = scene;
  const { order } = book.state.decision;
  if (order.kind !== 'ask-logs' || order.whenSupported.every((step) => book.state.ordered.includes(step))) return false;
  const { logDeadlineMs } = book.state.policy.durations;
  const deadline = Date.now() + logDeadlineMs;
  const sinceMs = book.state.openedAt - WINDOW_BEFORE_REPORT_MS;
  let readable = false;
  for (let round = 1; ; round += 1) {
    const asked = order;
    const answer = await book
      .carry((notes) => reading(book.state)['logs.read']({ caseId, subject: input.subject, round, sinceMs, notes }))
      .catch((error: unknown) => orBlind(error));
    readable = answer.readable;
    if (answer.supports) break;
    const left = deadline - Date.now();
    // A further report may have ordered more in the meantime; then the logs need not be asked any longer.
    if (left <= 0 || (await condition(() => book.state.decision.order !== asked, Math.min(left, logDeadlineMs / LOG_ROUNDS)))) {
      if (book.state.decision.order !== asked) return true;
      if (left > 0) continue;
      if (readable || order.whenSilent === 'people') return false;
      break;
    }
  }
  book.change({ ordered: union(book.state.ordered, order.whenSupported) });
  return true;
}

/** Unknown start of the window: a day before the report. */
const WINDOW_BEFORE_REPORT_MS = 24 * 60 * 60 * 1000;
const LOG_ROUNDS = 4;

function orBlind(error: unknown): { readonly supports: false; readonly readable: false } {
  if (error instanceof ActivityFailure) return { supports: false, readable: false };
  throw error;
}

/** Looks at everything, changes nothing. Containment never waits for it, and a survey that fails is a blind spot. */
export async function surveyAccount({ input, caseId, book }: Scene): Promise<void> {
  try {
    await book.carry((notes) => reading(book.state).survey({ caseId, subject: input.subject, notes }));
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    book.note('survey/stored', {
      kind: 'survey.stored',
      schemaVersion: 1,
      methods: {},
      enabled: null,
      blindSpots: [
        { what: 'account', why: 'no answer' },
        { what: 'sign-in methods', why: 'no answer' },
      ],
    });
  }
}

/** Holds the case when it is not closed, and pages a person. Nothing is undone and nothing more is changed. */
export async function holdForPeople(scene: Scene): Promise<void> {
  const reasons = reasonsToHold(scene.book.state);
  if (reasons.length > 0) await hold(scene, reasons);
}

function reasonsToHold({ decision, failed, ordered, account, done }: CaseState): string[] {
  const failures = Object.entries(failed).map(([step, code]) => `${step} could not be carried out (${code}).`);
  if (failures.length > 0) return failures;
  const open = stepsThatClose(account.kind).filter((step) => done[step] === undefined);
  if (open.length === 0) return [];
  switch (decision.order.kind) {
    case 'people':
      return [decision.order.because];
    case 'ask-logs': {
      const supported = decision.order.whenSupported.every((step) => ordered.includes(step));
      const said = supported ? 'The logs bear the report out' : 'The logs show no success so far';
      return [`${said}; ${open.join(' and ')} ${open.length === 1 ? 'needs' : 'need'} a person's decision.`];
    }
    case 'contain':
      return ordered.length === 0 ? [HOLD.stillOpen] : [];
  }
}

async function hold({ caseId, book }: Scene, reasons: readonly string[]): Promise<void> {
  const pages = book.state.pages + 1;
  book.change({ heldFor: reasons, pages });
  book.note(`held/${pages}`, { kind: 'case.held', schemaVersion: 1, reasons });
  await book
    .carry((notes) =>
      reading(book.state)['person.page']({ caseId, number: book.state.number, page: pages, reason: reasons.join(' '), notes }),
    )
    .catch((error: unknown) => {
      // A pager that cannot be reached is on the record as an undelivered page; the case itself goes on.
      if (!(error instanceof ActivityFailure)) throw error;
      book.note(`page/${pages}/failed`, {
        kind: 'person.paged',
        schemaVersion: 1,
        reason: `${reasons.join(' ')} (${codeOf(error)})`,
        dedupKey: `${caseId}/${pages}`,
        delivered: false,
      });
    });
}

// --- 3. Watch ---

/** Keeps the history of the run that has just ended, before the engine may forget it. */
export const exportRun = ({ book }: Scene, { caseId, workflowId, runId }: Carried): Promise<void> =>
  book.carry((notes) => patient(book.state.policy.durations)['history.export']({ caseId, workflowId, runId, notes }));

export function nextLookAt({ book }: Scene): number {
  const { durations } = book.state.policy;
  const closedAt = closedAtOf(book.state);
  const asked = Date.now() + durations.askAgainMs;
  if (closedAt === null || book.state.heldFor.length > 0) return asked;
  // A look that came too early waits once more for the rest of the time.
  return Math.max(recheckAt(closedAt, durations), book.state.looks > 0 ? Date.now() + durations.readBackEveryMs : 0);
}

export async function lookAgain(scene: Scene): Promise<Finding> {
  const { input, caseId, book } = scene;
  const { durations } = book.state.policy;
  const look = book.state.looks + 1;
  book.change({ looks: look });
  const closedAt = closedAtOf(book.state);
  const effectiveByMs = closedAt === null ? null : effectiveBy(closedAt, durations);
  const sinceMs = closedAt ?? book.state.openedAt;
  const finding = await book
    .carry((notes) => reading(book.state).recheck({ caseId, subject: input.subject, look, sinceMs, effectiveByMs, notes }))
    .then(
      (seen): Finding =>
        judgeLook({
          look: seen,
          needed: stepsThatClose(book.state.account.kind),
          openedAt: book.state.openedAt,
          closedAt,
          outsideReach: book.state.account.outsideReach,
          durations,
          generation: book.state.generation,
          closedByUs: book.state.closedByUs,
        }),
    )
    .catch((error: unknown): Finding => {
      if (!(error instanceof ActivityFailure)) throw error;
      return { kind: 'hold', reasons: [HOLD.unreadable] };
    });
  await follow(scene, finding);
  return finding;
}

async function follow(scene: Scene, finding: Finding): Promise<void> {
  const { book } = scene;
  switch (finding.kind) {
    case 'early':
      return;
    case 'open-again':
      // Everything from the start, under a new generation: the old intents belong to the old closing.
      endHold(book, 'A look showed the account open again; it is shut once more.');
      book.change({
        generation: book.state.generation + 1,
        done: {},
        failed: {},
        ordered: stepsThatClose(book.state.account.kind),
      });
      return;
    case 'closed-by-hand': {
      book.change({ done: Object.fromEntries(finding.steps.map((step) => [step, finding.at])), failed: {} });
      noteClosed(scene);
      endHold(book, 'A look showed the account closed by hand.');
      return;
    }
    case 'hold':
      await hold(scene, finding.reasons);
      return;
    case 'ended':
      endHold(book, 'A look showed the account closed and quiet.');
      if (finding.outcome !== 'closed') {
        const closedAt = closedAtOf(book.state);
        book.note('account/contained', {
          kind: 'account.contained',
          schemaVersion: 1,
          effectiveBy: new Date(effectiveBy(closedAt ?? 0, book.state.policy.durations)).toISOString(),
        });
      }
  }
}

function endHold(book: CaseBook, because: string): void {
  if (book.state.heldFor.length === 0) return;
  book.change({ heldFor: [] });
  book.note(`hold/ended/${book.state.looks}`, { kind: 'hold.ended', schemaVersion: 1, because });
}
