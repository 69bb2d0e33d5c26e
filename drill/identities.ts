// Turns a scenario into who is who on both sides: the tenant's people, groups
// and apps, the workspace's people and channels, and the operator's own table.
import { createHash, randomBytes } from 'node:crypto';
import type { AppSeed, CompanySeed, PersonSeed } from './microsoft/company.ts';
import { methodSeeds, ruleSeed } from './run/seed-items.ts';
import type { PersonLine, Scenario } from './scenarios/types.ts';
import type { ChannelSeed, SlackPersonSeed } from './slack/types.ts';

/** What the operator of the product confirms before any case: which Slack account is which person. */
export interface PeopleTableLine {
  readonly slackTeam: string;
  readonly slackUser: string;
  readonly objectId: string;
  readonly name: string;
  readonly phone: string;
}

export interface Identities {
  readonly company: CompanySeed;
  readonly slack: {
    readonly team: { readonly id: string; readonly domain: string; readonly name: string };
    readonly appId: string;
    readonly botUserId: string;
    readonly botToken: string;
    readonly appToken: string;
    readonly people: readonly SlackPersonSeed[];
    readonly channels: readonly ChannelSeed[];
    readonly responderChannel: string;
    readonly standbyChannel: string;
  };
  readonly peopleTable: readonly PeopleTableLine[];
  readonly approverGroupId: string;
  readonly breakGlassIds: readonly string[];
  readonly apps: { readonly reader: string; readonly actor: string };
  objectIdOf(person: string): string;
  /** @param account which of the person's Slack accounts, from 1 */
  slackIdOf(person: string, account?: number): string;
  /** All of the person's Slack accounts, the first one first; none for people without Slack. */
  slackIdsOf(person: string): readonly string[];
  passwordOf(person: string): string;
}

const READER_RIGHTS = [
  'User.Read.All',
  'Directory.Read.All',
  'RoleManagement.Read.Directory',
  'RoleEligibilitySchedule.Read.Directory',
  'GroupMember.Read.All',
  'Domain.Read.All',
  'UserAuthenticationMethod.Read.All',
  'AuditLog.Read.All',
] as const;
const ACTOR_RIGHTS = [
  'User.Read.All',
  'User.EnableDisableAccount.All',
  'User.RevokeSessions.All',
  'User-PasswordProfile.ReadWrite.All',
  'UserAuthenticationMethod.ReadWrite.All',
] as const;

/**
 * Makes the cast. Ids come from the seed, so two runs can be laid side by side;
 * secrets are new in each run, so that finding one means this run lost it.
 *
 * @param run makes the tenant's id this run's own: a Temporal server that is used again must not mix two runs up
 */
export function identitiesOf(
  scenario: Scenario,
  run: string,
  certificates: { readonly reader: string; readonly actor: string },
): Identities {
  const guid = (name: string): string => guidOf(`${scenario.seed}/${name}`);
  const slackId = (prefix: string, name: string): string => `${prefix}${capitals(`${scenario.seed}/${name}`, 10)}`;
  const keys = Object.keys(scenario.people);
  const passwords = new Map(keys.map((key) => [key, `Pw-${randomBytes(12).toString('base64url')}-9`]));
  const person = (key: string): PersonLine => {
    const line = scenario.people[key];
    if (line === undefined) throw new Error(`nobody in this scenario is called ${key}`);
    return line;
  };
  const passwordOf = (key: string): string => passwords.get(key) ?? '';
  const objectIdOf = (key: string): string => (person(key), guid(`person/${key}`));
  const slackIdOf = (key: string, account = 1): string => (
    person(key), slackId('U', account === 1 ? `person/${key}` : `person/${key}/account/${account}`)
  );
  const slackIdsOf = (key: string): string[] =>
    person(key).slack === 'none' ? [] : Array.from({ length: person(key).slackAccounts }, (_, index) => slackIdOf(key, index + 1));

  const inSlack = keys.filter((key) => person(key).slack !== 'none');
  const team = slackId('T', 'team');
  const botUserId = slackId('U', 'bot');
  const responderChannel = slackId('C', 'responders');
  const standbyChannel = slackId('C', 'standby');
  const apps = { reader: guid('app/reader'), actor: guid('app/actor') };
  const approverGroupId = guid('group/approvers');
  const restricted = keys.filter((key) => person(key).account === 'restricted');

  const app = (name: 'reader' | 'actor', rights: readonly string[]): AppSeed => ({
    key: name,
    appId: apps[name],
    servicePrincipalId: guid(`service-principal/${name}`),
    name: `unapprove ${name}`,
    permissions: rights.filter((right) => !scenario.company.apps[name].without.includes(right)),
    roles: [...scenario.company.apps[name].roles],
    certificatePem: certificates[name],
  });

  return {
    company: {
      tenantId: guidOf(`${run}/${scenario.seed}/tenant`),
      name: scenario.company.name,
      licences: scenario.company.licences,
      domains: scenario.company.domains.map((domain, index) => ({ ...domain, isDefault: index === 0 })),
      people: keys.map((key) =>
        personSeed(key, person(key), { id: objectIdOf(key), password: passwordOf(key), guid, restricted: restricted.includes(key) }),
      ),
      groups: [
        {
          key: 'approvers',
          id: approverGroupId,
          name: 'Security approvers',
          members: [...scenario.company.approvers],
        },
      ],
      apps: [app('reader', READER_RIGHTS), app('actor', ACTOR_RIGHTS)],
    },
    slack: {
      team: { id: team, domain: 'drill-contoso', name: `${scenario.company.name} (DRILL)` },
      appId: slackId('A', 'app'),
      botUserId,
      botToken: `xoxb-drill-${randomBytes(18).toString('hex')}`,
      appToken: `xapp-drill-${randomBytes(18).toString('hex')}`,
      people: inSlack.flatMap((key) =>
        slackIdsOf(key).map((id, index) => ({
          id,
          name: index === 0 ? key : `${key}-${index + 1}`,
          realName: person(key).name,
          // No two accounts of a workspace share an address.
          email: index === 0 ? person(key).upn : person(key).upn.replace('@', `+${index + 1}@`),
          ...(person(key).slack === 'guest' ? { restricted: true } : {}),
        })),
      ),
      channels: [
        {
          id: responderChannel,
          name: 'incident-responders',
          private: true,
          members: [botUserId, ...inSlack.filter((key) => person(key).inResponderChannel).flatMap(slackIdsOf)],
        },
        {
          id: standbyChannel,
          name: 'incident-standby',
          private: true,
          members: [
            botUserId,
            ...scenario.company.approvers.filter((key) => inSlack.includes(key) && key !== reportedPerson(scenario)).flatMap(slackIdsOf),
          ],
        },
      ],
      responderChannel,
      standbyChannel,
    },
    peopleTable: inSlack
      .filter((key) => person(key).inPeopleTable)
      .flatMap((key, index) =>
        slackIdsOf(key).map((slackUser) => ({
          slackTeam: team,
          slackUser,
          objectId: objectIdOf(key),
          name: person(key).name,
          phone: `+31 20 555 ${String(1000 + index)}`,
        })),
      ),
    approverGroupId,
    breakGlassIds: scenario.company.breakGlass.map(objectIdOf),
    apps,
    objectIdOf,
    slackIdOf,
    slackIdsOf,
    passwordOf,
  };
}

/** The first person who is reported: the standby channel is for the night in which the subject reads the other one. */
function reportedPerson({ staff }: Scenario): string | undefined {
  const report = staff.actions.find((act) => act.do === 'report');
  return report?.do === 'report' ? (report.about ?? report.person) : undefined;
}

interface Own {
  readonly id: string;
  readonly password: string;
  readonly restricted: boolean;
  readonly guid: (name: string) => string;
}

function personSeed(key: string, line: PersonLine, { id, password, restricted, guid }: Own): PersonSeed {
  return {
    key,
    id,
    displayName: line.name,
    upn: line.upn,
    userType: line.account === 'guest' ? 'Guest' : 'Member',
    enabled: line.enabled,
    synced: line.account === 'synced',
    restricted,
    roles: [...line.roles],
    eligibleRoles: [...line.eligibleRoles],
    password,
    methods: methodSeeds(line, (index) => guid(`method/${key}/${index}`)),
    devices: line.devices.map((device, index) => ({ id: guid(`device/${key}/${index}`), displayName: device.name })),
    inboxRules: line.inboxRules.map(ruleSeed),
    mailbox: line.mailbox,
  };
}

/** A GUID that looks random and is always the same for one name. */
export function guidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const CAPITALS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

function capitals(name: string, length: number): string {
  const bytes = createHash('sha256').update(name).digest();
  return Array.from({ length }, (_, index) => CAPITALS[(bytes[index] ?? 0) % CAPITALS.length]).join('');
}
