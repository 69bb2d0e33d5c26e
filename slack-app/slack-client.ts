// The two Slack clients: one answers people who wait (one attempt, short timeout), the other posts in the background. They
// are separate because a throttled method pauses its whole client. Only our code retries: the library's own retry would
// post a card twice.
import { WebClient, type WebClientOptions } from '@slack/web-api';
import { type Log, slackLogger } from './log.ts';

export interface SlackDoor {
  /** `https://slack.com/api/`, or where the practice workspace listens. */
  readonly apiUrl: string;
  readonly botToken: string;
}

type Fetch = NonNullable<WebClientOptions['fetch']>;

const PEOPLE_WAIT_MS = 2_500;
const BACKGROUND_MS = 10_000;
const OFFICIAL = ['slack.com', 'slack-gov.com'];

/**
 * A fetch that goes to Slack's own hosts only. `response_url` and upload
 * addresses arrive in payloads: a forged one must not send our messages elsewhere.
 */
export function fetchFromSlack(apiUrl: string): Fetch {
  const api = new URL(apiUrl);
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input.toString());
    if (!isSlack(url, api)) return Promise.reject(new TypeError(`expected an address of Slack, got the host ${url.host}`));
    return fetch(input, init);
  };
}

function isSlack(url: URL, api: URL): boolean {
  if (url.origin === api.origin) return true;
  const family = OFFICIAL.find((host) => api.hostname === host || api.hostname.endsWith(`.${host}`));
  return family !== undefined && url.protocol === 'https:' && (url.hostname === `hooks.${family}` || url.hostname === `files.${family}`);
}

// A new object each time: the libraries write into the one they are given, and headers put there would be shared between tokens.

/** Options of the listeners' client. */
export const peopleWaitOptions = ({ apiUrl }: Pick<SlackDoor, 'apiUrl'>): WebClientOptions => ({
  slackApiUrl: apiUrl,
  timeout: PEOPLE_WAIT_MS,
  retryConfig: { retries: 0 },
  rejectRateLimitedCalls: true,
  allowAbsoluteUrls: false,
  fetch: fetchFromSlack(apiUrl),
});

export const backgroundClient = ({ apiUrl, botToken }: SlackDoor, log: Log): WebClient =>
  new WebClient(botToken, {
    slackApiUrl: apiUrl,
    timeout: BACKGROUND_MS,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    maxRequestConcurrency: 4,
    allowAbsoluteUrls: false,
    fetch: fetchFromSlack(apiUrl),
    logger: slackLogger(log),
  });
