// Watches the record of a drill from outside, by plain SQL: what has been
// written, whether every case has settled, and at the end the whole database as
// text. It uses the owner's connection, never the product's.
import { Client, escapeIdentifier } from 'pg';

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

export interface RecordWatch {
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

export async function watchRecord(adminUrl: string): Promise<RecordWatch> {
  const client = new Client({ connectionString: adminUrl, application_name: 'drill' });
  client.on('error', () => undefined);
  await client.connect();
  const rows: Row[] = [];
  const listeners = new Set<(row: Row) => void>();
  const heads = new Map<string, number>();
  let stopped = false;
  let looking: Promise<void> = Promise.resolve();

  const read = async (): Promise<void> => {
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
    looking = looking.then(() => (stopped ? undefined : read()));
    return looking;
  };
  // A failed look is reported by the next one that somebody waits for; alone it only means that the end is near.
  const lookQuietly = (): void => void look().catch(() => undefined);
  client.on('notification', lookQuietly);
  await client.query('LISTEN ledger');
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
      await client.end();
    },
  };
}

/** What one case's chain says about how far it is. */
export interface Progress {
  readonly caseId: string;
  readonly number: number;
  readonly workflowId: string;
  readonly state: 'under way' | 'waits for people' | 'finished';
}

/** Every case on the record, oldest first. */
export function progressOf(rows: readonly Row[]): Progress[] {
  return rows
    .filter((row) => row.kind === 'case.opened')
    .map(({ chain, content: { body } }) => {
      const kinds = rows.filter((row) => row.chain === chain);
      return {
        caseId: chain,
        number: Number(body['number']),
        workflowId: `case/${String(body['tenant'])}/${String(body['subject'])}`,
        state: kinds.some((row) => row.kind === 'case.finished') ? 'finished' : waitsForPeople(kinds) ? 'waits for people' : 'under way',
      };
    });
}

/** Held, and somebody has been told (or telling them failed): from here on nothing happens without a person. */
function waitsForPeople(rows: readonly Row[]): boolean {
  const hold = rows.findLastIndex((row) => row.kind === 'case.held' || row.kind === 'hold.ended');
  const paged = rows.findLastIndex((row) => row.kind === 'person.paged');
  return hold >= 0 && rows[hold]?.kind === 'case.held' && paged > hold;
}
