import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { durationsAt } from '../../cli/drill-product.ts';
import { exampleFile } from '../../config/example.ts';
import { loadSettings, SettingsError, settingsFor } from '../../config/load.ts';
import { loadPolicy } from '../../config/policy-file.ts';
import { DEFAULT_DURATIONS } from '../../domain/policy.ts';

const problemsOf = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map((problem) => problem.name);
    throw error;
  }
  return [];
};

describe('settings', () => {
  it('name everything that is missing or wrong at once, each with an example', () => {
    const env = { UNAPPROVE_TENANT_ID: 'contoso', TEMPORAL_ADDRESS: 'here', GRAPH_BASE_URL: 'http://graph.example.com' };
    const names = ['UNAPPROVE_TENANT_ID', 'TEMPORAL_ADDRESS', 'GRAPH_BASE_URL', 'DATABASE_URL'] as const;
    expect(problemsOf(() => loadSettings(names, env))).toEqual([...names]);
    expect(() => loadSettings(names, env)).toThrow(/UNAPPROVE_TENANT_ID is wrong: expected an id like/);
    expect(() => loadSettings(names, env)).toThrow(/DATABASE_URL is not set.*Example: DATABASE_URL=postgresql:/);
  });

  it('never repeat a value, which may be a secret', () => {
    const secret = 'a-token-that-must-not-be-seen';
    expect(() => loadSettings(['SLACK_BOT_TOKEN'], { SLACK_BOT_TOKEN: secret })).toThrow(SettingsError);
    expect(() => loadSettings(['SLACK_BOT_TOKEN'], { SLACK_BOT_TOKEN: secret })).not.toThrow(secret);
  });

  it('treat an empty value like a missing one', () => {
    expect(problemsOf(() => loadSettings(['SLACK_TEAM_ID'], { SLACK_TEAM_ID: ' ' }))).toEqual(['SLACK_TEAM_ID']);
  });

  it.each(['UNAPPROVE_PAGER_URL', 'SLACK_API_URL', 'GRAPH_BASE_URL', 'AZURE_AUTHORITY_HOST'] as const)(
    'refuse to send anything in the clear to another machine (%s)',
    (name) => {
      for (const address of [
        'http://events.example.com/',
        'http://localhost.example.com/',
        'http://127.0.0.1@example.com/',
        'http://127.0.0.1.example.com/',
        'http://10.0.0.5/',
        'http://0.0.0.0/',
        'ftp://localhost/',
        'events.example.com',
      ]) {
        expect(
          problemsOf(() => loadSettings([name], { [name]: address })),
          address,
        ).toEqual([name]);
      }
      expect(problemsOf(() => loadSettings([name], { [name]: 'https://events.example.com/' }))).toEqual([]);
    },
  );

  it.each(['http://127.0.0.1:8080', 'http://localhost:8080/', 'http://[::1]:8080/'])('take %s, which stays on this machine', (address) => {
    const env = { UNAPPROVE_PAGER_URL: address, SLACK_API_URL: address };
    expect(problemsOf(() => loadSettings(['UNAPPROVE_PAGER_URL', 'SLACK_API_URL'], env))).toEqual([]);
  });

  it('give the Slack app no credential of Microsoft, and the worker none of Slack', () => {
    expect(settingsFor('slack-app').filter((name) => /READER|ACTOR|AZURE|GRAPH|PAGER|TEMPORAL/.test(name))).toEqual([]);
    expect(settingsFor('worker').filter((name) => /SLACK_.*TOKEN/.test(name))).toEqual([]);
  });

  it.each([
    ['postgresql://role:pw@/db?host=/var/run/postgresql'],
    ['postgresql:///db?host=/var/run/postgresql&user=role&password=pw'],
    ['postgresql://role:pw@%2Fvar%2Frun%2Fpostgresql/db'],
    ['postgres://role:p%40ss%2Fw%23rd@db.example.com:5432/unapprove?sslmode=verify-full'],
    ['postgresql://role:pw@[::1]:5432/db'],
  ])('take the address of a database %s', (address) => {
    expect(loadSettings(['DATABASE_URL'], { DATABASE_URL: address })).toEqual({ DATABASE_URL: address });
  });

  it.each([
    ['an unencoded @, slash and hash in the password', 'postgresql://role:p@ss/w#rd@127.0.0.1:5432/db'],
    ['an unencoded hash', 'postgresql://role:p#ss@127.0.0.1:5432/db'],
    ['an unencoded slash', 'postgresql://role:1/ss@127.0.0.1:5432/db'],
    ['an unencoded question mark', 'postgresql://role:1?ss@127.0.0.1:5432/db'],
    ['an unencoded per cent sign', 'postgresql://role:100%ss@127.0.0.1:5432/db'],
    ['a space', 'postgresql://role:p ss@127.0.0.1:5432/db'],
    ['no database', 'postgresql://role:pw@127.0.0.1:5432'],
    ['another protocol', 'mysql://role:pw@127.0.0.1:5432/db'],
    ['several hosts', 'postgresql://role:pw@one:5432,two:5432/db'],
  ])('refuse the address of a database with %s, and say how to write it', (_, address) => {
    const read = () => loadSettings(['DATABASE_URL'], { DATABASE_URL: address });
    expect(read).toThrow(/DATABASE_URL is wrong: expected an address like .* @ is %40, \/ is %2F, # is %23/);
    expect(read).not.toThrow(/ss@|p@ss|w#rd/);
  });

  it('take ids in capitals', () => {
    const id = '3F2A9C10-5B7E-4D21-8A64-0C9E1F7B2D35';
    const names = ['UNAPPROVE_TENANT_ID', 'UNAPPROVE_BREAK_GLASS_IDS'] as const;
    expect(loadSettings(names, { UNAPPROVE_TENANT_ID: id, UNAPPROVE_BREAK_GLASS_IDS: `${id}, ${id}` })).toEqual({
      UNAPPROVE_TENANT_ID: id.toLowerCase(),
      UNAPPROVE_BREAK_GLASS_IDS: [id.toLowerCase(), id.toLowerCase()],
    });
  });

  it('stand in .env.example word for word', async () => {
    expect(await readFile(join(import.meta.dirname, '..', '..', '.env.example'), 'utf8')).toBe(exampleFile());
  });
});

describe('the policy file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unapprove-test-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const policyOf = async (content: string) => {
    const file = join(folder, 'policy.json');
    await writeFile(file, content);
    return loadPolicy(file);
  };

  it('changes only the durations it names', async () => {
    const { durations } = await policyOf('{"durations": {"askAgainMs": 5000}}');
    expect(durations).toEqual({ ...DEFAULT_DURATIONS, askAgainMs: 5000 });
  });

  it.each([
    ['as it comes', '{}', 5_000],
    ['raised', '{"durations": {"readPlanMs": 60000}}', 60_000],
    ['with plans that live longer', '{"durations": {"planLifeMs": 36000000}}', 5_000],
    ['scaled with the life of a plan', '{"durations": {"planLifeMs": 18000, "readPlanMs": 25}}', 25],
  ])('says how long a plan is read: %s', async (_, content, readPlanMs) => {
    expect((await policyOf(content)).durations).toMatchObject({ readPlanMs });
  });

  it.each([1, 10, 180, 200, 600, 5_000])('takes the durations of a drill that is played %i times as fast', async (timeScale) => {
    const durations = durationsAt(timeScale);
    expect((await policyOf(JSON.stringify({ durations }))).durations).toMatchObject(durations);
  });

  it.each([
    ['{"durations": {"readPlanMs": 4999}}', /expected at least 5000 .* got 4999/],
    ['{"durations": {"planLifeMs": 36000000, "readPlanMs": 4999}}', /expected at least 5000/],
    ['{"durations": {"planLifeMs": 18000, "readPlanMs": 24}}', /expected at least 25/],
  ])('does not let a plan be read faster: %s', async (content, words) => {
    await expect(policyOf(content)).rejects.toThrow(words);
  });

  it.each([
    ['a duration that does not exist', '{"durations": {"coffeeMs": 1}}', /coffeeMs/],
    ['a duration that is no number of milliseconds', '{"durations": {"askAgainMs": "soon"}}', /askAgainMs/],
    ['something that is not JSON', 'durations: 5', /cannot be read as JSON/],
  ])('refuses %s, in words', async (_, content, words) => {
    await expect(policyOf(content)).rejects.toThrow(words);
  });

  it('may be absent', async () => {
    expect((await loadPolicy(null)).durations).toEqual(DEFAULT_DURATIONS);
  });
});
