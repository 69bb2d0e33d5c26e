// When is a drill over? When everything the scenario has in store was played,
// and every case on the record is finished or waits for people. Facts are waited
// for, and a deadline of the scenario's own ends the waiting in words.
import type { Company, Play } from '../drill/play.ts';
import { sayLength } from '../drill/scenarios/times.ts';
import type { Scenario } from '../drill/scenarios/types.ts';
import { progressOf, type RecordWatch, type Row } from './drill-record.ts';

/** Machines are not faster at a greater speed: giving up on a step alone takes a minute here. */
const SHORTEST_DEADLINE_MS = 180_000;
/** How long the card may take to show what the record says last. */
const CARD_WITHIN_MS = 8_000;
/** A scenario in which nobody's report opens a case: so long nothing may come of the last report. */
const NOTHING_COMES_MS = 10_000;

interface Settling {
  readonly scenario: Scenario;
  readonly play: Play;
  readonly record: RecordWatch;
  readonly company: Company;
}

/** Resolves when the drill is over. @returns what did not happen in time, in words */
export async function untilSettled({ scenario, play, record, company }: Settling): Promise<string[]> {
  const realMs = Math.max(SHORTEST_DEADLINE_MS, scenario.deadlineMs / scenario.timeScale);
  const deadline = Date.now() + realMs;
  const late = (what: string): string[] => [
    `${what} within ${sayLength(realMs * scenario.timeScale)} of the scenario (${Math.round(realMs / 1000)} s)`,
  ];

  let quietSince = Date.now();
  const settled = await waitFor(record, deadline, (rows) => {
    if (!play.stage.idle()) {
      quietSince = Date.now();
      return false;
    }
    const sent = reportsSent(play);
    if (sent === 0 || isSettled(rows, sent)) return true;
    return progressOf(rows).length === 0 && Date.now() - quietSince > NOTHING_COMES_MS;
  });
  if (!settled) {
    const states = progressOf(record.rows()).map(({ number, state }) => `case ${number} is ${state}`);
    const acts = play.stage.idle() ? [] : ['acts of the scenario are still to come'];
    return late(`it did not settle (${[...acts, ...states].join('; ') || 'no case was opened'})`);
  }
  await cardShown(company, record);
  return [];
}

/** Every report is on the record, taken or refused, and no case is under way. */
function isSettled(rows: readonly Row[], reportsSent: number): boolean {
  const cases = progressOf(rows);
  const taken = rows.filter(
    (row) => row.kind === 'report.received' || row.kind === 'envelope.refused' || row.kind === 'person.not-found',
  ).length;
  return (
    taken >= reportsSent &&
    (cases.length > 0 || rows.some((row) => row.kind === 'person.not-found')) &&
    cases.every((each) => each.state !== 'under way')
  );
}

const reportsSent = (play: Play): number =>
  play.robots.records().filter((each) => each.who === 'staff' && each.did.startsWith('report') && each.result === 'succeeded').length;

const LOOK_EVERY_MS = 100;

async function waitFor(record: RecordWatch, deadline: number, holds: (rows: readonly Row[]) => boolean): Promise<boolean> {
  while (!holds(record.rows())) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return true;
}

/** The last word of the record reaches Slack a moment later; the score should see the card that says it. */
async function cardShown({ workspace }: Company, record: RecordWatch): Promise<void> {
  const cases = progressOf(record.rows());
  const last = Math.max(
    0,
    ...record
      .rows()
      .filter((row) => cases.some((each) => each.caseId === row.chain))
      .map((row) => row.storedAt),
  );
  await workspace.transcript
    .until((entry) => (entry.kind === 'message.posted' || entry.kind === 'message.updated') && Date.parse(entry.at) >= last, {
      timeoutMs: CARD_WITHIN_MS,
    })
    // No card that late is no fault by itself: a hidden card does not change. What the messages say is judged by the score.
    .catch(() => undefined);
}
