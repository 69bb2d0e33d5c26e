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

  it('give the Slack app no credential of Microsoft, and the worker none of Slack', () => {
    expect(settingsFor('slack-app').filter((name) => /READER|ACTOR|AZURE|GRAPH|PAGER|TEMPORAL/.test(name))).toEqual([]);
    expect(settingsFor('worker').filter((name) => /SLACK_.*TOKEN/.test(name))).toEqual([]);
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
