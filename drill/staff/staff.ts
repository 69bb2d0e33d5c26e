// The people who work here: they report what happened, in their own words and
// their own time, some of them twenty times; they decide in Slack, help
// themselves in the portal, and do their work.

import type { ActorLog } from '../run/actor-log.ts';
import type { Timeline, Turn } from '../run/timeline.ts';
import type { OwnAction, PortalAction, ReportAction, Scenario, StaffAction, WorkAction } from '../scenarios/types.ts';
import type { Workspace } from '../slack/types.ts';
import type { Seen, Session, TenantUser } from '../tenant-user.ts';
import { decide } from './decide.ts';
import { fileReport } from './report-form.ts';
import type { Screen } from './screen.ts';

export interface StaffTools {
  readonly timeline: Timeline;
  readonly hands: TenantUser;
  readonly workspace: Workspace;
  readonly screen: Screen;
  readonly journal: ActorLog;
  readonly slackIdOf: (person: string, account?: number) => string;
  readonly passwordOf: (person: string) => string;
}

/** A person who was told to try again does so, a few times. */
const MOST_TRIES = 5;
const TRY_AGAIN_AFTER_MS = 400;

/** The newest session of everybody who has worked. */
type Sessions = Map<string, Session>;

/**
 * Plays every action of the staff by its own cue. @returns those whose turn never
 * came, in words: a scenario without them did not show what it was written for
 */
export async function runStaff(scenario: Scenario, tools: StaffTools): Promise<string[]> {
  const sessions: Sessions = new Map();
  const missed = await Promise.all(
    scenario.staff.actions.map(async (act) => {
      const came = await tools.timeline.perform(act.cue, { endsByItself: true, play: (turn) => play(act, turn, sessions, tools) });
      if (came) return [];
      const who = 'as' in act ? act.as : 'staff';
      tools.journal.write({ who, person: act.person, did: act.do, result: 'failed', saw: 'the scenario ended before its turn came' });
      return [`the scenario ended before its turn came: ${act.do}, by ${act.person}`];
    }),
  );
  return missed.flat();
}

async function play(act: StaffAction, turn: Turn, sessions: Sessions, tools: StaffTools): Promise<void> {
  switch (act.do) {
    case 'report':
      return report(act, tools);
    case 'work':
      return work(act, sessions, tools);
    case 'removeMethod':
      return withOwnSession(act, sessions, tools);
    case 'joinGroup':
    case 'leaveGroup':
    case 'blockManually':
    case 'enableManually':
    case 'revokeSessionsManually':
    case 'removeMethodManually':
      return inThePortal(act, tools);
    default:
      return decide(act, turn, tools);
  }
}

async function report(act: ReportAction, tools: StaffTools): Promise<void> {
  const { times, withinMs } = act.repeat;
  const apart = times > 1 ? withinMs / times : 0;
  await Promise.all(
    Array.from({ length: times }, async (_, index) => {
      if (index > 0) await new Promise((resolve) => setTimeout(resolve, index * apart));
      await reportOnce(act, tools);
    }),
  );
}

async function reportOnce(act: ReportAction, { timeline, workspace, journal, slackIdOf }: StaffTools): Promise<void> {
  const about = act.about === null ? null : slackIdOf(act.about);
  for (let tries = 1; tries <= MOST_TRIES && !timeline.over.aborted; tries += 1) {
    const filed = await fileReport(workspace, slackIdOf(act.person), act, about);
    journal.write({
      who: 'staff',
      person: act.person,
      did: act.about === null ? 'report' : `report about ${act.about}`,
      result: filed.kind === 'received' ? 'succeeded' : filed.kind,
      saw: filed.saw,
    });
    if (filed.kind === 'received') return timeline.reported();
    await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_AFTER_MS * tries));
  }
}

async function work(act: WorkAction, sessions: Sessions, { hands, journal, passwordOf }: StaffTools): Promise<void> {
  const { person, from } = act;
  const password = act.with === 'key' ? undefined : passwordOf(person);
  const seen = await hands.signIn({ person, password, from, holder: 'owner' });
  journal.write({ who: 'staff', person, did: 'signIn', result: seen.kind, saw: seen.saw });
  if (seen.kind !== 'succeeded') return;
  sessions.set(person, seen.value);
  const mail = await hands.readMail(seen.value);
  journal.write({ who: 'staff', person, did: 'readMail', result: mail.kind, saw: mail.saw });
}

async function withOwnSession(act: OwnAction, sessions: Sessions, { hands, journal }: StaffTools): Promise<void> {
  const session = sessions.get(act.person);
  const seen =
    session === undefined ? ({ kind: 'refused', saw: 'no session to use' } as const) : await hands.removeMethod(session, act.method);
  journal.write({ who: 'staff', person: act.person, did: act.do, result: seen.kind, saw: seen.saw });
}

async function inThePortal(act: PortalAction, { hands, journal }: StaffTools): Promise<void> {
  const { person: by } = act;
  const seen = await changeByHand(act, hands);
  const whom = 'member' in act ? act.member : act.about;
  journal.write({ who: 'staff', person: by, did: `${act.do} ${whom}`, result: seen.kind, saw: seen.saw });
}

function changeByHand(act: PortalAction, hands: TenantUser): Promise<Seen> {
  const { person: by } = act;
  if ('member' in act) return hands.changeApprovers({ member: act.member, joins: act.do === 'joinGroup', by });
  if (act.do === 'removeMethodManually') return hands.removeMethodManually({ person: act.about, by, method: act.method });
  return hands.byHand(BY_HAND[act.do], { person: act.about, by });
}

const BY_HAND = { blockManually: 'close', enableManually: 'open', revokeSessionsManually: 'endSessions' } as const;
