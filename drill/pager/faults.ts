/** Bad luck of the practice pager: requests counted from the moment the fault is added. */
export type PagerFault = { readonly occurrence?: number | { readonly from: number; readonly to?: number } } & (
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterSeconds?: number }
  /** The page is made, then the answer says it failed. */
  | { readonly kind: 'status-after'; readonly status: number }
  | { readonly kind: 'hang' }
);

export interface PagerFaults {
  /** Adds a fault (the next request when no occurrence is given); the answer takes it away again. */
  add(fault: PagerFault): () => void;
  clear(): void;
}

export interface PagerFaultBook extends PagerFaults {
  /** Counts a request and says which fault it meets. */
  next(): PagerFault | undefined;
}

export function createPagerFaults(): PagerFaultBook {
  const armed = new Set<{ readonly fault: PagerFault; seen: number }>();
  return {
    add(fault) {
      const one = { fault, seen: 0 };
      armed.add(one);
      return () => void armed.delete(one);
    },
    clear: () => armed.clear(),
    next() {
      let chosen: PagerFault | undefined;
      for (const one of armed) {
        one.seen += 1;
        const { occurrence = 1 } = one.fault;
        const { from, to = Number.POSITIVE_INFINITY } = typeof occurrence === 'number' ? { from: occurrence, to: occurrence } : occurrence;
        if (one.seen >= from && one.seen <= to) chosen ??= one.fault;
      }
      return chosen;
    },
  };
}
