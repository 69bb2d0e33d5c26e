// The tenant's truth as plain data, taken once at the end, so that the score can
// be fed manually in tests and compared between runs.
import { z } from 'zod';
import type { TrueChange } from '../microsoft/truth.ts';
import type { Company } from '../run/run-scenario.ts';
import type { ApproverTruth, MethodTruth, PersonTruth, ThingTruth, Truth } from './input.ts';

type Source = Pick<Company, 'scenario' | 'cast' | 'tenant'>;

export function truthOf(source: Source): Truth {
  const { scenario, cast, tenant } = source;
  const { truth } = tenant;
  const ours: readonly string[] = [cast.apps.reader, cast.apps.actor];
  const named = methodNames(source);
  const nameOf = thingNames(source, named);
  const people = Object.entries(scenario.people).map(([key, line]): PersonTruth => {
    const history = truth.accountHistory(key);
    const sessions = truth.access(key).filter((session) => session.holder === 'attacker');
    return {
      key,
      id: cast.objectIdOf(key),
      guest: line.account === 'guest',
      enabledAtStart: line.enabled,
      enabled: history
        .filter((change) => change.what === 'accountEnabled')
        .map(({ at, to, actor }) => ({ at, to: to === true, by: ours.includes(actor.appId ?? '') ? 'product' : 'person' })),
      sessionsCut: history.filter((change) => change.what === 'signInSessionsValidFrom').map((change) => change.at),
      passwordSet: history.filter((change) => change.what === 'password').map((change) => change.at),
      methods: methodsOf(history, named(key)),
      slackAccounts: cast.slackIdsOf(key),
      attacker: {
        everIn: sessions.length > 0,
        usableNow: sessions.some((session) => session.usableNow),
        lastAccess: truth.lastAccess(key, 'attacker') ?? null,
        refusedSince: truth.refusedSince(key, 'attacker') ?? null,
      },
    };
  });
  return {
    people,
    footholds: truth
      .footholds()
      .map(({ id, kind, person, present }): ThingTruth => ({ id, kind, person, name: nameOf(person, id), present, changedByApp: null })),
    ownersThings: truth.ownersThings().map(
      ({ id, kind, person, present, changedBy }): ThingTruth => ({
        id,
        kind,
        person,
        name: nameOf(person, id),
        present,
        changedByApp: changedBy?.actor.appId ?? null,
      }),
    ),
    approvers: approversOf(source),
    channels: cast.slack.channels.map(({ id, members }) => ({ id, members })),
  };
}

function approversOf({ scenario, cast, tenant: { truth } }: Source): ApproverTruth {
  const changes = Object.keys(scenario.people).flatMap((key) => {
    const person = cast.objectIdOf(key);
    return truth
      .accountHistory(key)
      .filter(({ target }) => target === `${person}/group/${cast.approverGroupId}`)
      .map(({ at, to }) => ({ at, person, joins: to !== null }));
  });
  return { fromStart: scenario.company.approvers.map((key) => cast.objectIdOf(key)), changes };
}

interface NamedMethod {
  readonly id: string;
  readonly name: string | null;
  /** Is it there now? */
  readonly present: boolean;
}

const SEED = z.looseObject({ displayName: z.string().optional(), phoneNumber: z.string().optional(), emailAddress: z.string().optional() });
const SNAPSHOT = z.looseObject({
  people: z.record(
    z.string(),
    z.looseObject({
      methods: z.array(z.looseObject({ id: z.string(), seed: SEED })),
      devices: z.array(z.looseObject({ id: z.string(), seed: SEED })),
      rules: z.array(z.looseObject({ id: z.string(), displayName: z.string() })),
    }),
  ),
});

const shownAs = ({ displayName, phoneNumber, emailAddress }: z.infer<typeof SEED>): string | null =>
  displayName ?? phoneNumber ?? emailAddress ?? null;

/** By what name each method is shown: those that stand now, and those of the seed that have an id of their own. */
function methodNames({ cast, tenant }: Source): (person: string) => readonly NamedMethod[] {
  const { people } = SNAPSHOT.parse(tenant.truth.state());
  return (person) => {
    const present = (people[person]?.methods ?? []).map(({ id, seed }): NamedMethod => ({ id, name: shownAs(seed), present: true }));
    const seeds = cast.company.people.find(({ key }) => key === person)?.methods ?? [];
    const gone = seeds.flatMap((seed): NamedMethod[] =>
      seed.id === undefined || present.some(({ id }) => id === seed.id)
        ? []
        : [{ id: seed.id, name: shownAs(SEED.parse(seed)), present: false }],
    );
    return [...present, ...gone];
  };
}

/** By what name an item of this person is shown; null for what is gone, and for consents, which have no name of their own. */
function thingNames(
  { tenant }: Source,
  methods: (person: string) => readonly NamedMethod[],
): (person: string, id: string) => string | null {
  const { people } = SNAPSHOT.parse(tenant.truth.state());
  return (person, id) => {
    const { devices = [], rules = [] } = people[person] ?? {};
    const all = [
      ...methods(person),
      ...devices.map((device) => ({ id: device.id, name: shownAs(device.seed) })),
      ...rules.map((rule) => ({ id: rule.id, name: rule.displayName })),
    ];
    return all.find((each) => each.id === id)?.name ?? null;
  };
}

/** Ids of phones and addresses are fixed: the same id may have come and gone several times. */
function methodsOf(history: readonly TrueChange[], named: readonly NamedMethod[]): MethodTruth[] {
  const changes = history
    .filter(({ what }) => what === 'method')
    .map((change) => ({ ...change, id: change.target.split('/').at(-1) ?? '' }));
  const ids = [...new Set([...named.map(({ id }) => id), ...changes.map(({ id }) => id)])];
  return ids.flatMap((id) => {
    const stays = staysOf(changes.filter((change) => change.id === id));
    const known = named.find((each) => each.id === id);
    // What stands now came last, what the seed had came first; the name in between was not written down.
    const owner = known?.present === true ? stays.length - 1 : 0;
    return stays.map((stay, index) => ({ id, name: index === owner ? (known?.name ?? null) : null, ...stay }));
  });
}

function staysOf(changes: readonly TrueChange[]): Pick<MethodTruth, 'from' | 'until'>[] {
  const stays: Pick<MethodTruth, 'from' | 'until'>[] = [];
  // A first change that takes it away tells that it was there from the start.
  let from: string | null | undefined = changes[0]?.from === null ? undefined : null;
  for (const { at, to } of changes) {
    if (to === null) stays.push({ from: from ?? null, until: at });
    from = to === null ? undefined : at;
  }
  return from === undefined ? stays : [...stays, { from, until: null }];
}
