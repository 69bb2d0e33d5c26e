// Is a closed account open again? One reading does not say.
import { RunbookError } from '../domain/errors.ts';
import type { ObjectId } from '../domain/ids.ts';
import type { Reading } from '../domain/step.ts';
import type { AccountActor, DoorState } from './graph/actor.ts';

const READ_AGAIN_MS = 500;
const AGREEING = 3;
const MOST_READS = 10;

/**
 * A closed account that reads as open may be open again, or the answer may come
 * from a part of the directory that lags behind. Only readings that agree, one
 * after another, are believed; readings that go on to differ are no reading.
 *
 * @throws RunbookError NOT_YET_VISIBLE while they differ
 */
export async function surely(
  door: Pick<AccountActor, 'doorState'>,
  subject: ObjectId,
  pause: (ms: number) => Promise<void>,
): Promise<Reading<DoorState>> {
  let reading = await door.doorState(subject);
  let agreeing = 1;
  for (let reads = 1; reading.value.enabled && agreeing < AGREEING; reads += 1) {
    if (reads === MOST_READS) throw new RunbookError('NOT_YET_VISIBLE', 'expected readings that agree, got ones that differ');
    await pause(READ_AGAIN_MS);
    const next = await door.doorState(subject);
    agreeing = next.value.enabled === reading.value.enabled ? agreeing + 1 : 1;
    reading = next;
  }
  return reading;
}
