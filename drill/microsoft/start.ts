/**
 * The practice tenant: a directory, its sign-in service, mailboxes and logs
 * behind real HTTPS, as strict as the real service and never kind. It imports
 * nothing of the product, so that a fault of ours is not mirrored here.
 */
import { setMaxListeners } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TenantContext } from './call.ts';
import type { KeyAndCertificate } from './certificates.ts';
import type { CompanySeed } from './company.ts';
import { createFaults, type Faults } from './faults.ts';
import { createJournal, type Journal } from './journal.ts';
import { drawLatency } from './latency.ts';
import { createLogs } from './logs.ts';
import { createQuota } from './quota.ts';
import { drawLag } from './replicas.ts';
import { createSeededRandom } from './seeded-random.ts';
import { createTenantServer } from './server.ts';
import { createSessions } from './sessions.ts';
import { createSignIns } from './sign-ins.ts';
import { createState } from './state.ts';
import { createTokenService } from './tokens.ts';
import { createTruth, type Truth } from './truth.ts';

export interface TenantOptions {
  readonly company: CompanySeed;
  /** Every random draw comes from it. */
  readonly seed: number;
  /**
   * At least 1. Divides token lives of people, replica lag, log delay, quota windows and the time a revocation takes;
   * never the network's latency.
   */
  readonly timeScale: number;
  readonly latency: 'default' | 'none';
  /** `none`: every replica shows a write at once, and log rows are there at once. */
  readonly lag: 'default' | 'none';
  /** The server's own, valid for `localhost`. */
  readonly certificate: KeyAndCertificate;
  /** JSON Lines: every request, once per phase. */
  readonly journalFile?: string;
  /** 0 (the default) takes a free one. */
  readonly port?: number;
}

export interface Tenant {
  readonly port: number;
  /** `https://localhost:PORT` */
  readonly url: string;
  readonly graphBaseUrl: string;
  readonly authorityHost: string;
  readonly company: CompanySeed;
  readonly journal: Journal;
  readonly truth: Truth;
  readonly faults: Faults;
  /** Every password set and every token issued so far: what must not be found in any record, log or history. */
  secrets(): readonly { readonly name: string; readonly value: string }[];
  stop(): Promise<void>;
}

/** Starts a tenant on loopback and resolves when it listens. */
export async function startTenant(options: TenantOptions): Promise<Tenant> {
  const { company, seed, timeScale, latency, lag, certificate, journalFile } = options;
  if (!(timeScale >= 1)) throw new RangeError(`expected a time scale of at least 1, got ${timeScale}`);
  const now = Date.now;
  const chance = createSeededRandom(seed);
  const stopping = new AbortController();
  // Every request that waits listens; there is no leak to warn of.
  setMaxListeners(0, stopping.signal);
  let port = 0;
  const origin = (): string => `https://localhost:${port}`;

  const state = createState(company, chance, drawLag(chance('lag'), timeScale, lag), now());
  const sessions = createSessions(state, chance, timeScale);
  const logs = createLogs(chance, timeScale, lag);
  const signIns = createSignIns(state, sessions, logs, chance, timeScale, now);
  const tokens = await createTokenService(company.tenantId, origin, chance);
  const journal = createJournal(now, journalFile);
  const faults = createFaults();
  const truth = createTruth(state, sessions, now);
  const world: TenantContext = {
    company,
    state,
    sessions,
    signIns,
    logs,
    tokens,
    chance,
    scale: timeScale,
    now,
    origin,
    stopping: stopping.signal,
  };
  const server = createTenantServer(
    {
      world,
      journal,
      faults,
      truth,
      quota: createQuota(company.people.length, timeScale),
      latency: drawLatency(chance('latency'), latency),
      draws: chance('requests'),
    },
    certificate,
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  port = (server.address() as AddressInfo).port;

  return {
    port,
    url: origin(),
    graphBaseUrl: origin(),
    authorityHost: origin(),
    company,
    journal,
    truth,
    faults,
    secrets: () => [
      ...[...state.people.values()].flatMap(({ seed: { key }, passwords }) =>
        passwords.map((value, index) => ({ name: index === 0 ? `password of ${key}` : `password ${index + 1} of ${key}`, value })),
      ),
      ...tokens.issued().map((value, index) => ({ name: `access token ${index + 1}`, value })),
      ...sessions.refreshTokens().map((value, index) => ({ name: `refresh token ${index + 1}`, value })),
    ],
    async stop() {
      stopping.abort();
      signIns.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      journal.close();
    },
  };
}
