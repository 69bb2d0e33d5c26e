// A drill is over when all actions of the scenario were played, and every case in
// the ledger is closed, or waits for people who have no more actions. It waits for
// facts. The scenario's deadline ends the wait with a description of what is missing.
import type { Company, ScenarioRun } from '../drill/run/run-scenario.ts';
import { sayLength } from '../drill/scenarios/times.ts';
import type { Scenario } from '../drill/scenarios/types.ts';
import { type LedgerWatch, type Progress, progressOf, type Row } from './ledger-watch.ts';

/** A greater time scale does not make the machine faster: giving up on a step alone takes a minute. */
const SHORTEST_DEADLINE_MS = 180_000;
/** How long the card may take to show the last ledger entry. */
const CARD_WITHIN_MS = 8_000;
/** In a scenario without a case: how long nothing may follow the last report. */
const NOTHING_COMES_MS = 10_000;

/** How long nothing may happen, in real time, before a case counts as settled. */
export const STILL_MS = {
  /** The last action may still be refused, and its person is told so. */
  closed: 2_000,
  asked: 3_000,
  /** An action from Slack is not in the ledger yet: a killed worker takes a while to come back. */
  unrecorded: 20_000,
  /** A person of the scenario waits for a message, which appears a little after its ledger entry. */
  awaited: 8_000,
  /** No entry says that it is over. Retries come more often than this. */
  quiet: 20_000,
} as const;

interface Settling {
  readonly scenario: Scenario;
  readonly play: ScenarioRun;
  readonly ledger: LedgerWatch;
  readonly company: Company;
}

/** Resolves when the drill is over. @returns a sentence for each fact that did not come in time */
export async function untilSettled({ scenario, play, ledger, company }: Settling): Promise<string[]> {
  const realMs = Math.max(SHORTEST_DEADLINE_MS, scenario.deadlineMs / scenario.timeScale);
  const deadline = Date.now() + realMs;
  const late = (what: string): string[] => [
    `${what} within ${sayLength(realMs * scenario.timeScale)} of the scenario (${Math.round(realMs / 1000)} s)`,
  ];

  const settled = await waitFor(ledger, deadline, (rows) => {
    const idleSince = play.timeline.idleSince();
    if (idleSince === null) return false;
    const now = Date.now();
    const sent = reportsSent(play);
    const quiet = { sent, decided: decisionsSent(play), stillMs: now - idleSince, awaited: play.timeline.waiting() > 0, now };
    if (sent === 0 || isSettled(rows, quiet)) return true;
    return progressOf(rows).length === 0 && now - idleSince > NOTHING_COMES_MS;
  });
  if (!settled) {
    const states = progressOf(ledger.rows()).map(({ number, state }) => `case ${number} is ${state}`);
    const actions = play.timeline.idleSince() !== null ? [] : ['actions of the scenario are still to come'];
    return late(`it did not settle (${[...actions, ...states].join('; ') || 'no case was opened'})`);
  }
  await cardShown(company, ledger);
  return [];
}

/** What is known besides the ledger. */
export interface Quiet {
  /** Reports that were sent, and decisions. */
  readonly sent: number;
  readonly decided: number;
  /** How long no action has been running. */
  readonly stillMs: number;
  /** A person of the scenario waits for a message. */
  readonly awaited: boolean;
  readonly now: number;
}

/** Every report is in the ledger, accepted or refused, and no case continues without a person. */
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
    case 'closed':
      return stillMs >= STILL_MS.closed;
    case 'waits for people':
      // No person who was told about the hold has more actions in this scenario.
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

const POLL_EVERY_MS = 100;

async function waitFor(ledger: LedgerWatch, deadline: number, holds: (rows: readonly Row[]) => boolean): Promise<boolean> {
  while (!holds(ledger.rows())) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
  return true;
}

/** Slack shows the last ledger entry a moment later; the score should see that card. */
async function cardShown({ workspace }: Company, ledger: LedgerWatch): Promise<void> {
  const cases = progressOf(ledger.rows());
  const last = Math.max(
    0,
    ...ledger
      .rows()
      .filter((row) => cases.some((each) => each.caseId === row.chain))
      .map((row) => row.storedAt),
  );
  await workspace.transcript
    .until((entry) => (entry.kind === 'message.posted' || entry.kind === 'message.updated') && Date.parse(entry.at) >= last, {
      timeoutMs: CARD_WITHIN_MS,
    })
    // A missing update alone is no defect: a hidden card does not change. The score judges the messages.
    .catch(() => undefined);
}
