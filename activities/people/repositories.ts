// Who is who, the stored baselines, and what people are shown: ordinary tables.
// What must be believed of them is proven elsewhere; here rows are read and written.
import { PrismaPg } from '@prisma/adapter-pg';
import { z } from 'zod';
import { type CaseId, type ObjectId, objectId } from '../../domain/ids.ts';
import { connectionTo } from '../../prisma/connection.ts';
import { PrismaClient } from '../../prisma/generated/client.ts';
import type { BaselineRows } from './baseline.ts';

/** One confirmed line of the personnel file. */
export const PERSON = z.strictObject({
  slackTeam: z.string().regex(/^[TE][A-Z0-9]{2,30}$/),
  slackUser: z.string().regex(/^[UW][A-Z0-9]{2,30}$/),
  objectId: z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  name: z.string().min(1).max(200),
  phone: z.string().max(40).nullable().default(null),
});
export type Person = z.infer<typeof PERSON>;

export interface PeopleRepository {
  /** @returns null when no administrator confirmed who this Slack account is */
  objectIdOf(team: string, person: string): Promise<ObjectId | null>;
  /** The number of this person; null when the table has none. */
  phoneOf(id: ObjectId): Promise<string | null>;
  /** How this person is called, and on which number; null when the identity is not confirmed. */
  recordOf(id: ObjectId): Promise<PersonRecord | null>;
  /** Replaces what was known of these Slack accounts. */
  confirm(people: readonly Person[], source: string): Promise<void>;
}

export interface PersonRecord {
  readonly name: string;
  readonly phone: string | null;
}

/** What people are shown of a case while the ledger keeps it sealed. */
export interface DisplayRepository {
  put(caseId: CaseId, key: string, content: unknown): Promise<void>;
}

export interface Repositories {
  readonly people: PeopleRepository;
  readonly baselines: BaselineRows;
  readonly display: DisplayRepository;
  close(): Promise<void>;
}

const BASELINE_ROW = { id: true, digest: true, content: true, storedAt: true } as const;

export function openRepositories(databaseUrl: string): Repositories {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ ...connectionTo(databaseUrl), max: 4 }) });
  /** Of several Slack accounts of one person, the first that has a number counts. */
  const recordOf = async (id: ObjectId): Promise<PersonRecord | null> => {
    const rows = await prisma.person.findMany({
      where: { objectId: id },
      select: { name: true, phone: true },
      orderBy: [{ slackTeam: 'asc' }, { slackUser: 'asc' }],
    });
    return rows.find(({ phone }) => phone !== null) ?? rows[0] ?? null;
  };
  return {
    people: {
      async objectIdOf(slackTeam, slackUser) {
        const row = await prisma.person.findUnique({
          where: { slackTeam_slackUser: { slackTeam, slackUser } },
          select: { objectId: true },
        });
        return row === null ? null : objectId(row.objectId);
      },
      recordOf,
      phoneOf: async (id) => (await recordOf(id))?.phone ?? null,
      async confirm(people, source) {
        const confirmedAt = new Date();
        await prisma.$transaction(
          people.map(({ slackTeam, slackUser, ...person }) =>
            prisma.person.upsert({
              where: { slackTeam_slackUser: { slackTeam, slackUser } },
              create: { slackTeam, slackUser, ...person, source, confirmedAt },
              update: { ...person, source, confirmedAt },
            }),
          ),
        );
      },
    },
    baselines: {
      async insert({ tenant, digest, content }) {
        await prisma.baseline.create({ data: { tenant, digest, content: content as object } });
      },
      latest: (tenant, before) =>
        prisma.baseline.findFirst({
          where: before === undefined ? { tenant } : { tenant, id: { lt: before } },
          orderBy: { id: 'desc' },
          select: BASELINE_ROW,
        }),
      byDigest: (tenant, digest) => prisma.baseline.findFirst({ where: { tenant, digest }, orderBy: { id: 'desc' }, select: BASELINE_ROW }),
    },
    display: {
      async put(caseId, key, content) {
        const row = { content: content as object };
        await prisma.display.upsert({ where: { caseId_key: { caseId, key } }, create: { caseId, key, ...row }, update: row });
      },
    },
    close: () => prisma.$disconnect(),
  };
}
