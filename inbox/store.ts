// The inbox: every action of a person is a row here before it is answered, and
// stays one until the case has it. Contends with: the same action delivered twice
// by Slack, workers that die holding a row, and two workers looking at once.
// Rows are mutable and prove nothing; the signature inside them does.
import { PrismaPg } from '@prisma/adapter-pg';
import type { SignedEnvelope } from '../domain/action.ts';
import type { EnvelopeRefused } from '../domain/case/events.ts';
import type { ObjectId } from '../domain/ids.ts';
import { connectionTo } from '../prisma/connection.ts';
import { PrismaClient } from '../prisma/generated/client.ts';
import { listenFor } from './listen.ts';

/** The notification that the database sends for each new row. */
export const INBOX_CHANNEL = 'inbox';

/** How long a taken row is reserved for its worker, in ms. A worker that dies holding it loses it after this time. */
export const LEASE_MS = 15_000;

/** No row of ours waits longer for its next try: a row with a later time is forged, and must not delay others. */
const LONGEST_WAIT_MS = 60_000;

export interface InboxRow {
  readonly key: string;
  readonly seq: bigint;
  /** As it lies in the table: verify it before believing any of it. */
  readonly signed: unknown;
  readonly sealed: string | null;
  /** By the clock of the process that received it. */
  readonly receivedAt: Date;
  /** Since it was stored, by the database's clock. */
  readonly waitedMs: number;
  /** How often the row was taken, this time included. */
  readonly attempts: number;
  /** The account it is about, once it is known. */
  readonly subject: string | null;
}

/** A message that is no valid action. Only our own codes and ids are stored, not the content. */
export interface RefusedAction {
  readonly key: string;
  readonly person: string;
  readonly act: string;
  readonly code: EnvelopeRefused['code'];
  readonly problem: string;
}

export interface Inbox {
  /** First write wins. `known`: the same submission was stored before, and nothing was changed. */
  putAct(signed: SignedEnvelope, sealedWords: string | null): Promise<'stored' | 'known'>;
  putRefused(refused: RefusedAction): Promise<void>;
  /**
   * Takes up to `limit` rows that are due, oldest first, each for `LEASE_MS`. Rows that another worker holds are passed over,
   * and so are decisions of a case of which an older one still waits: a later yes must not overtake an earlier no.
   */
  takeWaiting(limit: number): Promise<readonly InboxRow[]>;
  pinSubject(key: string, subject: ObjectId): Promise<void>;
  markDelivered(key: string, to: { readonly workflowId: string; readonly subject: ObjectId }): Promise<void>;
  markRefused(key: string, code: EnvelopeRefused['code']): Promise<void>;
  /** Not now: the row waits for `forMs` from now on, by the database's clock. `problem` is a code or a sentence without personal data. */
  deferRow(key: string, problem: string, forMs: number): Promise<void>;
  /** The sealed text of a row, or null when there are none (any more). */
  sealedWords(key: string): Promise<{ readonly jwe: string; readonly signed: unknown } | null>;
  /** Erases the sealed text; the signed envelope stays. Safe to repeat. */
  emptyRow(key: string): Promise<void>;
  /** Keys of rows that still wait: those that have been due for `forMs` and that no worker took, and those of `failing`. Oldest first; at most `limit`. */
  undelivered(forMs: number, failing: readonly string[], limit: number): Promise<readonly string[]>;
  /** How many rows wait, whether due or not. */
  waiting(): Promise<number>;
  /** Calls back at each new row, and after each reconnect, when some may have been missed. */
  listen(onNew: () => void): () => Promise<void>;
  close(): Promise<void>;
}

export interface InboxSettings {
  readonly databaseUrl: string;
  readonly maxConnections?: number;
  /** A statement that takes longer is given up, so that a person is told instead of kept waiting. */
  readonly statementTimeoutMs?: number;
}

interface TakenRow {
  readonly key: string;
  readonly seq: bigint;
  readonly envelope: unknown;
  readonly sealed: string | null;
  readonly received_at: Date;
  readonly waited_ms: number;
  readonly attempts: number;
  readonly subject: string | null;
}

export function openInbox(settings: InboxSettings): Inbox {
  const { databaseUrl, maxConnections = 4, statementTimeoutMs = 5_000 } = settings;
  const prisma = new PrismaClient({
    adapter: new PrismaPg({
      ...connectionTo(databaseUrl),
      max: maxConnections,
      connectionTimeoutMillis: statementTimeoutMs,
      query_timeout: statementTimeoutMs,
      statement_timeout: statementTimeoutMs,
      // A worker that stops in the middle of taking rows must not keep all others from taking theirs.
      idle_in_transaction_session_timeout: statementTimeoutMs,
    }),
  });
  const rows = prisma.inbox;

  return {
    async putAct(signed, sealedWords) {
      const { envelope } = signed;
      const { count } = await rows.createMany({
        data: {
          key: envelope.key,
          channel: envelope.channel,
          person: envelope.person,
          act: envelope.act,
          envelope: asJson(signed),
          sealed: sealedWords,
          receivedAt: new Date(envelope.at),
        },
        skipDuplicates: true,
      });
      return count === 1 ? 'stored' : 'known';
    },

    async putRefused({ key, person, act, code, problem }) {
      await rows.createMany({
        data: { key, channel: 'slack', person, act, envelope: { refused: code }, state: 'refused', lastProblem: problem },
        skipDuplicates: true,
      });
    },

    async takeWaiting(limit) {
      // One at a time: what another worker is just taking must be seen as taken. Then one statement: locked, stamped with the lease and read at the same moment.
      const [, taken] = await prisma.$transaction([
        prisma.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('inbox/take'))`,
        prisma.$queryRaw<TakenRow[]>`
        UPDATE inbox SET attempts = inbox.attempts + 1, next_attempt_at = now() + make_interval(secs => ${LEASE_MS / 1000}::double precision)
        FROM (
          SELECT key FROM inbox AS young WHERE state = 'waiting' AND next_attempt_at <= now() AND (young.act = 'report' OR NOT EXISTS (
            SELECT FROM inbox AS older WHERE older.state = 'waiting' AND older.seq < young.seq AND older.next_attempt_at > now()
            AND older.next_attempt_at < now() + make_interval(secs => ${LONGEST_WAIT_MS / 1000}::double precision)
            AND older.envelope #>> '{envelope,values,case}' = young.envelope #>> '{envelope,values,case}'
          ))
          ORDER BY seq LIMIT ${limit} FOR UPDATE SKIP LOCKED
        ) AS due
        WHERE inbox.key = due.key
        RETURNING inbox.key, inbox.seq, inbox.envelope, inbox.sealed, inbox.received_at, inbox.attempts, inbox.subject,
          (extract(epoch FROM now() - inbox.stored_at) * 1000)::double precision AS waited_ms`,
      ]);
      return taken
        .map(({ envelope, received_at, waited_ms, ...row }) => ({ ...row, signed: envelope, receivedAt: received_at, waitedMs: waited_ms }))
        .sort((a, b) => (a.seq < b.seq ? -1 : 1));
    },

    async pinSubject(key, subject) {
      // Once found, it stays: the next try must not send the same action to another case.
      await rows.updateMany({ where: { key, subject: null }, data: { subject } });
    },

    async markDelivered(key, { workflowId, subject }) {
      await rows.updateMany({
        where: { key, state: 'waiting' },
        data: { state: 'delivered', workflowId, subject, deliveredAt: new Date(), lastProblem: null },
      });
    },

    async markRefused(key, code) {
      // A refused message is no action, so its sealed text is never read.
      await rows.updateMany({
        where: { key, state: 'waiting' },
        data: { state: 'refused', lastProblem: code, sealed: null, emptiedAt: new Date() },
      });
    },

    async deferRow(key, problem, forMs) {
      await prisma.$executeRaw`
        UPDATE inbox SET last_problem = ${problem.slice(0, 500)}, next_attempt_at = now() + make_interval(secs => ${forMs / 1000}::double precision)
        WHERE key = ${key} AND state = 'waiting'`;
    },

    async sealedWords(key) {
      const row = await rows.findUnique({ where: { key }, select: { sealed: true, envelope: true } });
      return row === null || row.sealed === null ? null : { jwe: row.sealed, signed: row.envelope };
    },

    async emptyRow(key) {
      await rows.updateMany({ where: { key, sealed: { not: null } }, data: { sealed: null, emptiedAt: new Date() } });
    },

    async undelivered(forMs, failing, limit) {
      const due = await prisma.$queryRaw<{ key: string }[]>`
        SELECT key FROM inbox
        WHERE state = 'waiting'
        AND (next_attempt_at < now() - make_interval(secs => ${forMs / 1000}::double precision) OR key = ANY(${[...failing]}::text[]))
        ORDER BY seq LIMIT ${limit}`;
      return due.map(({ key }) => key);
    },

    waiting: () => rows.count({ where: { state: 'waiting' } }),

    listen: (onNew) => listenFor(databaseUrl, INBOX_CHANNEL, onNew),

    close: () => prisma.$disconnect(),
  };
}

/** The signed action as plain JSON: the column holds exactly what was signed. */
const asJson = ({ envelope, keyId, signature }: SignedEnvelope): object => ({
  envelope: { ...envelope, values: { ...envelope.values } },
  keyId,
  signature,
});
