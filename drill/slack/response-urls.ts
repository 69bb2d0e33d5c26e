/**
 * The address a payload carries for answering without a token: five answers in
 * thirty minutes, then nothing, as Slack does.
 */
import type { Ids } from './ids.ts';

const USES = 5;
const LIFE_MS = 30 * 60_000;

export interface ResponseTarget {
  readonly channel: string;
  readonly person: string;
  /** The message the click was on. */
  readonly messageTs: string;
}

export type ResponseUse =
  | { readonly kind: 'good'; readonly target: ResponseTarget }
  | { readonly kind: 'refused'; readonly error: 'used_url' | 'expired_url' | 'no_such_url' };

export interface ResponseUrls {
  /** The path below the server's root. */
  issue(target: ResponseTarget): string;
  use(path: string): ResponseUse;
}

export function createResponseUrls(teamId: string, ids: Ids, clock: () => number): ResponseUrls {
  const issued = new Map<string, { readonly target: ResponseTarget; readonly at: number; uses: number }>();
  return {
    issue(target) {
      const path = `/actions/${teamId}/${ids.hex(12)}/${ids.hex(24)}`;
      issued.set(path, { target, at: clock(), uses: 0 });
      return path;
    },
    use(path) {
      const found = issued.get(path);
      if (found === undefined) return { kind: 'refused', error: 'no_such_url' };
      if (clock() - found.at > LIFE_MS) return { kind: 'refused', error: 'expired_url' };
      if (found.uses >= USES) return { kind: 'refused', error: 'used_url' };
      found.uses += 1;
      return { kind: 'good', target: found.target };
    },
  };
}
