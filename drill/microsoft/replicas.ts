/**
 * The directory is kept three times, and a write reaches each copy in its own
 * time. A read lands on any of them: a read after one's own write may
 * show the state before it.
 */
import type { Stream } from './seeded-random.ts';

export const REPLICAS = 3;
const P50_MS = 2000;
const P95_MS = 30_000;
const CAP_MS = 300_000;

/** Which replica a reader reads. */
export type View =
  | { readonly kind: 'primary' }
  | { readonly kind: 'replica'; readonly index: number; readonly at: number }
  /** A fault: the state before the last write, however long ago that was. */
  | { readonly kind: 'before-last-write' };

export const PRIMARY: View = { kind: 'primary' };

/** One item in the directory, with what each replica knows of it. */
export interface Cell<Value> {
  read(view: View): Value;
  write(value: Value, at: number): void;
}

export type LagMs = () => number;

/** Draws how long one write takes to reach one replica. `scale` divides it; `none` makes every write visible everywhere at once. */
export function drawLag(stream: Stream, scale: number, mode: 'default' | 'none'): LagMs {
  return mode === 'none' ? () => 0 : () => Math.min(CAP_MS, stream.lognormal(P50_MS, P95_MS)) / scale;
}

/** A service of its own that is not replicated (mailboxes, for one): a write is there when it is answered. */
export const NO_LAG: LagMs = () => 0;

interface Version<Value> {
  readonly value: Value;
  readonly visibleAt: readonly number[];
}

export function createCell<Value>(first: Value, lag: LagMs): Cell<Value> {
  let versions: readonly Version<Value>[] = [{ value: first, visibleAt: Array.from({ length: REPLICAS }, () => 0) }];
  const newest = (): Version<Value> => versions.at(-1) as Version<Value>;

  return {
    read(view) {
      switch (view.kind) {
        case 'primary':
          return newest().value;
        case 'before-last-write':
          return (versions.at(-2) ?? newest()).value;
        case 'replica': {
          const known = versions.findLast((version) => (version.visibleAt[view.index] ?? 0) <= view.at);
          return (known ?? versions[0] ?? newest()).value;
        }
      }
    },
    write(value, at) {
      const before = newest().visibleAt;
      // A replica takes the writes to one item in their order: the second is never there before the first.
      versions = [...forget(versions, at), { value, visibleAt: before.map((earlier) => Math.max(earlier, at + lag())) }];
    },
  };
}

/** Versions that no replica shows any more, but for the last one, which a stale read may still ask for. */
function forget<Value>(versions: readonly Version<Value>[], at: number): readonly Version<Value>[] {
  const everywhere = versions.findLastIndex((version) => version.visibleAt.every((visible) => visible <= at));
  return versions.slice(Math.max(0, everywhere));
}
