// The sender of a payload and their workspace. In a shared channel a person may belong
// to another workspace than the one that sends.
import { z } from 'zod';
import { SLACK_PERSON, SLACK_TEAM } from '../../inbox/envelope.ts';

/** The part of every payload that says who acted. */
export const SENDER = {
  user: z.looseObject({ id: z.string().regex(SLACK_PERSON), team_id: z.string().regex(SLACK_TEAM).nullish() }),
  team: z.looseObject({ id: z.string().regex(SLACK_TEAM) }).nullish(),
};

const ANY = z.looseObject(SENDER);
type Sender = z.infer<typeof ANY>;

export const isForeign = ({ user, team }: Sender, teamId: string): boolean =>
  (team?.id ?? user.team_id) !== teamId || (user.team_id ?? teamId) !== teamId;

/** For a payload that cannot be read otherwise. */
export const senderOf = (body: unknown): string | null => ANY.safeParse(body).data?.user.id ?? null;
