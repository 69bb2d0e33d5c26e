// What people decide, taken one after another as they were weighed. The rules
// are in domain/approval.ts; here they meet the case, and what follows from them
// is remembered, written down, and acted upon elsewhere.
import { condition } from '@temporalio/workflow';
import type { Note } from '../activities/notes.ts';
import type { WeighedDecision } from '../activities/people/weigh-decision.ts';
import {
  barredFrom,
  decideApproval,
  decideDecline,
  INSTEAD,
  isLockedOut,
  MOST_WRONG_CODES,
  type PlanFacts,
  type Refusal,
  ratifies,
  refusalKey,
} from '../domain/approval.ts';
import { type CasePlan, type CaseState, closedAtOf, closingStepsDue, openPlans } from '../domain/case-state.ts';
import { remedyOf } from '../domain/errors.ts';
import { mayAsk, nextMove, waitsForRatification } from '../domain/next-move.ts';
import { type PlanGroup, planCode, planKey } from '../domain/plan.ts';
import { MOST_NEWCOMERS } from '../domain/watch.ts';
import { orCode } from './activity-failures.ts';
import { takeCall } from './call.ts';
import { callSomebody, endHold, heldFor, putOnHold, rememberHold } from './calling.ts';
import { noted } from './case-book.ts';
import { addPlan, declinePlan, isBeingReleased, makeWanted, replacePlan, want, wantWhatIsLeft } from './plans.ts';
import { patient, type Scene, writeNotes } from './scene.ts';

export async function takeDecisions(scene: Scene, decisions: readonly WeighedDecision[]): Promise<void> {
  for (const decision of decisions) await take(scene, decision);
  const { kind } = nextMove(scene.book.state, Date.now());
  // What is about to be carried out takes the notes along, and so does what follows a closing that is under way. A hold is not left lying.
  const closes = closingStepsDue(scene.book.state).length > 0 && !scene.book.notes.some(isAboutHold);
  const isTaken = kind === 'carry-out' ? scene.book.resting : closes;
  if (!isTaken) await writeNotes(scene);
}

const isAboutHold = ({ event }: Note): boolean => event.kind === 'case.held' || event.kind === 'hold.ended';

async function take(scene: Scene, decision: WeighedDecision): Promise<void> {
  const { book } = scene;
  if (book.state.ended) return refuse(scene, decision, 'case-finished');
  switch (decision.act) {
    case 'approve':
      return approve(scene, decision);
    case 'decline':
      return decline(scene, decision);
    case 'revise':
      return revise(scene, decision);
    case 'keep-closed':
      return keepClosed(scene, decision);
    case 'hold':
      return holdByHand(scene, decision);
    case 'go-on':
      return goOn(scene, decision);
    case 'ask-release':
      return ask(scene, decision, 'release');
    case 'ask-undo':
      return ask(scene, decision, 'undo');
    case 'acknowledge':
      return acknowledge(scene, decision);
    case 'take-call':
      return call(scene, decision);
  }
}

function refuse({ book }: Scene, { key, act, person, plan }: WeighedDecision, because: Refusal, waitMs: number | null = null): void {
  book.note(refusalKey(key), { kind: 'decision.refused', schemaVersion: 1, act, person, because, waitMs, plan });
}

// --- plans ---

/** The plan a decision names. One that is just being drawn may be on the record already: then its result is waited for. */
async function planOf({ book }: Scene, { plan }: WeighedDecision): Promise<CasePlan | undefined> {
  if (planNamed(book.state, plan) === undefined) await condition(() => !book.drawing || planNamed(book.state, plan) !== undefined);
  return planNamed(book.state, plan);
}

function planNamed({ plans }: CaseState, digest: string | null): CasePlan | undefined {
  // A digest of an earlier revision names the plan that took its place.
  return plans.find((plan) => plan.digest === digest) ?? plans.find((plan) => digest !== null && plan.older.includes(digest));
}

function factsOf(plan: CasePlan | undefined, shown: string | null): PlanFacts | null {
  if (plan === undefined) return null;
  const { digest, askedBy, needs, votes, older, items, storedAt } = plan;
  const outdated = shown !== null && older.includes(shown);
  return { digest, code: planCode(digest), state: outdated ? 'replaced' : plan.state, askedBy, ...needs, votes, items, storedAt };
}

async function approve(scene: Scene, decision: WeighedDecision): Promise<void> {
  const { book, input } = scene;
  const plan = await planOf(scene, decision);
  const { state } = book;
  const { person, standing } = decision;
  const wrongCodesAt = state.wrongCodes[person] ?? [];
  const decided = decideApproval({
    standing,
    subject: input.subject,
    reporters: state.reporters,
    plan: factsOf(plan, decision.plan),
    code: decision.code ?? '',
    otherCodes: (plan?.older ?? []).map(planCode),
    wrongCodesAt,
    nowMs: Date.now(),
    lockOutMs: state.policy.durations.lockOutMs,
    storedAt: decision.storedAt,
    readPlanMs: state.policy.durations.readPlanMs,
  });
  if (decided.kind === 'refuse' || plan === undefined) {
    const because = decided.kind === 'refuse' ? decided.because : 'plan-unknown';
    refuse(scene, decision, because, 'waitMs' in decided ? decided.waitMs : null);
    if (because === 'wrong-code') await countWrongCode(scene, decision, wrongCodesAt);
    return;
  }
  const { digest } = plan;
  const votes = [...plan.votes, person];
  const missing = decided.kind === 'count' ? decided.missing : 0;
  const { planAgeMs } = decided;
  book.changePlan(digest, { votes, state: decided.kind === 'approve' ? 'approved' : 'asked' });
  book.note(`approval/${digest}/${person}`, { kind: 'approval.given', schemaVersion: 1, digest, person, missing, planAgeMs });
  if (decided.kind === 'count') return;
  book.note(planKey(digest, 'approved'), { kind: 'plan.approved', schemaVersion: 1, digest, by: votes });
  replaceOthers(scene, plan);
  // A look holds a case that is still open; a person has just said what is to be done about it.
  if (plan.group === 'contain' && state.hold?.endsWith === 'look') endHold(scene, 'containment-approved', person);
  if (ratifies(plan.group) && !state.ratified) ratify(scene, decision);
}

async function countWrongCode(scene: Scene, { person }: WeighedDecision, before: readonly number[]): Promise<void> {
  const { book } = scene;
  const nowMs = Date.now();
  const { lockOutMs } = book.state.policy.durations;
  const wrongCodesAt = [...before, nowMs].slice(-MOST_WRONG_CODES);
  book.change({ wrongCodes: { ...book.state.wrongCodes, [person]: wrongCodesAt } });
  if (!isLockedOut({ wrongCodesAt, nowMs, lockOutMs })) return;
  await callSomebody(scene, { kind: 'approver-locked-out', forMs: lockOutMs }, 2);
}

function replaceOthers(scene: Scene, approved: CasePlan): void {
  const { book } = scene;
  const others = INSTEAD[approved.group];
  for (const plan of openPlans(book.state)) {
    if (plan.state === 'asked' && others.includes(plan.group)) replacePlan(scene, plan, 'another-plan-approved');
  }
  book.change({ wanted: book.state.wanted.filter(({ group }) => !others.includes(group)) });
}

async function decline(scene: Scene, decision: WeighedDecision): Promise<void> {
  const { book, input, caseId } = scene;
  const plan = await planOf(scene, decision);
  const decided = decideDecline({ standing: decision.standing, subject: input.subject, plan: factsOf(plan, decision.plan) });
  if (decided.kind === 'refuse' || plan === undefined) {
    return refuse(scene, decision, decided.kind === 'refuse' ? decided.because : 'plan-unknown');
  }
  const { digest } = plan;
  const by = decision.person;
  const tooLate = { reasons: [{ kind: 'declined-too-late' }], by, endsWith: 'person' } as const;
  if (decided.kind === 'hold') return putOnHold(scene, tooLate);
  // The record says which came first, this no or the plan's first intent; the case may not have heard of either yet.
  const orHold = noted(`held/${decision.key}`, heldFor(tooLate));
  const run = { caseId, decline: { digest, by, orHold } };
  const { declined } = await book.carry((notes) => patient(book.state.policy.durations)['decision.record']({ ...run, notes }));
  if (!declined) return rememberHold(scene, tooLate);
  declinePlan(scene, plan);
  if (plan.group === 'contain') {
    putOnHold(scene, { reasons: [{ kind: 'closing-declined' }], by, endsWith: 'person' });
  }
}

async function revise(scene: Scene, decision: WeighedDecision): Promise<void> {
  const { book, input, caseId } = scene;
  const plan = await planOf(scene, decision);
  const { state } = book;
  const { person, standing } = decision;
  const bar = barredFrom('revise', standing, { ...input, ...state });
  if (bar !== null) return refuse(scene, decision, bar);
  if (plan === undefined) return refuse(scene, decision, 'plan-unknown');
  if (plan.digest !== decision.plan) return refuse(scene, decision, 'plan-changed');
  if (plan.state !== 'asked') return refuse(scene, decision, plan.state === 'expired' ? 'plan-expired' : 'plan-decided');
  const run = { caseId, subject: input.subject, digest: plan.digest, ticked: decision.ticked ?? [], by: person };
  const result = await book.carry((notes) => patient(state.policy.durations)['plan.revise']({ ...run, notes })).catch(orCode);
  const now = planNamed(book.state, plan.digest);
  if (typeof result !== 'string' && result.kind === 'made' && now?.state !== 'asked') {
    // It was decided, or had expired, while the other revision was written: nobody is asked about that one.
    const { digest } = result.plan;
    book.note(planKey(digest, 'expired'), { kind: 'plan.expired', schemaVersion: 1, digest });
    return refuse(scene, decision, now?.state === 'expired' ? 'plan-expired' : 'plan-decided');
  }
  if (typeof result === 'string') return refuse(scene, decision, 'plan-unknown');
  if (result.kind !== 'made') return refuse(scene, decision, result.kind === 'refused' ? result.because : 'nothing-changed');
  addPlan(scene, result.plan, plan);
}

// --- the case ---

function keepClosed(scene: Scene, decision: WeighedDecision): void {
  const { book, input } = scene;
  const bar = barredFrom('keep-closed', decision.standing, { ...input, ...book.state });
  if (bar !== null) return refuse(scene, decision, bar);
  if (!waitsForRatification(book.state)) return refuse(scene, decision, 'not-allowed-now');
  ratify(scene, decision);
}

function ratify({ book }: Scene, { person }: WeighedDecision): void {
  book.change({ ratified: true });
  book.note(`closing/ratified/${book.nextNumber()}`, { kind: 'closing.ratified', schemaVersion: 1, by: person });
}

function holdByHand(scene: Scene, decision: WeighedDecision): void {
  const bar = barredFrom('hold', decision.standing, { ...scene.input, ...scene.book.state });
  if (bar !== null) return refuse(scene, decision, bar);
  putOnHold(scene, { reasons: [{ kind: 'by-hand' }], by: decision.person, endsWith: 'person' });
}

function goOn(scene: Scene, decision: WeighedDecision): void {
  const { book, input } = scene;
  const bar = barredFrom(decision.act, decision.standing, { ...input, ...book.state });
  if (bar !== null) return refuse(scene, decision, bar);
  if (book.state.hold === null) return refuse(scene, decision, 'not-allowed-now');
  // A person who opened the form before this hold began was shown other reasons.
  if (decision.shownAt === null || decision.shownAt < book.state.hold.since) return refuse(scene, decision, 'hold-changed');
  endHold(scene, 'resumed-by-person', decision.person);
  const cameTooOften = book.state.newcomers > MOST_NEWCOMERS;
  // What had failed is tried again, what had come too often is counted anew, and what was seen by then is known.
  book.change({ failed: {}, newcomers: 0, closings: Math.min(book.state.closings, 1), known: book.state.seen });
  if (isBeingReleased(book.state)) return;
  if (cameTooOften) want(scene, 'clean-up', 'new-item');
  // An open account is what people go on from: they are asked again what is to become of it.
  if (closedAtOf(book.state) === null && closingStepsDue(book.state).length === 0 && openPlans(book.state).length === 0) {
    wantWhatIsLeft(scene);
  }
}

function ask(scene: Scene, decision: WeighedDecision, group: Extract<PlanGroup, 'release' | 'undo'>): void {
  const { book, input } = scene;
  const { state } = book;
  const bar = barredFrom(decision.act, decision.standing, { ...input, ...book.state });
  if (bar !== null) return refuse(scene, decision, bar);
  if (!mayAsk(state, group) || book.isDrawing(group)) return refuse(scene, decision, 'not-allowed-now');
  // Beside the weighing: what comes in meanwhile does not wait for Microsoft's answer.
  void book.draw(drawAsked(scene, decision, group));
}

async function drawAsked(scene: Scene, decision: WeighedDecision, group: Extract<PlanGroup, 'release' | 'undo'>): Promise<void> {
  const made = await makeWanted(scene, { group, because: 'requested', askedBy: decision.person });
  if (made.kind === 'refused') refuse(scene, decision, made.because);
  if (made.kind === 'nothing') refuse(scene, decision, 'not-allowed-now');
  if (made.kind === 'failed') refuse(scene, decision, remedyOf(made.code) === 'retry' ? 'directory-silent' : 'plan-not-made');
  await writeNotes(scene);
}

function call(scene: Scene, decision: WeighedDecision): void {
  const { state } = scene.book;
  const bar = barredFrom(decision.act, decision.standing, { ...scene.input, ...state });
  if (bar !== null || state.callTaken) return refuse(scene, decision, bar ?? 'call-taken');
  takeCall(scene, decision.person);
}

async function acknowledge(scene: Scene, decision: WeighedDecision): Promise<void> {
  const { book, input, caseId } = scene;
  const bar = barredFrom(decision.act, decision.standing, { ...input, ...book.state });
  if (bar !== null) return refuse(scene, decision, bar);
  book.change({ acknowledgedAt: Date.now() });
  book.note(`acknowledged/${decision.key}`, { kind: 'page.acknowledged', schemaVersion: 1, by: decision.person });
  await patient(book.state.policy.durations)['pages.acknowledge']({ caseId, pages: book.state.pages });
}
