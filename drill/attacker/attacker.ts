// The attacker: repeats attempts, and writes every one into a journal. Every action
// goes over HTTPS with what an attacker has: a stolen password and the sessions
// that owners let them have.

import type { ActorLog } from '../run/actor-log.ts';
import type { Timeline } from '../run/timeline.ts';
import type { AttackerAction, Scenario } from '../scenarios/types.ts';
import type { Seen, Session, TenantUser } from '../tenant-user.ts';

export interface AttackerTools {
  readonly timeline: Timeline;
  readonly hands: TenantUser;
  readonly journal: ActorLog;
  /** What the attacker types as this person's password; a guess when they do not know it. */
  readonly passwordOf: (person: string) => string;
}

/** Plays every action by its own cue; whatever has no end of its own stops with the timeline. */
export async function runAttacker(scenario: Scenario, tools: AttackerTools): Promise<void> {
  const ways: WaysIn = { sessions: new Map(), signingIn: new Map() };
  await Promise.all(
    scenario.attacker.actions.map((act) =>
      tools.timeline.perform(act.cue, { endsByItself: Number.isFinite(act.times), play: () => playAct(act, ways, tools) }),
    ),
  );
}

interface WaysIn {
  /** By person, the newest last. */
  readonly sessions: Map<string, Session[]>;
  /** The sign-in of each person that is under way or was last: it ends with the prompt on the owner's phone. */
  readonly signingIn: Map<string, Promise<Seen<Session>>>;
}

async function playAct(
  act: AttackerAction,
  { sessions, signingIn }: WaysIn,
  { timeline, hands, journal, passwordOf }: AttackerTools,
): Promise<void> {
  const inside = (): Session | undefined => sessions.get(act.person)?.at(-1);
  for (let count = 1; count <= act.times; count += 1) {
    const startedAt = timeline.now();
    if (act.do === 'signIn') {
      journal.write({ who: 'attacker', person: act.person, did: 'signIn', result: 'began', saw: `from ${act.from.ip} (${act.from.city})` });
      const begun = hands.signIn({
        person: act.person,
        password: passwordOf(act.person),
        from: act.from,
        holder: 'attacker',
        ...(act.stopsAt === undefined ? {} : { stopsAt: act.stopsAt }),
      });
      signingIn.set(act.person, begun);
      const seen = await begun;
      if (seen.kind === 'succeeded') sessions.set(act.person, [...(sessions.get(act.person) ?? []), seen.value]);
      journal.write({ who: 'attacker', person: act.person, did: 'signIn', result: seen.kind, saw: seen.saw });
    } else if (act.do === 'joinGroup') {
      // How this is done is not played; only its effect is.
      const seen = await hands.changeApprovers({ member: act.person, joins: true });
      journal.write({ who: 'attacker', person: act.person, did: act.do, result: seen.kind, saw: seen.saw });
    } else {
      // How long a sign-in takes depends on the machine: who still waits for it does not give up.
      const session = inside() ?? (await sessionOf(signingIn.get(act.person)));
      const seen: Seen = session === undefined ? { kind: 'refused', saw: 'no session to use' } : await use(hands, session, act);
      journal.write({ who: 'attacker', person: act.person, did: act.do, result: seen.kind, saw: seen.saw });
    }
    if (count === act.times || timeline.over.aborted) return;
    if (act.everyMs !== null && !(await timeline.pause(act.everyMs - (timeline.now() - startedAt)))) return;
  }
}

async function sessionOf(signIn: Promise<Seen<Session>> | undefined): Promise<Session | undefined> {
  const seen = await signIn;
  return seen?.kind === 'succeeded' ? seen.value : undefined;
}

type InsideAction = Exclude<AttackerAction, { readonly do: 'signIn' | 'joinGroup' }>;

function use(hands: TenantUser, session: Session, act: InsideAction): Promise<Seen> {
  switch (act.do) {
    case 'refresh':
      return hands.refresh(session);
    case 'readMail':
      return hands.readMail(session);
    case 'addMethod':
      return hands.addMethod(session, act.method);
    case 'removeMethod':
      return hands.removeMethod(session, act.method);
    case 'addInboxRule':
      return hands.addInboxRule(session, act.rule);
    case 'registerDevice':
      return hands.registerDevice(session, act.device);
    case 'consent':
      return hands.consent(session, act.consent);
  }
}
