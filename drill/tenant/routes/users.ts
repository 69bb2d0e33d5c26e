/** Reading people, opening and closing their accounts, ending their sessions. */
import { type Answer, badRequest, denied, onPremisesMastered, UnknownCall } from '../answers.ts';
import { asking, type Call, fieldsOf, type Handlers, personOf, type World } from '../call.ts';
import { outranks } from '../directory-roles.ts';
import type { Effect } from '../journal.ts';
import { inRoleAssignableGroup, rolesOf } from '../membership.ts';
import { answerList, answerOne } from '../odata/list.ts';
import { PRIMARY } from '../replicas.ts';
import type { PersonCells } from '../state.ts';
import type { Account } from '../things.ts';
import { USER_RULES, userItem } from './user-shape.ts';

export const userHandlers: Handlers = {
  'user.get': (call, world) => ({
    status: 200,
    body: answerOne(userItem(personOf(call, world), call.view, world), USER_RULES, asking(call, world, 'users')),
  }),
  'user.list': (call, world) => ({
    status: 200,
    body: answerList(
      [...world.state.people.values()].map((person) => userItem(person, call.view, world)),
      USER_RULES,
      asking(call, world, 'users'),
    ),
  }),
  'user.disable': (call, world) => setEnabled(call, world, false),
  'user.enable': (call, world) => setEnabled(call, world, true),
  'user.resetPassword': resetPassword,
  'user.update': (call) => {
    if ('accountEnabled' in fieldsOf(call)) throw badRequest("Invalid value specified for property 'accountEnabled' of resource 'User'.");
    throw new UnknownCall();
  },
  'user.revokeSignInSessions': revoke,
};

/** Refuses a sensitive act unless the calling app's own role outranks the target. */
function requireRank(call: Call, world: World, target: PersonCells): void {
  const { actor } = call;
  if (actor.kind !== 'app') throw denied();
  const caller = rolesOf(actor.app.servicePrincipalId, PRIMARY, world);
  const facts = {
    roles: rolesOf(target.seed.id, PRIMARY, world),
    inRoleAssignableGroup: inRoleAssignableGroup(target.seed.id, PRIMARY, world),
    restricted: target.seed.restricted,
  };
  if (!outranks(caller, facts)) throw denied();
}

function setEnabled(call: Call, world: World, to: boolean): Answer {
  if (Object.keys(fieldsOf(call)).length > 1) throw new UnknownCall();
  const person = personOf(call, world);
  requireRank(call, world, person);
  return {
    status: 204,
    commit(at) {
      const before = person.account.read(PRIMARY);
      if (before.enabled === to) return [];
      person.account.write({ ...before, enabled: to }, at);
      if (!to) world.sessions.ended(before.id, 'disabled', at);
      const change = { name: 'AccountEnabled', from: before.enabled, to };
      auditUser(call, world, person, at, to ? 'Enable account' : 'Disable account', change);
      auditUser(call, world, person, at, 'Update user', change);
      return [{ what: 'accountEnabled', target: before.id, from: before.enabled, to }];
    },
  };
}

function resetPassword(call: Call, world: World): Answer {
  const fields = fieldsOf(call);
  if (Object.keys(fields).length > 1) throw new UnknownCall();
  const profile = fields['passwordProfile'];
  const password = typeof profile === 'object' && profile !== null && 'password' in profile ? profile.password : undefined;
  const person = personOf(call, world);
  requireRank(call, world, person);
  if (person.seed.synced || world.state.domainOf(person.seed.upn)?.authentication === 'Federated') throw onPremisesMastered();
  // Without a password the real service answers 204 and does nothing.
  if (password === undefined) return { status: 204, commit: () => [] };
  if (typeof password !== 'string' || !isStrong(password)) {
    throw badRequest('The specified password does not comply with password complexity requirements. Please provide a different password.');
  }
  return {
    status: 204,
    commit(at) {
      const before: Account = person.account.read(PRIMARY);
      person.account.write({ ...before, password, passwordChangedAt: at }, at);
      world.sessions.ended(before.id, 'password', at);
      auditUser(call, world, person, at, 'Reset user password', undefined);
      return [
        { what: 'password', target: before.id, from: new Date(before.passwordChangedAt).toISOString(), to: new Date(at).toISOString() },
      ];
    },
  };
}

const KINDS = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/];

const isStrong = (password: string): boolean =>
  password.length >= 8 && password.length <= 256 && KINDS.filter((kind) => kind.test(password)).length >= 3;

function revoke(call: Call, world: World): Answer {
  const person = personOf(call, world);
  return {
    status: 200,
    body: { '@odata.context': `${world.origin()}/${call.version}/$metadata#Edm.Boolean`, value: true },
    commit(at): readonly Effect[] {
      // A guest's sessions are the home tenant's: the call is answered and does nothing.
      if (person.seed.userType === 'Guest') return [];
      const before = person.account.read(PRIMARY);
      person.account.write({ ...before, sessionsValidFrom: at }, at);
      world.sessions.ended(before.id, 'revoked', at);
      const [from, to] = [before.sessionsValidFrom, at].map((each) => new Date(each).toISOString());
      auditUser(call, world, person, at, 'Update StsRefreshTokenValidFrom Timestamp', { name: 'StsRefreshTokensValidFrom', from, to });
      return [{ what: 'signInSessionsValidFrom', target: before.id, from, to }];
    },
  };
}

function auditUser(
  call: Call,
  world: World,
  { seed }: PersonCells,
  at: number,
  activity: string,
  change: { readonly name: string; readonly from: unknown; readonly to: unknown } | undefined,
): void {
  const { actor } = call;
  if (actor.kind === 'nobody') return;
  const self = actor.kind === 'user' ? world.state.people.get(actor.session.personId)?.seed : undefined;
  world.logs.audit({
    at,
    activity,
    category: 'UserManagement',
    service: 'Core Directory',
    operationType: 'Update',
    by:
      actor.kind === 'app'
        ? { kind: 'app', appId: actor.app.appId, displayName: actor.app.name, servicePrincipalId: actor.app.servicePrincipalId }
        : { kind: 'user', person: self ?? seed, ip: actor.session.from.ip },
    targets: [
      {
        id: seed.id,
        type: 'User',
        displayName: null,
        userPrincipalName: seed.upn,
        ...(change === undefined ? {} : { modified: [change] }),
      },
    ],
    correlationId: call.clientRequestId,
  });
}
