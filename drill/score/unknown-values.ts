// Fails closed: whatever a run left behind that the score does not know, by name. What it does not know it cannot judge,
// and what was not judged must not pass.
import { z } from 'zod';
import { blockProblems } from '../message-text.ts';
import type { DrillEvidence, HistoryEvent, PagerCall, SlackMoment } from './input.ts';
import * as known from './known-values.ts';
import { type RecordedCase, type RecordedEntry, text } from './ledger.ts';

/** One sentence for each item that is unknown. */
export function unknownThings(evidence: DrillEvidence, cases: readonly RecordedCase[], tenant: readonly RecordedEntry[]): string[] {
  const found = [
    ...cases.flatMap(({ number, entries }) =>
      entries.flatMap((entry) => [
        ...unknown(`case ${number}: kind of entry`, entry.kind, known.CASE_EVENTS),
        ...unknownValues(entry).map((each) => `case ${number}, entry ${entry.seq} (${entry.kind}): ${each}`),
      ]),
    ),
    ...tenant.flatMap(({ kind }) => unknown('tenant: kind of entry', kind, known.TENANT_EVENTS)),
    ...unknownCalls(evidence),
    ...evidence.slack.flatMap(unknownMoment),
    ...evidence.pages.flatMap(unknownPage),
    ...evidence.pagerRefusals.map((why) => `the pager did not know an event: ${why}`),
    ...evidence.histories.flatMap(({ type, events }) => [
      ...unknown('workflow', type, known.WORKFLOWS),
      ...events.flatMap(({ eventType }) => unknown('event of the engine', eventType.replace(/^EVENT_TYPE_/, ''), known.ENGINE_EVENTS)),
      ...events.map(activityOf).flatMap((name) => (name === null ? [] : unknown('activity', name, known.ACTIVITIES))),
    ]),
    ...evidence.truth.footholds.flatMap(({ kind }) => unknown('kind of foothold', kind, Object.keys(known.FOOTHOLD_CODES))),
  ];
  return [...new Set(found)];
}

const unknown = (what: string, value: string, all: readonly string[]): string[] =>
  all.includes(value) ? [] : [`the score does not know this ${what}: ${value === '' ? '(empty)' : value}`];

// --- the ledger ---

const NAMED = z.looseObject({ kind: z.string(), id: z.string() });
const ORDER = z.looseObject({
  kind: z.string(),
  steps: z.array(z.string()).optional(),
  atOnce: z.array(z.string()).optional(),
  whenSupported: z.array(z.string()).optional(),
});
const PLANNED = z.array(z.looseObject({ step: z.string(), changes: z.array(z.looseObject({ target: NAMED })) }));
const SPOTS = z.array(z.looseObject({ what: z.string() }));

/** What each field may hold, wherever it stands. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  step: known.STEPS,
  outcome: known.OUTCOMES,
  account: known.ACCOUNTS,
  group: known.PLAN_GROUPS,
  act: known.ACTS,
};

function unknownValues({ kind, body }: RecordedEntry): string[] {
  const order = ORDER.safeParse(body['order']).data;
  const planned = kind === 'plan.made' ? (PLANNED.safeParse(body['steps']).data ?? []) : [];
  const targets = [body['target'], change(body['change']), ...planned.flatMap(({ changes }) => changes.map(({ target }) => target))];
  const by = body['by'];
  return [
    ...Object.entries(VALUES).flatMap(([field, values]) => (field in body ? unknown(field, text(body[field]), values) : [])),
    ...(kind === 'order.made' ? unknown('order', order?.kind ?? '', known.ORDERS) : []),
    ...[order?.steps, order?.atOnce, order?.whenSupported].flatMap((steps = []) => steps.flatMap(unknownStep)),
    ...planned.flatMap(({ step }) => unknownStep(step)),
    ...targets.flatMap((target) =>
      target === undefined ? [] : unknown('target', NAMED.safeParse(target).data?.kind ?? '', known.TARGETS),
    ),
    ...('blindSpots' in body ? spotsIn(body['blindSpots']) : []),
    ...(kind === 'case.closed' ? codesIn(body['notChecked']) : []),
    ...(kind === 'step.intended' && by !== undefined && by !== 'policy' && !text(by).startsWith('plan/')
      ? [`the score does not know who ordered this: ${JSON.stringify(by)}`]
      : []),
  ];
}

const unknownStep = (step: string): string[] => unknown('step', step, known.STEPS);
const change = (value: unknown): unknown => z.looseObject({ target: z.unknown() }).safeParse(value).data?.target;

function spotsIn(value: unknown): string[] {
  const spots = SPOTS.safeParse(value);
  return spots.success
    ? spots.data.flatMap(({ what }) => unknown('blind spot', what, known.BLIND_SPOTS))
    : ['its blind spots cannot be read'];
}

function codesIn(value: unknown): string[] {
  const codes = z.array(z.string()).safeParse(value);
  if (!codes.success) return ['it does not say what was not checked'];
  return codes.data.flatMap((code) => unknown('code of what was not checked', code, Object.keys(known.NOT_CHECKED)));
}

// --- calls ---

function unknownCalls({ calls, apps }: DrillEvidence): string[] {
  const ours = calls.filter(({ actor }) => actor.kind === 'app');
  return [
    ...ours.flatMap(({ actor }) => unknown('app at the tenant', actor.appId ?? '', [apps.reader, apps.actor])),
    ...ours.flatMap(({ operation, unknown: notServed, path }) =>
      notServed === true
        ? [`the tenant was asked for something it does not know: ${path}`]
        : unknown('call', operation, [...known.READING_CALLS, ...known.WRITING_CALLS]),
    ),
    ...ours.flatMap(({ operation, effects }) =>
      effects.length > 0 && known.READING_CALLS.includes(operation) ? [`a call that only reads changed the tenant: ${operation}`] : [],
    ),
    ...calls.flatMap(({ actor, unknown: notServed, path }) =>
      notServed === true && actor.kind !== 'app' ? [`the tenant was asked for something it does not know: ${path}`] : [],
    ),
  ];
}

// --- Slack ---

function unknownMoment({ kind, method, message, view, unknown: notServed, ok, error, fault }: SlackMoment): string[] {
  return [
    ...unknown('line of the Slack transcript', kind, known.SLACK_MOMENTS),
    ...(kind !== 'api.request'
      ? []
      : notServed === true
        ? [`the workspace was asked for a method it does not know: ${method ?? ''}`]
        : unknown('method of Slack', method ?? '', known.SLACK_METHODS)),
    ...(kind === 'api.answer' && ok === false && fault === undefined && error !== undefined
      ? unknown(`refusal of ${method ?? ''} by Slack`, error, known.SLACK_REFUSALS)
      : []),
    ...(message === undefined ? [] : [...unknownMessage(message), ...blockProblems(message)]),
    ...(view === undefined ? [] : [...unknown('form', view.title ?? '', known.FORM_TITLES), ...blockProblems(view)]),
  ];
}

const unknownMessage = ({ text: words }: Pick<NonNullable<SlackMoment['message']>, 'text'>): string[] =>
  known.MESSAGE_BEGINNINGS.some((beginning) => beginning.test(words))
    ? []
    : [`the score does not know this message: ${words.split('\n')[0] ?? ''}`];

// --- pages ---

const unknownPage = ({ summary }: PagerCall): string[] =>
  known.PAGE_BEGINNINGS.some((beginning) => beginning.test(summary)) ? [] : [`the score does not know this page: ${summary}`];

// --- Temporal ---

const SCHEDULED = z.looseObject({
  activityTaskScheduledEventAttributes: z.looseObject({ activityType: z.looseObject({ name: z.string() }) }),
});

/** Null for an event that schedules no activity; empty where its name cannot be read. */
function activityOf(event: HistoryEvent): string | null {
  if (!event.eventType.endsWith('ACTIVITY_TASK_SCHEDULED')) return null;
  return SCHEDULED.safeParse(event).data?.activityTaskScheduledEventAttributes.activityType.name ?? '';
}
