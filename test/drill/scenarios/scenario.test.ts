import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BadScenario, DEFAULT_SCENARIO, loadScenario, parseScenario } from '../../../drill/scenarios/scenario.ts';
import { lengthMs, sayLength } from '../../../drill/scenarios/times.ts';

const FOLDER = fileURLToPath(new URL('../../../drill/scenarios/', import.meta.url));
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json') && name !== 'schema.json');

const problemsOf = (written: unknown): readonly string[] => {
  try {
    parseScenario(written);
    return [];
  } catch (error) {
    if (error instanceof BadScenario) return error.problems;
    throw error;
  }
};

const small = { name: 'small', story: 'Nothing happens.', people: { ana: {} } };

describe('a scenario file', () => {
  it.each(files)('%s can be played, and is named as its file', (file) => {
    expect(`${loadScenario(`${FOLDER}${file}`).name}.json`).toBe(file);
  });

  it('of three lines is enough', () => {
    const { people, company, timeScale, expect: expected } = parseScenario(small);
    expect(people['ana']).toMatchObject({
      upn: 'ana@contoso.example',
      account: 'ordinary',
      methods: [{ kind: 'authenticator' }, { kind: 'phone' }],
    });
    expect(company.breakGlass.map((key) => people[key]?.account)).toEqual(['protected', 'protected']);
    expect(company.approvers.every((key) => people[key]?.inResponderChannel)).toBe(true);
    expect(timeScale).toBeGreaterThan(1);
    expect(expected).toEqual({});
  });

  it('keeps people who are written over the ones that are added', () => {
    const { people } = parseScenario({ ...small, people: { quinn: { account: 'ordinary', name: 'Quinn Retired' } } });
    expect(people['quinn']).toMatchObject({ name: 'Quinn Retired', roles: [] });
    expect(people['olga']?.roles).toEqual(['Global Administrator']);
  });

  it('is told everything that is wrong with it at once, with the place and what may stand there', () => {
    const problems = problemsOf({
      name: 'Big Name',
      people: { ana: { account: 'king' } },
      attacker: { actions: [{ do: 'fly', person: 'ana', at: '1 hour' }] },
      faults: [
        { in: 'moon' },
        { in: 'tenant', kind: 'status' },
        { in: 'tenant', kind: 'pages' },
        { in: 'tenant', kind: 'odd-field' },
        { in: 'tenant', kind: 'reset', retryAfter: 5 },
      ],
      surplus: 1,
    });
    expect(problems).toEqual(
      expect.arrayContaining([
        '/: "surplus" is not known here',
        '/: "story" is missing',
        '/people/ana/account: expected one of ordinary, privileged, protected, guest, synced, federated, restricted',
        '/faults/0/in: expected one of tenant, workspace, process',
        '/faults/1: "status" is missing',
        '/faults/2: "size" is missing',
        '/faults/3: "field" is missing',
        '/faults/4/retryAfter: means nothing for this kind',
      ]),
    );
    expect(problems.some((problem) => problem.startsWith('/name:'))).toBe(true);
    expect(problems.some((problem) => problem.startsWith('/attacker/actions/0/do: expected one of signIn'))).toBe(true);
    expect(problems.some((problem) => problem.startsWith('/attacker/actions/0/at:'))).toBe(true);
  });

  it('may only name people who are there', () => {
    const problems = problemsOf({
      ...small,
      attacker: { knowsPasswordOf: ['zed'] },
      staff: { actions: [{ do: 'report', person: 'yan' }] },
    });
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('/attacker/knowsPasswordOf/0: nobody here is called "zed"; there are');
    expect(problems[1]).toContain('/staff/actions/0/person');
  });

  it.each([
    ['two people with one address', { people: { ana: { upn: 'kim@contoso.example' } } }],
    ['an account in a domain the company does not have', { people: { ana: { upn: 'ana@elsewhere.example' } } }],
    ['a federated account in a managed domain', { people: { ana: { account: 'federated' } } }],
    ['an ordinary account with a role', { people: { ana: { roles: ['User Administrator'] } } }],
    ['an action after a report that no one makes', { attacker: { actions: [{ do: 'signIn', person: 'ana', after: 'reported' }] } }],
    ['an action repeated without a pause', { attacker: { actions: [{ do: 'signIn', person: 'ana', every: '0s' }] } }],
    ['a report by a person without Slack', { people: { ana: { slack: 'none' } }, staff: { actions: [{ do: 'report', person: 'ana' }] } }],
    ['a fault of a call that the tenant does not have', { faults: [{ in: 'tenant', operation: 'user.disabel', kind: 'reset' }] }],
    ['a field that means nothing to its act', { staff: { actions: [{ do: 'hold', person: 'kim', about: 'ana', code: 'wrong' }] } }],
    ['a decision about no one', { staff: { actions: [{ do: 'approve', person: 'kim' }] } }],
    ['a decision by a person without Slack', { staff: { actions: [{ do: 'approve', person: 'glass-1', about: 'ana' }] } }],
    ['a second Slack account that no one has', { staff: { actions: [{ do: 'approve', person: 'kim', about: 'ana', account: 2 }] } }],
    ['a change that changes nothing', { staff: { actions: [{ do: 'change', person: 'kim', about: 'ana' }] } }],
    ['a member who is not named', { staff: { actions: [{ do: 'joinGroup', person: 'olga' }] } }],
    [
      'a fact about a person who is not there',
      { faults: [{ in: 'process', kind: 'kill-engine', after: { prompt: 'eradication', of: 'zed' } }] },
    ],
    ['a pass that an attacker adds', { attacker: { actions: [{ do: 'addMethod', person: 'ana', method: { kind: 'tap' } }] } }],
    [
      'two default methods',
      {
        people: {
          ana: {
            methods: [
              { kind: 'phone', default: true },
              { kind: 'authenticator', default: true },
            ],
          },
        },
      },
    ],
    ['a default method of a kind that never is', { people: { ana: { methods: [{ kind: 'fido2', default: true }] } } }],
    [
      'a prompt of a group that there is not',
      { staff: { actions: [{ do: 'approve', person: 'kim', about: 'ana', after: { prompt: 'cleanup' } }] } },
    ],
    ['a cut of a step that there is not', { faults: [{ in: 'process', kind: 'kill-worker', cut: 'before-the-call', step: 'x' }] }],
    ['a kind of kill that there is not', { faults: [{ in: 'process', kind: 'kill-slack' }] }],
    ['a step where a server is killed', { faults: [{ in: 'process', kind: 'kill-database', step: 'x' }] }],
    [
      'an action after a call that the tenant does not have',
      { attacker: { actions: [{ do: 'signIn', person: 'ana', after: { operation: 'user.block' } }] } },
    ],
  ])('is refused for %s', (_what, part) => {
    expect(problemsOf({ ...small, ...part })).toHaveLength(1);
  });

  it('that is missing or no JSON is refused in words', () => {
    expect(() => loadScenario('/nowhere/at-all.json')).toThrow(/there is no such file: give the path/);
    expect(() => loadScenario(fileURLToPath(import.meta.url))).toThrow(/is not JSON/);
  });

  it('acts with times of its own, or after a fact', () => {
    const { attacker } = parseScenario({
      ...small,
      attacker: {
        actions: [
          { do: 'signIn', person: 'ana', at: '90s' },
          { do: 'refresh', person: 'ana', after: { operation: 'user.disable', phase: 'effect' } },
          { do: 'signIn', person: 'ana', after: 'blocked', wait: '10m', every: '20m' },
        ],
      },
    });
    expect(attacker.actions.map((act) => act.cue)).toEqual([
      { kind: 'at', atMs: 90_000 },
      { kind: 'call', operation: 'user.disable', phase: 'effect', occurrence: 1, of: 'ana', waitMs: 0 },
      { kind: 'after', fact: 'blocked', of: 'ana', waitMs: 600_000 },
    ]);
    expect(attacker.actions[2]).toMatchObject({ everyMs: 1_200_000, times: Number.POSITIVE_INFINITY });
  });

  it('lets people decide, about the first person who is reported unless it says otherwise', () => {
    const { staff, company, people } = parseScenario({
      ...small,
      company: { policy: { twoApprovers: ['eradication'] } },
      people: {
        ana: { methods: [{ kind: 'phone' }, { kind: 'authenticator', default: true }, { kind: 'tap' }] },
        kim: { slackAccounts: 2 },
      },
      staff: {
        actions: [
          { do: 'report', person: 'ana', at: '8m' },
          { do: 'approve', person: 'kim', after: { prompt: 'eradication' } },
          { do: 'approve', person: 'kim', account: 2, group: 'undo', code: 'older', times: 2, formOpenFor: '45m', oldPrompt: true },
          { do: 'change', person: 'lee', untick: ['Pixel 4'], after: { prompt: 'eradication', state: 'approval needed', revision: 2 } },
          { do: 'hold', person: 'mia', after: 'contained', reason: 'Wait.' },
          { do: 'resume', person: 'mia', after: { card: 'on hold' }, as: 'attacker', letIn: true },
          { do: 'leaveGroup', person: 'olga', member: 'kim', after: { operation: 'groups.transitiveMemberOf' } },
          { do: 'enableManually', person: 'olga', about: 'kim', after: 'blocked' },
          { do: 'work', person: 'ana', with: 'key', from: { country: 'FR' } },
          { do: 'removeMethod', person: 'ana', method: { kind: 'tap' } },
          { do: 'removeMethodManually', person: 'olga', after: 'blocked' },
        ],
      },
    });
    expect(company.policy.twoApprovers).toEqual(['eradication']);
    expect(people['kim']?.slackAccounts).toBe(2);
    expect(staff.actions.slice(1)).toMatchObject([
      {
        do: 'approve',
        about: 'ana',
        group: 'eradication',
        code: 'right',
        account: 1,
        times: 1,
        cue: { kind: 'prompt', group: 'eradication', state: null, revision: 1, of: 'ana' },
      },
      { group: 'undo', account: 2, code: 'older', times: 2, formOpenForMs: 2_700_000, oldPrompt: true },
      { tick: [], untick: ['Pixel 4'], cue: { state: 'approval needed', revision: 2 } },
      { about: 'ana', reason: 'Wait.', cue: { kind: 'after', fact: 'contained', of: 'ana' } },
      { as: 'attacker', letIn: true, cue: { kind: 'card', text: 'on hold', of: 'ana' } },
      { member: 'kim', cue: { kind: 'call', operation: 'groups.transitiveMemberOf', of: 'kim' } },
      { about: 'kim', cue: { fact: 'blocked', of: 'kim' } },
      { with: 'key', from: { country: 'FR', city: 'Utrecht' } },
      { method: { kind: 'tap' } },
      { about: 'ana', method: { kind: 'phone' } },
    ]);
    expect(staff.actions.some((act) => act.do === 'resume' && act.reason !== '')).toBe(true);
  });

  it('played when none is named tells the whole story', () => {
    const { staff, attacker, expect: expected } = loadScenario(DEFAULT_SCENARIO);
    expect(staff.actions.some((act) => act.do === 'report')).toBe(true);
    expect(attacker.actions.map((act) => act.do)).toEqual(expect.arrayContaining(['signIn', 'addMethod', 'addInboxRule', 'refresh']));
    expect(expected).toMatchObject({ outcome: 'contained', attackerOut: true });
  });
});

describe('a length of time', () => {
  it.each([
    ['0', 0],
    ['90s', 90_000],
    ['19m', 1_140_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['8d', 8 * 86_400_000],
  ])('%s is %d ms', (text, ms) => expect(lengthMs(text)).toBe(ms));

  it.each([
    [40_000, '40 s'],
    [1_140_000, '19 min'],
    [6_600_000, '1 h 50 min'],
    [7_200_000, '2 h'],
    [8 * 86_400_000 + 3 * 3_600_000, '8 d 3 h'],
  ])('%d ms is said %s', (ms, words) => expect(sayLength(ms)).toBe(words));
});
