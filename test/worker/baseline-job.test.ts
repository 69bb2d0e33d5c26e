// When a baseline is stored, and when the one of today stays the one that counts.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { latestBaseline } from '../../activities/people/baseline.ts';
import { RunbookError } from '../../domain/errors.ts';
import { objectId } from '../../domain/ids.ts';
import { employee } from '../../drill/tenant/small-company.ts';
import { startBaselineJob } from '../../worker/baseline-job.ts';
import { type House, openHouse } from '../activities/house.ts';

const A_DAY_MS = 24 * 60 * 60 * 1000;

let house: House;

beforeAll(async () => {
  house = await openHouse([employee('ada'), employee('zoe')], { approvers: ['ada'] });
});

/** What one start of the worker does. */
async function start(part: Partial<House['installation']> = {}, tools: Partial<House['baselines']> = {}): Promise<void> {
  const job = startBaselineJob({ ...house.baselines, ...tools }, { ...house.installation, ...part }, () => undefined);
  await job.ready;
  job.stop();
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
