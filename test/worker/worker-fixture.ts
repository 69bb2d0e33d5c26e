// A practice tenant with one employee and the product's two apps, for tests
// that run the worker itself in this process.
import { permissionsOf } from '../../activities/microsoft/endpoints.ts';
import { makePracticeCa } from '../../drill/microsoft/certificates.ts';
import { employee, type FixtureApp, fixtureCompany, makeApps } from '../../drill/microsoft/fixture.ts';
import { startTenant, type Tenant } from '../../drill/microsoft/start.ts';
import type { WorkerSettings } from '../../worker/compose.ts';
import { practiceCertificate } from '../setup/practice-ca.ts';

export interface WorkerFixture {
  readonly tenant: Tenant;
  readonly ana: string;
  readonly approver: string;
  readonly approverGroup: string;
  readonly breakGlass: string;
  readonly apps: Readonly<Record<'reader' | 'actor', FixtureApp>>;
}

/** Settings of a worker for this company; where it keeps its things and whom it calls is the test's. */
export const settingsOf = ({ tenant, apps, approverGroup, breakGlass }: WorkerFixture) =>
  ({
    UNAPPROVE_TENANT_ID: tenant.company.tenantId,
    GRAPH_BASE_URL: tenant.graphBaseUrl,
    AZURE_AUTHORITY_HOST: tenant.authorityHost,
    UNAPPROVE_DISABLE_INSTANCE_DISCOVERY: true,
    UNAPPROVE_READER_CLIENT_ID: apps.reader.clientId,
    UNAPPROVE_READER_CERTIFICATE: apps.reader.certificatePath,
    UNAPPROVE_ACTOR_CLIENT_ID: apps.actor.clientId,
    UNAPPROVE_ACTOR_CERTIFICATE: apps.actor.certificatePath,
    UNAPPROVE_APPROVER_GROUP_ID: approverGroup,
    UNAPPROVE_BREAK_GLASS_IDS: [breakGlass],
    UNAPPROVE_POLICY_FILE: null,
    UNAPPROVE_PAGER_ROUTING_KEY: 'test',
    UNAPPROVE_PAGER_NEXT_ROUTING_KEYS: [],
  }) as const satisfies Partial<WorkerSettings>;

export async function openWorkerFixture(folder: string): Promise<WorkerFixture> {
  const apps = await makeApps(folder, await makePracticeCa(), {
    reader: { permissions: permissionsOf('reader'), roles: [] },
    actor: { permissions: permissionsOf('actor'), roles: ['User Administrator'] },
  });
  const ana = employee('ana');
  const glass = employee('glass', { roles: ['Global Administrator'] });
  const bea = employee('bea');
  const company = fixtureCompany([ana, glass, bea, employee('cai'), employee('dov')], ['bea', 'cai', 'dov'], Object.values(apps));
  // Fast, so that a quota of five requests in ten seconds is no wait.
  const tenant = await startTenant({
    company,
    seed: 11,
    timeScale: 1_000,
    latency: 'none',
    lag: 'none',
    certificate: await practiceCertificate(),
  });
  return { tenant, ana: ana.id, approver: bea.id, approverGroup: company.groups[0]?.id ?? '', breakGlass: glass.id, apps };
}
