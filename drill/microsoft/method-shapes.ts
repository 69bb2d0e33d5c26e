/** How Graph shows sign-in methods: which fields each kind has, and which stay empty. */
import { seconds } from './answers.ts';
import type { MethodSeed } from './company.ts';
import type { Method } from './directory-items.ts';
import type { Item } from './odata/list.ts';
import type { Stream } from './seeded-random.ts';

const PASSWORD_ID = '28c10230-6103-485e-b985-444c60001490';
const EMAIL_ID = '3ddfcfc8-9383-446f-83cc-3ab9be4be18f';
/** The same in every tenant: a changed number keeps its id. */
const PHONE_IDS = {
  mobile: '3179e48a-750b-4051-897c-87b9720928f7',
  alternateMobile: 'b6332ec1-7057-4abe-9331-3d72feddfe41',
  office: 'e37fc753-ff3b-4958-9484-eaa9425c82bc',
} as const;

export function methodId(method: MethodSeed, ids: Stream): string {
  switch (method.kind) {
    case 'phone':
      return PHONE_IDS[method.phoneType];
    case 'email':
      return EMAIL_ID;
    case 'fido2':
      return method.id ?? `${ids.text(16)}2`;
    default:
      return method.id ?? ids.guid();
  }
}

/** The methods of one person as the mixed list answers them; the password comes first and is always there. */
export function methodList(methods: readonly Method[], at: number): readonly Item[] {
  const password = {
    '@odata.type': '#microsoft.graph.passwordAuthenticationMethod',
    id: PASSWORD_ID,
    password: null,
    createdDateTime: null,
  };
  return [password, ...methods.map((method) => methodShape(method, at))];
}

function methodShape({ id, seed, createdAt }: Method, at: number): Readonly<Record<string, unknown>> {
  const created = seconds(createdAt);
  switch (seed.kind) {
    case 'authenticator':
      return {
        '@odata.type': '#microsoft.graph.microsoftAuthenticatorAuthenticationMethod',
        id,
        displayName: seed.displayName,
        deviceTag: seed.deviceTag ?? 'SoftwareTokenActivated',
        phoneAppVersion: seed.phoneAppVersion ?? '6.8.21',
        // Microsoft leaves it empty for this kind: when a method was added stands in the audit log only.
        createdDateTime: seed.createdDateTime ?? null,
      };
    case 'phone':
      return {
        '@odata.type': '#microsoft.graph.phoneAuthenticationMethod',
        id,
        phoneNumber: seed.phoneNumber,
        phoneType: seed.phoneType,
        smsSignInState: 'notAllowedByPolicy',
      };
    case 'email':
      return { '@odata.type': '#microsoft.graph.emailAuthenticationMethod', id, emailAddress: seed.emailAddress };
    case 'fido2':
      return {
        '@odata.type': '#microsoft.graph.fido2AuthenticationMethod',
        id,
        displayName: seed.displayName,
        aaGuid: seed.aaGuid ?? '2fc0579f-8113-47ea-b116-bb5a8db9202a',
        model: seed.model ?? 'YubiKey 5 Series with NFC',
        attestationLevel: 'attested',
        passkeyType: 'deviceBound',
        attestationCertificates: [],
        createdDateTime: created,
      };
    case 'hello':
      return {
        '@odata.type': '#microsoft.graph.windowsHelloForBusinessAuthenticationMethod',
        id,
        displayName: seed.displayName,
        keyStrength: 'normal',
        createdDateTime: created,
      };
    case 'platformCredential':
      return {
        '@odata.type': '#microsoft.graph.platformCredentialAuthenticationMethod',
        id,
        displayName: seed.displayName,
        platform: seed.platform,
        keyStrength: 'normal',
        createdDateTime: created,
      };
    case 'external':
      return {
        '@odata.type': '#microsoft.graph.externalAuthenticationMethod',
        id,
        displayName: seed.displayName,
        configurationId: '51d7a9e6-4c0b-4f0e-a2f5-8f6d2b7c9013',
        // Microsoft does not document whether it is ever filled.
        createdDateTime: null,
      };
    case 'softwareOath':
      return { '@odata.type': '#microsoft.graph.softwareOathAuthenticationMethod', id, secretKey: null };
    case 'tap':
      return tapShape(id, seed, createdAt, at);
  }
}

type Pass = Extract<MethodSeed, { kind: 'tap' }>;

const passStart = ({ startDateTime }: Pass, createdAt: number): number =>
  startDateTime === undefined ? createdAt : Date.parse(startDateTime);

function passUsability(seed: Pass, createdAt: number, at: number): 'EnabledByPolicy' | 'Expired' | 'NotYetValid' {
  const start = passStart(seed, createdAt);
  if (at > start + seed.lifetimeInMinutes * 60_000) return 'Expired';
  return at < start ? 'NotYetValid' : 'EnabledByPolicy';
}

function tapShape(id: string, seed: Pass, createdAt: number, at: number): Readonly<Record<string, unknown>> {
  const start = passStart(seed, createdAt);
  const reason = passUsability(seed, createdAt, at);
  return {
    '@odata.type': '#microsoft.graph.temporaryAccessPassAuthenticationMethod',
    id,
    temporaryAccessPass: null,
    createdDateTime: seconds(createdAt),
    startDateTime: seconds(start),
    lifetimeInMinutes: seed.lifetimeInMinutes,
    isUsableOnce: seed.isUsableOnce,
    isUsable: reason === 'EnabledByPolicy',
    methodUsabilityReason: reason,
  };
}

/** Kinds that can hold off or let in a sign-in by an answer on a phone. */
export const canBePrompted = ({ seed }: Method): boolean => seed.kind === 'authenticator' || seed.kind === 'phone';

/** Does it prove a second factor at that moment? */
export const isSecondFactor = ({ seed, createdAt }: Method, at: number): boolean =>
  seed.kind === 'tap' ? passUsability(seed, createdAt, at) === 'EnabledByPolicy' : seed.kind !== 'email';

/** Kinds that open the account without its password. */
const REPLACE_PASSWORD: readonly MethodSeed['kind'][] = ['fido2', 'hello', 'platformCredential'];
export const replacesPassword = ({ seed }: Method): boolean => REPLACE_PASSWORD.includes(seed.kind);
