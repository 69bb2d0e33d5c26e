// Time from the click of a responder to its result: the decision is in the ledger
// and the card is updated. Practice workspace, Slack app, inbox, worker, Temporal,
// ledger, and practice tenant with its latency. Slack accepts about 50 updates a
// minute, so the bench plays as many cases as fit into its time and prints how
// many. The exit code is 1 when the limit is missed.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { planCode } from '../domain/plan.ts';
import { startWorkspace } from '../drill/slack/start.ts';
import type { Message, Workspace } from '../drill/slack/types.ts';
import { grantLogin } from '../ledger/database-roles.ts';
import { endOnSignals, stopEverything } from '../tools/shutdown.ts';
import { type BenchCompany, openBenchCompany, openBenchServices, side, slackOf, startReady, TEAM } from './world.ts';

const P95_MS = 1500;
/** From the start of this process, set-up included: no case starts that would end later. The whole run takes at most five minutes. */
const LAST_END_MS = Number(process.env['BENCH_SECONDS'] ?? 280) * 1000;
/** More than fit into any run. */
const MOST_CASES = Number(process.env['BENCH_CASES'] ?? 60);
/** With fewer a percentile says nothing. */
const FEWEST_CASES = 5;
const WARM_UP = 2;
const MOST_UPDATES = 30;
const CHANNEL = 'C0RESPONDERS';
const BOT = 'U0BOT';
/** How often the bench reads the screen; this is part of the measured time. */
const POLL_EVERY_MS = 10;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

endOnSignals();
const folder = await mkdtemp(join(tmpdir(), 'unapprove-bench-'));
try {
  const services = await openBenchServices(say);
  const world = await openBenchCompany({ folder, services, latency: 'default', people: WARM_UP + MOST_CASES });
  const databaseUrl = await grantLogin(services.databaseUrl, randomBytes(18).toString('hex'), 'slack');
  const workspace = await openWorkspace(world, databaseUrl);
  const recorded: number[] = [];
  const updated: number[] = [];
  say(`as many cases as Slack's limit on updates lets through; ends ${LAST_END_MS / 1000} s after its start at the latest`);
  try {
    let longestMs = 0;
    for (const [index, person] of world.people.entries()) {
      const begunAt = performance.now();
      if (begunAt + longestMs > LAST_END_MS) break;
      await quietEnough(workspace);
      const times = await decide(world, workspace, person);
      longestMs = Math.max(longestMs, performance.now() - begunAt);
      if (index < WARM_UP) continue;
      recorded.push(times.recorded);
      updated.push(times.updated);
      say(`${recorded.length} measured after ${Math.round(performance.now() / 1000)} s`);
    }
  } finally {
    await workspace.stop();
    await world.stop();
  }
  await services.stop();
  const [inLedger, onScreen] = [side(recorded), side(updated)];
  process.stdout.write(`decision clicked → in the ledger, and the card updated, ${recorded.length} cases\n`);
  process.stdout.write(`  in the ledger  p50 ${inLedger.p50.toFixed(0)} ms   p95 ${inLedger.p95.toFixed(0)} ms\n`);
  process.stdout.write(`  card updated   p50 ${onScreen.p50.toFixed(0)} ms   p95 ${onScreen.p95.toFixed(0)} ms  (below ${P95_MS})\n`);
  const enough = recorded.length >= Math.min(FEWEST_CASES, MOST_CASES);
  if (!enough) process.stdout.write(`  expected at least ${FEWEST_CASES} cases in ${LAST_END_MS / 1000} s, got ${recorded.length}\n`);
  process.exitCode = enough && Math.max(inLedger.p95, onScreen.p95) < P95_MS ? 0 : 1;
} finally {
  await stopEverything();
  await rm(folder, { recursive: true, force: true });
}

async function openWorkspace(world: BenchCompany, databaseUrl: string): Promise<Workspace> {
  const tokens = { botToken: `xoxb-bench-${randomUUID()}`, appToken: `xapp-bench-${randomUUID()}` };
  const people = [...world.people, ...world.approvers];
  const workspace = await startWorkspace({
    team: { id: TEAM, domain: 'drill-bench', name: 'Bench' },
    appId: 'A0BENCH',
    botUserId: BOT,
    ...tokens,
    people: people.map((person) => ({ id: slackOf(person), name: person.key, realName: person.displayName })),
    channels: [{ id: CHANNEL, name: 'responders', private: true, members: [BOT, ...world.approvers.map(slackOf)] }],
    seed: 5,
  });
  await startReady('slack-app', world.home, {
    ...world.env,
    UNAPPROVE_HOME: world.home,
    UNAPPROVE_KEYS: world.keys,
    SLACK_DATABASE_URL: databaseUrl,
    SLACK_API_URL: workspace.apiUrl,
    SLACK_BOT_TOKEN: tokens.botToken,
    SLACK_APP_TOKEN: tokens.appToken,
    SLACK_TEAM_ID: TEAM,
    SLACK_RESPONDER_CHANNEL: CHANNEL,
    UNAPPROVE_CALL_BACK_NUMBER: '+31 20 555 0000',
  });
  return workspace;
}

/** One account: reported, closed, its plan asked, and the plan approved by a person who types its code. */
async function decide(world: BenchCompany, workspace: Workspace, person: BenchCompany['people'][number]) {
  await world.report(person);
  const id = await world.caseOf(person);
  await world.until(id, (kinds) => kinds.includes('account.blocked') && kinds.includes('history.exported'));
  const [opened, ...entries] = await world.ledger.entries(id);
  const number = String(opened?.content.body['number']);
  const digest = String(entries.find(({ content }) => content.kind === 'plan.made')?.content.body['digest']);
  const prompt = await message(workspace, (each) => text(each).includes(`Case ${number}: eradication plan, approval needed`));
  const approver = world.approvers[0];
  if (approver === undefined) throw new Error('expected an approver');
  const click = await workspace.as(slackOf(approver)).click({ channel: CHANNEL, ts: prompt.ts, actionId: 'approve_plan' });
  const form = await click.modal();
  const code = form?.inputs()[0];
  if (form === undefined || code === undefined) throw new Error('expected the form to open');
  form.fill({ blockId: code.blockId, actionId: code.actionId, value: planCode(digest) });

  const startedAt = Date.now();
  const updated = message(workspace, (each) => each.ts === prompt.ts && !text(each).includes('approval needed')).then(
    () => Date.now() - startedAt,
  );
  await form.submit();
  await world.until(id, (kinds) => kinds.includes('plan.approved'));
  const stored = (await world.ledger.entries(id)).find(({ content }) => content.kind === 'plan.approved')?.storedAt ?? Number.NaN;
  return { recorded: stored - startedAt, updated: await updated };
}

/** Slack takes so many updates a minute, and a night is not forty cases a minute: begin the next one when there is room for it. */
async function quietEnough(workspace: Workspace): Promise<void> {
  const updates = (): number =>
    workspace.transcript
      .entries()
      .filter((entry) => entry.kind === 'api.request' && entry.method === 'chat.update' && Date.parse(entry.at) > Date.now() - 60_000)
      .length;
  while (updates() > MOST_UPDATES) await pause(500);
}

function text({ blocks }: Message): string {
  return JSON.stringify(blocks);
}

/** Waits for a message in the responders' channel. */
async function message(workspace: Workspace, wanted: (each: Message) => boolean): Promise<Message> {
  for (;;) {
    const found = workspace.messages(CHANNEL).find(wanted);
    if (found !== undefined) return found;
    await pause(POLL_EVERY_MS);
  }
}
