/** Taking a sign-in method away from a person, for each type by its own path. */
import { type Handler, type Handlers, initiatorOf, personOf } from '../call.ts';
import type { MethodSeed } from '../company.ts';
import { removeMethod } from '../method-mutations.ts';

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
    const id = call.parameters['methodId'] ?? '';
    const removal = { by: initiatorOf(call.actor, world), correlationId: call.clientRequestId, own: false };
    return removeMethod(personOf(call, world), (each) => each.id === id && each.seed.kind === kind, id, removal, world);
  };
}
