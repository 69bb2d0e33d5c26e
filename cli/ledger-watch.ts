// Watches the record of a drill from outside, by plain SQL: what has been
// written, whether every case has settled, and at the end the whole database as
// text. It uses the owner's connection, never the product's, and outlives a
// database that is killed and comes back.
import { Client, escapeIdentifier } from 'pg';
import { connectionTo } from '../prisma/connection.ts';

/** One entry as it stands in the database. */
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

/** Also without a notification it looks this often: the record must not seem to stand still because one got lost. */
const LOOK_EVERY_MS = 250;
const CONNECT_WITHIN_MS = 5_000;

export async function watchLedger(adminUrl: string): Promise<LedgerWatch> {
  let connection: Client | undefined;
  const rows: Row[] = [];
  const listeners = new Set<(row: Row) => void>();
  const heads = new Map<string, number>();
  let stopped = false;
  let looking: Promise<void> = Promise.resolve();

  const connected = async (): Promise<Client> => {
    if (connection !== undefined) return connection;
    const fresh = new Client({ ...connectionTo(adminUrl), application_name: 'drill', connectionTimeoutMillis: CONNECT_WITHIN_MS });
    const forget = (): void => {
      if (connection === fresh) connection = undefined;
    };
    // Both mean that the database went away: the next look connects anew.
    fresh.on('error', forget);
    fresh.on('end', forget);
    await fresh.connect();
    fresh.on('notification', lookQuietly);
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
  const look = (): Promise<void> => {
    const next = looking.then(() => (stopped ? undefined : read()));
    // A look that failed must not keep the next one from being made.
    looking = next.catch(() => undefined);
    return next;
  };
  // A failed look is reported by the next one that somebody waits for; alone it only means that the database is away, or the end near.
  const lookQuietly = (): void => void look().catch(() => undefined);
  await look();
  const timer = setInterval(lookQuietly, LOOK_EVERY_MS);
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
      await look();
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
      await looking;
      await connection?.end();
    },
  };
}

/**
 * What one case's chain says about how far it is. waits for people: held and
 * somebody told, or watched to the end with a plan still asked. quiet: nothing
 * is known to be under way, and nothing says either that it is over; with time
 * it is as good as waiting.
 */
export interface Progress {
  readonly caseId: string;
  readonly number: number;
  readonly workflowId: string;
  readonly state: 'under way' | 'quiet' | 'waits for people' | 'finished';
  /** Held, and somebody was told. */
  readonly held: boolean;
  /** When something last happened that does not happen again and again while nobody answers, ms. */
  readonly lastNewsAt: number;
}

/** Every case on the record, oldest first. */
export function progressOf(rows: readonly Row[]): Progress[] {
  return rows
    .filter((row) => row.kind === 'case.opened')
    .map(({ chain, content: { body } }) => {
      const own = rows.filter((row) => row.chain === chain);
      const held = isHeldAndTold(own);
      return {
        caseId: chain,
        number: Number(body['number']),
        workflowId: `case/${String(body['tenant'])}/${String(body['subject'])}`,
        state: own.some((row) => row.kind === 'case.closed') ? 'finished' : held ? 'waits for people' : stateOf(own),
        held,
        lastNewsAt: Math.max(0, ...own.filter(isNews).map((row) => row.storedAt)),
      };
    });
}

/** Held, and somebody has been told (or telling them failed): from here on nothing happens without a person. */
function isHeldAndTold(rows: readonly Row[]): boolean {
  const hold = lastOf(rows, 'case.held', 'hold.ended');
  return rows[hold]?.kind === 'case.held' && lastOf(rows, 'person.paged') > hold;
}

function stateOf(rows: readonly Row[]): Progress['state'] {
  const plans = [...newestPlans(rows).values()];
  if (plans.some((kind) => kind === 'plan.approved' || kind === 'plan.begun')) return 'under way';
  const asked = plans.includes('plan.made');
  const closed = lastOf(rows, 'account.blocked');
  const watched = lastOf(rows, 'monitoring.ended') > closed;
  if (asked && watched) return 'waits for people';
  const held = rows[lastOf(rows, 'case.held', 'hold.ended')]?.kind === 'case.held';
  // A closed account is watched: as long as that goes on, something more will come by itself.
  return watched || held || (asked && closed < 0) ? 'quiet' : 'under way';
}

/** The last word on the newest plan of each group. */
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

/** As long as nobody answers, people are told again, the account is looked at again, and plans that ran out are made again. */
const AGAIN_AND_AGAIN = ['person.paged', 'recheck.made', 'history.exported', 'plan.expired', 'plan.replaced'];

const isNews = ({ kind, content }: Row): boolean =>
  !AGAIN_AND_AGAIN.includes(kind) && !(kind === 'plan.made' && Number(content.body['round']) > 1);
