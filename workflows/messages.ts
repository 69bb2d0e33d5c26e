// Messages to a running case. There is one update: actions of people, each signed by the process that received it.
// An action is known by its key and its signature, so the same action twice is one action.
import { defineUpdate } from '@temporalio/workflow';
import type { PendingEvent } from '../activities/pending-events.ts';
import type { SignedEnvelope } from '../domain/action.ts';
import type { Outcome } from '../domain/case/events.ts';
import type { CaseState } from '../domain/case/state.ts';
import type { CaseId, ObjectId, TenantId } from '../domain/ids.ts';

export const actionsReceived = defineUpdate<'received', [readonly SignedEnvelope[]]>('actions');

/** The largest number of actions in one update. */
export const MAX_ACTIONS = 64;

/** The identity of an action, for the case and for Temporal. */
export const actionId = (action: SignedEnvelope): string => `${action.envelope.key}/${action.signature.slice(0, 24)}`;

/** Ids only: everything that decides comes from the worker's configuration, with the first verification. */
export interface CaseInput {
  readonly tenant: TenantId;
  readonly subject: ObjectId;
  /** The state that an earlier run of the same case passes on. */
  readonly carried?: CarriedState;
}

/** Writes that contain an account have a task queue of their own, so that no log read delays them. */
export interface TaskQueues {
  readonly cases: string;
  readonly contain: string;
  readonly rest: string;
}

/** Derived from the task queue of the cases: a start cannot send work to a queue that no worker polls. */
export const taskQueuesOf = (cases: string): TaskQueues => ({ cases, contain: `${cases}-contain`, rest: `${cases}-rest` });

export interface CarriedState {
  readonly caseId: CaseId;
  readonly runId: string;
  readonly workflowId: string;
  readonly state: CaseState;
  readonly notes: readonly PendingEvent[];
  readonly waiting: readonly SignedEnvelope[];
  readonly handled: readonly string[];
}

export type CaseEnd = { readonly kind: 'refused' } | { readonly kind: 'closed'; readonly outcome: Outcome; readonly number: number };

export interface FinishInput {
  readonly tenant: TenantId;
  readonly caseId: CaseId;
  readonly workflowId: string;
  readonly number: number;
  readonly outcome: Outcome;
  readonly notes: readonly PendingEvent[];
  readonly attemptMs: number;
}
