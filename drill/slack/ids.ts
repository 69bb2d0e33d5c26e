/**
 * Ids and message timestamps that are the same in every run with the same seed
 * and clock, so that two transcripts can be laid side by side.
 */
export interface Ids {
  /** A Slack-like id: the prefix and capital letters and digits. */
  next(prefix: string, length?: number): string;
  hex(length: number): string;
  uuid(): string;
  /** A whole number from 0 up to and not including `below`. */
  pick(below: number): number;
  /** `seconds.microseconds`; always later than the one before, so unique in every channel. */
  messageTs(): string;
  triggerId(): string;
}

const CAPITALS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

export function createIds(seed: number, clock: () => number): Ids {
  const random = mulberry32(seed);
  const pick = (below: number): number => Math.floor(random() * below);
  const draw = (alphabet: string, length: number): string => Array.from({ length }, () => alphabet.charAt(pick(alphabet.length))).join('');
  const hex = (length: number): string => draw('0123456789abcdef', length);
  let lastMicros = 0;

  return {
    pick,
    hex,
    next: (prefix, length = 10) => `${prefix}${draw(CAPITALS, length)}`,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    triggerId: () => `${draw('123456789', 13)}.${draw('123456789', 13)}.${hex(32)}`,
    messageTs: () => {
      lastMicros = Math.max(lastMicros + 1, Math.floor(clock() * 1000));
      return `${Math.floor(lastMicros / 1_000_000)}.${String(lastMicros % 1_000_000).padStart(6, '0')}`;
    },
  };
}

/** A small seeded generator (32 bits of state): good enough to choose, not for secrets. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
