// A person reports a sign-in prompt. The form opens without reading anything. A sent form is stored before it is
// acknowledged; when it cannot be stored, the person is told so. Nothing here waits for Temporal or decides anything.
import type { ModalView } from '@slack/types';
import { z } from 'zod';
import type { NotAPerson } from '../../domain/action.ts';
import type { EnvelopeRefused } from '../../domain/case/events.ts';
import { referenceOf } from '../../domain/report.ts';
import { type ReceivingTools, receiveReport, withdrawReport } from '../../inbox/receive.ts';
import type { Inbox } from '../../inbox/store.ts';
import { type Log, problemOf } from '../log.ts';
import { FIELD, reportModal } from '../views/report-modal.ts';
import { notFromHere, reportReceived } from '../views/report-received.ts';
import { formDidNotOpen, notAboutAPerson, notSaved, unreadableForm } from '../wording.ts';
import { recordRefusal } from './record-refusal.ts';
import { readSubmission } from './submitted-report.ts';
import { SAVE_WITHIN_MS, withTimeout } from './with-timeout.ts';

export interface ReportTools extends ReceivingTools {
  readonly inbox: Pick<Inbox, 'putAct' | 'putRefused'>;
  readonly teamId: string;
  readonly callBackNumber: string;
  readonly log: Log;
  /** Opens a form with the trigger of a click. */
  readonly openView: (triggerId: string, view: ModalView) => Promise<unknown>;
  /** Why there is no person behind a Slack id; null when there is one, or Slack does not say. */
  readonly notAPerson: (id: string) => Promise<NotAPerson | null>;
  /** Sends a direct message. */
  readonly tell: (person: string, sentence: string) => Promise<void>;
}

/** What the form answers with. */
export type FormAnswer =
  | { readonly response_action: 'update'; readonly view: ModalView }
  | { readonly response_action: 'errors'; readonly errors: Record<string, string> };

const TRIGGER = z.looseObject({ trigger_id: z.string().min(1).max(200), user: z.looseObject({ id: z.string().max(40) }) });

/** Opens the form. The click is acknowledged before: its trigger expires after three seconds. */
export async function openReport(tools: ReportTools, body: unknown): Promise<void> {
  const click = TRIGGER.safeParse(body);
  if (!click.success) {
    tools.log.warn({ code: 'unreadable' }, 'A shortcut came without a trigger or a person; nothing was opened.');
    return;
  }
  try {
    await tools.openView(click.data.trigger_id, reportModal(tools));
  } catch (error) {
    tools.log.warn({ problem: problemOf(error) }, 'The report form could not be opened.');
    await tools.tell(click.data.user.id, formDidNotOpen(tools.callBackNumber));
  }
}

/** Receives a sent form. Always answers, and says "received" only when the row is stored. */
export async function takeReport(tools: ReportTools, body: unknown): Promise<FormAnswer> {
  const submission = readSubmission(body, tools.teamId);
  switch (submission.kind) {
    case 'report': {
      const received = await withTimeout(SAVE_WITHIN_MS, receiveReport(tools, submission.report)).catch((error: unknown) => {
        tools.log.error({ problem: problemOf(error) }, 'A report could not be saved; the person was asked to send it again or to call.');
        return null;
      });
      if (received === null) return errorOnFirstField(notSaved(tools.callBackNumber));
      tools.log.info({ key: received.key, was: received.was }, 'A report was received.');
      return {
        response_action: 'update',
        view: reportReceived({
          callBackNumber: tools.callBackNumber,
          reference: referenceOf(received.key),
          aboutOther: submission.report.about !== null && submission.report.about !== submission.report.person,
        }),
      };
    }
    case 'errors':
      if (submission.hostile)
        await refused(tools, body, submission.person, 'unreadable', `fields: ${Object.keys(submission.errors).join(', ')}`);
      return { response_action: 'errors', errors: { ...submission.errors } };
    case 'foreign':
      await refused(tools, body, submission.person, 'foreign-workspace', 'a form of another workspace');
      return { response_action: 'update', view: notFromHere(tools) };
    case 'unreadable':
      await refused(tools, body, 'unknown', 'unreadable', 'not a form of ours');
      return errorOnFirstField(unreadableForm(tools.callBackNumber));
  }
}

/**
 * Checks with Slack whom a report is about, after the acknowledgement, so that no one waits for Slack. An id without an
 * answer counts as a person.
 */
export async function checkSubject(tools: ReportTools, body: unknown): Promise<void> {
  const submission = readSubmission(body, tools.teamId);
  if (submission.kind !== 'report' || submission.report.about === null) return;
  const { report } = submission;
  const because = await tools.notAPerson(submission.report.about);
  if (because === null) return;
  const key = await withdrawReport(tools, report, because);
  tools.log.info({ key, because }, 'A report names no person, so no case is opened by it.');
  await tools.tell(report.person, notAboutAPerson(because, referenceOf(key), tools.callBackNumber));
}

const errorOnFirstField = (sentence: string): FormAnswer => ({ response_action: 'errors', errors: { [FIELD.what]: sentence } });

const refused = (tools: ReportTools, body: unknown, person: string, code: EnvelopeRefused['code'], problem: string): Promise<void> =>
  recordRefusal(tools, body, { person, act: 'report', code, problem });
