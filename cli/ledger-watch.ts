// Watches the ledger of a drill from outside, with plain SQL: new entries, whether
// every case has settled, and at the end the whole database as text. It uses the
// owner's connection, never the product's, and reconnects after a database kill.
import { Client, escapeIdentifier } from 'pg';
import { connectionTo } from '../prisma/connection.ts';

/** One entry, as stored in the database. */
export interface Row {
  readonly chain: string;
  readonly seq: number;
  readonly storedAt: number;
  readonly hash: string;
  readonly prev: string;
  readonly kind: string;
  readonly content: { readonly key: string; readonly kind: string; readonly body: Readonly<Record<string, unknown>> };
}

export interface LedgerWatch {
  rows(): readonly Row[];
  /** Resolves with the first row, past or future, for which it holds; null when the watch ends first. */
  until(predicate: (row: Row) => boolean): Promise<Row | null>;
  on(listener: (row: Row) => void): void;
  /** The entries of one chain as lines, in the form of a bundle's entries.jsonl. */
  linesOf(chain: string): string;
  /** Every row of every table, as JSON text. */
  dump(): Promise<readonly { readonly table: string; readonly text: string }[]>;
  stop(): Promise<void>;
}

/** Polls also without a notification, because a notification can be lost. */
const POLL_EVERY_MS = 250;
const CONNECT_WITHIN_MS = 5_000;

export async function watchLedger(adminUrl: string): Promise<LedgerWatch> {
  let connection: Client | undefined;
  const rows: Row[] = [];
  const listeners = new Set<(row: Row) => void>();
  const heads = new Map<string, number>();
  let stopped = false;
  let polling: Promise<void> = Promise.resolve();

  const connected = async (): Promise<Client> => {
    if (connection !== undefined) return connection;
    const fresh = new Client({ ...connectionTo(adminUrl), application_name: 'drill', connectionTimeoutMillis: CONNECT_WITHIN_MS });
    const forget = (): void => {
      if (connection === fresh) connection = undefined;
    };
    // Both mean that the connection is lost: the next poll reconnects.
    fresh.on('error', forget);
    fresh.on('end', forget);
    await fresh.connect();
    fresh.on('notification', pollQuietly);
    await fresh.query('LISTEN ledger');
    connection = fresh;
    return fresh;
  };
  const read = async (): Promise<void> => {
    const client = await connected();
    const known = JSON.stringify(Object.fromEntries(heads));
    const found = await client.query<{ chain: string; seq: string; ms: string; hash: string; prev: string; kind: string; content: string }>(
      `SELECT chain, seq, floor(extract(epoch FROM stored_at) * 1000)::bigint AS ms, encode(hash, 'hex') AS hash, encode(prev, 'hex') AS prev,
              kind, convert_from(content, 'UTF8') AS content
         FROM ledger_entry WHERE seq > coalesce(($1::jsonb ->> chain)::bigint, 0) ORDER BY stored_at, chain, seq`,
      [known],
    );
    for (const { chain, seq, ms, hash, prev, kind, content } of found.rows) {
      const row: Row = { chain, seq: Number(seq), storedAt: Number(ms), hash, prev, kind, content: JSON.parse(content) as Row['content'] };
      heads.set(chain, Math.max(heads.get(chain) ?? 0, row.seq));
      rows.push(row);
      for (const listener of Array.from(listeners)) listener(row);
    }
  };
  const poll = (): Promise<void> => {
    const next = polling.then(() => (stopped ? undefined : read()));
    // A failed poll must not stop the next one.
    polling = next.catch(() => undefined);
    return next;
  };
  // A background poll may fail while the database is down; the next awaited poll reports a lasting error.
  const pollQuietly = (): void => void poll().catch(() => undefined);
  await poll();
  const timer = setInterval(pollQuietly, POLL_EVERY_MS);
  const waiting = new Set<() => void>();

  return {
    rows: () => rows,
    on: (listener) => void listeners.add(listener),
    until: (predicate) =>
      new Promise((resolve) => {
        const past = rows.find(predicate);
        if (past !== undefined || stopped) return resolve(past ?? null);
        const done = (row: Row | null): void => {
          listeners.delete(check);
          waiting.delete(giveUp);
          resolve(row);
        };
        const check = (row: Row): void => {
          if (predicate(row)) done(row);
        };
        const giveUp = (): void => done(null);
        listeners.add(check);
        waiting.add(giveUp);
      }),
    linesOf: (chain) =>
      rows
        .filter((row) => row.chain === chain)
        .map(({ seq, storedAt, hash, prev, content }) => JSON.stringify({ seq, storedAt, hash, prev, content }))
        .join('\n'),
    async dump() {
      await poll();
      const client = await connected();
      const tables = await client.query<{ name: string }>(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1",
      );
      const dumped: { table: string; text: string }[] = [];
      for (const { name } of tables.rows) {
        const found = await client.query<{ line: string }>(`SELECT row_to_json(t)::text AS line FROM ${escapeIdentifier(name)} t`);
        dumped.push({ table: name, text: found.rows.map(({ line }) => line).join('\n') });
      }
      return dumped;
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      for (const giveUp of Array.from(waiting)) giveUp();
      await polling;
      await connection?.end();
    },
  };
}

/**
 * How far a case is, from its chain. waits for people: on hold and paged, or
 * monitoring has ended with a plan still open. quiet: nothing is known to be under
 * way, and no entry says that it is over; after a time it counts as waiting.
 */
export interface Progress {
  readonly caseId: string;
  readonly number: number;
  readonly workflowId: string;
  readonly state: 'under way' | 'quiet' | 'waits for people' | 'closed';
  /** On hold, and a person was paged. */
  readonly held: boolean;
  /** Time of the last entry that is not a repetition while people do not answer, ms. */
  readonly lastNewsAt: number;
}

/** Every case in the ledger, oldest first. */
export function progressOf(rows: readonly Row[]): Progress[] {
  return rows
    .filter((row) => row.kind === 'case.opened')
    .map(({ chain, content: { body } }) => {
      const own = rows.filter((row) => row.chain === chain);
      const held = isHeldAndPaged(own);
      return {
        caseId: chain,
        number: Number(body['number']),
        workflowId: `case/${String(body['tenant'])}/${String(body['subject'])}`,
        state: own.some((row) => row.kind === 'case.closed') ? 'closed' : held ? 'waits for people' : stateOf(own),
        held,
        lastNewsAt: Math.max(0, ...own.filter(isNews).map((row) => row.storedAt)),
      };
    });
}

/** On hold, and a person was paged, or the page failed: nothing happens without a person. */
function isHeldAndPaged(rows: readonly Row[]): boolean {
  const hold = lastOf(rows, 'case.held', 'hold.ended');
  return rows[hold]?.kind === 'case.held' && lastOf(rows, 'person.paged') > hold;
}

function stateOf(rows: readonly Row[]): Progress['state'] {
  const plans = [...newestPlans(rows).values()];
  if (plans.some((kind) => kind === 'plan.approved' || kind === 'plan.begun')) return 'under way';
  const asked = plans.includes('plan.made');
  const blocked = lastOf(rows, 'account.blocked');
  const monitored = lastOf(rows, 'monitoring.ended') > blocked;
  if (asked && monitored) return 'waits for people';
  const held = rows[lastOf(rows, 'case.held', 'hold.ended')]?.kind === 'case.held';
  // While a blocked account is monitored, more entries come without a person.
  return monitored || held || (asked && blocked < 0) ? 'quiet' : 'under way';
}

/** The last entry about the newest plan of each kind. */
function newestPlans(rows: readonly Row[]): ReadonlyMap<string, string> {
  const groups = new Map<string, { readonly digest: unknown; kind: string }>();
  for (const { kind, content } of rows) {
    const { group, digest } = content.body;
    if (kind === 'plan.made') groups.set(String(group), { digest, kind });
    else if (kind.startsWith('plan.')) for (const plan of groups.values()) if (plan.digest === digest) plan.kind = kind;
  }
  return new Map(Array.from(groups, ([group, { kind }]) => [group, kind]));
}

const lastOf = (rows: readonly Row[], ...kinds: readonly string[]): number => rows.findLastIndex((row) => kinds.includes(row.kind));

/** While no approver answers, pages, rechecks and expired plans repeat. */
const REPEATED_KINDS = ['person.paged', 'recheck.made', 'history.exported', 'plan.expired', 'plan.replaced'];

const isNews = ({ kind, content }: Row): boolean =>
  !REPEATED_KINDS.includes(kind) && !(kind === 'plan.made' && Number(content.body['round']) > 1);
