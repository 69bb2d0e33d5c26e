// The case as people see it, folded from the entries of its chain. Pure, so the card and an auditor's own program agree.
import type { AccountKind, OutsideReach, ProtectedBecause } from '../account.ts';
import type { DecisionAction, Refusal } from '../approval.ts';
import { effectiveBy, isRevokedSince } from '../containment-times.ts';
import { type Held, type HoldReason, holdAfter } from '../hold.ts';
import type { ObjectId } from '../ids.ts';
import { type NotChecked, notCheckedIn } from '../not-checked.ts';
import type { PageReason } from '../page-words.ts';
import type { PlanKind } from '../plan.ts';
import { foldPlans, type PlanView } from '../plan-view.ts';
import { type ContainmentOrder, type Durations, type ReportedBy, requiredContainmentSteps } from '../policy.ts';
import type { WhatHappened } from '../report.ts';
import { type BlindSpot, CONTAINMENT_STEPS, type ContainmentStep, isContainmentStep } from '../step.ts';
import type { LedgerEvent, Outcome, Rechecked } from './events.ts';
import { type CaseNews, newsOf } from './news.ts';

/** The fields of an entry that the view needs. */
export interface ViewEntry {
  readonly seq: number;
  /** Database clock, milliseconds since 1970. */
  readonly storedAt: number;
  readonly hash: string;
  readonly event: LedgerEvent;
}

/**
 * containing: the steps are under way. blocked: fresh reads showed block and revoke.
 * contained: the last token has expired and no activity was seen since. released: a
 * false alarm, enabled again by people. open: nothing was ordered, or what was
 * ordered has not begun.
 */
export type AccountState = 'open' | 'containing' | 'blocked' | 'contained' | 'released';

export interface StepView {
  readonly step: ContainmentStep;
  readonly state: 'waiting' | 'under way' | 'done' | 'was so before' | 'failed';
  readonly code: string | null;
  readonly readAt: string | null;
}

export interface ReportView {
  readonly reporter: ObjectId;
  readonly reportedBy: ReportedBy;
  readonly what: WhatHappened;
  readonly receivedAt: string;
  /** Names the report. */
  readonly key: string;
  /** The report has free text. */
  readonly hasWords: boolean;
  /** Digest of the text as it may be shown; null when there is none, or it could not be opened. */
  readonly shownSha256: string | null;
}

/** A decision that did not count; the person who made it is told. */
export interface RefusalView {
  readonly seq: number;
  readonly person: ObjectId;
  readonly act: DecisionAction;
  readonly because: Refusal;
  readonly waitMs: number | null;
}

export interface CaseView {
  readonly number: number;
  readonly subject: ObjectId;
  readonly openedAt: number;
  readonly account: AccountKind | null;
  readonly protectedBecause: ProtectedBecause | null;
  readonly outsideReach: readonly OutsideReach[];
  readonly order: ContainmentOrder | null;
  readonly state: AccountState;
  readonly blockedAt: number | null;
  readonly effectiveBy: number | null;
  readonly containedAt: number | null;
  readonly steps: readonly StepView[];
  readonly reports: readonly ReportView[];
  readonly blindSpots: readonly BlindSpot[];
  /** What no step checks; from the ledger once the case is closed. */
  readonly notChecked: readonly NotChecked[];
  /** Reasons of the current hold; empty when the case is not on hold. */
  readonly heldFor: readonly HoldReason[];
  /** The person who placed the hold; null when a failure or a finding did. */
  readonly heldBy: ObjectId | null;
  /** What ends the hold: a recheck that finds the account blocked, or only a person; null when the case is not on hold. */
  readonly holdEndsWith: Held['endsWith'] | null;
  /** True until a person confirms the automatic containment. */
  readonly waitsForRatification: boolean;
  readonly confirmedBy: ObjectId | null;
  readonly plans: readonly PlanView[];
  readonly refusals: readonly RefusalView[];
  /** Who acknowledged the case last. */
  readonly acknowledgedBy: ObjectId | null;
  /** Who will call the subject. */
  readonly callTakenBy: ObjectId | null;
  /** Digest of the subject's number in the table of people; null when there is none. */
  readonly phoneSha256: string | null;
  readonly paged: readonly { readonly reason: PageReason; readonly delivered: boolean }[];
  /** Activities seen between the two times of the current containment. */
  readonly activityWhileContaining: number;
  /** A recheck saw attacker activity after the block, or a sign-in after the release that may be an attacker's. */
  readonly seenInside: boolean;
  readonly watched: Outcome | null;
  readonly outcome: Outcome | null;
  /** The durations the case runs under. */
  readonly durations: Durations;
  /** Changes that are posted as separate messages, oldest first. */
  readonly news: readonly CaseNews[];
  readonly head: { readonly seq: number; readonly hash: string };
}

/** @returns null while the chain has no case.opened */
export function foldCase(entries: readonly ViewEntry[]): CaseView | null {
  const opened = entries.find((entry) => entry.event.kind === 'case.opened');
  const last = entries.at(-1);
  if (opened?.event.kind !== 'case.opened' || last === undefined) return null;
  const { durations } = opened.event.policy;
  const events = entries.map((entry) => entry.event);

  const learned = events.find((event) => event.kind === 'account.learned');
  const order = events.findLast((event) => event.kind === 'order.made')?.order ?? null;
  const steps = stepsOf(entries, order, opened.storedAt);
  const account = learned?.account ?? null;
  const blockedAt = blockedAtIn(entries, account, opened.storedAt);
  const contained = entries.findLast((entry) => entry.event.kind === 'account.contained' && entry.storedAt >= (blockedAt ?? 0));
  const closure = events.find((event) => event.kind === 'case.closed');
  const hold = holdOf(events);
  const plans = foldPlans(entries);
  const released = isReleased(entries, plans);
  const sinceRelease = events.slice(entries.findLastIndex(({ event }) => isDone(event, lastDone(plans, 'release'))) + 1);
  // A containment that a release ended, and its confirmation, do not count for the next one.
  const confirmed = sinceRelease.find((event) => event.kind === 'containment.confirmed');
  const since = released ? entries.findLast(({ event }) => isDone(event, lastDone(plans, 'release', 'undo')))?.storedAt : blockedAt;
  // Earlier activity and confirmations belong to another containment.
  const eventsSince = entries.flatMap(({ event, storedAt }) => (storedAt >= (since ?? Number.POSITIVE_INFINITY) ? [event] : []));
  const rechecks = eventsSince.filter((event) => event.kind === 'recheck.made');
  const ended = eventsSince.findLast((event) => event.kind === 'monitoring.ended');

  return {
    number: opened.event.number,
    subject: opened.event.subject,
    openedAt: opened.storedAt,
    account,
    protectedBecause: learned?.protectedBecause ?? null,
    outsideReach: learned?.outsideReach ?? [],
    order,
    state: stateOf({
      released,
      blockedAgain: lastDone(plans, 'release', 'undo')?.group === 'undo',
      contained: contained !== undefined,
      blockedAt,
      steps,
    }),
    blockedAt,
    effectiveBy: blockedAt === null ? null : effectiveBy(blockedAt, durations),
    containedAt: contained?.storedAt ?? null,
    steps,
    reports: events
      .filter((event) => event.kind === 'report.received')
      .map(({ reporter, reportedBy, what, receivedAt, reportKey, wordsSha256, shownSha256 }) => ({
        reporter,
        reportedBy,
        what,
        receivedAt,
        key: reportKey,
        hasWords: wordsSha256 !== null,
        shownSha256,
      })),
    blindSpots: blindSpotsOf(events),
    notChecked: closure?.notChecked ?? notCheckedIn(events),
    heldFor: hold?.reasons ?? [],
    heldBy: hold?.by ?? null,
    holdEndsWith: hold?.endsWith ?? null,
    waitsForRatification: confirmed === undefined && !released && isBlockedByPolicy(events, sinceRelease),
    confirmedBy: confirmed?.by ?? null,
    plans,
    refusals: entries.flatMap(({ event, seq }) =>
      event.kind === 'decision.refused'
        ? [{ seq, person: event.person, act: event.act, because: event.because, waitMs: event.waitMs }]
        : [],
    ),
    acknowledgedBy: acknowledgedBy(events),
    callTakenBy: events.find((event) => event.kind === 'call.taken')?.by ?? null,
    phoneSha256: opened.event.phoneSha256,
    paged: pagesOf(events),
    activityWhileContaining: rechecks.at(-1)?.actsBefore ?? 0,
    seenInside: rechecks.some(({ signInsAfterBlocking, actsAfter }) => signInsAfterBlocking > 0 || actsAfter > 0),
    /** The final state of the account, once the deciding recheck was made. */
    watched: ended?.outcome ?? null,
    outcome: closure?.outcome ?? null,
    durations,
    news: newsOf(entries),
    head: { seq: last.seq, hash: last.hash },
  };
}

interface StateFacts {
  readonly released: boolean;
  /** Blocked by an undo: containment begins anew. */
  readonly blockedAgain: boolean;
  readonly contained: boolean;
  readonly blockedAt: number | null;
  readonly steps: readonly StepView[];
}

function stateOf({ released, blockedAgain, contained, blockedAt, steps }: StateFacts): AccountState {
  if (released) return 'released';
  if (blockedAt !== null) return contained ? 'contained' : 'blocked';
  return blockedAgain || steps.some((step) => step.state !== 'waiting') ? 'containing' : 'open';
}

/** Enabled by people: the newest change of that step was a release, not an undo. */
function isReleased(entries: readonly ViewEntry[], plans: readonly PlanView[]): boolean {
  const last = lastDone(plans, 'release', 'undo');
  if (last?.group !== 'release') return false;
  // A block after a release ends the release.
  const isContainmentEvent = containmentEventsOf(entries);
  return !entries.slice(entries.findLastIndex(({ event }) => isDone(event, last)) + 1).some(({ event }) => isContainmentEvent(event));
}

const lastDone = (plans: readonly PlanView[], ...groups: readonly PlanKind[]): PlanView | undefined =>
  plans.findLast(({ group, state }) => groups.includes(group) && state === 'done');

const isDone = (event: LedgerEvent, plan: PlanView | undefined): boolean => event.kind === 'plan.done' && event.digest === plan?.digest;

/** Enabled by a release, or blocked again by an undo: reads of the earlier containment do not count any more. */
const isReleaseStep = (event: LedgerEvent): boolean =>
  (event.kind === 'step.verified' || event.kind === 'step.unneeded') && event.step === 'release-false-alarm';

/** People approved the changes of a plan; the other changes are the policy's order. */
function isBlockedByPolicy(events: readonly LedgerEvent[], sinceRelease: readonly LedgerEvent[]): boolean {
  const planned = new Set(events.flatMap((event) => (event.kind === 'plan.made' ? [event.attempt] : [])));
  return sinceRelease.some((event) => event.kind === 'step.applied' && event.changed !== false && !planned.has(event.attempt));
}

/**
 * The account is blocked at the latest of the reads that its kind needs. A block from
 * before the case counts, and so does a manual block that a recheck found. A recheck
 * that finds the account enabled starts anew.
 */
function blockedAtIn(entries: readonly ViewEntry[], account: AccountKind | null, openedAt: number): number | null {
  const seen = new Map<ContainmentStep, number>();
  const note = (step: ContainmentStep, at: number): void => {
    if (!seen.has(step)) seen.set(step, at);
  };
  const isContainmentEvent = containmentEventsOf(entries);
  let attempt = 0;
  let since = openedAt;
  for (const { event, storedAt } of entries) {
    if (isReleaseStep(event)) {
      seen.clear();
      since = storedAt;
    }
    if (isContainmentEvent(event) && event.attempt > attempt) {
      // Each containment starts anew.
      seen.clear();
      if (attempt > 0) since = storedAt;
      attempt = event.attempt;
    }
    if ((event.kind === 'step.verified' || event.kind === 'step.unneeded') && isContainmentStep(event.step)) note(event.step, storedAt);
    if (event.kind !== 'recheck.made') continue;
    if (event.enabled === true) seen.clear();
    if (event.enabled === false) note('block-sign-in', storedAt);
    if (isRevokedSince(event.sessionsCutAt, since)) note('revoke-sessions', storedAt);
  }
  const readings = requiredContainmentSteps(account).map((step) => seen.get(step));
  return readings.every((at) => at !== undefined) ? Math.max(...readings) : null;
}

type ContainmentEvent = StepEvent & { readonly step: ContainmentStep };

/** Is it a containment step? Other steps are shown with their plan. */
function containmentEventsOf(entries: readonly ViewEntry[]): (event: LedgerEvent) => event is ContainmentEvent {
  const beyond = new Set(
    entries.flatMap(({ event }) => (event.kind === 'plan.made' && event.group !== 'containment' ? [event.attempt] : [])),
  );
  return (event): event is ContainmentEvent => isStepEvent(event) && isContainmentStep(event.step) && !beyond.has(event.attempt);
}

/** The current containment: no read of an earlier one is shown as if it still held. */
function stepsOf(entries: readonly ViewEntry[], order: ContainmentOrder | null, openedAt: number): StepView[] {
  const isContainmentEvent = containmentEventsOf(entries);
  const steps = CONTAINMENT_STEPS.filter(
    (step) => orders(order, step) || entries.some(({ event }) => isContainmentEvent(event) && event.step === step),
  );
  let views: readonly CurrentStep[] = steps.map(notBegun);
  for (const { event, storedAt } of entries) {
    if (isReleaseStep(event)) views = steps.map(notBegun);
    else if (event.kind === 'recheck.made') views = afterRecheck(views, event, storedAt, openedAt);
    else if (isContainmentEvent(event)) views = views.map((view) => (view.step === event.step ? advance(view, event) : view));
  }
  return views.map(({ step, state, code, readAt }) => ({ step, state, code, readAt }));
}

/** A manual block counts as done too; an account that is found enabled does not count as done any more. */
function afterRecheck(views: readonly CurrentStep[], recheck: Rechecked, storedAt: number, openedAt: number): readonly CurrentStep[] {
  if (recheck.enabled === null) return views;
  const wasBlocked = views.some(({ step, readAt }) => step === 'block-sign-in' && readAt !== null);
  if (recheck.enabled) return wasBlocked ? views.map(({ step }) => notBegun(step)) : views;
  const readAt = new Date(storedAt).toISOString();
  const isDoneNow = (step: ContainmentStep): boolean => step === 'block-sign-in' || isRevokedSince(recheck.sessionsCutAt, openedAt);
  return views.map((view) => (view.readAt === null && isDoneNow(view.step) ? { ...view, state: 'done', code: null, readAt } : view));
}

interface CurrentStep extends StepView {
  /** The containment that it belongs to. */
  readonly attempt: number;
}

const notBegun = (step: ContainmentStep): CurrentStep => ({ step, state: 'waiting', code: null, readAt: null, attempt: 0 });

type StepEvent = Extract<LedgerEvent, { kind: 'step.intended' | 'step.applied' | 'step.verified' | 'step.unneeded' | 'step.failed' }>;

const isStepEvent = (event: LedgerEvent): event is StepEvent =>
  event.kind === 'step.intended' ||
  event.kind === 'step.applied' ||
  event.kind === 'step.verified' ||
  event.kind === 'step.unneeded' ||
  event.kind === 'step.failed';

function advance(before: CurrentStep, event: StepEvent): CurrentStep {
  const { attempt } = event;
  const view = before.attempt === attempt ? before : { ...notBegun(before.step), attempt };
  switch (event.kind) {
    case 'step.intended':
      return { ...view, state: 'under way', code: null, readAt: null };
    case 'step.applied':
      return { ...view, state: 'under way', code: null };
    case 'step.verified':
      return { ...view, state: 'done', code: null, readAt: event.readAt };
    case 'step.unneeded':
      // From the second containment on, a block that is found was made by this case.
      return { ...view, state: attempt > 1 ? 'done' : 'was so before', code: null, readAt: event.readAt };
    case 'step.failed':
      // A late failure never hides that a fresh read showed the step done in this containment.
      return view.readAt === null ? { ...view, state: 'failed', code: event.code } : view;
  }
}

function orders(order: ContainmentOrder | null, step: ContainmentStep): boolean {
  switch (order?.kind) {
    case 'contain':
      return order.steps.includes(step);
    case 'ask-logs':
      return order.atOnce.includes(step);
    case 'people':
    case undefined:
      return false;
  }
}

/** The last read decides: a log that was read later is no longer a blind spot. */
export function blindSpotsOf(events: readonly LedgerEvent[]): BlindSpot[] {
  const byKind = new Map<string, readonly BlindSpot[]>();
  for (const event of events) {
    if ('blindSpots' in event) byKind.set(event.kind, event.blindSpots);
    if (readsLogsOfTheNight(event)) {
      const collected = byKind.get('evidence.collected') ?? [];
      byKind.set(
        'evidence.collected',
        collected.filter(({ what }) => what !== 'sign-in-log' && what !== 'audit-log'),
      );
    }
    // No release is made from logs that could not be read.
    if (event.kind === 'plan.made' && event.group === 'release') byKind.delete('logs.read');
  }
  const seen = new Map([...byKind.values()].flat().map((spot) => [`${spot.what}: ${spot.why}`, spot]));
  return [...seen.values()];
}

/** These logs cover the same time as the collected evidence. A recheck starts with the block, so it cannot replace them. */
const readsLogsOfTheNight = (event: LedgerEvent): boolean =>
  event.kind === 'logs.read' || (event.kind === 'plan.made' && event.group === 'release');

function holdOf(events: readonly LedgerEvent[]): Held | null {
  let hold: Held | null = null;
  for (const event of events) {
    if (event.kind === 'hold.ended') hold = null;
    if (event.kind === 'case.held') hold = holdAfter(hold, event);
  }
  return hold;
}

/** Who acknowledged the case. A later page may be for another person, so it ends the acknowledgement. */
/** One line per page: a page delivered at a later attempt counts as delivered. */
function pagesOf(events: readonly LedgerEvent[]): { readonly reason: PageReason; readonly delivered: boolean }[] {
  const pages = new Map<string, { readonly reason: PageReason; readonly delivered: boolean }>();
  for (const event of events) {
    if (event.kind !== 'person.paged') continue;
    const { dedupKey, reason, delivered } = event;
    if (pages.get(dedupKey)?.delivered !== true) pages.set(dedupKey, { reason, delivered });
  }
  return [...pages.values()];
}

function acknowledgedBy(events: readonly LedgerEvent[]): ObjectId | null {
  const last = events.findLast((event) => event.kind === 'page.acknowledged' || event.kind === 'person.paged');
  return last?.kind === 'page.acknowledged' ? last.by : null;
}
