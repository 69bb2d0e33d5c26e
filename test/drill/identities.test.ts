import { expect, it } from 'vitest';
import { identitiesOf } from '../../drill/identities.ts';
import { parseScenario } from '../../drill/scenarios/scenario.ts';

const castWith = (people: Readonly<Record<string, unknown>>) =>
  identitiesOf(parseScenario({ name: 'cast', story: 'x', people: { ana: {}, ...people } }), 'run', { reader: '', actor: '' });

it('a person with two Slack accounts is the same person twice in the operator’s table, and in the channel with both', () => {
  const { slack, peopleTable, slackIdOf, slackIdsOf, objectIdOf } = castWith({ kim: { slackAccounts: 2 } });
  const ids = slackIdsOf('kim');
  expect(ids).toEqual([slackIdOf('kim'), slackIdOf('kim', 2)]);
  expect(new Set(ids).size).toBe(2);
  expect(peopleTable.filter((line) => ids.includes(line.slackUser)).map((line) => line.objectId)).toEqual([
    objectIdOf('kim'),
    objectIdOf('kim'),
  ]);
  expect(slack.channels[0]?.members).toEqual(expect.arrayContaining([...ids]));
  const emails = slack.people.map(({ email }) => email);
  expect(new Set(emails).size).toBe(emails.length);
});

it('a guest of the workspace is one with every account', () => {
  const { slack, slackIdsOf } = castWith({ gus: { slack: 'guest', slackAccounts: 2 } });
  const guests = slack.people.filter(({ restricted }) => restricted === true).map(({ id }) => id);
  expect(guests).toEqual(slackIdsOf('gus'));
  expect(castWith({ gus: { slack: 'none' } }).slackIdsOf('gus')).toEqual([]);
});

it('the default method is the one that says so, else the first when it can be that', () => {
  const defaultsOf = (methods: readonly unknown[]) =>
    castWith({ ana: { methods } })
      .company.people.find(({ key }) => key === 'ana')
      ?.methods.map((method) => method.default === true);
  expect(defaultsOf([{ kind: 'phone' }, { kind: 'authenticator', default: true }])).toEqual([false, true]);
  expect(defaultsOf([{ kind: 'phone' }, { kind: 'authenticator' }])).toEqual([true, false]);
  expect(defaultsOf([{ kind: 'fido2' }, { kind: 'phone' }])).toEqual([false, false]);
  expect(defaultsOf([{ kind: 'tap' }, { kind: 'softwareOath', default: true }])).toEqual([false, true]);
});
