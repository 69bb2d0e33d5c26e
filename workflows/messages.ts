// What may be said to a running case. One update: actions of people, each signed by
// the process that received it. An act is known by its key and its signature, so
// the same act twice is one act.
import { defineUpdate } from '@temporalio/workflow';
import type { PendingEvent } from '../activities/pending-events.ts';
import type { SignedEnvelope } from '../domain/action.ts';
import type { Outcome } from '../domain/case/events.ts';
import type { CaseState } from '../domain/case/state.ts';
import type { CaseId, ObjectId, TenantId } from '../domain/ids.ts';

export const actionsReceived = defineUpdate<'received', [readonly SignedEnvelope[]]>('actions');

/** One update carries so many acts at the most. */
export const MAX_ACTIONS = 64;

/** How the case, and the engine, know an act again. */
export const actionId = (act: SignedEnvelope): string => `${act.envelope.key}/${act.signature.slice(0, 24)}`;

/** Ids and nothing else: whatever decides anything comes from the worker's own configuration, by way of the first weighing. */
export interface CaseInput {
  readonly tenant: TenantId;
  readonly subject: ObjectId;
  /** What an earlier run of the same case hands on. */
  readonly carried?: CarriedState;
}

/** Writes that close doors have a queue of their own, so that no log read stands before them. */
export interface TaskQueues {
  readonly cases: string;
  readonly contain: string;
  readonly rest: string;
}

/** The lanes follow from the one the cases run on: a start cannot send the work to a queue that nobody serves. */
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
