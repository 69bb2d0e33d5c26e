// Whether a Slack id is a person's, by `users.info`. Guests are people. An id without an answer from Slack counts as a
// person: a report is never dropped because Slack is slow.
import type { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { NotAPerson } from '../domain/action.ts';
import { type Log, problemOf } from './log.ts';
import { slackFailure } from './slack-failures.ts';

// `is_app_user` says that a person has authorised an app; it does not mark a bot.
const INFO = z.object({
  user: z.looseObject({ deleted: z.boolean().optional(), is_bot: z.boolean().optional(), is_workflow_bot: z.boolean().optional() }),
});

/** The flags of Slack's own bot do not mark it as a bot. */
const SLACKBOT = 'USLACKBOT';

interface Tools {
  readonly client: Pick<WebClient, 'users'>;
  readonly token: string;
  readonly log: Log;
}

export async function notAPerson({ client, token, log }: Tools, id: string): Promise<NotAPerson | null> {
  if (id === SLACKBOT) return 'about-an-app';
  try {
    const { user } = INFO.parse(await client.users.info({ token, user: id }));
    if (user.is_bot === true || user.is_workflow_bot === true) return 'about-an-app';
    return user.deleted === true ? 'about-a-deactivated-account' : null;
  } catch (error) {
    const failure = slackFailure(error);
    if (failure.kind === 'refused' && failure.code === 'user_not_found') return 'about-unknown-account';
    log.warn({ problem: problemOf(error) }, 'Slack did not say whom a report is about; the id counts as a person.');
    return null;
  }
}
