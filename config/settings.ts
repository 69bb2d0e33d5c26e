// Every setting: its meaning, an example, and which processes may read it. The parser, .env.example and the error messages
// use this table.
import { resolve } from 'node:path';
import { isGuid } from '../domain/ids.ts';
import { EXPECTED_ADDRESS, readAddress } from '../prisma/address.ts';

/** `up` is the command that keeps the parts running, and pages while one of them is not ready. */
export type Reader = 'worker' | 'slack-app' | 'up' | 'operator';

export interface Setting<Value> {
  readonly meaning: string;
  readonly example: string;
  readonly readers: readonly Reader[];
  /** What happens without it; absent when it is required. */
  readonly without?: { readonly says: string; readonly value: (env: Environment) => Value };
  /** What does not work without it, when the rest does. */
  readonly stops?: string;
  /** @returns the value, or what was expected instead */
  readonly parse: (text: string) => { readonly ok: Value } | { readonly expected: string };
}

export type Environment = Readonly<Record<string, string | undefined>>;

const text = (value: string) => (value.length <= 4000 ? { ok: value } : { expected: 'at most 4,000 characters' });

const path = (value: string) => ({ ok: resolve(value) });

const url =
  (...protocols: readonly string[]) =>
  (value: string) => {
    const parsed = URL.canParse(value) ? new URL(value) : null;
    return parsed !== null && protocols.includes(parsed.protocol)
      ? { ok: value }
      : { expected: `an address that begins with ${protocols.map((p) => `${p}//`).join(' or ')}` };
  };

const databaseAddress = (value: string) => (readAddress(value) === undefined ? { expected: EXPECTED_ADDRESS } : { ok: value });

/** Portals show the same id in upper or lower case. */
const guid = (value: string) => {
  const id = value.toLowerCase();
  return isGuid(id) ? { ok: id } : { expected: 'an id like 3f2a9c10-5b7e-4d21-8a64-0c9e1f7b2d35' };
};
/** Traffic that leaves this machine is encrypted: a page or a token must not be read or changed on its way. */
const secureUrl = (value: string) => {
  const parsed = URL.canParse(value) ? new URL(value) : null;
  const isSecure = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLoopback(parsed.hostname));
  return isSecure
    ? { ok: value }
    : { expected: 'an address that begins with https://; http:// only on this machine (127.0.0.1, ::1, localhost)' };
};

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

const guids = (value: string) => {
  const all = value
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '');
  return all.every(isGuid) ? { ok: all } : { expected: 'ids separated by commas' };
};

const listOf = (pattern: RegExp, expected: string) => (value: string) => {
  const all = value
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  return all.every((each) => pattern.test(each)) ? { ok: all as readonly string[] } : { expected };
};

const yesNo = (value: string) => (value === 'true' || value === 'false' ? { ok: value === 'true' } : { expected: 'true or false' });

const begins = (prefix: string) => (value: string) =>
  value.startsWith(prefix) ? { ok: value } : { expected: `a value that begins with ${prefix}` };

const matches = (pattern: RegExp, expected: string) => (value: string) => (pattern.test(value) ? { ok: value } : { expected });

const home = (env: Environment): string => resolve(env['UNAPPROVE_HOME'] ?? '.unapprove');

const setting = <Value>(definition: Setting<Value>): Setting<Value> => definition;

export const SETTINGS = {
  UNAPPROVE_HOME: setting({
    meaning: 'The one folder that holds everything this installation keeps on disk: keys, bundles, logs.',
    example: '/var/lib/unapprove',
    readers: ['worker', 'slack-app', 'up', 'operator'],
    without: { says: '.unapprove in the current folder', value: () => home({}) },
    parse: path,
  }),
  DATABASE_URL: setting({
    meaning:
      'PostgreSQL (16 or newer) for the ledger and the inbox, as the role that is named after the database with the suffix _worker. This role can add to the ledger and never change it.',
    example: 'postgresql://unapprove_worker:…@127.0.0.1:5432/unapprove',
    readers: ['worker', 'operator'],
    parse: databaseAddress,
  }),
  DATABASE_ADMIN_URL: setting({
    meaning: 'The same database as its owner. Only "unapprove migrate" takes it: set it for that command, and nowhere else.',
    example: 'postgresql://postgres:…@127.0.0.1:5432/unapprove',
    readers: ['operator'],
    stops: '"unapprove migrate" does not start',
    parse: databaseAddress,
  }),
  SLACK_DATABASE_URL: setting({
    meaning:
      'The same database for the Slack app, as the role that is named after the database with the suffix _slack. This role reads the ledger and writes the actions of people to the inbox. It can add nothing to the ledger.',
    example: 'postgresql://unapprove_slack:…@127.0.0.1:5432/unapprove',
    readers: ['slack-app', 'operator'],
    parse: databaseAddress,
  }),
  TEMPORAL_ADDRESS: setting({
    meaning: 'The Temporal server that runs the cases.',
    example: '127.0.0.1:7233',
    readers: ['worker'],
    parse: matches(/^[\w.[\]:-]+:\d{1,5}$/, 'host:port'),
  }),
  TEMPORAL_NAMESPACE: setting({
    meaning: 'The Temporal namespace of the cases.',
    example: 'default',
    readers: ['worker'],
    without: { says: 'default', value: () => 'default' },
    parse: text,
  }),
  UNAPPROVE_TENANT_ID: setting({
    meaning: 'The directory (tenant) whose accounts are guarded.',
    example: '3f2a9c10-5b7e-4d21-8a64-0c9e1f7b2d35',
    readers: ['worker', 'operator'],
    parse: guid,
  }),
  GRAPH_BASE_URL: setting({
    meaning: 'Where Microsoft Graph answers.',
    example: 'https://graph.microsoft.com/',
    readers: ['worker'],
    without: { says: 'https://graph.microsoft.com/', value: () => 'https://graph.microsoft.com/' },
    parse: url('https:'),
  }),
  AZURE_AUTHORITY_HOST: setting({
    meaning: 'Where access tokens come from.',
    example: 'https://login.microsoftonline.com/',
    readers: ['worker'],
    without: { says: 'https://login.microsoftonline.com/', value: () => 'https://login.microsoftonline.com/' },
    parse: url('https:'),
  }),
  UNAPPROVE_DISABLE_INSTANCE_DISCOVERY: setting({
    meaning: "Do not ask Microsoft's public host about the authority: needed where the authority is not one of Microsoft's own.",
    example: 'false',
    readers: ['worker'],
    without: { says: 'false', value: () => false },
    parse: yesNo,
  }),
  UNAPPROVE_READER_CLIENT_ID: setting({
    meaning: 'Application id of the app that only reads.',
    example: '9b1d7e44-2c3f-4a58-b6d0-7e5f8a9c0b12',
    readers: ['worker'],
    parse: guid,
  }),
  UNAPPROVE_READER_CERTIFICATE: setting({
    meaning: 'File with the certificate and private key (PEM) of the reading app.',
    example: '/etc/unapprove/reader.pem',
    readers: ['worker'],
    parse: path,
  }),
  UNAPPROVE_ACTOR_CLIENT_ID: setting({
    meaning: 'Application id of the app that blocks accounts, resets passwords and removes sign-in methods.',
    example: 'c40e6a93-81d5-4f7b-9e2a-d3b6f1c8057e',
    readers: ['worker'],
    parse: guid,
  }),
  UNAPPROVE_ACTOR_CERTIFICATE: setting({
    meaning: 'File with the certificate and private key (PEM) of the acting app.',
    example: '/etc/unapprove/actor.pem',
    readers: ['worker'],
    parse: path,
  }),
  UNAPPROVE_APPROVER_GROUP_ID: setting({
    meaning: 'The directory group whose members may decide.',
    example: '5d8f0b27-6e1c-4394-a7b8-e92c4d60f1a3',
    readers: ['worker'],
    parse: guid,
  }),
  UNAPPROVE_BREAK_GLASS_IDS: setting({
    meaning:
      'Object ids of the break-glass accounts. They are never blocked automatically, and privileged accounts are blocked automatically only while one of them is proven to work.',
    example: 'a1e5c7d9-0f24-4b68-8c13-6d97b2e4f085',
    readers: ['worker'],
    without: { says: 'none: accounts of administrators are then never blocked automatically', value: () => [] as string[] },
    parse: guids,
  }),
  UNAPPROVE_POLICY_FILE: setting({
    meaning:
      'JSON file with the differences from the default policy: durations, and plans that need two approvers instead of one: {"durations": {"askAgainMs": 1800000}, "stricter": {"twoApprovers": ["eradication"]}}.',
    example: '/etc/unapprove/policy.json',
    readers: ['worker'],
    without: { says: 'the default policy', value: () => null as string | null },
    parse: (value): { ok: string | null } => path(value),
  }),
  UNAPPROVE_PAGER_URL: setting({
    meaning: 'Where pages go: a service that takes PagerDuty Events, version 2.',
    example: 'https://events.pagerduty.com',
    readers: ['worker', 'up'],
    parse: secureUrl,
  }),
  UNAPPROVE_PAGER_ROUTING_KEY: setting({
    meaning: 'Routing key of the pager service. A secret.',
    example: '0123456789abcdef0123456789abcdef',
    readers: ['worker', 'up'],
    parse: text,
  }),
  UNAPPROVE_PAGER_NEXT_ROUTING_KEYS: setting({
    meaning: 'Routing keys of the next responders, in the order in which they are paged when the first does not answer. Secrets.',
    example: 'fedcba9876543210fedcba9876543210',
    readers: ['worker', 'up'],
    without: { says: 'none: the first responder is paged again', value: () => [] as readonly string[] },
    parse: listOf(/^\S{1,200}$/, 'routing keys separated by commas'),
  }),
  UNAPPROVE_CALL_BACK_NUMBER: setting({
    meaning:
      'The number that employees call when Slack is not safe. The report forms and messages show it with the sentence: when security calls you, it is from this number.',
    example: '+44 20 7946 0000',
    readers: ['slack-app'],
    parse: matches(/^[+0-9 ()-]{3,40}$/, 'a telephone number'),
  }),
  SLACK_API_URL: setting({
    meaning: 'Where Slack answers.',
    example: 'https://slack.com/api/',
    readers: ['slack-app'],
    without: { says: 'https://slack.com/api/', value: () => 'https://slack.com/api/' },
    parse: secureUrl,
  }),
  SLACK_BOT_TOKEN: setting({
    meaning: 'Bot token of the Slack app. A secret.',
    example: 'xoxb-…',
    readers: ['slack-app'],
    parse: begins('xoxb-'),
  }),
  SLACK_APP_TOKEN: setting({
    meaning: 'App-level token of the Slack app, for Socket Mode. A secret.',
    example: 'xapp-…',
    readers: ['slack-app'],
    parse: begins('xapp-'),
  }),
  SLACK_TEAM_ID: setting({
    meaning: 'The workspace whose people may report. Actions from any other are refused.',
    example: 'T0123ABCD',
    readers: ['slack-app', 'worker', 'operator'],
    parse: matches(/^[TE][A-Z0-9]{2,20}$/, 'a workspace id such as T0123ABCD'),
  }),
  SLACK_RESPONDER_CHANNEL: setting({
    meaning: 'The private channel of the responders, where case cards stand. Pages link to it.',
    example: 'C0456EFGH',
    readers: ['slack-app', 'worker'],
    parse: matches(/^[CG][A-Z0-9]{2,20}$/, 'a channel id such as C0456EFGH'),
  }),
  SLACK_RESPONDER_CHANNEL_NAME: setting({
    meaning: 'The name of that channel, as people know it. Pages contain it: "Open #incident-response".',
    example: 'incident-response',
    readers: ['worker'],
    without: { says: 'pages say "the responders\' channel"', value: () => null as string | null },
    parse: (value): { ok: string | null } | { expected: string } =>
      matches(/^[^\s#,.]{1,80}$/, 'the name of a channel, without #, such as incident-response')(value),
  }),
  SLACK_STANDBY_CHANNEL: setting({
    meaning: 'A second private channel, used when the subject of a case can read the first. Pages link to it.',
    example: 'C0789JKLM',
    readers: ['slack-app', 'worker'],
    without: { says: 'none: the card then says only that there is a case', value: () => null as string | null },
    parse: (value): { ok: string | null } | { expected: string } =>
      matches(/^[CG][A-Z0-9]{2,20}$/, 'a channel id such as C0789JKLM')(value),
  }),
  UNAPPROVE_KEYS: setting({
    meaning: 'The folder with the key files of this process. On machines of their own, give each process only its own files.',
    example: '/var/lib/unapprove/keys',
    readers: ['worker', 'slack-app', 'operator'],
    without: { says: 'keys under UNAPPROVE_HOME', value: (env) => resolve(home(env), 'keys') },
    parse: path,
  }),
};

export type SettingName = keyof typeof SETTINGS;
export type ValueOf<Name extends SettingName> = (typeof SETTINGS)[Name] extends Setting<infer Value> ? Value : never;
