// The case as people see it, folded from the entries of its chain. Pure, so the
// card, the console and an auditor's own program come to the same picture.
import type { AccountKind, OutsideReach, ProtectedBecause } from './account.ts';
import { effectiveBy, LOG_RESOLUTION_MS } from './clocks.ts';
import type { LedgerEvent, Outcome } from './evidence.ts';
import type { ObjectId } from './ids.ts';
import { type Order, type ReportedBy, stepsThatClose } from './policy.ts';
import type { WhatHappened } from './report.ts';
import { type BlindSpot, CONTAINING_STEPS, type ContainingStep } from './step.ts';

/** An entry as far as the view needs it. */
export interface ViewEntry {
  readonly seq: number;
  /** Database clock, milliseconds since 1970. */
  readonly storedAt: number;
  readonly hash: string;
  readonly event: LedgerEvent;
}

/**
 * closing: the steps are under way. closed: block and revoke were read back.
 * contained: the last token has run out and nobody was seen since.
 * open: nothing was ordered, or what was ordered has not begun.
 */
export type AccountState = 'open' | 'closing' | 'closed' | 'contained';

export interface StepView {
  readonly step: ContainingStep;
  readonly state: 'waiting' | 'under way' | 'done' | 'was so before' | 'failed';
  readonly code: string | null;
  readonly readAt: string | null;
}

export interface ReportView {
  readonly reporter: ObjectId;
  readonly reportedBy: ReportedBy;
  readonly what: WhatHappened;
  readonly receivedAt: string;
}

export interface CaseView {
  readonly number: number;
  readonly subject: ObjectId;
  readonly openedAt: number;
  readonly account: AccountKind | null;
  readonly protectedBecause: ProtectedBecause | null;
  readonly outsideReach: readonly OutsideReach[];
  readonly order: Order | null;
  readonly state: AccountState;
  readonly closedAt: number | null;
  readonly effectiveBy: number | null;
  readonly containedAt: number | null;
  readonly steps: readonly StepView[];
  readonly reports: readonly ReportView[];
  readonly blindSpots: readonly BlindSpot[];
  /** Reasons of the hold that stands now; empty when the case is not held. */
  readonly heldFor: readonly string[];
  /** Until the account's closing by policy is ratified by a person. */
  readonly waitsForRatification: boolean;
  readonly paged: readonly { readonly reason: string; readonly delivered: boolean }[];
  readonly actsWhileClosing: number;
  readonly outcome: Outcome | null;
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
  const steps = stepsOf(entries, order);
  const account = learned?.account ?? null;
  const closedAt = closedAtOf(entries, account, opened.storedAt);
  const contained = entries.find((entry) => entry.event.kind === 'account.contained');
  const finished = events.find((event) => event.kind === 'case.finished');

  return {
    number: opened.event.number,
    subject: opened.event.subject,
    openedAt: opened.storedAt,
    account,
    protectedBecause: learned?.protectedBecause ?? null,
    outsideReach: learned?.outsideReach ?? [],
    order,
    state: contained ? 'contained' : closedAt === null ? (steps.some((step) => step.state !== 'waiting') ? 'closing' : 'open') : 'closed',
    closedAt,
    effectiveBy: closedAt === null ? null : effectiveBy(closedAt, durations),
    containedAt: contained?.storedAt ?? null,
    steps,
    reports: events
      .filter((event) => event.kind === 'report.received')
      .map(({ reporter, reportedBy, what, receivedAt }) => ({ reporter, reportedBy, what, receivedAt })),
    blindSpots: blindSpotsOf(events),
    heldFor: heldForOf(events),
    waitsForRatification: events.some((event) => event.kind === 'step.applied' && event.changed !== false),
    paged: events.filter((event) => event.kind === 'person.paged').map(({ reason, delivered }) => ({ reason, delivered })),
    actsWhileClosing: events.findLast((event) => event.kind === 'recheck.made')?.actsBefore ?? 0,
    outcome: finished?.outcome ?? null,
    head: { seq: last.seq, hash: last.hash },
  };
}

/**
 * The account is closed at the later of the readings its kind needs. A block
 * that stood before the case counts, and so does one that a person made by hand
 * and a recheck found: shut is shut. A recheck that finds it open begins anew.
 */
function closedAtOf(entries: readonly ViewEntry[], account: AccountKind | null, openedAt: number): number | null {
  const seen = new Map<ContainingStep, number>();
  const note = (step: ContainingStep, at: number): void => {
    if (!seen.has(step)) seen.set(step, at);
  };
  for (const { event, storedAt } of entries) {
    if (event.kind === 'step.verified' || event.kind === 'step.unneeded') note(event.step, storedAt);
    if (event.kind !== 'recheck.made') continue;
    if (event.enabled === true) seen.clear();
    if (event.enabled === false) note('block-sign-in', storedAt);
    if (event.sessionsCutAt !== null && Date.parse(event.sessionsCutAt) >= openedAt - LOG_RESOLUTION_MS) note('revoke-sessions', storedAt);
  }
  const readings = stepsThatClose(account).map((step) => seen.get(step));
  return readings.every((at) => at !== undefined) ? Math.max(...readings) : null;
}

function stepsOf(entries: readonly ViewEntry[], order: Order | null): StepView[] {
  return CONTAINING_STEPS.filter((step) => orders(order, step) || entries.some(({ event }) => 'step' in event && event.step === step)).map(
    (step) => {
      let view: StepView = { step, state: 'waiting', code: null, readAt: null };
      for (const { event } of entries) {
        if (!('step' in event) || event.step !== step) continue;
        view = advance(view, event);
      }
      return view;
    },
  );
}

type StepEvent = Extract<LedgerEvent, { readonly step: ContainingStep }>;

function advance(view: StepView, event: StepEvent): StepView {
  switch (event.kind) {
    case 'step.intended':
    case 'step.applied':
      return { ...view, state: 'under way', code: null };
    case 'step.verified':
      return { ...view, state: 'done', code: null, readAt: event.readAt };
    case 'step.unneeded':
      // From the second closing on, what is found shut was shut by this very case.
      return { ...view, state: event.generation > 1 ? 'done' : 'was so before', code: null, readAt: event.readAt };
    case 'step.failed':
      // A late failure never hides that a fresh read had already shown the step done.
      return view.readAt === null ? { ...view, state: 'failed', code: event.code } : view;
  }
}

function orders(order: Order | null, step: ContainingStep): boolean {
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

/** The last reading decides: a log that could be read later is no longer a blind spot. */
function blindSpotsOf(events: readonly LedgerEvent[]): BlindSpot[] {
  const byKind = new Map<string, readonly BlindSpot[]>();
  for (const event of events) if ('blindSpots' in event) byKind.set(event.kind, event.blindSpots);
  const seen = new Map([...byKind.values()].flat().map((spot) => [`${spot.what}: ${spot.why}`, spot]));
  return [...seen.values()];
}

function heldForOf(events: readonly LedgerEvent[]): readonly string[] {
  const last = events.findLast((event) => event.kind === 'case.held' || event.kind === 'hold.ended');
  return last?.kind === 'case.held' ? last.reasons : [];
}
