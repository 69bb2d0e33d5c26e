// Routes each action to its listener. One router per kind of payload, because Bolt runs every matching listener and would
// answer twice. An unknown action gets an answer too. Every failure ends in the one error handler below.
import { randomBytes } from 'node:crypto';
import { App, type CodedError, type Receiver } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import { z } from 'zod';
import type { DecisionContext } from './listeners/decision-context.ts';
import { clicked, DECISION_BUTTONS } from './listeners/open-decision-form.ts';
import { refuseForeign } from './listeners/refuse-foreign.ts';
import { checkSubject, type FormAnswer, openReport, type ReportTools, takeReport } from './listeners/report-sign-in.ts';
import { DECISION_FORMS, takeDecision } from './listeners/submit-decision.ts';
import { type Log, problemOf, slackLogger } from './log.ts';
import { notAPerson } from './not-a-person.ts';
import { peopleWaitOptions, type SlackDoor } from './slack-client.ts';
import { REPORT_SIGN_IN, REPORT_SIGN_IN_SUBMITTED } from './views/report-modal.ts';
import { somethingBroke, unknownAction } from './wording.ts';

export interface AppTools {
  readonly receiver: Receiver;
  readonly door: SlackDoor;
  readonly botUserId: string;
  readonly botId: string;
  /** This app's own id: what was sent to another app is refused. */
  readonly appId: string;
  readonly log: Log;
  readonly callBackNumber: string;
  readonly tell: (person: string, sentence: string) => Promise<void>;
  readonly report: Omit<ReportTools, 'openView' | 'tell' | 'log' | 'callBackNumber' | 'notAPerson'>;
  readonly cases: DecisionContext['cases'];
  /** A person joined a channel, so the readers changed. */
  readonly joined: (channel: string) => void;
}

type Body = Readonly<Record<string, unknown>>;

const PERSON = z.looseObject({ user: z.looseObject({ id: z.string().max(40) }) }).transform((body) => body.user.id);
const JOINED = z.looseObject({ channel: z.string().max(40) });

export function makeApp(tools: AppTools): App {
  const { door, log, tell, callBackNumber } = tools;
  const app = new App({
    receiver: tools.receiver,
    // Given here, so that Bolt calls Slack for nothing while it starts: an unanswered call would end the process.
    authorize: () => Promise.resolve({ botToken: door.botToken, botUserId: tools.botUserId, botId: tools.botId }),
    clientOptions: peopleWaitOptions(door),
    convoStore: false,
    extendedErrorHandler: true,
    logger: slackLogger(log),
  });
  const people = {
    ...tools.report,
    log,
    callBackNumber,
    tell,
    notAPerson: (id: string) => notAPerson({ client: app.client, token: door.botToken, log }, id),
    openView: (trigger_id: string, view: ModalView) => app.client.views.open({ token: door.botToken, trigger_id, view }),
  };
  const report: ReportTools = people;
  const decide: DecisionContext = { ...people, cases: tools.cases };

  const shortcuts: Readonly<Record<string, (body: Body) => Promise<void>>> = { [REPORT_SIGN_IN]: (body) => openReport(report, body) };
  const forms: Readonly<Record<string, (body: Body) => Promise<FormAnswer>>> = {
    [REPORT_SIGN_IN_SUBMITTED]: (body) => takeReport(report, body),
    ...Object.fromEntries(DECISION_FORMS.map((form) => [form, (body: Body) => takeDecision(decide, form, body)])),
  };
  /** The work after a form was acknowledged. */
  const afterwards: Readonly<Record<string, (body: Body) => Promise<void>>> = {
    [REPORT_SIGN_IN_SUBMITTED]: (body) => checkSubject(report, body),
  };
  const buttons: Readonly<Record<string, (body: Body) => Promise<void>>> = Object.fromEntries(
    DECISION_BUTTONS.map((button) => [button, (body: Body) => clicked(decide, body)]),
  );

  const unknown = async (what: string, id: string, body: Body): Promise<void> => {
    log.warn({ what, id: id.slice(0, 80) }, 'An action arrived that this app does not know; it was answered.');
    const person = PERSON.safeParse(body);
    if (person.success) await tell(person.data, unknownAction(callBackNumber));
  };

  app.use(
    refuseForeign({
      own: { appId: tools.appId, teamId: tools.report.teamId },
      inbox: tools.report.inbox,
      log,
      callBackNumber,
      tell,
    }),
  );
  app.shortcut(/.*/, async ({ ack, shortcut, body }) => {
    await ack();
    const open = known(shortcuts, shortcut.callback_id);
    await (open === undefined ? unknown('shortcut', shortcut.callback_id, { ...body }) : open({ ...body }));
  });
  app.view(/.*/, async ({ ack, view, body }) => {
    const take = known(forms, view.callback_id);
    if (take === undefined) {
      await ack();
      await unknown('form', view.callback_id, { ...body });
      return;
    }
    const answer = await take({ ...body });
    await ack(answer);
    if (answer.response_action === 'update') await known(afterwards, view.callback_id)?.({ ...body });
  });
  app.action(/.*/, async ({ ack, action, body }) => {
    await ack();
    const take = 'action_id' in action ? known(buttons, action.action_id) : undefined;
    await (take === undefined ? unknown('click', body.type, { ...body }) : take({ ...body }));
  });
  app.command(/.*/, async ({ ack, command }) => {
    await ack(unknownAction(callBackNumber));
    log.warn({ what: 'command', id: command.command.slice(0, 80) }, 'An action arrived that this app does not know; it was answered.');
  });
  app.event('member_joined_channel', ({ event }) => {
    const joined = JOINED.safeParse(event);
    if (joined.success) tools.joined(joined.data.channel);
    return Promise.resolve();
  });
  app.error(async ({ error, body }: { readonly error: CodedError; readonly body: unknown }) => {
    const errorId = `E-${randomBytes(4).toString('hex').toUpperCase()}`;
    log.error({ errorId, problem: problemOf('original' in error ? error.original : error) }, 'A listener failed.');
    const person = PERSON.safeParse(body);
    if (person.success) await tell(person.data, somethingBroke(errorId, callBackNumber));
  });
  return app;
}

const known = <T>(registry: Readonly<Record<string, T>>, id: string): T | undefined =>
  Object.hasOwn(registry, id) ? registry[id] : undefined;
