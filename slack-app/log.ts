// The log of the Slack app. Error texts may hold tokens, which are removed. Libraries log whole messages at debug level,
// so nothing below info is passed on.
import { LogLevel, type Logger as SlackLogger } from '@slack/bolt';

/** A log line: a sentence, and facts that are ids and codes. Pino's own shape. */
export interface Log {
  info(facts: object, sentence: string): void;
  warn(facts: object, sentence: string): void;
  error(facts: object, sentence: string): void;
}

const TOKEN = /\bx(?:ox[a-z]|app)-[A-Za-z0-9-]+/g;

export const withoutTokens = (text: string): string => text.replace(TOKEN, '[token]');

/** An error as facts: its kind, its code, and its text without tokens. Never the request that caused it. */
export function problemOf(error: unknown): { readonly name: string; readonly code?: string; readonly words: string } {
  if (!(error instanceof Error)) return { name: typeof error, words: withoutTokens(String(error)).slice(0, 500) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  return { name: error.name, ...code, words: withoutTokens(error.message).slice(0, 500) };
}

/** Our log in the form that Slack's libraries expect. */
export function slackLogger(log: Log): SlackLogger {
  let name = 'slack';
  const say =
    (level: 'info' | 'warn' | 'error') =>
    (...words: unknown[]): void =>
      log[level](
        { from: name },
        withoutTokens(words.map((word) => (word instanceof Error ? word.message : String(word))).join(' ')).slice(0, 1_000),
      );
  return {
    // Debug texts hold messages, form contents and trigger ids.
    debug: () => undefined,
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: (given) => {
      name = given;
    },
  };
}
