/**
 * Taking a sign-in method away from a person, for each type by its own path.
 * Looks at the primary only: a method that a list still shows may be gone.
 */
import { type Answer, methodNotFound, methodRefused } from '../answers.ts';
import { type Call, type Handler, type Handlers, initiatorOf, personOf, type World } from '../call.ts';
import type { MethodSeed } from '../company.ts';
import { isDefault, mustStay } from '../default-method.ts';
import { PRIMARY } from '../replicas.ts';
import type { PersonCells } from '../state.ts';
import type { Method } from '../things.ts';
import { thingTarget } from '../truth.ts';

export const methodHandlers: Handlers = {
  'auth.microsoftAuthenticatorMethods.delete': removing('authenticator'),
  'auth.phoneMethods.delete': removing('phone'),
  'auth.emailMethods.delete': removing('email'),
  'auth.fido2Methods.delete': removing('fido2'),
  'auth.softwareOathMethods.delete': removing('softwareOath'),
  'auth.windowsHelloForBusinessMethods.delete': removing('hello'),
  'auth.temporaryAccessPassMethods.delete': removing('tap'),
  'auth.platformCredentialMethods.delete': removing('platformCredential'),
  'auth.externalAuthenticationMethods.delete': removing('external'),
};

function removing(kind: MethodSeed['kind']): Handler {
  return (call, world) => {
    const person = personOf(call, world);
    const id = call.parameters['methodId'] ?? '';
    const methods = person.methods.read(PRIMARY);
    const method = methods.find((each) => each.id === id && each.seed.kind === kind);
    if (method === undefined) throw methodNotFound(id);
    if (mustStay(method, methods)) throw isDefault(method, world.chance(`default method of ${person.seed.id}`));
    if (isNumber(method, 'mobile') && methods.some((each) => isNumber(each, 'alternateMobile'))) {
      // The rule is published and its wording is not.
      throw methodRefused('There can be no alternate mobile number without a mobile number.');
    }
    return remove(person, method, call, world);
  };
}

const isNumber = ({ seed }: Method, type: 'mobile' | 'alternateMobile'): boolean => seed.kind === 'phone' && seed.phoneType === type;

function remove({ seed, methods }: PersonCells, { id, seed: { kind } }: Method, call: Call, world: World): Answer {
  return {
    status: 204,
    commit(at) {
      const before = methods.read(PRIMARY);
      const rest = before.filter((each) => each.id !== id);
      if (rest.length === before.length) return [];
      methods.write(rest, at);
      world.logs.audit({
        at,
        activity: 'Admin deleted security info',
        category: 'UserManagement',
        service: 'Authentication Methods',
        operationType: 'Delete',
        by: initiatorOf(call.actor, world),
        targets: [{ id: seed.id, type: 'User', displayName: seed.displayName, userPrincipalName: seed.upn }],
        correlationId: call.clientRequestId,
        resultReason: `Admin deleted ${kind}`,
      });
      return [{ what: 'method', target: thingTarget(seed.id, 'method', id), from: kind, to: null }];
    },
  };
}
