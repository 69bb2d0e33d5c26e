// Reads the whole Temporal history of one run, decrypted, in the form that Temporal's tools read and replay. The ledger
// encrypts it under the key of its case, so a reader of the ledger needs no payload key.
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload, type PayloadCodec, type SerializationContext } from '@temporalio/common';
import { visit, walkGetWorkflowExecutionHistoryResponse } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import proto, { type temporal as api } from '@temporalio/proto';
import type { RunHistory } from '../activities/export-history.ts';
import { isBound, isEncoded, openOne } from './codec.ts';

const { temporal } = proto;
const { EventType } = temporal.api.enums.v1;
const { History } = temporal.api.history.v1;

type IHistory = api.api.history.v1.IHistory;
type IHistoryEvent = api.api.history.v1.IHistoryEvent;
type IFailure = api.api.failure.v1.IFailure;

const CLOSING: readonly api.api.enums.v1.EventType[] = [
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
];

interface Unread {
  readonly event: 'history-unreadable';
  readonly workflowId: string;
  readonly runId: string;
  readonly payloads: number;
}

export function openHistoryReader(
  client: Client,
  codec: PayloadCodec,
  onUnreadable: (what: Unread) => void,
): { read(workflowId: string, runId: string): Promise<RunHistory> } {
  return {
    async read(workflowId, runId) {
      const handle = client.workflow.getHandle(workflowId, runId);
      const history = await handle.fetchHistory();
      const events = history.events ?? [];
      const last = events.at(-1);
      const nextRunId = last?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? null;
      const clear = await decodedHistory(history, workflowId, codec);
      if (clear.unreadable > 0) onUnreadable({ event: 'history-unreadable', workflowId, runId, payloads: clear.unreadable });
      return {
        runId,
        events: events.length,
        bytes: History.encode(history).finish().length,
        closed: last?.eventType !== null && last?.eventType !== undefined && CLOSING.includes(last.eventType),
        nextRunId: nextRunId === '' ? null : nextRunId,
        json: clear.json,
      };
    },
  };
}

export interface DecodedHistory {
  /** ProtoJSON, which replays with the standard converters. */
  readonly json: { readonly events: readonly unknown[] };
  readonly opened: number;
  /** Payloads that were not encrypted. */
  readonly found: number;
  /** Payloads that no key decrypts. They stay as they are: a stranger's payload must not prevent the export. */
  readonly unreadable: number;
}

/** Decrypts every payload of a history, each under the workflow that its event is about. */
export async function decodedHistory(history: IHistory, workflowId: string, codec: PayloadCodec): Promise<DecodedHistory> {
  const counts = { opened: 0, found: 0, unreadable: 0 };
  const failures: IFailure[] = [];
  const copy = History.decode(History.encode(history).finish());
  const openAt = async (payload: Payload, place: Place): Promise<Payload> => {
    if (!isEncoded(payload)) {
      counts.found += 1;
      return payload;
    }
    try {
      const opened = await openOne(codec, payload, place.mayBeUnbound && !isBound(payload) ? undefined : contextOf(place));
      counts.opened += 1;
      return opened;
    } catch {
      counts.unreadable += 1;
      return payload;
    }
  };
  await visit<{ history: IHistory }, Place>({ history: copy }, walkGetWorkflowExecutionHistoryResponse, {
    transformPayload: openAt,
    transformPayloads: (payloads, place) => Promise.all(payloads.map((payload) => openAt(payload, place))),
    deriveContext(message, type, place) {
      if (type === 'temporal.api.failure.v1.Failure') failures.push(message);
      return type === 'temporal.api.history.v1.HistoryEvent' ? placeOf(message, workflowId) : place;
    },
    initialContext: { workflowId, mayBeUnbound: false },
    skipHeaders: true,
    skipSearchAttributes: true,
  });
  for (const failure of failures) sayInWords(failure);
  return { json: JSON.parse(historyToJSON(copy)) as DecodedHistory['json'], ...counts };
}

interface Place {
  readonly workflowId: string;
  /** A task that failed before its workflow was known is bound to no workflow. */
  readonly mayBeUnbound: boolean;
}

const contextOf = ({ workflowId }: Place): SerializationContext => ({ type: 'workflow', namespace: '', workflowId });

/** A message to another workflow, and its answer, are bound to that other workflow. */
function placeOf(event: IHistoryEvent, own: string): Place {
  const other =
    event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId ??
    event.childWorkflowExecutionCompletedEventAttributes?.workflowExecution?.workflowId ??
    event.childWorkflowExecutionFailedEventAttributes?.workflowExecution?.workflowId ??
    event.childWorkflowExecutionCanceledEventAttributes?.workflowExecution?.workflowId ??
    event.signalExternalWorkflowExecutionInitiatedEventAttributes?.workflowExecution?.workflowId;
  return { workflowId: other ?? own, mayBeUnbound: event.eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED };
}

/** Puts a failure's message back to where it is without a codec. */
function sayInWords(failure: IFailure): void {
  if (!failure.encodedAttributes || isEncoded(failure.encodedAttributes)) return;
  const described = failureTextOf(failure.encodedAttributes);
  if (typeof described?.message !== 'string') return;
  failure.message = described.message;
  failure.stackTrace = typeof described.stack_trace === 'string' ? described.stack_trace : '';
  failure.encodedAttributes = null;
}

function failureTextOf(payload: Payload): { readonly message?: unknown; readonly stack_trace?: unknown } | null {
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    // A stranger's payload stays as it is.
    return null;
  }
}
