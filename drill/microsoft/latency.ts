/**
 * How long a call takes on the wire and inside the service, per class of call.
 * Never scaled: a drill plays time faster, but the network stays what it is.
 */
import type { Stream } from './seeded-random.ts';

export type LatencyClass = 'directoryRead' | 'write' | 'methods' | 'mailRules' | 'signIns' | 'risk' | 'none';

/** Median and 95th percentile, milliseconds. */
const MODEL: Readonly<Record<Exclude<LatencyClass, 'none'>, readonly [number, number]>> = {
  directoryRead: [80, 250],
  write: [200, 700],
  methods: [150, 600],
  mailRules: [250, 900],
  signIns: [600, 3000],
  risk: [400, 1500],
};

const CAP_MS = 10_000;

/** @returns milliseconds for one call of that class */
export function drawLatency(stream: Stream, mode: 'default' | 'none'): (kind: LatencyClass) => number {
  return (kind) => (mode === 'none' || kind === 'none' ? 0 : Math.min(CAP_MS, stream.lognormal(...MODEL[kind])));
}
