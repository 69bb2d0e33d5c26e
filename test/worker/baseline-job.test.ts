// When a baseline is stored, and when the one of today stays the one that counts.
import { createHash, randomUUID } from 'node:crypto';
import canonicalize from 'canonicalize';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { latestBaseline } from '../../activities/people/baseline.ts';
import { RunbookError } from '../../domain/errors.ts';
import { type CaseId, caseId, objectId, type TenantChain, tenantChain } from '../../domain/ids.ts';
import { employee } from '../../drill/microsoft/fixture.ts';
import { grantLogin } from '../../ledger/database-roles.ts';
import { startBaselineJob } from '../../worker/baseline-job.ts';
import { type ActivityHarness, openActivityHarness } from '../activities/activity-harness.ts';
import { APP_PASSWORD } from '../ledger/ledger-harness.ts';

const A_DAY_MS = 24 * 60 * 60 * 1000;

let house: ActivityHarness;
/** As the worker's role. */
let app: Pool;

beforeAll(async () => {
  house = await openActivityHarness([employee('ada'), employee('zoe')], { approvers: ['ada'] });
  app = new Pool({ connectionString: await grantLogin(house.databaseUrl, APP_PASSWORD), max: 1 });
  app.on('error', () => undefined);
});
afterAll(() => app.end());

/** What one start of the worker does. @returns what it logs */
async function start(
  part: Partial<ActivityHarness['installation'] & { everyMs: number }> = {},
  tools: Partial<ActivityHarness['baselines']> = {},
): Promise<string[]> {
  const logs: string[] = [];
  const job = startBaselineJob({ ...house.baselines, ...tools }, { ...house.installation, everyMs: A_DAY_MS, ...part }, ({ event }) =>
    logs.push(event),
  );
  await job.ready;
  job.stop();
  return logs;
}

const latest = async () => (await latestBaseline(house.baselines, house.installation.tenant)).baseline;

describe('a start of the worker', () => {
  it('keeps the baseline of today: who joins the group and makes the worker crash is no approver by that', async () => {
    const before = await latest();
    await house.hands.joinGroup({ group: house.group, person: 'zoe' });
    await start();
    expect(await latest()).toEqual(before);
    expect(before.approvers).toEqual([house.id('ada')]);
  });

  it('does not need the directory for it', async () => {
    const away = async (): Promise<never> => {
      throw new RunbookError('GRAPH_UNAVAILABLE', 'expected an answer, got none');
    };
    const before = await latest();
    await start({}, { reader: { ...house.baselines.reader, membersOf: away } });
    expect(await latest()).toEqual(before);
  });

  it('stores a new one at once where the settings speak of another group or of other break-glass accounts', async () => {
    const breakGlass = [objectId(house.id('zoe'))];
    await start({ breakGlass });
    expect(await latest()).toMatchObject({ breakGlass });
    await start();
    expect(await latest()).toMatchObject({ breakGlass: [] });
  });

  it('stores a new one after the time that the policy names, which a drill makes short', async () => {
    const before = await latest();
    vi.spyOn(Date, 'now').mockImplementation(() => Date.parse(before.storedAt) + 20_000);
    try {
      await start({ everyMs: 20_001 });
      expect((await latest()).digest).toBe(before.digest);
      await start({ everyMs: 20_000 });
    } finally {
      vi.restoreAllMocks();
    }
    expect((await latest()).digest).not.toBe(before.digest);
  });

  it('stores a new one after a day', async () => {
    const before = await latest();
    vi.spyOn(Date, 'now').mockImplementation(() => Date.parse(before.storedAt) + A_DAY_MS);
    try {
      await start();
    } finally {
      vi.restoreAllMocks();
    }
    expect((await latest()).digest).not.toBe(before.digest);
  });
});

describe('a row that somebody put among the baselines', () => {
  const hashOf = (content: unknown): string =>
    createHash('sha256')
      .update(canonicalize(content) ?? '')
      .digest('hex');
  const insert = async (content: object, digest = hashOf(content)): Promise<string> => {
    await app.query('INSERT INTO baseline (tenant, digest, content) VALUES ($1, $2, $3)', [house.installation.tenant, digest, content]);
    return digest;
  };
  /** The newest one as it was stored, with another domain in it. */
  async function another(part: object = {}): Promise<object> {
    const { digest } = await latest();
    const { rows } = await app.query('SELECT content FROM baseline WHERE digest = $1', [digest]);
    return { ...rows[0].content, federatedDomains: [`${randomUUID()}.example`], ...part };
  }
  const named = (chain: CaseId | TenantChain, digest: string): Promise<void> =>
    house.forge(chain, { key: `baseline/${digest}`, kind: 'baseline.stored', body: { digest } });
  const ours = () => tenantChain(house.installation.tenant);

  it.each<[string, () => Promise<unknown>]>([
    ['is no baseline at all', () => insert({}, randomUUID())],
    ['is none though its digest fits and the record names it', async () => named(ours(), await insert({ n: randomUUID() }))],
    ['is not named in the record', async () => insert(await another())],
    ['is named in the record of a case only', async () => named(caseId(randomUUID()), await insert(await another()))],
    [
      'is of a time that has not come',
      async () => {
        const storedAt = new Date(Date.now() + 30 * A_DAY_MS).toISOString();
        await named(ours(), await insert(await another({ storedAt })));
      },
    ],
    ['is of no time', async () => named(ours(), await insert(await another({ storedAt: 'tomorrow' })))],
  ])('and that %s changes nothing: the one before it counts, and the log says so', async (_, put) => {
    const before = await latest();
    await put();
    expect(await latest()).toEqual(before);
    expect(await start()).toEqual(['baseline-unreadable']);
    expect(await latest()).toEqual(before);
  });

  it('and that is the copy of an old one is refused by the database', async () => {
    const { rows } = await app.query('SELECT digest, content FROM baseline ORDER BY id LIMIT 1');
    await expect(insert(rows[0].content, rows[0].digest)).rejects.toThrow(/baseline_tenant_digest_key/);
  });
});

it('a record that cannot be read for a moment makes no new baseline', async () => {
  const before = await latest();
  const { rows } = house.baselines;
  let asked = 0;
  const away: typeof rows = {
    ...rows,
    async latest(...which) {
      asked += 1;
      if (asked === 1) throw new Error('the database is away');
      return rows.latest(...which);
    },
  };
  // It logs at every start by now that some rows cannot be believed.
  expect((await start({}, { rows: away }))[0]).toBe('baseline-unreadable');
  expect(asked).toBeGreaterThan(1);
  expect(await latest()).toEqual(before);
});
