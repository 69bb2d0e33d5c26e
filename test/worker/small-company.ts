// A practice tenant with one employee and the product's two apps, for tests
// that run the worker itself in this process.
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makePracticeCa } from '../../drill/tenant/certificates.ts';
import type { CompanySeed, PersonSeed } from '../../drill/tenant/company.ts';
import { startTenant, type Tenant } from '../../drill/tenant/start.ts';
import { practiceCertificate } from '../setup/practice-ca.ts';

export interface SmallCompany {
  readonly tenant: Tenant;
  readonly ana: string;
  readonly approverGroup: string;
  readonly breakGlass: string;
  readonly apps: Readonly<Record<'reader' | 'actor', { readonly clientId: string; readonly certificatePath: string }>>;
}

const READER = [
  'User.Read.All',
  'Directory.Read.All',
  'RoleManagement.Read.Directory',
  'RoleEligibilitySchedule.Read.Directory',
  'GroupMember.Read.All',
  'Domain.Read.All',
  'UserAuthenticationMethod.Read.All',
  'AuditLog.Read.All',
];
const ACTOR = ['User.Read.All', 'User.EnableDisableAccount.All', 'User.RevokeSessions.All'];

export async function smallCompany(folder: string): Promise<SmallCompany> {
  const ca = await makePracticeCa();
  const app = async (name: 'reader' | 'actor') => {
    const { keyPem, certPem } = await ca.issueApp(name);
    const certificatePath = join(folder, `${name}.pem`);
    await writeFile(certificatePath, `${keyPem}\n${certPem}`, { mode: 0o600 });
    return { clientId: randomUUID(), certificatePath, certPem };
  };
  const apps = { reader: await app('reader'), actor: await app('actor') };
  const person = (key: string, roles: readonly string[] = []): PersonSeed => ({
    key,
    id: randomUUID(),
    displayName: key,
    upn: `${key}@contoso.example`,
    userType: 'Member',
    enabled: true,
    synced: false,
    restricted: false,
    roles,
    eligibleRoles: [],
    password: `Password-of-${key}-1`,
    methods: [{ kind: 'authenticator', displayName: 'phone' }],
    mailbox: 'cloud',
  });
  const ana = person('ana');
  const glass = person('glass', ['Global Administrator']);
  const approverGroup = randomUUID();
  const company: CompanySeed = {
    tenantId: randomUUID(),
    name: 'Contoso',
    licences: { p1: true, p2: true },
    domains: [{ name: 'contoso.example', authentication: 'Managed', isDefault: true }],
    people: [ana, glass, person('bea'), person('cai'), person('dov')],
    groups: [{ key: 'approvers', id: approverGroup, name: 'Approvers', members: ['bea', 'cai', 'dov'] }],
    apps: (['reader', 'actor'] as const).map((key) => ({
      key,
      appId: apps[key].clientId,
      servicePrincipalId: randomUUID(),
      name: key,
      permissions: key === 'reader' ? READER : ACTOR,
      roles: key === 'actor' ? ['User Administrator'] : [],
      certificatePem: apps[key].certPem,
    })),
  };
  const tenant = await startTenant({
    company,
    seed: 11,
    timeScale: 1,
    latency: 'none',
    lag: 'none',
    certificate: await practiceCertificate(),
  });
  return { tenant, ana: ana.id, approverGroup, breakGlass: glass.id, apps };
}
