// Reads the engine's own history of one run, whole, in the form that the
// engine's tools read and replay.
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import proto, { type temporal as api } from '@temporalio/proto';
import type { RunHistory } from '../activities/history.ts';

const { temporal } = proto;
const { EventType } = temporal.api.enums.v1;

const CLOSING: readonly api.api.enums.v1.EventType[] = [
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
];

export function openHistories(client: Client): { read(workflowId: string, runId: string): Promise<RunHistory> } {
  return {
    async read(workflowId, runId) {
      const handle = client.workflow.getHandle(workflowId, runId);
      const history = await handle.fetchHistory();
      const events = history.events ?? [];
      const last = events.at(-1);
      const nextRunId = last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? null;
      return {
        runId,
        events: events.length,
        bytes: temporal.api.history.v1.History.encode(history).finish().length,
        closed: last?.eventType !== null && last?.eventType !== undefined && CLOSING.includes(last.eventType),
        nextRunId: nextRunId === '' ? null : nextRunId,
        json: historyToJSON(history),
      };
    },
  };
}
