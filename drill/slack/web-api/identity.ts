/** Who the app is, who people are, and how to open Socket Mode. */
import { type Person, userBody } from '../people.ts';
import type { WorkspaceState } from '../workspace-state.ts';
import { type Method, method, Refusal, text } from './method.ts';

const authTest = method({
  token: 'either',
  tier: 'special',
  args: {},
  run: (_args, { world, token }) =>
    token === 'app'
      ? { app_name: 'practice app', app_id: world.appId }
      : {
          url: `https://${world.team.domain}.slack.com/`,
          team: world.team.name,
          user: world.people.find(world.botUserId)?.name,
          team_id: world.team.id,
          user_id: world.botUserId,
          bot_id: world.botId,
          is_enterprise_install: false,
        },
});

const connectionsOpen = method({
  token: 'app',
  tier: 'tier3',
  args: {},
  run: (_args, { baseUrl, ticket }) => ({ url: `${baseUrl.replace('http', 'ws')}${ticket()}` }),
});

const usersInfo = method({
  tier: 'tier4',
  scopes: ['users:read'],
  args: { user: text },
  run({ user }, { world }) {
    const person = world.people.find(user);
    if (person === undefined) throw new Refusal('user_not_found');
    return { user: describe(world, person) };
  },
});

const lookupByEmail = method({
  tier: 'tier3',
  scopes: ['users:read.email'],
  args: { email: text },
  run({ email }, { world }) {
    const person = world.people.findByEmail(email);
    if (person === undefined || person.stranger === true || person.teamId !== world.team.id) throw new Refusal('users_not_found');
    return { user: describe(world, person) };
  },
});

const teamInfo = method({
  tier: 'tier3',
  scopes: ['team:read'],
  args: { team: text.optional() },
  run({ team }, { world }) {
    if (team !== undefined && team !== world.team.id) throw new Refusal('team_not_found');
    return { team: { ...world.team, email_domain: '', icon: { image_default: true } } };
  },
});

const botsInfo = method({
  tier: 'tier3',
  scopes: ['users:read'],
  args: { bot: text.optional() },
  run({ bot }, { world }) {
    if (bot !== undefined && bot !== world.botId) throw new Refusal('bot_not_found');
    const name = world.people.find(world.botUserId)?.name;
    return {
      bot: { id: world.botId, deleted: false, name, updated: 1_700_000_000, app_id: world.appId, user_id: world.botUserId, icons: {} },
    };
  },
});

function describe(world: WorkspaceState, person: Person): Record<string, unknown> {
  return userBody(person, world.team.id, world.botScopes.includes('users:read.email'));
}

export const identityMethods: Readonly<Record<string, Method>> = {
  'auth.test': authTest,
  'apps.connections.open': connectionsOpen,
  'users.info': usersInfo,
  'users.lookupByEmail': lookupByEmail,
  'team.info': teamInfo,
  'bots.info': botsInfo,
};
