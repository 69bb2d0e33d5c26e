import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { escapeIdentifier } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { ANA, practice, RESPONDERS, TEAM } from './practice.ts';

const company = await practice();
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

const complete = (): Record<string, string> => ({
  SLACK_DATABASE_URL: company.settings.databaseUrl,
  SLACK_API_URL: company.settings.apiUrl,
  SLACK_BOT_TOKEN: company.settings.botToken,
  SLACK_APP_TOKEN: company.settings.appToken,
  SLACK_TEAM_ID: TEAM,
  SLACK_RESPONDER_CHANNEL: RESPONDERS,
  UNAPPROVE_CALL_BACK_NUMBER: company.settings.callBackNumber,
  UNAPPROVE_KEYS: company.settings.keys,
});

interface Ran {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<number | null>;
}

function run(settings: Record<string, string>): Ran {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('../../slack-app/main.ts', import.meta.url))], {
    env: { PATH: process.env['PATH'] ?? '', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const heard = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.err += text));
  return { child, out: () => heard.out, err: () => heard.err, ended: once(child, 'close').then(() => child.exitCode) };
}

describe('the Slack app as a process', () => {
  it('says when it is ready, takes a report, shows a case, and ends cleanly when told to', async () => {
    const app = run(complete());
    await expect.poll(app.out, { timeout: 20_000 }).toContain('"ready":"slack-app"');
    const modal = await company.workspace.as(ANA.slackId).openShortcut('report_sign_in');
    modal.fill({ blockId: 'what', actionId: 'what', option: 'approved' });
    modal.fill({ blockId: 'reach', actionId: 'reach', value: 'the blue telephone' });
    expect(await modal.submit()).toMatchObject({ kind: 'updated' });
    const one = await company.openCase();
    await expect.poll(() => company.workspace.messages(RESPONDERS).length, { timeout: 10_000 }).toBe(1);

    app.child.kill('SIGTERM');
    expect(await app.ended).toBe(0);
    expect(app.out().trim().split('\n')).toHaveLength(1);
    const logged = app.err();
    expect(logged).toContain(one.id);
    for (const secret of [company.settings.botToken, company.settings.appToken, 'the blue telephone', ANA.name, 'PRIVATE KEY']) {
      expect(logged).not.toContain(secret);
    }
  });

  it.each([
    ['the password of its role is wrong', (url: URL) => (url.password = 'another'), 'LEDGER_UNAVAILABLE', /password/],
    ['the database does not exist', (url: URL) => (url.pathname = '/nowhere'), 'LEDGER_UNAVAILABLE', /nowhere/],
    ['the database does not answer', (url: URL) => (url.port = '9'), 'LEDGER_UNAVAILABLE', /record/],
  ])('is not ready when %s, says so, and stops when told to', async (_name, change, code, problem) => {
    const url = new URL(company.settings.databaseUrl);
    change(url);
    const app = run({ ...complete(), SLACK_DATABASE_URL: url.href });
    await expect.poll(app.err, { timeout: 20_000 }).toContain('"event":"not-ready"');
    const said =
      app
        .err()
        .split('\n')
        .find((line) => line.includes('"event":"not-ready"')) ?? '';
    expect(said).toContain(`"code":"${code}"`);
    expect(said).toMatch(problem);
    expect(said).toContain('Check SLACK_DATABASE_URL');
    expect(app.out()).toBe('');
    app.child.kill('SIGTERM');
    expect(await app.ended).toBe(0);
  });

  it('is not ready while its role may not put reports into the inbox, and is once it may', async () => {
    const role = escapeIdentifier(new URL(company.settings.databaseUrl).username);
    await company.prisma.$executeRawUnsafe(`REVOKE INSERT ON inbox FROM ${role}`);
    const app = run(complete());
    await expect.poll(app.err, { timeout: 20_000 }).toContain('INSERT on inbox');
    expect(app.out()).toBe('');
    await company.prisma.$executeRawUnsafe(`GRANT INSERT ON inbox TO ${role}`);
    await expect.poll(app.out, { timeout: 20_000 }).toContain('"ready":"slack-app"');
  });

  it.each([
    ['a setting is missing', () => ({ ...complete(), SLACK_TEAM_ID: '' }), 'SLACK_TEAM_ID'],
    ['the token belongs to another workspace', () => ({ ...complete(), SLACK_TEAM_ID: 'T0OTHER' }), 'belongs to the workspace'],
    ['there are no keys', () => ({ ...complete(), UNAPPROVE_KEYS: '/nowhere/keys' }), 'unapprove keys init'],
  ])('ends with 2 and a sentence when %s', async (_name, settings, sentence) => {
    const app = run(settings());
    expect(await app.ended).toBe(2);
    expect(app.err()).toContain(sentence);
    expect(app.err()).not.toContain('at file:');
    expect(app.out()).toBe('');
  });
});
