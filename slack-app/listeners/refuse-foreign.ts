// Refuses payloads for another app or another workspace before any listener runs. It reads the payload only, so it works
// for every transport.
import type { AllMiddlewareArgs, AnyMiddlewareArgs } from '@slack/bolt';
import { nothingSavedView } from '../views/decision-forms.ts';
import { foreignWorkspace, notForThisApp } from '../wording.ts';
import { type OwnIds, originOf } from './origin.ts';
import { type RefusalTools, recordRefusal } from './record-refusal.ts';
import { senderOf } from './sender.ts';

export interface RefuseForeignTools extends RefusalTools {
  readonly own: OwnIds;
  readonly callBackNumber: string;
  /** Sends a direct message. */
  readonly tell: (person: string, sentence: string) => Promise<void>;
}

/** A click or a form of another workspace is refused by its own listener, which knows the action. */
const LISTENER_REFUSES_WORKSPACE: readonly string[] = ['block_actions', 'view_submission'];

const PROBLEM = { 'foreign-app': 'sent to another app', 'foreign-workspace': 'sent from another workspace' } as const;

export const refuseForeign =
  (tools: RefuseForeignTools) =>
  async (args: AnyMiddlewareArgs & AllMiddlewareArgs): Promise<void> => {
    const { body, next } = args;
    const kind = 'command' in body ? 'command' : body.type;
    const origin = originOf(body, tools.own);
    if (origin === 'ours' || (origin === 'foreign-workspace' && LISTENER_REFUSES_WORKSPACE.includes(kind))) return next();
    const sentence = (origin === 'foreign-app' ? notForThisApp : foreignWorkspace)(tools.callBackNumber);
    const person = senderOf(body);
    await recordRefusal(tools, body, { person: person ?? 'unknown', act: kind, code: origin, problem: PROBLEM[origin] });
    await acknowledge(args, kind, sentence);
    // Another app answers its own users. A person of another workspace saw our shortcut and waits for an answer.
    if (kind === 'shortcut' && origin === 'foreign-workspace' && person !== null) await tools.tell(person, sentence);
  };

/** Events are acknowledged already. */
async function acknowledge(args: AnyMiddlewareArgs, kind: string, sentence: string): Promise<void> {
  if (!('ack' in args) || args.ack === undefined) return;
  const ack: (answer?: unknown) => Promise<void> = args.ack as (answer?: unknown) => Promise<void>;
  if (kind === 'view_submission') return ack({ response_action: 'update', view: nothingSavedView(sentence) });
  return kind === 'command' ? ack(sentence) : ack();
}
