// What the tenant's own tests share: a small company, raw HTTPS calls that trust
// this run's practice CA, and an app's token fetched as any client would.
import { createHash, createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { SignJWT } from 'jose';
import { Agent, fetch } from 'undici';
import { type KeyAndCertificate, makePracticeCa } from '../../../drill/microsoft/certificates.ts';
import type { CompanySeed, PersonSeed } from '../../../drill/microsoft/company.ts';
import { startTenant, type Tenant, type TenantOptions } from '../../../drill/microsoft/start.ts';

export const TENANT_ID = '5d0c8f1e-7a0b-4c41-9c6d-3c2f0f6f2b7a';

export const IDS = {
  ana: '3b1f2c64-8a0d-4f59-9b3e-0d4a7c1e9f21',
  ben: '0f7e6d5c-1b2a-4938-8c7d-6e5f4a3b2c1d',
  olga: '6a1b2c3d-4e5f-4a6b-8c7d-8e9f0a1b2c3d',
  hanna: '7b2c3d4e-5f60-4b7c-9d8e-9f0a1b2c3d4e',
  rita: '8c3d4e5f-6071-4c8d-8e9f-0a1b2c3d4e5f',
  sven: '9d4e5f60-7182-4d9e-9fa0-1b2c3d4e5f60',
  gus: 'ae5f6071-8293-4eaf-a0b1-2c3d4e5f6071',
  tess: 'bf607182-93a4-4fb0-b1c2-3d4e5f607182',
  erik: 'c0718293-a4b5-40c1-82d3-4e5f60718293',
  dora: 'd18293a4-b5c6-41d2-93e4-5f6071829304',
} as const;

export const GROUPS = {
  staff: '11111111-aaaa-4bbb-8ccc-000000000001',
  finance: '11111111-aaaa-4bbb-8ccc-000000000002',
  tierZero: '11111111-aaaa-4bbb-8ccc-000000000003',
} as const;

export const APPS = {
  reader: { appId: 'a1a1a1a1-0000-4000-8000-000000000001', servicePrincipalId: 'b1b1b1b1-0000-4000-8000-000000000001' },
  actor: { appId: 'a1a1a1a1-0000-4000-8000-000000000002', servicePrincipalId: 'b1b1b1b1-0000-4000-8000-000000000002' },
  weak: { appId: 'a1a1a1a1-0000-4000-8000-000000000003', servicePrincipalId: 'b1b1b1b1-0000-4000-8000-000000000003' },
  strong: { appId: 'a1a1a1a1-0000-4000-8000-000000000004', servicePrincipalId: 'b1b1b1b1-0000-4000-8000-000000000004' },
} as const;
export type AppKey = keyof typeof APPS;
const APP_KEYS = ['reader', 'actor', 'weak', 'strong'] as const satisfies readonly AppKey[];

const READER_RIGHTS = [
  'User.Read.All',
  'Directory.Read.All',
  'RoleManagement.Read.Directory',
  'RoleEligibilitySchedule.Read.Directory',
  'GroupMember.Read.All',
  'Domain.Read.All',
  'UserAuthenticationMethod.Read.All',
  'AuditLog.Read.All',
  'MailboxSettings.Read',
  'Device.Read.All',
];
const ACTOR_RIGHTS = ['User.Read.All', 'User.EnableDisableAccount.All', 'User.RevokeSessions.All'];
const RIGHTS: Readonly<Record<AppKey, readonly string[]>> = {
  reader: READER_RIGHTS,
  actor: ACTOR_RIGHTS,
  weak: ['User.RevokeSessions.All'],
  strong: ACTOR_RIGHTS,
};
const ROLES: Readonly<Record<AppKey, readonly string[]>> = {
  reader: [],
  actor: ['User Administrator'],
  weak: [],
  strong: ['Privileged Authentication Administrator'],
};

export const PASSWORDS = { ana: 'Correct-Horse-7', ben: 'Battery-Staple-8' } as const;

const person = (key: keyof typeof IDS, part: Partial<PersonSeed> = {}): PersonSeed => ({
  key,
  id: IDS[key],
  displayName: `${key.charAt(0).toUpperCase()}${key.slice(1)} Example`,
  upn: `${key}@contoso.example`,
  userType: 'Member',
  enabled: true,
  synced: false,
  restricted: false,
  roles: [],
  eligibleRoles: [],
  password: `Password-of-${key}-1`,
  methods: [],
  mailbox: 'cloud',
  ...part,
});

export const PEOPLE: readonly PersonSeed[] = [
  person('ana', {
    password: PASSWORDS.ana,
    methods: [
      { kind: 'authenticator', id: 'f1a1d2f6-6c0b-4e0d-b7b5-5f1c1f0f2b90', displayName: 'Phone of Ana', default: true },
      { kind: 'phone', phoneNumber: '+31 612345678', phoneType: 'mobile' },
    ],
    devices: [{ displayName: 'LAPTOP-ANA' }],
    inboxRules: [{ displayName: 'Newsletters', conditions: { subjectContains: ['news'] }, actions: { markAsRead: true } }],
  }),
  person('ben', {
    password: PASSWORDS.ben,
    methods: [{ kind: 'fido2', displayName: 'Key of Ben' }],
    eligibleRoles: ['User Administrator'],
  }),
  person('olga', { roles: ['Exchange Administrator'] }),
  person('hanna', { roles: ['Helpdesk Administrator'] }),
  person('rita', { restricted: true }),
  person('sven', { synced: true }),
  person('gus', { userType: 'Guest', upn: 'gus@partner.example', mailbox: 'none' }),
  person('tess'),
  person('erik', { roles: ['Local print operators'] }),
  person('dora', { enabled: false }),
];

interface Certificates {
  readonly caPem: string;
  readonly server: KeyAndCertificate;
  readonly apps: Readonly<Record<AppKey, KeyAndCertificate>>;
}

let shared: Promise<Certificates> | undefined;

/** One CA and one key for each app in a test file: keys are slow to make. */
export function certificates(): Promise<Certificates> {
  shared ??= makeCertificates();
  return shared;
}

async function makeCertificates(): Promise<Certificates> {
  const ca = await makePracticeCa();
  const [server, reader, actor, weak, strong] = await Promise.all([
    ca.issueServer(['localhost', '127.0.0.1']),
    ca.issueApp('reader'),
    ca.issueApp('actor'),
    ca.issueApp('weak'),
    ca.issueApp('strong'),
  ]);
  return { caPem: ca.caPem, server, apps: { reader, actor, weak, strong } };
}

export interface Json {
  readonly [name: string]: unknown;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty when nothing was answered. */
  readonly body: Json;
}

export interface SendOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A call with one app's token. */
export type CallAs = (method: string, path: string, body?: unknown, more?: Omit<SendOptions, 'body' | 'token'>) => Promise<Answered>;

export interface Practice {
  readonly tenant: Tenant;
  readonly caPem: string;
  /** A new token each time. */
  token(app: AppKey): Promise<string>;
  /** The token is fetched once. */
  as(app: AppKey): CallAs;
  send(method: string, path: string, options?: SendOptions): Promise<Answered>;
  stop(): Promise<void>;
}

export interface PracticeOptions extends Partial<Omit<TenantOptions, 'certificate' | 'company'>> {
  readonly company?: (company: CompanySeed) => CompanySeed;
}

export async function practiceTenant({ company: change, ...options }: PracticeOptions = {}): Promise<Practice> {
  const { caPem, server, apps } = await certificates();
  const company: CompanySeed = {
    tenantId: TENANT_ID,
    name: 'Contoso',
    licences: { p1: true, p2: true },
    domains: [
      { name: 'contoso.example', authentication: 'Managed', isDefault: true },
      { name: 'fed.example', authentication: 'Federated' },
    ],
    people: PEOPLE,
    groups: [
      { key: 'staff', id: GROUPS.staff, name: 'Staff', members: ['finance', 'ben', 'gus'] },
      { key: 'finance', id: GROUPS.finance, name: 'Finance', members: ['ana'] },
      {
        key: 'tier-zero',
        id: GROUPS.tierZero,
        name: 'Tier zero',
        roleAssignable: true,
        members: ['tess'],
        roles: ['Security Administrator'],
      },
    ],
    apps: APP_KEYS.map((key) => ({
      key,
      ...APPS[key],
      name: `practice ${key}`,
      permissions: RIGHTS[key],
      roles: ROLES[key],
      certificatePem: apps[key].certPem,
    })),
  };
  const tenant = await startTenant({
    seed: 7,
    timeScale: 1,
    latency: 'none',
    lag: 'none',
    ...options,
    certificate: server,
    company: change?.(company) ?? company,
  });
  const agent = new Agent({ connect: { ca: caPem } });
  const tokens = new Map<AppKey, Promise<string>>();

  async function send(method: string, path: string, { token, body, form, headers, signal }: SendOptions = {}): Promise<Answered> {
    const response = await fetch(path.startsWith('https:') ? path : `${tenant.url}${path}`, {
      method,
      dispatcher: agent,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: text === '' ? {} : (JSON.parse(text) as Json),
    };
  }

  async function token(app: AppKey): Promise<string> {
    const { body } = await send('POST', `/${TENANT_ID}/oauth2/v2.0/token`, { form: await tokenForm(tenant, app) });
    if (typeof body['access_token'] !== 'string') throw new Error(`expected a token for ${app}, got ${JSON.stringify(body)}`);
    return body['access_token'];
  }

  return {
    tenant,
    caPem,
    token,
    send,
    as: (app) => async (method, path, body, more) => {
      const held = tokens.get(app) ?? token(app);
      tokens.set(app, held);
      return send(method, path, { ...more, token: await held, ...(body === undefined ? {} : { body }) });
    },
    async stop() {
      await tenant.stop();
      await agent.destroy();
    },
  };
}

export interface AssertionChanges {
  readonly audience?: string;
  /** Seconds from now. */
  readonly expiresIn?: number;
  readonly notBefore?: number;
  readonly alg?: 'PS256' | 'RS256';
  /** Whose key signs; the certificate it names stays the app's own. */
  readonly signer?: AppKey;
  readonly scope?: string;
  readonly clientId?: string;
}

/** The form an app sends for a token, or one bent in a single place. */
export async function tokenForm(tenant: Tenant, app: AppKey, changes: AssertionChanges = {}): Promise<Record<string, string>> {
  const { apps } = await certificates();
  const { keyPem } = apps[changes.signer ?? app];
  const clientId = changes.clientId ?? APPS[app].appId;
  const der = new X509Certificate(apps[app].certPem).raw;
  const now = Math.floor(Date.now() / 1000);
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: changes.alg ?? 'PS256', typ: 'JWT', 'x5t#S256': createHash('sha256').update(der).digest('base64url') })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(changes.audience ?? `${tenant.authorityHost}/${TENANT_ID}/oauth2/v2.0/token`)
    .setJti(randomUUID())
    .setNotBefore(now + (changes.notBefore ?? 0))
    .setExpirationTime(now + (changes.expiresIn ?? 600))
    .sign(createPrivateKey(keyPem));
  return {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    scope: changes.scope ?? `${tenant.url}/.default`,
  };
}

export const errorOf = ({ body }: Answered): { readonly code: string; readonly message: string; readonly innerError: Json } =>
  body['error'] as { code: string; message: string; innerError: Json };

export const valuesOf = ({ body }: Answered): readonly Json[] => body['value'] as readonly Json[];
