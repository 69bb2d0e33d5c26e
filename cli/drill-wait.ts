// When is a drill over? When everything the scenario has in store was played,
// and every case on the record is finished, or waits for people of whom none has
// anything more to do. Facts are waited for, and a deadline of the scenario's own
// ends the waiting in words.
import type { Company, ScenarioRun } from '../drill/run/run-scenario.ts';
import { sayLength } from '../drill/scenarios/times.ts';
import type { Scenario } from '../drill/scenarios/types.ts';
import { type LedgerWatch, type Progress, progressOf, type Row } from './ledger-watch.ts';

/** Machines are not faster at a greater speed: giving up on a step alone takes a minute here. */
const SHORTEST_DEADLINE_MS = 180_000;
/** How long the card may take to show what the record says last. */
const CARD_WITHIN_MS = 8_000;
/** A scenario in which nobody's report opens a case: so long nothing may come of the last report. */
const NOTHING_COMES_MS = 10_000;

/** How long nothing may have happened, in real time, before a case that could end here is taken to have ended. */
export const STILL_MS = {
  /** What somebody did last may still come to nothing, and they are told so. */
  finished: 2_000,
  asked: 3_000,
  /** Something that was sent in Slack is not on the record yet: a worker that was killed takes a while to come back. */
  unrecorded: 20_000,
  /** Somebody waits for something on the screen, and that is drawn a little after the record says it. */
  awaited: 8_000,
  /** Nothing says that it is over; machines that try again do so more often than this. */
  quiet: 20_000,
} as const;

interface Settling {
  readonly scenario: Scenario;
  readonly play: ScenarioRun;
  readonly record: LedgerWatch;
  readonly company: Company;
}

/** Resolves when the drill is over. @returns what did not happen in time, in words */
export async function untilSettled({ scenario, play, record, company }: Settling): Promise<string[]> {
  const realMs = Math.max(SHORTEST_DEADLINE_MS, scenario.deadlineMs / scenario.timeScale);
  const deadline = Date.now() + realMs;
  const late = (what: string): string[] => [
    `${what} within ${sayLength(realMs * scenario.timeScale)} of the scenario (${Math.round(realMs / 1000)} s)`,
  ];

  const settled = await waitFor(record, deadline, (rows) => {
    const idleSince = play.timeline.idleSince();
    if (idleSince === null) return false;
    const now = Date.now();
    const sent = reportsSent(play);
    const quiet = { sent, decided: decisionsSent(play), stillMs: now - idleSince, awaited: play.timeline.waiting() > 0, now };
    if (sent === 0 || isSettled(rows, quiet)) return true;
    return progressOf(rows).length === 0 && now - idleSince > NOTHING_COMES_MS;
  });
  if (!settled) {
    const states = progressOf(record.rows()).map(({ number, state }) => `case ${number} is ${state}`);
    const actions = play.timeline.idleSince() !== null ? [] : ['actions of the scenario are still to come'];
    return late(`it did not settle (${[...actions, ...states].join('; ') || 'no case was opened'})`);
  }
  await cardShown(company, record);
  return [];
}

/** What is known besides the record. */
export interface Quiet {
  /** Reports that were sent, and decisions. */
  readonly sent: number;
  readonly decided: number;
  /** How long nobody has been doing anything that ends by itself. */
  readonly stillMs: number;
  /** Does anybody wait for something on the screen? */
  readonly awaited: boolean;
  readonly now: number;
}

/** Every report is on the record, taken or refused, and no case will go on by itself. */
export function isSettled(rows: readonly Row[], quiet: Quiet): boolean {
  const cases = progressOf(rows);
  const taken = rows.filter(
    (row) => row.kind === 'report.received' || row.kind === 'envelope.refused' || row.kind === 'person.not-found',
  ).length;
  const decided = rows.filter((row) => row.kind === 'decision.received').length;
  return (
    taken >= quiet.sent &&
    (decided >= quiet.decided || quiet.stillMs >= STILL_MS.unrecorded) &&
    (cases.length > 0 || rows.some((row) => row.kind === 'person.not-found')) &&
    cases.every((each) => isOver(each, quiet))
  );
}

function isOver({ state, held, lastNewsAt }: Progress, { stillMs, awaited, now }: Quiet): boolean {
  const still = Math.min(stillMs, now - lastNewsAt);
  switch (state) {
    case 'under way':
      return false;
    case 'finished':
      return stillMs >= STILL_MS.finished;
    case 'waits for people':
      // Nobody who was told of a hold has anything more to do in this scenario.
      if (held && !awaited) return stillMs >= STILL_MS.asked;
      return still >= (awaited ? STILL_MS.awaited : STILL_MS.asked);
    case 'quiet':
      return still >= STILL_MS.quiet;
  }
}

const reportsSent = (play: ScenarioRun): number =>
  play.actors.records().filter((each) => each.who === 'staff' && each.did.startsWith('report') && each.result === 'succeeded').length;

const DECISION = /^(approve|decline|change|confirmContainment|acknowledge|hold|resume|askRelease|askUndo)\b/;

const decisionsSent = (play: ScenarioRun): number =>
  play.actors.records().filter((each) => DECISION.test(each.did) && each.result === 'succeeded').length;

const LOOK_EVERY_MS = 100;

async function waitFor(record: LedgerWatch, deadline: number, holds: (rows: readonly Row[]) => boolean): Promise<boolean> {
  while (!holds(record.rows())) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return true;
}

/** The last word of the record reaches Slack a moment later; the score should see the card that says it. */
async function cardShown({ workspace }: Company, record: LedgerWatch): Promise<void> {
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
