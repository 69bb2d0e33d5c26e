// One reading does not say that something has come undone: the part of the
// directory that answers may lag behind.
import type { ObjectId } from '../domain/ids.ts';
import type { Reading } from '../domain/step.ts';
import type { AccessState, AccountWriter } from './microsoft/account-writer.ts';

const READ_AGAIN_MS = 500;
const AGREEING = 3;

type Pause = (ms: number) => Promise<void>;

/**
 * Reads until one reading is not doubtful, or so many, one after another, have all been it.
 *
 * @param first the reading that is there already
 * @returns the last one
 */
export async function agreeingReadings<Seen>(
  first: Reading<Seen>,
  read: () => Promise<Reading<Seen>>,
  isDoubtful: (seen: Seen) => boolean,
  pause: Pause,
): Promise<Reading<Seen>> {
  let reading = first;
  for (let reads = 1; isDoubtful(reading.value) && reads < AGREEING; reads += 1) {
    await pause(READ_AGAIN_MS);
    reading = await read();
  }
  return reading;
}

/** Is a closed account open again? Believed only of readings that agree. */
export async function readConsistently(
  door: Pick<AccountWriter, 'doorState'>,
  subject: ObjectId,
  pause: Pause,
): Promise<Reading<AccessState>> {
  const read = (): Promise<Reading<AccessState>> => door.doorState(subject);
  return agreeingReadings(await read(), read, ({ enabled }) => enabled !== false, pause);
}
