// Who is who, and the stored baselines: two ordinary tables. What must be
// believed of them is proven elsewhere; here rows are only read and added.
import { PrismaPg } from '@prisma/adapter-pg';
import { z } from 'zod';
import { type ObjectId, objectId } from '../../domain/ids.ts';
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

export interface PeopleTable {
  /** @returns null when nobody confirmed who this Slack account is */
  objectIdOf(team: string, person: string): Promise<ObjectId | null>;
  /** Replaces what was known of these Slack accounts. */
  confirm(people: readonly Person[], source: string): Promise<void>;
}

export interface Tables {
  readonly people: PeopleTable;
  readonly baselines: BaselineRows;
  close(): Promise<void>;
}

export function openTables(databaseUrl: string): Tables {
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max: 4 }) });
  return {
    people: {
      async objectIdOf(slackTeam, slackUser) {
        const row = await prisma.person.findUnique({
          where: { slackTeam_slackUser: { slackTeam, slackUser } },
          select: { objectId: true },
        });
        return row === null ? null : objectId(row.objectId);
      },
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
      async latest(tenant) {
        return prisma.baseline.findFirst({
          where: { tenant },
          orderBy: { id: 'desc' },
          select: { digest: true, content: true, storedAt: true },
        });
      },
    },
    close: () => prisma.$disconnect(),
  };
}
