/**
 * Who is inside, and until when. Sessions really end here: access tokens run
 * out, clients that understand continuous access evaluation are cut early, and
 * refreshing is refused after a revocation, a block or a changed password, each
 * after as long as it takes in the real service.
 */

import type { Holder } from './directory-items.ts';
import { PRIMARY } from './replicas.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { State } from './state.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ACCESS_LIFE = [60 * MINUTE, 90 * MINUTE] as const;
/** A token whose holder can be told to stop lives long. */
const CAE_LIFE = [20 * HOUR, 28 * HOUR] as const;
const CUT_P50_MS = 30_000;
const CUT_P95_MS = 5 * MINUTE;
const CUT_CAP_MS = 15 * MINUTE;
/** "A few minutes" until every part of the sign-in service refuses what was revoked. */
const PROPAGATION = [30_000, 5 * MINUTE] as const;

/** Where a sign-in comes from and with which client. */
export interface From {
  readonly ip: string;
  readonly city: string;
  readonly country: string;
  readonly asn: number;
  /** Name of the client application. */
  readonly app: string;
  /** Does the client understand continuous access evaluation? */
  readonly cae: boolean;
  readonly device?: { readonly deviceId?: string; readonly operatingSystem?: string; readonly browser?: string };
}

export interface AccessToken {
  /** Unique token identifier, also in the sign-in log. */
  readonly uti: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface Session {
  readonly id: string;
  readonly personId: string;
  readonly holder: Holder;
  readonly from: From;
  /** When the person proved themselves; refreshing does not move it. */
  readonly startedAt: number;
  /** A password was typed for it: a new password ends such a session and no other. */
  readonly byPassword: boolean;
  readonly refreshToken: string;
}

export type SignInError = 50_057 | 50_072 | 50_074 | 50_126 | 50_133 | 50_140 | 50_173 | 500_121;

export interface SessionAccess {
  readonly holder: Holder;
  readonly session: string;
  readonly kind: 'cae' | 'plain';
  readonly usableNow: boolean;
  /** ISO; null while it can be refreshed and no end is in sight. */
  readonly usableUntil: string | null;
}

export interface Contact {
  readonly lastAccess: number | undefined;
  readonly refusedSince: number | undefined;
}

export interface Sessions {
  start(who: Pick<Session, 'personId' | 'holder' | 'from' | 'byPassword'>, at: number): { session: Session; token: AccessToken };
  refresh(refreshToken: string, at: number): Refreshed;
  /** Is the token with that identifier still good for a call? */
  use(uti: string, at: number): { kind: 'good'; session: Session } | { kind: 'expired' | 'cut' | 'unknown' };
  /** A fact that ends sessions: clients that understand it hear of it soon. */
  ended(personId: string, why: 'revoked' | 'disabled' | 'password', at: number): void;
  access(personId: string, at: number): readonly SessionAccess[];
  /** A person signed in, or was refused. */
  met(personId: string, holder: Holder, how: 'let-in' | 'refused', at: number): void;
  contact(personId: string, holder: Holder): Contact;
  refreshTokens(): readonly string[];
}

export type Refreshed =
  | { readonly kind: 'issued'; readonly session: Session; readonly token: AccessToken }
  | { readonly kind: 'refused'; readonly session: Session | null; readonly code: SignInError };

interface Kept {
  readonly session: Session;
  readonly tokens: { readonly token: AccessToken; cutAt: number }[];
}

export function createSessions(state: State, chance: SeededRandom, scale: number): Sessions {
  const lives = chance('token lives');
  const cuts = chance('cuts');
  const ids = chance('session ids');
  const kept: Kept[] = [];
  const byRefreshToken = new Map<string, Kept>();
  const byUti = new Map<string, Kept>();
  const revocations = new Map<string, { at: number; effectiveAt: number }[]>();
  const contacts = new Map<string, Contact>();

  const account = (personId: string) => state.people.get(personId)?.account.read(PRIMARY);
  const cutAfter = (at: number): number => at + Math.min(CUT_CAP_MS, cuts.lognormal(CUT_P50_MS, CUT_P95_MS)) / scale;

  function issue(one: Kept, at: number): AccessToken {
    const [low, high] = one.session.from.cae ? CAE_LIFE : ACCESS_LIFE;
    const token = { uti: ids.text(16), issuedAt: at, expiresAt: at + lives.between(low, high) / scale };
    // A token from the minutes in which a revocation is still on its way is no better than those it replaces.
    const pending = (revocations.get(one.session.personId) ?? []).find((each) => one.session.startedAt < each.at);
    const cutAt = one.session.from.cae && pending !== undefined ? cutAfter(at) : Number.POSITIVE_INFINITY;
    one.tokens.push({ token, cutAt });
    byUti.set(token.uti, one);
    return token;
  }

  function refusalNow({ session }: Kept, at: number): SignInError | null {
    const now = account(session.personId);
    if (now === undefined || !now.enabled) return 50_057;
    // Microsoft names several ways to set a password and what each of them ends; setting it through Graph is not among
    // them. So the weakest way holds here: a session that was opened with a key instead of the password stays.
    if (session.byPassword && now.passwordChangedAt > session.startedAt) return 50_133;
    const revoked = (revocations.get(session.personId) ?? []).some((each) => session.startedAt < each.at && at >= each.effectiveAt);
    return revoked ? 50_173 : null;
  }

  const met: Sessions['met'] = (personId, holder, how, at) => {
    const key = `${personId}/${holder}`;
    const { lastAccess, refusedSince } = contacts.get(key) ?? { lastAccess: undefined, refusedSince: undefined };
    if (how === 'refused') contacts.set(key, { lastAccess, refusedSince: refusedSince ?? at });
    else {
      // A slow answer is noted late: a refusal that came after it was asked for stands.
      const stands = refusedSince !== undefined && refusedSince > at;
      contacts.set(key, { lastAccess: Math.max(lastAccess ?? at, at), refusedSince: stands ? refusedSince : undefined });
    }
  };

  return {
    start(who, at) {
      const one: Kept = {
        session: { ...who, id: ids.guid(), startedAt: at, refreshToken: `1.practice-${ids.text(48)}` },
        tokens: [],
      };
      kept.push(one);
      byRefreshToken.set(one.session.refreshToken, one);
      met(who.personId, who.holder, 'let-in', at);
      return { session: one.session, token: issue(one, at) };
    },
    refresh(refreshToken, at) {
      const one = byRefreshToken.get(refreshToken);
      if (one === undefined) return { kind: 'refused', session: null, code: 50_173 };
      const code = refusalNow(one, at);
      const { session } = one;
      met(session.personId, session.holder, code === null ? 'let-in' : 'refused', at);
      return code === null ? { kind: 'issued', session, token: issue(one, at) } : { kind: 'refused', session, code };
    },
    use(uti, at) {
      const one = byUti.get(uti);
      const entry = one?.tokens.find(({ token }) => token.uti === uti);
      if (one === undefined || entry === undefined) return { kind: 'unknown' };
      const { personId, holder } = one.session;
      if (at < entry.token.expiresAt && at < entry.cutAt) return { kind: 'good', session: one.session };
      met(personId, holder, 'refused', at);
      return { kind: at >= entry.cutAt ? 'cut' : 'expired' };
    },
    ended(personId, why, at) {
      if (why === 'revoked') {
        const list = revocations.get(personId) ?? [];
        list.push({ at, effectiveAt: at + lives.between(...PROPAGATION) / scale });
        revocations.set(personId, list);
      }
      for (const { session, tokens } of kept) {
        if (session.personId !== personId || !session.from.cae || (why === 'password' && !session.byPassword)) continue;
        for (const entry of tokens) entry.cutAt = Math.min(entry.cutAt, cutAfter(at));
      }
    },
    access: (personId, at) =>
      kept
        .filter(({ session }) => session.personId === personId)
        .map((one) => {
          const ends = Math.max(...one.tokens.map(({ token, cutAt }) => Math.min(token.expiresAt, cutAt)));
          const refreshes = refusalNow(one, at) === null;
          return {
            holder: one.session.holder,
            session: one.session.id,
            kind: one.session.from.cae ? ('cae' as const) : ('plain' as const),
            usableNow: refreshes || at < ends,
            usableUntil: refreshes ? null : new Date(Math.ceil(ends)).toISOString(),
          };
        }),
    met,
    refreshTokens: () => [...byRefreshToken.keys()],
    contact: (personId, holder) => contacts.get(`${personId}/${holder}`) ?? { lastAccess: undefined, refusedSince: undefined },
  };
}
