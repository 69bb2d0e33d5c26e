/** Reads people, enables and disables their accounts, revokes their sessions. */
import { type Act, endSessions, setEnabled, setPassword } from '../account-mutations.ts';
import { type Answer, badRequest, denied, onPremisesMastered, UnknownCall } from '../answers.ts';
import { asking, type Call, fieldsOf, type Handler, type Handlers, initiatorOf, personOf, type TenantContext } from '../call.ts';
import { outranks } from '../directory-roles.ts';
import { rolesOf, sensitiveTarget } from '../membership.ts';
import { answerList, answerOne } from '../odata/list.ts';
import { PRIMARY } from '../replicas.ts';
import type { PersonCells } from '../state.ts';
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
  'user.disable': enabling(false),
  'user.enable': enabling(true),
  'user.resetPassword': resetPassword,
  'user.update': (call) => {
    if ('accountEnabled' in fieldsOf(call)) throw badRequest("Invalid value specified for property 'accountEnabled' of resource 'User'.");
    throw new UnknownCall();
  },
  'user.revokeSignInSessions': revoke,
};

/** Refuses a sensitive action unless the calling app's own role outranks the target. */
function requireRank({ actor }: Call, world: TenantContext, target: PersonCells): void {
  if (actor.kind !== 'app') throw denied();
  if (!outranks(rolesOf(actor.app.servicePrincipalId, PRIMARY, world), sensitiveTarget(target, world))) throw denied();
}

const actOf = ({ actor, clientRequestId }: Call, world: TenantContext, at: number): Act => ({
  by: initiatorOf(actor, world),
  at,
  correlationId: clientRequestId,
});

function enabling(to: boolean): Handler {
  return (call, world) => {
    if (Object.keys(fieldsOf(call)).length > 1) throw new UnknownCall();
    const person = personOf(call, world);
    requireRank(call, world, person);
    return { status: 204, commit: (at) => setEnabled(person, to, actOf(call, world, at), world) };
  };
}

function resetPassword(call: Call, world: TenantContext): Answer {
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
  return { status: 204, commit: (at) => setPassword(person, password, actOf(call, world, at), world) };
}

const KINDS = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/];

const isStrong = (password: string): boolean =>
  password.length >= 8 && password.length <= 256 && KINDS.filter((kind) => kind.test(password)).length >= 3;

function revoke(call: Call, world: TenantContext): Answer {
  const person = personOf(call, world);
  return {
    status: 200,
    body: { '@odata.context': `${world.origin()}/${call.version}/$metadata#Edm.Boolean`, value: true },
    commit: (at) => endSessions(person, actOf(call, world, at), world),
  };
}
