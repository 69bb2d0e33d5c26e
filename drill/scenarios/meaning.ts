// What a schema cannot say: people who are named must exist, an act needs what
// it acts with, an account cannot be two sorts at once.
import { operationNames } from '../tenant/route.ts';
import type { Cue, Scenario } from './types.ts';

/** Every contradiction of a scenario, in words, each with its place. */
export function problemsOfMeaning(scenario: Scenario): string[] {
  return [...unknownPeople(scenario), ...unknownOperations(scenario), ...sorts(scenario), ...times(scenario), ...slack(scenario)];
}

function unknownPeople(scenario: Scenario): string[] {
  const known = Object.keys(scenario.people);
  const named: [string, string | null | undefined][] = [
    ...scenario.company.approvers.map((key, index): [string, string] => [`/company/approvers/${index}`, key]),
    ...scenario.company.breakGlass.map((key, index): [string, string] => [`/company/breakGlass/${index}`, key]),
    ...scenario.intruder.knowsPasswordOf.map((key, index): [string, string] => [`/intruder/knowsPasswordOf/${index}`, key]),
    ...scenario.intruder.acts.map((act, index): [string, string] => [`/intruder/acts/${index}/person`, act.person]),
    ...Object.keys(scenario.staff.prompts).map((key): [string, string] => [`/staff/prompts/${key}`, key]),
    ...scenario.staff.acts.map((act, index): [string, string] => [`/staff/acts/${index}/person`, act.person]),
    ...scenario.staff.acts.map((act, index): [string, string | null] => [
      `/staff/acts/${index}/about`,
      act.do === 'report' ? act.about : null,
    ]),
    ...scenario.faults.map((fault, index): [string, string | undefined] => [
      `/faults/${index}/person`,
      fault.in === 'workspace' ? undefined : fault.person,
    ]),
  ];
  return named
    .filter(([, key]) => key !== null && key !== undefined && !known.includes(key))
    .map(([place, key]) => `${place}: nobody here is called "${key}"; there are ${known.join(', ')}`);
}

/** A name that the tenant does not have would be waited for in silence: the fault, or the act after it, would never come. */
function unknownOperations({ faults, intruder, staff }: Scenario): string[] {
  const known = operationNames();
  const cues = (acts: readonly { readonly cue: Cue }[], place: string): [string, string | undefined][] =>
    acts.map(({ cue }, index) => [`${place}/${index}/after/operation`, cue.kind === 'call' ? cue.operation : undefined]);
  const named: [string, string | undefined][] = [
    ...faults.map((fault, index): [string, string | undefined] => [
      `/faults/${index}/operation`,
      fault.in === 'tenant' ? fault.operation : undefined,
    ]),
    ...cues(intruder.acts, '/intruder/acts'),
    ...cues(staff.acts, '/staff/acts'),
  ];
  return named
    .filter(([, name]) => name !== undefined && !known.includes(name))
    .map(([place, name]) => `${place}: the tenant has no operation "${name}"; it has ${known.join(', ')}`);
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
  }
  return problems;
}

function times({ intruder, staff }: Scenario): string[] {
  const problems: string[] = [];
  intruder.acts.forEach((act, index) => {
    if (act.everyMs === 0) problems.push(`/intruder/acts/${index}/every: expected a length of time above 0`);
    problems.push(...unheard(act.cue, `/intruder/acts/${index}`, staff.acts.length));
  });
  staff.acts.forEach((act, index) => {
    const others = staff.acts.filter((other, place) => place !== index && other.do === 'report').length;
    problems.push(...unheard(act.cue, `/staff/acts/${index}`, others));
  });
  return problems;
}

/** An act that waits for a report nobody makes would wait for ever. */
function unheard(cue: Cue, place: string, reports: number): string[] {
  return cue.kind === 'after' && cue.fact === 'reported' && reports === 0
    ? [`${place}/after: nobody reports anything in this scenario`]
    : [];
}

function slack({ people, staff }: Scenario): string[] {
  return staff.acts.flatMap((act, index) => {
    if (act.do !== 'report') return [];
    const problems: string[] = [];
    if (people[act.person]?.slack === 'none')
      problems.push(`/staff/acts/${index}/person: ${act.person} has no Slack account to report with`);
    if (act.about !== null && people[act.about]?.slack === 'none') {
      problems.push(`/staff/acts/${index}/about: ${act.about} has no Slack account to be picked in the form`);
    }
    return problems;
  });
}
