// What a case cost Temporal: events, bytes and billable actions of all runs of
// its workflow together, against the formula of the design.
import type { HistoryEvent, RunHistory } from './input.ts';

export interface HistoryScore {
  readonly events: number;
  readonly bytes: number;
  readonly actions: number;
  /** The most events the design allows for what happened in this case. */
  readonly limit: number;
}

interface Happened {
  readonly reports: number;
  readonly refusals: number;
  readonly decisions: number;
  /** The scenario killed a process: what died with it is the outage's price, not the case's. */
  readonly killed: boolean;
}

/** A workflow task that no one finished: scheduled, started, timed out. */
const EVENTS_OF_A_LOST_TASK = 3;

/** Activities that collect, plan or change. */
const MOVES = /\.(apply|undo)$|^plan\.(make|revise)$|^collect$/i;
/** Activities that recheck or write the ledger: counted as a recorded timer or recheck, or within the fixed part. */
const LOOKING_AGAIN = /recheck|look/i;
const FIXED_PART = /people|decision|export|finish|page|hold|note/i;

/** Events of the design's formula: 30 + 6 per collection or change + 12 per decision + 17 per refusal + 11 per timer or recheck + 4 per further report. */
export function scoreHistory(runs: readonly RunHistory[], happened: Happened): HistoryScore {
  const events = runs.flatMap((run) => run.events);
  const scheduled = events.filter((event) => typeOf(event) === 'ACTIVITY_TASK_SCHEDULED').map(activityName);
  const moves = scheduled.filter((name) => MOVES.test(name) || (!LOOKING_AGAIN.test(name) && !FIXED_PART.test(name))).length;
  const looks = scheduled.filter((name) => LOOKING_AGAIN.test(name) && !MOVES.test(name)).length;
  const lost = happened.killed ? events.filter((event) => typeOf(event) === 'WORKFLOW_TASK_TIMED_OUT').length : 0;
  const timers = events.filter((event) => typeOf(event) === 'TIMER_STARTED').length;
  return {
    events: events.length,
    bytes: runs.reduce((sum, run) => sum + run.bytes, 0),
    actions: events.reduce((sum, event) => sum + actionsOf(event), 0),
    limit:
      30 +
      6 * moves +
      12 * happened.decisions +
      17 * happened.refusals +
      11 * (timers + looks) +
      4 * Math.max(0, happened.reports - 1) +
      EVENTS_OF_A_LOST_TASK * lost,
  };
}

const typeOf = (event: HistoryEvent): string => event.eventType.replace(/^EVENT_TYPE_/, '');

/** Billable actions as Temporal Cloud counts them; heartbeats do not show in a history and are not counted. */
function actionsOf(event: HistoryEvent): number {
  switch (typeOf(event)) {
    case 'WORKFLOW_EXECUTION_STARTED':
    case 'WORKFLOW_EXECUTION_UPDATE_ACCEPTED':
    case 'WORKFLOW_EXECUTION_SIGNALED':
    case 'TIMER_STARTED':
    case 'ACTIVITY_TASK_SCHEDULED':
    case 'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES':
      return 1;
    case 'START_CHILD_WORKFLOW_EXECUTION_INITIATED':
      return 2;
    case 'ACTIVITY_TASK_STARTED':
      return Math.max(0, numberIn(event, 'activityTaskStartedEventAttributes', 'attempt') - 1);
    default:
      return 0;
  }
}

function activityName(event: HistoryEvent): string {
  const attributes = event['activityTaskScheduledEventAttributes'];
  if (!isRecord(attributes) || !isRecord(attributes['activityType'])) return '';
  return String(attributes['activityType']['name']);
}

function numberIn(event: HistoryEvent, attributes: string, field: string): number {
  const inside = event[attributes];
  const value = isRecord(inside) ? Number(inside[field]) : Number.NaN;
  return Number.isFinite(value) ? value : 0;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
