// What a schema cannot say: people who are named must exist, an action needs what
// it acts with, an account cannot be of two kinds at once.
import { operationNames } from '../microsoft/route.ts';
import type { MethodKind, Scenario, ScreenAction, StaffAction, Trigger } from './types.ts';

/** Every contradiction of a scenario, in words, each with its place. */
export function validateScenario(scenario: Scenario): string[] {
  return [
    ...unknownPeople(scenario),
    ...unknownOperations(scenario),
    ...sorts(scenario),
    ...methods(scenario),
    ...times(scenario),
    ...slack(scenario),
    ...decisions(scenario),
  ];
}

type Named = readonly [place: string, key: string | null | undefined];

function unknownPeople(scenario: Scenario): string[] {
  const known = Object.keys(scenario.people);
  const { company, attacker, staff, faults } = scenario;
  const named: readonly Named[] = [
    ...company.approvers.map((key, index): Named => [`/company/approvers/${index}`, key]),
    ...company.breakGlass.map((key, index): Named => [`/company/breakGlass/${index}`, key]),
    ...attacker.knowsPasswordOf.map((key, index): Named => [`/attacker/knowsPasswordOf/${index}`, key]),
    ...attacker.actions.map((act, index): Named => [`/attacker/actions/${index}/person`, act.person]),
    ...Object.keys(staff.prompts).map((key): Named => [`/staff/prompts/${key}`, key]),
    ...staff.actions.flatMap((act, index): readonly Named[] => [
      [`/staff/actions/${index}/person`, act.person],
      [`/staff/actions/${index}/about`, 'about' in act ? act.about : null],
      [`/staff/actions/${index}/member`, 'member' in act ? act.member : null],
    ]),
    ...faults.map((fault, index): Named => [`/faults/${index}/person`, 'person' in fault ? fault.person : null]),
    ...cuesOf(scenario).map(({ place, cue }): Named => [`${place}/after/of`, cue.kind === 'at' ? null : cue.of]),
  ];
  // An empty key is not written; another check says that it is missing.
  return named
    .filter(([, key]) => typeof key === 'string' && key !== '' && !known.includes(key))
    .map(([place, key]) => `${place}: nobody here is called "${key ?? ''}"; there are ${known.join(', ')}`);
}

interface PlacedCue {
  readonly place: string;
  readonly cue: Trigger;
}

const cuesOf = ({ attacker, staff, faults }: Scenario): PlacedCue[] => [
  ...attacker.actions.map(({ cue }, index) => ({ place: `/attacker/actions/${index}`, cue })),
  ...staff.actions.map(({ cue }, index) => ({ place: `/staff/actions/${index}`, cue })),
  ...faults.flatMap((fault, index) => ('cue' in fault ? [{ place: `/faults/${index}`, cue: fault.cue }] : [])),
];

/** A name that the tenant does not have would be waited for in silence: the fault, or the action after it, would never come. */
function unknownOperations(scenario: Scenario): string[] {
  const known = operationNames();
  const named: readonly Named[] = [
    ...scenario.faults.map((fault, index): Named => [`/faults/${index}/operation`, fault.in === 'tenant' ? fault.operation : null]),
    ...cuesOf(scenario).map(({ place, cue }): Named => [`${place}/after/operation`, cue.kind === 'call' ? cue.operation : null]),
  ];
  return named
    .filter(([, name]) => typeof name === 'string' && !known.includes(name))
    .map(([place, name]) => `${place}: the tenant has no operation "${name ?? ''}"; it has ${known.join(', ')}`);
}

function sorts({ people, company }: Scenario): string[] {
  const problems: string[] = [];
  const federated = company.domains.filter((domain) => domain.authentication === 'Federated').map((domain) => domain.name);
  const upns = new Map<string, string>();
  for (const [key, person] of Object.entries(people)) {
    const place = `/people/${key}`;
    const domain = person.upn.split('@').at(-1)?.toLowerCase() ?? '';
    const other = upns.get(person.upn.toLowerCase());
    if (other !== undefined) problems.push(`${place}/upn: ${other} already has ${person.upn}`);
    upns.set(person.upn.toLowerCase(), key);
    if (person.account !== 'guest' && !company.domains.some((each) => each.name === domain)) {
      problems.push(`${place}/upn: the company has no domain ${domain}; it has ${company.domains.map((each) => each.name).join(', ')}`);
    }
    if (person.account === 'federated' && !federated.includes(domain)) {
      problems.push(`${place}/account: "federated" needs a domain in /company/domains with "authentication": "Federated" and a upn in it`);
    }
    if (person.account === 'ordinary' && (person.roles.length > 0 || person.eligibleRoles.length > 0)) {
      problems.push(`${place}/roles: an ordinary account holds no directory role; say "account": "privileged"`);
    }
    if (person.slack === 'none' && person.slackAccounts > 1) {
      problems.push(`${place}/slackAccounts: ${key} has no Slack account at all`);
    }
  }
  return problems;
}

const CAN_BE_DEFAULT: readonly MethodKind[] = ['authenticator', 'phone', 'softwareOath'];

function methods({ people }: Scenario): string[] {
  const problems: string[] = [];
  for (const [key, person] of Object.entries(people)) {
    const chosen = person.methods.filter((method) => method.default === true);
    if (chosen.length > 1) problems.push(`/people/${key}/methods: only one of them can be the default`);
    person.methods.forEach(({ kind, default: first }, index) => {
      if (first === true && !CAN_BE_DEFAULT.includes(kind)) {
        problems.push(
          `/people/${key}/methods/${index}/default: a method of kind ${kind} is never the default; ${CAN_BE_DEFAULT.join(', ')} can be`,
        );
      }
    });
  }
  return problems;
}

function times(scenario: Scenario): string[] {
  const { attacker, staff } = scenario;
  const reports = (except: StaffAction | null): number => staff.actions.filter((act) => act !== except && act.do === 'report').length;
  return [
    ...attacker.actions.flatMap((act, index) =>
      act.everyMs === 0 ? [`/attacker/actions/${index}/every: expected a length of time above 0`] : [],
    ),
    ...cuesOf(scenario).flatMap(({ place, cue }) => {
      if (cue.kind !== 'at' && cue.of === '')
        return [`${place}/after: say "of" whom; nobody is reported in this scenario, and nobody attacked`];
      // An action that waits for a report no one makes would never end.
      const own = staff.actions.find((act) => act.cue === cue) ?? null;
      return cue.kind === 'after' && cue.fact === 'reported' && reports(own) === 0
        ? [`${place}/after: nobody reports anything in this scenario`]
        : [];
    }),
  ];
}

function slack({ people, staff }: Scenario): string[] {
  return staff.actions.flatMap((act, index) => {
    const place = `/staff/actions/${index}`;
    if (isAtTheScreen(act)) return noSuchAccount(act, people[act.person], place);
    if (act.do !== 'report') return [];
    const problems: string[] = [];
    if (people[act.person]?.slack === 'none') problems.push(`${place}/person: ${act.person} has no Slack account to report with`);
    if (act.about !== null && people[act.about]?.slack === 'none') {
      problems.push(`${place}/about: ${act.about} has no Slack account to be picked in the form`);
    }
    return problems;
  });
}

const isAtTheScreen = (act: StaffAction): act is ScreenAction => 'account' in act;

function noSuchAccount({ person, account }: ScreenAction, line: Scenario['people'][string] | undefined, place: string): string[] {
  if (line === undefined) return [];
  if (line.slack === 'none') return [`${place}/person: ${person} has no Slack account to decide with`];
  return account > line.slackAccounts
    ? [
        `${place}/account: ${person} has ${line.slackAccounts === 1 ? 'one Slack account' : `${line.slackAccounts} Slack accounts`}; say "slackAccounts" in /people/${person}`,
      ]
    : [];
}

function decisions({ staff }: Scenario): string[] {
  return staff.actions.flatMap((act, index) => {
    const place = `/staff/actions/${index}`;
    const problems: string[] = [];
    if ('about' in act && act.about === '')
      problems.push(`${place}/about: say whose case it is; nobody is reported in this scenario, and nobody attacked`);
    if (act.do === 'removeMethod' && !staff.actions.some((other) => other.do === 'work' && other.person === act.person)) {
      problems.push(`${place}: ${act.person} has no session to do it with; an act "work" of theirs would give them one`);
    }
    if ('member' in act && act.member === '') problems.push(`${place}: "member" is missing`);
    if (act.do === 'change' && act.tick.length + act.untick.length === 0) {
      problems.push(`${place}: "tick" or "untick" is missing`);
    }
    return problems;
  });
}
