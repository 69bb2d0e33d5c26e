// Who must never be locked out by a machine, and who may decide, as it was
// before any case. An intruder who joins a group tonight is not in it.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { type Baseline, ROLE_TEMPLATES } from '../../domain/account.ts';
import { RunbookError } from '../../domain/errors.ts';
import { type ObjectId, objectId, type TenantId, tenantChain } from '../../domain/ids.ts';
import type { RawAnswer, Reading } from '../../domain/step.ts';
import type { Ledger } from '../../ledger/open-ledger.ts';
import type { DirectoryReader } from '../graph/directory.ts';
import { attached, WORKER } from '../notes.ts';

export interface BaselineSettings {
  readonly tenant: TenantId;
  readonly breakGlass: readonly ObjectId[];
  readonly approverGroup: ObjectId;
}

export interface StoredBaseline {
  readonly baseline: Baseline;
  readonly federatedDomains: readonly string[];
}

const ids = z.array(z.string().transform((text) => objectId(text)));
const CONTENT = z.strictObject({
  storedAt: z.string(),
  breakGlass: ids,
  provenBreakGlass: ids,
  syncAccounts: ids,
  administrators: ids,
  approverGroup: z.string().transform((text) => objectId(text)),
  approvers: ids,
  federatedDomains: z.array(z.string()),
});
type Content = z.infer<typeof CONTENT>;

export interface BaselineRow {
  readonly digest: string;
  readonly content: unknown;
  readonly storedAt: Date;
}

/** Rows of the ordinary baseline table: only their digest, on the tenant's chain, makes them believable. */
export interface BaselineRows {
  insert(row: { readonly tenant: TenantId; readonly digest: string; readonly content: unknown }): Promise<void>;
  latest(tenant: TenantId): Promise<BaselineRow | null>;
  byDigest(tenant: TenantId, digest: string): Promise<BaselineRow | null>;
}

export interface BaselineTools {
  readonly ledger: Ledger;
  readonly reader: DirectoryReader;
  readonly rows: BaselineRows;
}

const digestOf = (content: unknown): string =>
  createHash('sha256')
    .update(canonicalize(content) ?? '')
    .digest('hex');

/** Reads the directory and stores a new baseline. @throws RunbookError when the directory cannot be read whole: half a baseline protects nobody */
export async function storeBaseline({ ledger, reader, rows }: BaselineTools, settings: BaselineSettings): Promise<Baseline> {
  const [holders, syncAccounts, members, domains] = await Promise.all([
    reader.holdersOf(ROLE_TEMPLATES.globalAdministrator),
    reader.holdersOf(ROLE_TEMPLATES.directorySynchronizationAccounts),
    reader.membersOf(settings.approverGroup),
    reader.federatedDomains(),
  ]);
  const answers: RawAnswer[] = [...holders.answers, ...syncAccounts.answers, ...members.answers, ...domains.answers];
  const enabled: ObjectId[] = [];
  for (const holder of holders.value) {
    const state = await enabledPerson(reader, holder);
    if (state === null) continue;
    answers.push(...state.answers);
    if (state.value) enabled.push(holder);
  }
  const content: Content = {
    storedAt: new Date().toISOString(),
    breakGlass: [...settings.breakGlass].sort(),
    provenBreakGlass: settings.breakGlass.filter((id) => enabled.includes(id)).sort(),
    syncAccounts: [...syncAccounts.value].sort(),
    administrators: enabled.filter((id) => !settings.breakGlass.includes(id)).sort(),
    approverGroup: settings.approverGroup,
    approvers: members.value
      .filter((member) => member.person)
      .map((member) => member.id)
      .sort(),
    federatedDomains: [...domains.value].sort(),
  };
  const digest = digestOf(content);
  await rows.insert({ tenant: settings.tenant, digest, content });
  await ledger.append([
    {
      chain: tenantChain(settings.tenant),
      key: `baseline/${digest}`,
      actor: WORKER,
      event: {
        kind: 'baseline.stored',
        schemaVersion: 1,
        digest,
        breakGlass: content.breakGlass.length,
        provenBreakGlass: content.provenBreakGlass.length,
        syncAccounts: content.syncAccounts.length,
        administrators: content.administrators.length,
        approvers: content.approvers.length,
      },
      attachments: attached(answers),
    },
  ]);
  return { digest, ...content };
}

type Believing = Pick<BaselineTools, 'ledger' | 'rows'>;

/** The newest stored baseline. @throws RunbookError BASELINE_MISSING */
export const latestBaseline = async (tools: Believing, tenant: TenantId): Promise<StoredBaseline> =>
  believed(tools, await tools.rows.latest(tenant));

/** The baseline that a case was opened with. @throws RunbookError BASELINE_MISSING */
export const baselineByDigest = async (tools: Believing, tenant: TenantId, digest: string): Promise<StoredBaseline> =>
  believed(tools, await tools.rows.byDigest(tenant, digest));

/** A row is believed only when the tenant's chain names its digest. */
async function believed({ ledger }: Believing, row: BaselineRow | null): Promise<StoredBaseline> {
  if (row === null) throw new RunbookError('BASELINE_MISSING', 'expected a stored baseline, found none: is the directory reachable?');
  const digest = digestOf(row.content);
  if (digest !== row.digest || !(await ledger.knows(`baseline/${digest}`, 'baseline.stored'))) {
    throw new RunbookError('BASELINE_MISSING', 'expected the stored baseline to match the record, found another one: somebody changed it');
  }
  const { federatedDomains, ...content } = CONTENT.parse(row.content);
  return { baseline: { digest, ...content }, federatedDomains };
}

/** A role may be held by a service principal or a group, which is no user: 404, and no person to count. */
async function enabledPerson(reader: DirectoryReader, holder: ObjectId): Promise<Reading<boolean> | null> {
  try {
    return await reader.isEnabled(holder);
  } catch (error) {
    if (error instanceof RunbookError && error.code === 'GRAPH_NOT_FOUND') return null;
    throw error;
  }
}
