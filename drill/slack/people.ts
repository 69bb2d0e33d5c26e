/** Who is in the workspace, and what `users.info` says of them. */
import type { SlackPersonSeed, WorkspaceOptions } from './types.ts';

export interface Person extends SlackPersonSeed {
  readonly teamId: string;
}

export interface People {
  find(id: string): Person | undefined;
  findByEmail(email: string): Person | undefined;
}

/** The seeds as people, with the bot added when it is not among them. */
export function createPeople(options: WorkspaceOptions): People {
  const bot: SlackPersonSeed = { id: options.botUserId, name: 'practice-bot', realName: 'Practice bot', bot: true };
  const people = new Map<string, Person>();
  for (const seed of [bot, ...options.people]) {
    people.set(seed.id, { ...seed, ...(seed.id === options.botUserId ? { bot: true } : {}), teamId: seed.teamId ?? options.team.id });
  }
  return {
    find: (id) => people.get(id),
    // Slack looks an address up without regard to case, and never finds deactivated people or bots by it.
    findByEmail: (email) =>
      [...people.values()].find(
        (person) => person.email?.toLowerCase() === email.toLowerCase() && person.deleted !== true && person.bot !== true,
      ),
  };
}

/**
 * The `user` object. A stranger's or foreign person's e-mail is not shown, nor
 * anyone's without the scope for it; deactivated people have lost their flags.
 */
export function userBody(person: Person, ownTeamId: string, withEmail: boolean): Record<string, unknown> {
  const foreign = person.stranger === true || person.teamId !== ownTeamId;
  const deleted = person.deleted === true;
  const email = withEmail && !foreign && person.email !== undefined ? { email: person.email } : {};
  return {
    id: person.id,
    team_id: person.teamId,
    name: person.name,
    deleted,
    real_name: person.realName,
    tz: 'Europe/Amsterdam',
    tz_label: 'Central European Time',
    tz_offset: 3600,
    profile: {
      real_name: person.realName,
      real_name_normalized: person.realName,
      display_name: person.name,
      display_name_normalized: person.name,
      team: person.teamId,
      ...email,
      ...(person.bot === true ? { always_active: true } : {}),
    },
    is_bot: person.bot === true,
    is_app_user: false,
    updated: 1_700_000_000,
    ...(foreign ? { is_stranger: person.stranger === true } : {}),
    ...(deleted
      ? {}
      : {
          is_admin: false,
          is_owner: false,
          is_primary_owner: false,
          is_restricted: person.restricted === true || person.ultraRestricted === true,
          is_ultra_restricted: person.ultraRestricted === true,
          is_email_confirmed: person.email !== undefined,
          who_can_share_contact_card: 'EVERYONE',
        }),
  };
}
