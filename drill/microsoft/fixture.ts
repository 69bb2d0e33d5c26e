/**
 * A company in small, for tests and benches that need a tenant and no story:
 * employees with one app each, a group of approvers, a break-glass account, and
 * apps that prove themselves with certificates.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PracticeCa } from './certificates.ts';
import type { AppSeed, CompanySeed, PersonSeed } from './company.ts';

/** What an app needs to prove itself, and its seed. */
export interface FixtureApp {
  readonly clientId: string;
  /** PEM file, key and certificate. */
  readonly certificatePath: string;
  readonly seed: AppSeed;
}

export interface AppRights {
  /** Graph application permissions. */
  readonly permissions: readonly string[];
  /** Directory roles. */
  readonly roles: readonly string[];
}

/** Issues one certificate an app and writes it into the folder. */
export async function makeApps<Name extends string>(
  folder: string,
  ca: PracticeCa,
  rights: Readonly<Record<Name, AppRights>>,
): Promise<Record<Name, FixtureApp>> {
  const names = Object.keys(rights) as Name[];
  const made = await Promise.all(
    names.map(async (name): Promise<[Name, FixtureApp]> => {
      const { keyPem, certPem } = await ca.issueApp(name);
      const certificatePath = join(folder, `${name}.pem`);
      await writeFile(certificatePath, `${keyPem}\n${certPem}`, { mode: 0o600 });
      const clientId = randomUUID();
      const seed = { key: name, appId: clientId, servicePrincipalId: randomUUID(), name, certificatePem: certPem, ...rights[name] };
      return [name, { clientId, certificatePath, seed }];
    }),
  );
  return Object.fromEntries(made) as Record<Name, FixtureApp>;
}

/** An ordinary employee of the cloud, unless said otherwise. */
export const employee = (key: string, part: Partial<PersonSeed> = {}): PersonSeed => ({
  key,
  id: randomUUID(),
  displayName: key,
  upn: `${key}@contoso.example`,
  userType: 'Member',
  enabled: true,
  synced: false,
  restricted: false,
  roles: [],
  eligibleRoles: [],
  password: `aA1-${randomBytes(12).toString('base64url')}`,
  methods: [{ kind: 'authenticator', displayName: 'phone' }],
  mailbox: 'cloud',
  ...part,
});

/** @param approvers keys of people */
export const fixtureCompany = (people: readonly PersonSeed[], approvers: readonly string[], apps: readonly FixtureApp[]): CompanySeed => ({
  tenantId: randomUUID(),
  name: 'Contoso',
  licences: { p1: true, p2: true },
  domains: [{ name: 'contoso.example', authentication: 'Managed', isDefault: true }],
  people,
  groups: [{ key: 'approvers', id: randomUUID(), name: 'Approvers', members: approvers }],
  apps: apps.map(({ seed }) => seed),
});
