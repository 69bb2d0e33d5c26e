// Readings that may fail: what could not be read is named, and never counted as clean.
import type { BlindSpot, RawAnswer, Reading } from '../domain/step.ts';
import { blindSpotOf, mayStillCome } from './microsoft/directory-reader.ts';

export interface ReadResult<Value> {
  readonly value: Value | null;
  readonly answers: readonly RawAnswer[];
  readonly blindSpots: readonly BlindSpot[];
}

/** Not read: no value, and no blind spot either. */
export const NOT_READ: ReadResult<never> = { value: null, answers: [], blindSpots: [] };

/** The value where nothing of it is missing: what is left out of an incomplete one proves nothing. */
export const wholeOf = <Value>({ value, blindSpots }: ReadResult<Value>): Value | null => (blindSpots.length > 0 ? null : value);

/** A reading that may fail: a missing licence or right is a blind spot at once, a missing answer only on the last try. */
export async function readOrBlindSpot<Value>(
  what: BlindSpot['what'],
  lastTry: boolean,
  reading: Promise<Reading<Value>>,
): Promise<ReadResult<Value>> {
  try {
    const { value, answers, blindSpots = [] } = await reading;
    return { value, answers, blindSpots };
  } catch (error) {
    const spot = blindSpotOf(what, error);
    if (spot === null || (!lastTry && mayStillCome(error))) throw error;
    return { value: null, answers: [], blindSpots: [spot] };
  }
}
