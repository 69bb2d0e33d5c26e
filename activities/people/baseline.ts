// Who must never be locked out by a machine, and who may decide, as it was
// before any case. An attacker who joins a group tonight is not in it.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import { type Baseline, ROLE_TEMPLATES } from '../../domain/account.ts';
import { RunbookError } from '../../domain/errors.ts';
import { type ObjectId, objectId, type TenantId, tenantChain } from '../../domain/ids.ts';
import type { RawAnswer, Reading } from '../../domain/step.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { DirectoryReader } from '../microsoft/directory-reader.ts';
import { attached, WORKER } from '../pending-events.ts';

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
  readonly id: bigint;
  readonly digest: string;
  readonly content: unknown;
  readonly storedAt: Date;
}

/** Rows of the ordinary baseline table: only their digest, on the tenant's chain, makes them believable. */
export interface BaselineRows {
  insert(row: { readonly tenant: TenantId; readonly digest: string; readonly content: unknown }): Promise<void>;
  /** @param before the id of a row: the one that was stored before it */
  latest(tenant: TenantId, before?: bigint): Promise<BaselineRow | null>;
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

/** Reads the directory and stores a new baseline. @throws RunbookError when the directory cannot be read whole: an incomplete baseline would leave accounts unprotected */
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
    // An account whose state is unknown does not count: the fewer are counted, the more are protected.
    if (state.value === true) enabled.push(holder);
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

/** Two machines that store baselines may differ so much in their clocks. */
const BETWEEN_CLOCKS_MS = 60_000;
/** More rows than a mistake spoils; calls to Microsoft wait for this read. */
const MOST_PASSED_OVER = 100;

/**
 * The newest stored baseline that can be believed. Rows that cannot are passed over. Hazard: spoiling the newest row must not
 * cause a new baseline with the current members of the group.
 *
 * @param passedOver hears how many rows cannot be believed, where there are any
 * @throws RunbookError BASELINE_MISSING
 */
export async function latestBaseline(
  tools: Believing,
  tenant: TenantId,
  passedOver: (rows: number) => void = () => undefined,
): Promise<StoredBaseline> {
  let row = await tools.rows.latest(tenant);
  let unreadable = 0;
  let stored: StoredBaseline | null = null;
  while (row !== null && unreadable < MOST_PASSED_OVER) {
    stored = await believed(tools, tenant, row);
    if (stored !== null) break;
    unreadable += 1;
    row = await tools.rows.latest(tenant, row.id);
  }
  if (unreadable > 0) passedOver(unreadable);
  if (stored !== null) return stored;
  throw unreadable > 0 ? notBelieved() : missing();
}

/** The baseline that a case was opened with. @throws RunbookError BASELINE_MISSING */
export async function baselineByDigest(tools: Believing, tenant: TenantId, digest: string): Promise<StoredBaseline> {
  const row = await tools.rows.byDigest(tenant, digest);
  if (row === null) throw missing();
  const stored = await believed(tools, tenant, row);
  if (stored === null) throw notBelieved();
  return stored;
}

const missing = (): RunbookError =>
  new RunbookError('BASELINE_MISSING', 'expected a stored baseline, found none: is the directory reachable?');

const notBelieved = (): RunbookError =>
  new RunbookError('BASELINE_MISSING', 'expected the stored baseline to match the ledger, found another one: the table was changed');

/** A row is believed only when the tenant's own chain names its digest, and when it is not of a time that has not come. */
async function believed({ ledger }: Believing, tenant: TenantId, row: BaselineRow): Promise<StoredBaseline | null> {
  const digest = digestOf(row.content);
  const read = CONTENT.safeParse(row.content);
  if (!read.success || digest !== row.digest) return null;
  const { federatedDomains, ...content } = read.data;
  // A day that never ends would keep every later baseline from being made. What is no time at all is not before now either.
  const isPast = Date.parse(content.storedAt) <= Date.now() + BETWEEN_CLOCKS_MS;
  if (!isPast || !(await ledger.knows(`baseline/${digest}`, 'baseline.stored', tenantChain(tenant)))) return null;
  return { baseline: { digest, ...content }, federatedDomains };
}

/** A role may be held by a service principal or a group, which is no user: 404, and no person to count. */
async function enabledPerson(reader: DirectoryReader, holder: ObjectId): Promise<Reading<boolean | null> | null> {
  try {
    return await reader.isEnabled(holder);
  } catch (error) {
    if (error instanceof RunbookError && error.code === 'GRAPH_NOT_FOUND') return null;
    throw error;
  }
}
