// What a button press and a sent form share: where actions are stored, where the case is read, and how a person is told.
import type { ModalView } from '@slack/types';
import type { CaseView } from '../../domain/case/view.ts';
import type { PlanView } from '../../domain/plan-view.ts';
import { type ReceivingTools, receiveDecision, type SubmittedDecision } from '../../inbox/receive.ts';
import type { Inbox } from '../../inbox/store.ts';
import type { Log } from '../log.ts';
import type { Names } from '../views/person.ts';
import type { Labels } from '../views/plan-lines.ts';
import { SAVE_WITHIN_MS, withTimeout } from './with-timeout.ts';

export interface DecisionContext extends ReceivingTools {
  readonly inbox: Pick<Inbox, 'putAct' | 'putRefused'>;
  readonly teamId: string;
  readonly callBackNumber: string;
  readonly log: Log;
  readonly openView: (triggerId: string, view: ModalView) => Promise<unknown>;
  /** Sends a direct message. */
  readonly tell: (person: string, sentence: string) => Promise<void>;
  readonly cases: {
    view(id: string): Promise<CaseView | null>;
    labelsOf(id: string, plan: PlanView): Promise<Labels>;
    names(view: CaseView): Promise<Names>;
  };
}

/** @throws when the row is not stored in time: then the person must not be told that it is */
export async function save(tools: DecisionContext, decision: SubmittedDecision): Promise<void> {
  const received = await withTimeout(SAVE_WITHIN_MS, receiveDecision(tools, decision));
  tools.log.info({ key: received.key, was: received.was, act: decision.act }, 'A decision was received.');
}
