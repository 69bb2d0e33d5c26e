// Two ordinary tables: who is who in Slack, and which messages of ours stand
// there. The second keeps a card from being posted twice; it proves nothing.
import { PrismaPg } from '@prisma/adapter-pg';
import type { ObjectId } from '../domain/ids.ts';
import { PrismaClient } from '../prisma/generated/client.ts';
import { untrusted } from './untrusted.ts';
import type { KnownPerson } from './views/case-card.ts';

/** Where a message of ours stands, or was about to. */
export interface Post {
  readonly postKey: string;
  readonly channel: string;
  /**
   * sending: asked for, and nobody saw the answer, so it may stand there.
   * unsent: Slack refused it, so it does not. sent: it stands at `ts`.
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

export interface SlackTables {
  readonly posts: Posts;
  readonly people: People;
  close(): Promise<void>;
}

const STATES: readonly string[] = ['sending', 'unsent', 'sent'] satisfies Post['state'][];
const isState = (text: string): text is Post['state'] => STATES.includes(text);

export function openSlackTables({ databaseUrl, teamId }: { readonly databaseUrl: string; readonly teamId: string }): SlackTables {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max: 3, connectionTimeoutMillis: 5_000 }) });
  const people = (id: ObjectId): Promise<{ slackUser: string; name: string }[]> =>
    prisma.person.findMany({
      where: { slackTeam: teamId, objectId: id },
      select: { slackUser: true, name: true },
      orderBy: { slackUser: 'asc' },
    });
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
    close: () => prisma.$disconnect(),
  };
}
