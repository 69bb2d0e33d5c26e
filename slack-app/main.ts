// The Slack app's process. Says on its standard output when it is ready;
// everything else goes to standard error, as JSON lines.
import pino from 'pino';
import { loadSettings, SettingsError } from '../config/load.ts';
import { untilReady } from '../config/readiness.ts';
import { KeyProblem } from '../inbox/keys.ts';
import { problemOf } from './log.ts';
import { SlackSetupProblem, startSlackApp } from './start.ts';

const log = pino({ name: 'slack-app', base: null }, pino.destination({ fd: 2, sync: true }));

// An unhandled rejection in a library must not stop reports.
process.on('unhandledRejection', (reason) => log.error({ problem: problemOf(reason) }, 'A promise was lost; going on.'));

try {
  const settings = loadSettings(
    [
      'SLACK_DATABASE_URL',
      'SLACK_API_URL',
      'SLACK_BOT_TOKEN',
      'SLACK_APP_TOKEN',
      'SLACK_TEAM_ID',
      'SLACK_RESPONDER_CHANNEL',
      'SLACK_STANDBY_CHANNEL',
      'UNAPPROVE_CALL_BACK_NUMBER',
      'UNAPPROVE_KEYS',
    ],
    process.env,
  );
  const app = await startSlackApp(
    {
      apiUrl: settings.SLACK_API_URL,
      botToken: settings.SLACK_BOT_TOKEN,
      appToken: settings.SLACK_APP_TOKEN,
      teamId: settings.SLACK_TEAM_ID,
      responderChannel: settings.SLACK_RESPONDER_CHANNEL,
      standbyChannel: settings.SLACK_STANDBY_CHANNEL,
      callBackNumber: settings.UNAPPROVE_CALL_BACK_NUMBER,
      databaseUrl: settings.SLACK_DATABASE_URL,
      keys: settings.UNAPPROVE_KEYS,
    },
    log,
  );
  const stopping = new AbortController();
  const { signal } = stopping;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (signal.aborted) return;
      stopping.abort();
      void app.stop().then(() => process.exit(0));
    });
  }
  // Slack's tokens and the keys are checked at this point. Until the database answers, the form tells people to call.
  const database = {
    name: 'the database',
    use: () => app.useDatabase(),
    next: 'Check SLACK_DATABASE_URL, its password and that PostgreSQL runs; missing rights are granted by "unapprove migrate".',
  };
  await untilReady([database], {
    signal,
    onUnmet: (waitsFor) => log.warn({ event: 'not-ready', part: 'slack-app', waitsFor }),
  }).then(
    () => process.stdout.write(`${JSON.stringify({ ready: 'slack-app', pid: process.pid })}\n`),
    () => undefined,
  );
} catch (error) {
  const isOurs = error instanceof SettingsError || error instanceof KeyProblem || error instanceof SlackSetupProblem;
  if (isOurs) process.stderr.write(`${error.message}\n`);
  else log.error({ problem: problemOf(error) }, 'The Slack app could not start.');
  process.exit(isOurs ? 2 : 1);
}
