// Prints the progress of a drill for a person at a terminal: set-up, the attacker,
// the owner, the case card, the ledger.

import { type HoldReason, holdReasonText } from '../domain/hold.ts';
import { linesOf } from '../drill/message-text.ts';
import type { ActorLog, ActorRecord } from '../drill/run/actor-log.ts';
import type { Company } from '../drill/run/run-scenario.ts';
import { sayLength } from '../drill/scenarios/times.ts';
import type { LedgerWatch, Row } from './ledger-watch.ts';

export interface ProgressReporter {
  /** One step of setting up. */
  setUp(line: string): void;
  /** From now on lines carry the scenario's time. */
  follow(company: Company, actors: ActorLog, ledger: LedgerWatch, now: () => number): void;
  say(who: string, line: string): void;
}

export function openProgressReporter(write: (line: string) => void = (line) => void process.stderr.write(line)): ProgressReporter {
  const startedAt = performance.now();
  const shown = new Map<string, string>();
  const line = (when: string, who: string, text: string): void => write(`${when.padStart(10)}  ${who.padEnd(9)} ${text}\n`);
  let clock: (() => number) | undefined;
  const say: ProgressReporter['say'] = (who, text) => line(clock === undefined ? '' : sayLength(clock()), who, text);

  return {
    say,
    setUp: (text) => line(`${((performance.now() - startedAt) / 1000).toFixed(1)} s`, 'set-up', text),
    follow(company, actors, ledger, now) {
      clock = now;
      const last = new Map<string, string>();
      actors.on((what) => {
        const text = actorText(what, company);
        // A repeated attempt with the same result is printed once.
        const action = `${what.who} ${what.person} ${what.did} ${what.result === 'began' ? 'begins' : 'ends'}`;
        if (last.get(action) === text && what.did !== 'prompt') return;
        last.set(action, text);
        say(what.who === 'staff' ? nameOf(company, what.person) : what.who, text);
      });
      company.workspace.transcript.on((entry) => {
        if (entry.kind !== 'message.posted' && entry.kind !== 'message.updated') return;
        const channel = entry.message.channel;
        if (channel !== company.cast.slack.responderChannel && channel !== company.cast.slack.standbyChannel) return;
        const headline = linesOf(entry.message).find((each) => each.startsWith('Case ') && !each.includes(': ')) ?? entry.message.text;
        if (shown.get(entry.message.ts) === headline) return;
        shown.set(entry.message.ts, headline);
        say('card', headline);
      });
      ledger.on((row) => {
        const text = entryText(row);
        if (text !== null) say('ledger', text);
      });
    },
  };
}

const nameOf = ({ scenario }: Company, person: string): string => scenario.people[person]?.name.split(' ')[0] ?? person;

function actorText({ who, person, did, result, saw }: ActorRecord, company: Company): string {
  const whom = nameOf(company, person);
  if (who === 'fault') return `${did}, ${saw}`;
  if (who === 'staff') {
    if (did === 'prompt') return `${saw} on a prompt`;
    if (did.startsWith('report')) return result === 'succeeded' ? `sent the report, and saw "${saw}"` : `tried to report, and saw: ${saw}`;
    if (did === 'was told') return `was told: ${saw}`;
    return `${did}: ${result}${saw === '' ? '' : ` (${saw})`}`;
  }
  if (result === 'began') return `signs in as ${whom} ${saw}`;
  const outcome = result === 'succeeded' ? 'succeeded' : `was refused: ${saw}`;
  return `${ATTACKER_ACTION[did] ?? did} (${whom}) ${outcome}`;
}

const ATTACKER_ACTION: Readonly<Record<string, string>> = {
  signIn: 'sign-in',
  refresh: 'refreshing the token',
  readMail: 'reading mail',
  addMethod: 'adding a sign-in method',
  addInboxRule: 'adding an inbox rule',
  registerDevice: 'registering a device',
  consent: 'consenting to an app',
  joinGroup: 'joining the approver group',
};

const PLAN_TEXT = {
  'plan.approved': 'is approved',
  'plan.begun': 'is under way',
  'plan.done': 'is done',
  'plan.declined': 'was declined',
  'plan.expired': 'has expired',
} as const;

function entryText({ kind, content: { body } }: Row): string | null {
  const step = String(body['step']);
  switch (kind) {
    case 'case.opened':
      return `case ${String(body['number'])} opened`;
    case 'step.verified':
      return `${step}: a fresh read showed it done`;
    case 'step.unneeded':
      return `${step}: was done before`;
    case 'step.failed':
      return `${step} failed: ${String(body['code'])}`;
    case 'case.held':
      return `on hold: ${(body['reasons'] as readonly HoldReason[]).map(holdReasonText).join(' ')}`;
    case 'person.paged':
      return body['delivered'] === true ? 'a person was paged' : 'a person could not be paged';
    case 'account.contained':
      return 'the account is contained';
    case 'plan.made':
      return `a plan was made: ${String(body['group'])}, revision ${String(body['revision'])}`;
    case 'plan.approved':
    case 'plan.begun':
    case 'plan.done':
    case 'plan.declined':
    case 'plan.expired':
      return `the plan ${PLAN_TEXT[kind]}`;
    case 'decision.refused':
      return `a decision was not counted: ${String(body['act'])}, ${String(body['because'])}`;
    case 'call.taken':
      return 'a person says that they will call the owner';
    case 'containment.confirmed':
      return 'a person confirmed the containment';
    case 'monitoring.ended':
      return `monitoring ended: ${String(body['outcome'])}`;
    case 'case.closed':
      return `the case is closed: ${String(body['outcome'])}`;
    default:
      return null;
  }
}
