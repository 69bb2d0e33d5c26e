// Three tables: who is who in Slack, which messages we posted (so that a card is not posted twice), and the names of
// items. None of them is proof: a name is shown only when its hash matches the ledger.
import { createHash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import type { ObjectId } from '../domain/ids.ts';
import type { PlanLabels } from '../domain/plan.ts';
import { SHOWN_PHONE_KEY, shownWordsKey } from '../domain/report.ts';
import { connectionTo } from '../prisma/connection.ts';
import { PrismaClient } from '../prisma/generated/client.ts';
import { type Untrusted, untrusted } from './untrusted.ts';
import type { KnownPerson } from './views/person.ts';
import type { Written } from './views/reporter-words.ts';

/** Where a message of ours was posted, or was about to be. */
export interface Post {
  readonly postKey: string;
  readonly channel: string;
  /**
   * sending: the call was made without an answer, so it may be posted.
   * unsent: Slack refused it. sent: it is posted at `ts`.
   */
  readonly state: 'sending' | 'unsent' | 'sent';
  readonly ts: string | null;
  /** Of what stands there. */
  readonly digest: string | null;
  readonly updatedAt: Date;
}

export interface Posts {
  find(postKey: string): Promise<Post | null>;
  /** Says that the message is about to be posted, before it is. */
  begin(post: { readonly postKey: string; readonly caseId: string; readonly channel: string }): Promise<void>;
  sent(postKey: string, where: { readonly channel: string; readonly ts: string; readonly digest: string | null }): Promise<void>;
  unsent(postKey: string): Promise<void>;
  /** Cases that have a message in this channel. */
  casesIn(channel: string): Promise<readonly string[]>;
}

export interface People {
  /** Every Slack account that is confirmed to be this person, in this workspace. */
  slackIdsOf(id: ObjectId): Promise<readonly string[]>;
  nameOf(id: ObjectId): Promise<KnownPerson>;
}

/** Names of items of a case, which the ledger keeps sealed. */
export interface Display {
  /** Null when there is nothing under this key, or its hash differs: a changed row is not shown. */
  labels(caseId: string, key: string, sha256: string): Promise<PlanLabels | null>;
  /** The text of a report, by the same rule. */
  words(caseId: string, reportKey: string, sha256: string): Promise<Written | null>;
  /** The subject's number in the personnel record, by the same rule. */
  phone(caseId: string, sha256: string): Promise<Untrusted | null>;
}

export interface SlackTables {
  readonly posts: Posts;
  readonly people: People;
  readonly display: Display;
  close(): Promise<void>;
}

const LABELS = z.strictObject({
  salt: z.string(),
  of: z.record(z.string(), z.string()),
  kept: z.array(z.string()),
  byHand: z.array(z.string()),
});

const WORDS = z.strictObject({
  salt: z.string(),
  contacted: z.string().nullable(),
  more: z.string().nullable(),
  reach: z.string().nullable(),
});
const PHONE = z.strictObject({ salt: z.string(), phone: z.string() });

/** The ledger holds the hash of the RFC 8785 bytes. */
const hashOf = (content: unknown): string =>
  createHash('sha256')
    .update(canonicalize(content) ?? '')
    .digest('hex');

const STATES: readonly string[] = ['sending', 'unsent', 'sent'] satisfies Post['state'][];
const isState = (text: string): text is Post['state'] => STATES.includes(text);

export function openSlackTables({ databaseUrl, teamId }: { readonly databaseUrl: string; readonly teamId: string }): SlackTables {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ ...connectionTo(databaseUrl), max: 3, connectionTimeoutMillis: 5_000 }) });
  const people = (id: ObjectId): Promise<{ slackUser: string; name: string }[]> =>
    prisma.person.findMany({
      where: { slackTeam: teamId, objectId: id },
      select: { slackUser: true, name: true },
      orderBy: { slackUser: 'asc' },
    });
  const matchingLedger = async <Row>(
    schema: z.ZodType<Row>,
    place: { readonly caseId: string; readonly key: string },
    sha256: string,
  ): Promise<Row | null> => {
    const row = await prisma.display.findUnique({ where: { caseId_key: place }, select: { content: true } });
    const content = schema.safeParse(row?.content);
    return content.success && hashOf(content.data) === sha256 ? content.data : null;
  };
  return {
    posts: {
      async find(postKey) {
        const row = await prisma.post.findUnique({ where: { postKey } });
        if (row === null) return null;
        if (!isState(row.state)) throw new TypeError(`expected a post that is sending, unsent or sent, got ${JSON.stringify(row.state)}`);
        return { ...row, state: row.state };
      },
      async begin({ postKey, caseId, channel }) {
        await prisma.post.upsert({
          where: { postKey },
          create: { postKey, caseId, channel, state: 'sending' },
          update: { channel, state: 'sending', ts: null, digest: null },
        });
      },
      async sent(postKey, { channel, ts, digest }) {
        await prisma.post.update({ where: { postKey }, data: { state: 'sent', channel, ts, digest } });
      },
      async unsent(postKey) {
        await prisma.post.update({ where: { postKey }, data: { state: 'unsent', ts: null, digest: null } });
      },
      async casesIn(channel) {
        const rows = await prisma.post.findMany({ where: { channel }, select: { caseId: true }, distinct: ['caseId'] });
        return rows.map((row) => row.caseId);
      },
    },
    people: {
      slackIdsOf: async (id) => (await people(id)).map((row) => row.slackUser),
      async nameOf(id) {
        const [first] = await people(id);
        return { slackId: first?.slackUser ?? null, name: first === undefined ? null : untrusted(first.name) };
      },
    },
    display: {
      labels: (caseId, key, sha256) => matchingLedger(LABELS, { caseId, key }, sha256),
      async words(caseId, reportKey, sha256) {
        const words = await matchingLedger(WORDS, { caseId, key: shownWordsKey(reportKey) }, sha256);
        if (words === null) return null;
        const { contacted, more, reach } = words;
        return { contacted: outside(contacted), more: outside(more), reach: outside(reach) };
      },
      async phone(caseId, sha256) {
        const row = await matchingLedger(PHONE, { caseId, key: SHOWN_PHONE_KEY }, sha256);
        return row === null ? null : untrusted(row.phone);
      },
    },
    close: () => prisma.$disconnect(),
  };
}

const outside = (text: string | null): Untrusted | null => (text === null ? null : untrusted(text));
