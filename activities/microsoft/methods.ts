// Microsoft's sign-in methods in our words. Types that we do not know yet will
// come: they are shown as unknown, never passed over.
import type { z } from 'zod';
import type { MethodKind, SeenMethod } from '../../domain/method.ts';
import type { METHOD } from './schemas.ts';

type GraphMethod = z.infer<typeof METHOD>;

const KINDS: Readonly<Record<string, MethodKind>> = {
  microsoftAuthenticatorAuthenticationMethod: 'authenticator',
  passwordlessMicrosoftAuthenticatorAuthenticationMethod: 'authenticator',
  phoneAuthenticationMethod: 'phone',
  emailAuthenticationMethod: 'email',
  softwareOathAuthenticationMethod: 'software-oath',
  hardwareOathAuthenticationMethod: 'hardware-oath',
  fido2AuthenticationMethod: 'fido2',
  windowsHelloForBusinessAuthenticationMethod: 'hello',
  platformCredentialAuthenticationMethod: 'platform-credential',
  x509CertificateAuthenticationMethod: 'certificate',
  temporaryAccessPassAuthenticationMethod: 'temporary-access-pass',
  qrCodePinAuthenticationMethod: 'qr-code',
  externalAuthenticationMethod: 'external',
  passwordAuthenticationMethod: 'password',
};

export function seenMethod(method: GraphMethod): SeenMethod {
  const type = (method['@odata.type'] ?? 'unknown').replace('#microsoft.graph.', '');
  // Without an id nothing can be done to it, whatever it is: it is left to people.
  const kind = method.id ? (KINDS[type] ?? 'unknown') : 'unknown';
  return {
    id: method.id ?? '',
    kind,
    label: labelOf(kind, type, method),
    facts: JSON.stringify([type, method.id, ...IDENTITY.map((field) => method[field] ?? null)]),
    isAlternate: method.phoneType === 'alternateMobile',
    addedAt: method.createdDateTime ?? null,
  };
}

/** What makes a method this one. Versions and states of an app change by themselves and are left out. */
const IDENTITY = ['displayName', 'phoneNumber', 'phoneType', 'emailAddress', 'aaGuid'] as const;

function labelOf(kind: MethodKind, type: string, method: GraphMethod): string {
  const named = method.displayName ? ` “${method.displayName}”` : '';
  switch (kind) {
    case 'authenticator':
      return `Authenticator app${named}`;
    case 'phone':
      return `Phone ending in ${(method.phoneNumber ?? '').replaceAll(/\D/g, '').slice(-2) || '??'} (${method.phoneType ?? 'of unknown type'})`;
    case 'email':
      return `E-mail address at ${method.emailAddress?.split('@').at(-1) ?? 'an unknown domain'}`;
    case 'software-oath':
      return 'Code app';
    case 'hardware-oath':
      return `Code token${named}`;
    case 'fido2':
      return `Security key${named}`;
    case 'hello':
      return `Windows Hello${named}`;
    case 'platform-credential':
      return `Platform credential${named}`;
    case 'certificate':
      return 'Certificate';
    case 'temporary-access-pass':
      return 'Temporary Access Pass';
    case 'qr-code':
      return 'QR code';
    case 'external':
      return `External method${named}`;
    case 'password':
      return 'Password';
    case 'unknown':
      return `Unknown kind of method (${type})`;
  }
}
