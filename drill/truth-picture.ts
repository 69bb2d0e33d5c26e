// The tenant's truth as plain data, taken once at the end, so that the score can
// be fed by hand in tests and compared between runs.
import type { Company } from './play.ts';
import type { PersonTruth, ThingTruth, Truth } from './score-input.ts';

export function truthOf({ scenario, cast, tenant: { truth } }: Pick<Company, 'scenario' | 'cast' | 'tenant'>): Truth {
  const ours: readonly string[] = [cast.apps.reader, cast.apps.actor];
  const people = Object.entries(scenario.people).map(([key, line]): PersonTruth => {
    const history = truth.accountHistory(key);
    const sessions = truth.access(key).filter((session) => session.holder === 'intruder');
    return {
      key,
      id: cast.objectIdOf(key),
      guest: line.account === 'guest',
      enabledAtStart: line.enabled,
      enabled: history
        .filter((change) => change.what === 'accountEnabled')
        .map(({ at, to, actor }) => ({ at, to: to === true, by: ours.includes(actor.appId ?? '') ? 'product' : 'person' })),
      sessionsCut: history.filter((change) => change.what === 'signInSessionsValidFrom').map((change) => change.at),
      intruder: {
        everIn: sessions.length > 0,
        usableNow: sessions.some((session) => session.usableNow),
        lastAccess: truth.lastAccess(key, 'intruder') ?? null,
        refusedSince: truth.refusedSince(key, 'intruder') ?? null,
      },
    };
  });
  return {
    people,
    footholds: truth.footholds().map(({ id, kind, person, present }): ThingTruth => ({ id, kind, person, present, changedByApp: null })),
    ownersThings: truth.ownersThings().map(
      ({ id, kind, person, present, changedBy }): ThingTruth => ({
        id,
        kind,
        person,
        present,
        changedByApp: changedBy?.actor.appId ?? null,
      }),
    ),
  };
}
