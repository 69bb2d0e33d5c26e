// Time from "Send report" to Slack's acknowledgement while Temporal is down and no
// worker delivers. Each report must still be in the inbox. The exit code is 1 when
// the limit is missed.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorkspace } from '../drill/slack/start.ts';
import { initKeys } from '../inbox/keys.ts';
import { openInbox } from '../inbox/store.ts';
import { grantLogin } from '../ledger/database-roles.ts';
import { plainEnvironment, startChild } from '../tools/children.ts';
import { applyMigrations } from '../tools/migrate.ts';
import { createDatabase, dropDatabase, openPostgres } from '../tools/postgres.ts';
import { endOnSignals, stopEverything } from '../tools/shutdown.ts';

const P99_MS = 1000;
const REPORTS = Number(process.env['BENCH_REPORTS'] ?? 300);
const AT_ONCE = 5;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

endOnSignals();
const folder = await mkdtemp(join(tmpdir(), 'unapprove-bench-'));
const postgres = await openPostgres({ stateDir: join(import.meta.dirname, '..', '.unapprove', 'bench'), onProgress: say });
const name = `unapprove_ack_${randomBytes(4).toString('hex')}`;
try {
  const adminUrl = await createDatabase(postgres.adminUrl, name);
  await applyMigrations(adminUrl);
  const databaseUrl = await grantLogin(adminUrl, randomBytes(18).toString('hex'), 'slack');
  const times = await measure(databaseUrl);
  const inbox = openInbox({ databaseUrl: adminUrl });
  const waiting = await inbox.waiting();
  await inbox.close();
  const at = (share: number): number => times[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)] ?? Number.NaN;
  process.stdout.write(`report sent → acknowledged, Temporal not running, ${times.length} reports, ${AT_ONCE} at a time\n`);
  process.stdout.write(
    `  p50 ${at(0.5).toFixed(0)} ms   p99 ${at(0.99).toFixed(0)} ms  (below ${P99_MS})   in the inbox: ${waiting} of ${REPORTS}\n`,
  );
  process.exitCode = at(0.99) < P99_MS && waiting === REPORTS ? 0 : 1;
} finally {
  await dropDatabase(postgres.adminUrl, name).catch((error: unknown) => say(String(error)));
  await postgres.stop();
  await stopEverything();
  await rm(folder, { recursive: true, force: true });
}

/** @returns milliseconds of each acknowledgement, shortest first */
async function measure(databaseUrl: string): Promise<number[]> {
  const people = Array.from({ length: AT_ONCE }, (_, index) => `U0BENCH${index}`);
  const [botUserId, channel] = ['U0BOT', 'C0RESPONDERS'];
  const tokens = { botToken: `xoxb-bench-${randomUUID()}`, appToken: `xapp-bench-${randomUUID()}` };
  const workspace = await startWorkspace({
    team: { id: 'T0BENCH', domain: 'drill-bench', name: 'Bench' },
    appId: 'A0BENCH',
    botUserId,
    ...tokens,
    people: people.map((id) => ({ id, name: id.toLowerCase(), realName: id })),
    channels: [{ id: channel, name: 'responders', private: true, members: [botUserId] }],
    seed: 5,
    rateScale: 1000,
  });
  const keys = join(folder, 'keys');
  await initKeys(keys);
  let ready: () => void = () => undefined;
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const child = await startChild({
    name: 'slack-app',
    file: process.execPath,
    args: ['--import', 'tsx', join(import.meta.dirname, '..', 'slack-app', 'main.ts')],
    logFile: join(folder, 'slack-app.log'),
    onLine: (line) => line.startsWith('{"ready"') && ready(),
    env: {
      ...plainEnvironment(),
      UNAPPROVE_HOME: folder,
      UNAPPROVE_KEYS: keys,
      SLACK_DATABASE_URL: databaseUrl,
      SLACK_API_URL: workspace.apiUrl,
      SLACK_BOT_TOKEN: tokens.botToken,
      SLACK_APP_TOKEN: tokens.appToken,
      SLACK_TEAM_ID: 'T0BENCH',
      SLACK_RESPONDER_CHANNEL: channel,
      UNAPPROVE_CALL_BACK_NUMBER: '+31 20 555 0000',
    },
  });
  const ended = child.exited.then(async () => {
    throw new Error(`the Slack app ended: ${(await readFile(child.logFile, 'utf8')).slice(-2000)}`);
  });
  ended.catch(() => undefined);
  await Promise.race([isReady, ended]);

  const times: number[] = [];
  const report = async (person: string): Promise<void> => {
    const form = await workspace.as(person).openShortcut('report_sign_in');
    for (const input of form.inputs()) {
      const option = input.options?.[0]?.value;
      if (option !== undefined) form.fill({ blockId: input.blockId, actionId: input.actionId, option });
    }
    const startedAt = performance.now();
    const answer = await form.submit();
    if (answer.kind !== 'updated') throw new Error(`the form answered ${answer.kind}`);
    times.push(performance.now() - startedAt);
  };
  try {
    await Promise.all(
      people.map(async (person, index) => {
        for (let n = index; n < REPORTS; n += AT_ONCE) await report(person);
      }),
    );
  } finally {
    await child.stop();
    await workspace.stop();
  }
  return times.sort((a, b) => a - b);
}
