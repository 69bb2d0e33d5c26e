// Takes the verified decisions of people one after another. The rules are in
// domain/approval.ts; this file applies them to the case and records the result.
import { condition } from '@temporalio/workflow';
import type { PendingEvent } from '../activities/pending-events.ts';
import type { VerifiedDecision } from '../activities/people/verify-decision.ts';
import {
  confirmsContainment,
  decideApproval,
  decideDecline,
  ineligibleFor,
  isLockedOut,
  MAX_WRONG_CODES,
  type PlanFacts,
  type Refusal,
  refusalKey,
  SUPERSEDES,
} from '../domain/approval.ts';
import { mayAsk, nextMove, waitsForConfirmation } from '../domain/case/due-jobs.ts';
import { blockedAtOf, type CasePlan, type CaseState, containmentStepsDue, openPlans } from '../domain/case/state.ts';
import { remedyOf } from '../domain/errors.ts';
import { type PlanKind, planCode, planKey } from '../domain/plan.ts';
import { MAX_NEW_ITEM_ROUNDS } from '../domain/recheck.ts';
import { failureCodeOf } from './activity-failures.ts';
import { takeCall } from './call-subject.ts';
import { type CaseContext, flushPending, untimedActivities } from './case-context.ts';
import { noted } from './case-store.ts';
import { endHold, heldFor, putOnHold, rememberHold } from './holds.ts';
import { pagePerson } from './paging.ts';
import { addPlan, declinePlan, isBeingReleased, makeRequestedPlan, replacePlan, requestPlan, requestRemainingPlan } from './plans.ts';

export async function takeDecisions(context: CaseContext, decisions: readonly VerifiedDecision[]): Promise<void> {
  for (const decision of decisions) await take(context, decision);
  const { kind } = nextMove(context.store.state, Date.now());
  // A plan that runs next carries the pending events, and so do containment steps that are due. A hold is written at once.
  const isContaining = containmentStepsDue(context.store.state).length > 0 && !context.store.notes.some(isAboutHold);
  const isTaken = kind === 'carry-out' ? context.store.resting : isContaining;
  if (!isTaken) await flushPending(context);
}

const isAboutHold = ({ event }: PendingEvent): boolean => event.kind === 'case.held' || event.kind === 'hold.ended';

async function take(context: CaseContext, decision: VerifiedDecision): Promise<void> {
  const { store } = context;
  if (store.state.ended) return refuse(context, decision, 'case-closed');
  switch (decision.act) {
    case 'approve':
      return approve(context, decision);
    case 'decline':
      return decline(context, decision);
    case 'revise':
      return revise(context, decision);
    case 'confirm-containment':
      return confirmContainment(context, decision);
    case 'hold':
      return holdCase(context, decision);
    case 'resume':
      return resume(context, decision);
    case 'ask-release':
      return ask(context, decision, 'release');
    case 'ask-undo':
      return ask(context, decision, 'undo');
    case 'acknowledge':
      return acknowledge(context, decision);
    case 'take-call':
      return takeSubjectCall(context, decision);
  }
}

function refuse(
  { store }: CaseContext,
  { key, act, person, plan }: VerifiedDecision,
  because: Refusal,
  waitMs: number | null = null,
): void {
  store.note(refusalKey(key), { kind: 'decision.refused', schemaVersion: 1, act, person, because, waitMs, plan });
}

// --- plans ---

/** The plan that a decision names. A plan that is being made may be in the ledger already: then this waits for it. */
async function planOf({ store }: CaseContext, { plan }: VerifiedDecision): Promise<CasePlan | undefined> {
  if (planNamed(store.state, plan) === undefined) await condition(() => !store.making || planNamed(store.state, plan) !== undefined);
  return planNamed(store.state, plan);
}

function planNamed({ plans }: CaseState, digest: string | null): CasePlan | undefined {
  // A digest of an earlier revision names the plan that replaced it.
  return plans.find((plan) => plan.digest === digest) ?? plans.find((plan) => digest !== null && plan.older.includes(digest));
}

function factsOf(plan: CasePlan | undefined, shown: string | null): PlanFacts | null {
  if (plan === undefined) return null;
  const { digest, askedBy, needs, votes, older, items, storedAt } = plan;
  const outdated = shown !== null && older.includes(shown);
  return { digest, code: planCode(digest), state: outdated ? 'replaced' : plan.state, askedBy, ...needs, votes, items, storedAt };
}

async function approve(context: CaseContext, decision: VerifiedDecision): Promise<void> {
  const { store, input } = context;
  const plan = await planOf(context, decision);
  const { state } = store;
  const { person, approver } = decision;
  const wrongCodesAt = state.wrongCodes[person] ?? [];
  const decided = decideApproval({
    approver,
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
    refuse(context, decision, because, 'waitMs' in decided ? decided.waitMs : null);
    if (because === 'wrong-code') await countWrongCode(context, decision, wrongCodesAt);
    return;
  }
  const { digest } = plan;
  const votes = [...plan.votes, person];
  const missing = decided.kind === 'count' ? decided.missing : 0;
  const { planAgeMs } = decided;
  store.changePlan(digest, { votes, state: decided.kind === 'approve' ? 'approved' : 'asked' });
  store.note(`approval/${digest}/${person}`, { kind: 'approval.given', schemaVersion: 1, digest, person, missing, planAgeMs });
  if (decided.kind === 'count') return;
  store.note(planKey(digest, 'approved'), { kind: 'plan.approved', schemaVersion: 1, digest, by: votes });
  replaceOthers(context, plan);
  // A recheck put the case on hold because the account is open. An approved containment answers that.
  if (plan.group === 'containment' && state.hold?.endsWith === 'recheck') endHold(context, 'containment-approved', person);
  if (confirmsContainment(plan.group) && !state.confirmed) recordConfirmation(context, decision);
}

async function countWrongCode(context: CaseContext, { person }: VerifiedDecision, before: readonly number[]): Promise<void> {
  const { store } = context;
  const nowMs = Date.now();
  const { lockOutMs } = store.state.policy.durations;
  const wrongCodesAt = [...before, nowMs].slice(-MAX_WRONG_CODES);
  store.change({ wrongCodes: { ...store.state.wrongCodes, [person]: wrongCodesAt } });
  if (!isLockedOut({ wrongCodesAt, nowMs, lockOutMs })) return;
  await pagePerson(context, { kind: 'approver-locked-out', forMs: lockOutMs }, 2);
}

function replaceOthers(context: CaseContext, approved: CasePlan): void {
  const { store } = context;
  const others = SUPERSEDES[approved.group];
  for (const plan of openPlans(store.state)) {
    if (plan.state === 'asked' && others.includes(plan.group)) replacePlan(context, plan, 'another-plan-approved');
  }
  store.change({ wanted: store.state.wanted.filter(({ group }) => !others.includes(group)) });
}

async function decline(context: CaseContext, decision: VerifiedDecision): Promise<void> {
  const { store, input, caseId } = context;
  const plan = await planOf(context, decision);
  const decided = decideDecline({ approver: decision.approver, subject: input.subject, plan: factsOf(plan, decision.plan) });
  if (decided.kind === 'refuse' || plan === undefined) {
    return refuse(context, decision, decided.kind === 'refuse' ? decided.because : 'plan-unknown');
  }
  const { digest } = plan;
  const by = decision.person;
  const tooLate = { reasons: [{ kind: 'declined-too-late' }], by, endsWith: 'person' } as const;
  if (decided.kind === 'hold') return putOnHold(context, tooLate);
  // The ledger decides which came first, this decline or the plan's first intent. The case may know of neither yet.
  const orHold = noted(`held/${decision.key}`, heldFor(tooLate));
  const run = { caseId, decline: { digest, by, orHold } };
  const { declined } = await store.carry((notes) => untimedActivities(store.state.policy.durations)['decision.record']({ ...run, notes }));
  if (!declined) return rememberHold(context, tooLate);
  declinePlan(context, plan);
  if (plan.group === 'containment') {
    putOnHold(context, { reasons: [{ kind: 'containment-declined' }], by, endsWith: 'person' });
  }
}

async function revise(context: CaseContext, decision: VerifiedDecision): Promise<void> {
  const { store, input, caseId } = context;
  const plan = await planOf(context, decision);
  const { state } = store;
  const { person, approver } = decision;
  const ineligible = ineligibleFor('revise', approver, { ...input, ...state });
  if (ineligible !== null) return refuse(context, decision, ineligible);
  if (plan === undefined) return refuse(context, decision, 'plan-unknown');
  if (plan.digest !== decision.plan) return refuse(context, decision, 'plan-changed');
  if (plan.state !== 'asked') return refuse(context, decision, plan.state === 'expired' ? 'plan-expired' : 'plan-decided');
  const run = { caseId, subject: input.subject, digest: plan.digest, ticked: decision.ticked ?? [], by: person };
  const result = await store
    .carry((notes) => untimedActivities(state.policy.durations)['plan.revise']({ ...run, notes }))
    .catch(failureCodeOf);
  const now = planNamed(store.state, plan.digest);
  if (typeof result !== 'string' && result.kind === 'made' && now?.state !== 'asked') {
    // The plan was decided or expired while the revision was written: no person is asked about the revision.
    const { digest } = result.plan;
    store.note(planKey(digest, 'expired'), { kind: 'plan.expired', schemaVersion: 1, digest });
    return refuse(context, decision, now?.state === 'expired' ? 'plan-expired' : 'plan-decided');
  }
  if (typeof result === 'string') return refuse(context, decision, 'plan-unknown');
  if (result.kind !== 'made') return refuse(context, decision, result.kind === 'refused' ? result.because : 'nothing-changed');
  addPlan(context, result.plan, { before: plan });
}

// --- the case ---

function confirmContainment(context: CaseContext, decision: VerifiedDecision): void {
  const { store, input } = context;
  const ineligible = ineligibleFor('confirm-containment', decision.approver, { ...input, ...store.state });
  if (ineligible !== null) return refuse(context, decision, ineligible);
  if (!waitsForConfirmation(store.state)) return refuse(context, decision, 'not-allowed-now');
  recordConfirmation(context, decision);
}

function recordConfirmation({ store }: CaseContext, { person }: VerifiedDecision): void {
  store.change({ confirmed: true });
  store.note(`containment/confirmed/${store.nextNumber()}`, { kind: 'containment.confirmed', schemaVersion: 1, by: person });
}

function holdCase(context: CaseContext, decision: VerifiedDecision): void {
  const ineligible = ineligibleFor('hold', decision.approver, { ...context.input, ...context.store.state });
  if (ineligible !== null) return refuse(context, decision, ineligible);
  putOnHold(context, { reasons: [{ kind: 'by-hand' }], by: decision.person, endsWith: 'person' });
}

function resume(context: CaseContext, decision: VerifiedDecision): void {
  const { store, input } = context;
  const ineligible = ineligibleFor(decision.act, decision.approver, { ...input, ...store.state });
  if (ineligible !== null) return refuse(context, decision, ineligible);
  if (store.state.hold === null) return refuse(context, decision, 'not-allowed-now');
  // A person who opened the form before this hold began saw other reasons.
  if (decision.shownAt === null || decision.shownAt < store.state.hold.since) return refuse(context, decision, 'hold-changed');
  endHold(context, 'resumed-by-person', decision.person);
  const cameTooOften = store.state.newItems > MAX_NEW_ITEM_ROUNDS;
  // Failed steps are tried again, new items are counted from zero, and known attacker activity is remembered.
  store.change({ failed: {}, newItems: 0, containments: Math.min(store.state.containments, 1), known: store.state.seen });
  if (isBeingReleased(store.state)) return;
  if (cameTooOften) requestPlan(context, 'eradication', 'new-item');
  // The account is still open: people are asked again what to do about it.
  if (blockedAtOf(store.state) === null && containmentStepsDue(store.state).length === 0 && openPlans(store.state).length === 0) {
    requestRemainingPlan(context);
  }
}

function ask(context: CaseContext, decision: VerifiedDecision, group: Extract<PlanKind, 'release' | 'undo'>): void {
  const { store, input } = context;
  const { state } = store;
  const ineligible = ineligibleFor(decision.act, decision.approver, { ...input, ...store.state });
  if (ineligible !== null) return refuse(context, decision, ineligible);
  if (!mayAsk(state, group) || store.isMaking(group)) return refuse(context, decision, 'not-allowed-now');
  // Beside the verification: later messages do not wait for Microsoft's answer.
  void store.make(makeAsked(context, decision, group));
}

async function makeAsked(context: CaseContext, decision: VerifiedDecision, group: Extract<PlanKind, 'release' | 'undo'>): Promise<void> {
  const made = await makeRequestedPlan(context, { group, because: 'requested', askedBy: decision.person });
  if (made.kind === 'refused') refuse(context, decision, made.because);
  if (made.kind === 'nothing') refuse(context, decision, 'not-allowed-now');
  if (made.kind === 'failed') refuse(context, decision, remedyOf(made.code) === 'retry' ? 'directory-silent' : 'plan-not-made');
  await flushPending(context);
}

function takeSubjectCall(context: CaseContext, decision: VerifiedDecision): void {
  const { state } = context.store;
  const ineligible = ineligibleFor(decision.act, decision.approver, { ...context.input, ...state });
  if (ineligible !== null || state.callTaken) return refuse(context, decision, ineligible ?? 'call-taken');
  takeCall(context, decision.person);
}

async function acknowledge(context: CaseContext, decision: VerifiedDecision): Promise<void> {
  const { store, input, caseId } = context;
  const ineligible = ineligibleFor(decision.act, decision.approver, { ...input, ...store.state });
  if (ineligible !== null) return refuse(context, decision, ineligible);
  store.change({ acknowledgedAt: Date.now() });
  store.note(`acknowledged/${decision.key}`, { kind: 'page.acknowledged', schemaVersion: 1, by: decision.person });
  await untimedActivities(store.state.policy.durations)['pages.acknowledge']({ caseId, pages: store.state.pages });
}
