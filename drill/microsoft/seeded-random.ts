/**
 * Every random draw of the tenant. One seed makes the same tenant twice; each
 * purpose has its own stream, so that one more draw of lag does not move the
 * token lives of the whole run.
 */
import { createHash } from 'node:crypto';

export interface Stream {
  /** Evenly from 0 (included) to 1 (excluded). */
  unit(): number;
  between(low: number, high: number): number;
  /** Whole number from 0 up to, and without, `count`. */
  pick(count: number): number;
  /** Skewed as waiting times are: half of the draws lie below `p50`, 95 of 100 below `p95`. */
  lognormal(p50: number, p95: number): number;
  guid(): string;
  /** Letters and digits, for ids and tokens. */
  text(bytes: number): string;
}

export type SeededRandom = (purpose: string) => Stream;

const Z95 = 1.645;

export function createSeededRandom(seed: number): SeededRandom {
  const streams = new Map<string, Stream>();
  return (purpose) => {
    const known = streams.get(purpose);
    if (known !== undefined) return known;
    const made = createStream(`${seed}/${purpose}`);
    streams.set(purpose, made);
    return made;
  };
}

function createStream(name: string): Stream {
  const next = generator(createHash('sha256').update(name).digest());
  const unit = (): number => next() / 2 ** 32;
  const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => next() & 0xff));
  return {
    unit,
    between: (low, high) => low + unit() * (high - low),
    pick: (count) => Math.floor(unit() * count),
    lognormal(p50, p95) {
      const normal = Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
      return p50 * Math.exp((Math.log(p95 / p50) / Z95) * normal);
    },
    guid() {
      const hex = bytes(16).toString('hex');
      const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
    text: (count) => bytes(count).toString('base64url'),
  };
}

/** sfc32, a small generator whose whole state is the seed: nothing of the machine enters it. */
function generator(seed: Buffer): () => number {
  let [a, b, c, counter] = [seed.readUInt32LE(0), seed.readUInt32LE(4), seed.readUInt32LE(8), 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 15; round += 1) next();
  return next;
}
