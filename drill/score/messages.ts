// What people were told. Every version of every message is read as a person
// reads it, line by line, and held against the truth of the moment it was shown.
import { linesOf } from '../message-text.ts';
import { PLAN_KINDS, PLAN_STATES } from '../scenarios/types.ts';
import { readMessage } from '../staff/screen.ts';
import { denyBlocked, denyContained, denyPlanDone, denyReached, type FalseClaim } from './claims.ts';
import type { PagerCall, PersonTruth, SlackMoment, Truth } from './input.ts';
import { CARD_STATES } from './known-values.ts';
import type { RecordedCase } from './ledger.ts';
import { plansOf, type RecordedPlan, wasDropped } from './plans.ts';
import { KNOWN_SENTENCES } from './sentences.ts';
import {
  blockedSince,
  iso,
  lastAttackerAccess,
  stood,
  wasBlocked,
  wasEnabled,
  wasEnabledThroughout,
  wasPasswordSet,
  wasReopened,
  wasRevoked,
} from './truth.ts';

const SECOND = 1000;

/** What a line says is so. `quiet`: no attacker activity after the last session expired. */
export type Told =
  | 'blocked'
  | 'contained'
  | 'sign-in-blocked'
  | 'sessions-revoked'
  | 'unchanged'
  | 'paged'
  | 'password'
  | 'removed'
  | 'released'
  | 'quiet'
  | 'finished';

/** Words that turn a claim into a promise, a question or its opposite. */
const NOT_SAID =
  /\b(not|no|never|isn't|until|when|once|before|after|if|will|would|may|might|can|could|could not|cannot|waits?|waiting|being|closing|blocking|containing|still|yet|unless|to be|should|must|failed|refused|trying|under way)\b/i;

/** A claim, though it holds a word of a denial. */
const SEEN_NOBODY = /\bno attacker activity was seen after that\b/i;

const CLAIMS: readonly { readonly told: Told; readonly words: RegExp }[] = [
  { told: 'contained', words: /\bcontained\b(?! here only)/i },
  { told: 'blocked', words: /\b(account|it|this)( is|'s| was| has been)?( now)? (closed|shut|blocked)\b|^(✓|✔|✅)?\s*(closed|blocked)\b/i },
  {
    told: 'sign-in-blocked',
    words: /\b(sign-?ins?|signing in)\b.*\b(blocked|off|done|stopped)\b|\bblocked\b.*\bsign-?ins?\b|\bblock sign-?in\b.*\bwas so before\b/i,
  },
  {
    told: 'password',
    words: /\bpassword\b.*\bdone\b|\bpassword\b.*\b(was|has been|is)( now)? (reset|changed|replaced)\b/i,
  },
  {
    told: 'removed',
    words:
      /\bremove\b.*\bdone\b|\b(was|were|has been|have been|is|are)( now)? (removed|gone|deleted)\b|:\s*(removed|gone)\b|\b\d+ removed\b/i,
  },
  {
    told: 'released',
    words: /\baccount\b.*\b(is|was|has been)( now)? (open|opened|enabled|released)\b|\b(open|enable) the account\b.*\bdone\b/i,
  },
  { told: 'sign-in-blocked', words: /\bcontained here only\b|\bwas blocked by hand\b/i },
  { told: 'released', words: /^released as a false alarm\b/i },
  { told: 'finished', words: /\bcase is closed\b|\bwork on it is finished\b|^case \d+: closed\b/i },
  { told: 'quiet', words: SEEN_NOBODY },
  { told: 'unchanged', words: /\bnothing (was|has been) (changed|blocked)\b/i },
  { told: 'paged', words: /\b(person was|people were) paged\b/i },
  { told: 'sessions-revoked', words: /\bsessions?\b.*\b(revoked|ended|cut|done|signed out)\b|\b(revoked|ended|cut)\b.*\bsessions?\b/i },
];

/** A card is drawn from the ledger a moment after; what happened in between is on the next one. */
const DRAWING_MS = 3 * SECOND;

/** What follows in the same sentence is said of another time. */
const CONDITION = /^(when|if|once|until|unless|before|after|as soon as)\b/i;

/** "Stays closed until you are called" promises nothing: it says that it is closed. */
const STAYS = /\bstays? (closed|blocked|contained)\b/i;

/** What one line says is so, now. A promise, a condition or a denial says nothing. */
export function toldBy(line: string): Told[] {
  const [, closed, states] = HEADER.exec(line.trim()) ?? [];
  if (states !== undefined) return [...(closed === undefined ? [] : (['finished'] as const)), ...states.split(', ').flatMap(toldByState)];
  return line.split(/(?<=[.!?;])\s+/).flatMap(toldByOne);
}

/** Words that say that something is over, done or safe, whichever way the sentence is put. */
const CLAIM_WORD =
  /\b(contained|closed|shut|blocked|released|revoked|ended|removed|deleted|disabled|opened|enabled|reset|safe|secured?|clean(?!-up)|cleaned|recovered|restored|resolved|undone|erased|evicted|expelled|gone|signed out|logged out|locked out|cut off|kicked out|out of danger|under control|all clear|in order|harmless|finished)\b/i;

/** A sentence that says how something of the account, the attacker or the whole stands, in whatever words. */
const ABOUT =
  /\b(accounts?|attackers?|attackers?|hackers?|mailbox(es)?|mails?|e-mails?|sessions?|devices?|rules?|sign-?ins?|passwords?|methods?|tokens?|consents?|roles?|everything|everybody|everyone|all|danger|situation|threat|incident|breach)\b|^\W*(it|this|that|these|they|we|you|he|she|there)\b/i;
const IS_SO = /\b(is|are|was|were|has|have|had|cannot|no longer|stopped|left|lost|works?|holds?|remains?|got|threw|took)\b/i;

/** Denials that claim something about everybody or everything. */
const SWEEPING =
  /\bno longer\b|\b(attacker|attacker|hacker)s?\b.*\b(not|cannot|can't|never|isn't)\b|\b(nobody|no one|nothing|none|no (other|further|more|trace|sign|session|access|device|rule|app|token|method|foothold|attacker|attacker)s?)\b/i;

/** What one line says in words that the score does not know: it cannot say whether that is so. */
export function unknownIn(line: string): string[] {
  const header = HEADER.exec(line.trim());
  if (header !== null) return (header[2] ?? '').split(', ').every((state) => CARD_STATES.includes(state)) ? [] : [line.trim()];
  if (isPromptHeader(line.trim())) return [];
  // Names and words of people stand in such quotation marks: they are not the product's.
  const own = line.replaceAll(/“[^”]*”/g, '“…”');
  return own.split(/(?<=[.!?;])\s+/).filter((sentence) => {
    if (isOnlyPart(sentence) || KNOWN_SENTENCES.some((known) => known.test(sentence))) return false;
    if (STAYS.test(sentence)) return false;
    if (SWEEPING.test(sentence)) return !CLAIMS.some(({ words }) => words.test(sentence));
    return clausesOf(sentence)
      .filter((clause) => (CLAIM_WORD.test(clause) || (ABOUT.test(clause) && IS_SO.test(clause))) && !NOT_SAID.test(clause))
      .some((clause) => !CLAIMS.some(({ words }) => words.test(clause)));
  });
}

/** A message in the thread of a card. */
const NEWS = /^Case \d+: (account|on hold|needs you|the case is closed)\b/;

/** The header of a prompt: its plan and its state. */
function isPromptHeader(line: string): boolean {
  const [, title, state] = /^Case \d+: (\w+) plan, (.+)$/.exec(line) ?? [];
  return PLAN_KINDS.some((group) => group === title) && PLAN_STATES.some((each) => each === state);
}

/** The header of a card: "Case 1042: on hold, account blocked", "Case 1042 closed: account contained". */
const HEADER = /^case \d+( closed)?: ((?:on hold|protected account|account|checking|containing)\b[^.]*)$/i;

/** A state in the header of a card. "Contained here only" says no more than that the account is blocked here. */
function toldByState(state: string): Told[] {
  if (/^account contained here only$/i.test(state)) return ['sign-in-blocked'];
  if (/^account contained$/i.test(state)) return ['contained'];
  if (/^account released$/i.test(state)) return ['released'];
  return /^account blocked\b/i.test(state) ? ['blocked'] : [];
}

function toldByOne(sentence: string): Told[] {
  // A question says nothing.
  if (sentence.endsWith('?')) return [];
  // "0 of 1 seen done" says that it is not done.
  if (isOnlyPart(sentence)) return [];
  const stays = STAYS.exec(sentence)?.[1]?.toLowerCase();
  if (stays !== undefined) return [stays === 'contained' ? 'contained' : 'blocked'];
  return clausesOf(sentence)
    .filter((clause) => SEEN_NOBODY.test(clause) || !NOT_SAID.test(clause))
    .flatMap((clause) => CLAIMS.filter(({ words }) => words.test(clause)).map(({ told }) => told));
}

/** Without what is said of another time. */
function clausesOf(sentence: string): string[] {
  const clauses = sentence.split(/,\s+/);
  return clauses.slice(0, clauses.findIndex((clause) => CONDITION.test(clause)) + 1 || clauses.length);
}

const UNTIL = /\b(?:may last until|could last until) (\d{4}-\d\d-\d\dT[\d:.]+Z)/;

/** "A session inside Microsoft may last until ..." says that no one stays longer. Whole seconds, as Slack shows times. */
function denyUntil(line: string, at: number, { record, person }: { record: RecordedCase; person: PersonTruth }): string | null {
  const until = UNTIL.exec(line)?.[1];
  if (until === undefined || !wasBlocked(person, record.openedAt - SECOND, at)) return null;
  const last = lastAttackerAccess(person);
  const stayed = last !== null && last > Date.parse(until) + SECOND && !wasReopened(person, at, last);
  return stayed ? `the attacker was inside at ${iso(last)}` : null;
}

/** Claims in messages that the truth denies. */
export function falseClaimsOfMessages(
  moments: readonly SlackMoment[],
  cases: readonly Judged[],
  pages: readonly PagerCall[],
): FalseClaim[] {
  const seen = new Set<string>();
  const once = (where: string, at: string, denied: readonly DeniedLine[], about: string): FalseClaim[] =>
    denied.flatMap(({ claim, told, truth }) => {
      const key = `${told} ${truth} ${about}`;
      if (seen.has(key)) return [];
      seen.add(key);
      return [{ where, at, claim: `"${claim}" (says: ${told})`, truth }];
    });
  const ofPages = pages.flatMap(({ summary, at }) => {
    const about = caseOf(summary, cases);
    if (about === undefined) return [];
    return once('a page', at, deniedLine({ text: summary, at: Date.parse(at), lateMs: DRAWING_MS }, about, pages), summary);
  });
  const ofMessages = moments.flatMap((moment) => {
    if (moment.view !== undefined) {
      const lines = linesOf({ text: moment.view.title ?? '', blocks: moment.view.blocks });
      const about = caseOf(lines.join('\n'), cases);
      if (about === undefined) return [];
      const shown = lines.map((text) => ({ text, at: Date.parse(moment.at), lateMs: DRAWING_MS }));
      const denied = shown.flatMap((line) => deniedLine(line, about, pages)).filter(({ told }) => !OF_PLANS.some((each) => each === told));
      return once('a form in Slack', moment.at, denied, 'form');
    }
    if (moment.message === undefined || moment.kind === 'message.deleted') return [];
    const { message, at } = moment;
    const lines = linesOf(message);
    const about = caseOf(lines.join('\n'), cases);
    if (about === undefined) return [];
    const atMs = Date.parse(at);
    // A prompt tells of its own plan only, and is drawn because of it.
    const lateMs = readMessage(message)?.kind === 'prompt' ? 0 : DRAWING_MS;
    const denied = [
      ...deniedPlan(message, atMs, about),
      ...claimedLines(message, lines).flatMap((text) => deniedLine({ text, at: atMs, lateMs }, about, pages)),
    ];
    return once(`Slack, message ${message.ts} version ${message.version}`, at, denied, message.ts);
  });
  return [...ofMessages, ...ofPages];
}

/** A form lists what a plan would do, and what could not be taken back: of these it claims nothing. */
const OF_PLANS: readonly Told[] = ['password', 'removed', 'sessions-revoked'];

/** Everything with words that people were shown: messages, forms and what answered them, pages. */
function shownWords(
  moments: readonly SlackMoment[],
  pages: readonly PagerCall[],
): { readonly where: string; readonly lines: readonly string[] }[] {
  return [
    ...moments.flatMap(({ kind, message, view }) => [
      ...(message === undefined || kind === 'message.deleted' ? [] : [{ where: `Slack, message ${message.ts}`, lines: linesOf(message) }]),
      ...(view === undefined ? [] : [{ where: 'a form in Slack', lines: linesOf({ text: view.title ?? '', blocks: view.blocks }) }]),
    ]),
    ...pages.map(({ summary }) => ({ where: 'a page', lines: [summary] })),
  ];
}

/** Sentences that say that something is so in words the score does not know, and claims that belong to no case. */
export function unknownSentences(moments: readonly SlackMoment[], pages: readonly PagerCall[], cases: readonly Judged[]): string[] {
  const found = shownWords(moments, pages).flatMap(({ where, lines }) => [
    ...lines
      .flatMap(unknownIn)
      .map((sentence) => `the score does not know what this says: "${sentence}" (${where.replace(/ [\d.]+$/, '')})`),
    ...(caseOf(lines.join('\n'), cases) === undefined
      ? lines.filter((line) => toldBy(line).length > 0).map((line) => `this is said of no case that the record has: "${line}"`)
      : []),
  ]);
  return [...new Set(found)];
}

/** How long after a person was let into a channel a message may still be on its way there. */
const ON_ITS_WAY_MS = 2 * SECOND;

/** Cards and prompts that went to a place where the subject of their case reads. */
export function shownToItsSubject(
  moments: readonly SlackMoment[],
  cases: readonly Judged[],
  { channels }: Pick<Truth, 'channels'>,
): string[] {
  const found = moments.flatMap(({ at, kind, message }) => {
    if (message === undefined || kind === 'message.deleted') return [];
    const header = linesOf(message).find((line) => HEADER.test(line) || isPromptHeader(line) || NEWS.test(line));
    const about = caseOf(header ?? '', cases);
    if (header === undefined || about === undefined) return [];
    const reads = readersAt(message.channel, moments, channels, Date.parse(at));
    return reads === null || about.person.slackAccounts.some((account) => reads.includes(account))
      ? [`"${header}" was shown where the subject of the case reads (${message.channel})`]
      : [];
  });
  return [...new Set(found)];
}

/** Who reads a channel at that moment; null where the score does not know: a direct message may be anyone's. */
function readersAt(channel: string, moments: readonly SlackMoment[], channels: Truth['channels'], atMs: number): readonly string[] | null {
  const seed = channels.find(({ id }) => id === channel);
  if (seed === undefined) return null;
  const readers = new Set(seed.members);
  for (const { at, act, person = '', details } of moments) {
    if (details?.['channel'] !== channel) continue;
    const when = Date.parse(at);
    if (act === 'leave' && when <= atMs) readers.delete(person);
    if (act === 'join' && when <= atMs - ON_ITS_WAY_MS) readers.add(person);
  }
  return [...readers];
}

interface Judged {
  readonly record: RecordedCase;
  readonly person: PersonTruth;
}

interface DeniedLine {
  readonly claim: string;
  readonly told: string;
  readonly truth: string;
}

type Message = NonNullable<SlackMoment['message']>;

/**
 * What a prompt lists is what would be done, and what could not be taken back.
 * Once its plan is under way, lines that say "done" claim it.
 */
function claimedLines(message: Message, lines: readonly string[]): readonly string[] {
  const read = readMessage(message);
  if (read?.kind !== 'prompt') return lines;
  return read.state === 'under way' || read.state === 'done' ? lines.filter((line) => /\bdone\b/i.test(line)) : [];
}

/** A prompt with "done" in its header says that all of its plan is so. */
function deniedPlan(message: Message, at: number, { record, person }: Judged): DeniedLine[] {
  const read = readMessage(message);
  if (read?.kind !== 'prompt' || read.state !== 'done') return [];
  const header = `Case ${read.case}: ${read.group} plan, done`;
  const plans = plansOf(record.entries).plans.filter((each) => each.group === read.group && each.madeAt <= at);
  const plan = plans.findLast((each) => each.state === 'done') ?? plans.at(-1);
  if (plan === undefined) return [{ claim: header, told: 'plan done', truth: 'the record has no such plan' }];
  return denyPlanDone(plan, record, at, person).map(({ truth }) => ({ claim: header, told: 'plan done', truth }));
}

/** One line as it was shown. `lateMs`: how long ago something may have happened that it does not say yet. */
interface ShownLine {
  readonly text: string;
  readonly at: number;
  readonly lateMs: number;
}

function deniedLine(line: ShownLine, about: Judged, pages: readonly PagerCall[]): DeniedLine[] {
  const denied = toldBy(line.text).map((told): readonly [string, string | null] => [told, deny(told, line, about, pages)]);
  return [...denied, ['inside until then', denyUntil(line.text, line.at, about)] as const].flatMap(([told, truth]) =>
    truth === null ? [] : [{ claim: line.text, told, truth }],
  );
}

function caseOf<Case extends { record: RecordedCase }>(text: string, cases: readonly Case[]): Case | undefined {
  const number = /\b(?:case|report)\s+(\d+)\b/i.exec(text)?.[1];
  return (
    cases.find(({ record }) => String(record.number) === number) ?? (cases.length === 1 && number === undefined ? cases[0] : undefined)
  );
}

function deny(told: Told, { text, at, lateMs }: ShownLine, { record, person }: Judged, pages: readonly PagerCall[]): string | null {
  const since = record.openedAt - SECOND;
  const effectiveBy = record.effectiveBy === null ? at : Date.parse(record.effectiveBy);
  switch (told) {
    case 'blocked': {
      const blockedAt = blockedSince(person, since);
      return blockedAt !== null && blockedAt <= at ? null : (denyBlocked(at, Number.POSITIVE_INFINITY, record, person)[0]?.truth ?? null);
    }
    case 'contained':
      return denyContained('contained', at, effectiveBy, record, person)[0]?.truth ?? null;
    case 'sign-in-blocked':
      return wasEnabledThroughout(person, readAt(text) ?? at, Math.min(at, (readAt(text) ?? at) + SECOND))
        ? 'the account was enabled'
        : null;
    case 'unchanged':
      return changedBefore(person, since, at - lateMs);
    case 'paged':
      return pages.some((page) => Date.parse(page.at) <= at) ? null : 'the pager had taken no page';
    case 'finished': {
      const end = record.entries.find(({ kind }) => kind === 'case.closed');
      return end !== undefined && end.storedAt <= at ? null : 'the record has no end of the case';
    }
    case 'quiet': {
      const last = lastAttackerAccess(person);
      return last !== null && last > effectiveBy && last <= at ? `the attacker was inside at ${iso(last)}` : null;
    }
    case 'sessions-revoked':
      return wasRevoked(person, since, at) ? null : 'its sessions had not been cut';
    case 'password':
      return wasPasswordSet(person, since, at) ? null : 'no new password had been set';
    case 'removed':
      return stillThere(text, at, record, person);
    case 'released':
      return isOpenOrWasJust(person, since, at, lateMs) ? null : 'the account was disabled';
  }
}

/** Enabled in this case; or enabled and just blocked again, which is on the next card. */
function isOpenOrWasJust(person: PersonTruth, since: number, at: number, lateMs: number): boolean {
  if (wasEnabled(person, at)) return true;
  const closed = person.enabled.findLast((change) => !change.to && Date.parse(change.at) <= at);
  return closed !== undefined && Date.parse(closed.at) > at - lateMs && wasReopened(person, since, Date.parse(closed.at));
}

/** "… a fresh read showed it at 03:12:05" stays true of that second, also when a person enables the account within it. */
function readAt(line: string): number | null {
  const shown = /\bshowed it at (\d{4}-\d\d-\d\dT[\d:.]+Z)/.exec(line)?.[1];
  return shown === undefined ? null : Date.parse(shown);
}

/** "… “Pixel 4”: removed" is about the item of that name; without a name it is about all that the newest plan was to remove. */
function stillThere(line: string, at: number, { entries }: RecordedCase, person: PersonTruth): string | null {
  const names = Array.from(line.matchAll(/[“"]([^”"]+)[”"]/g), ([, name]) => name ?? '');
  const named = person.methods.find((method) => method.name !== null && names.includes(method.name) && stood(method, at));
  if (named !== undefined) return `${named.name ?? ''} was still there`;
  if (names.length > 0 || isOnlyPart(line)) return null;
  const plan = plansOf(entries).plans.findLast((each) => each.madeAt <= at && removals(each).length > 0);
  const left = plan === undefined ? [] : removals(plan).filter(({ step, target }) => !wasDropped(entries, step, target.id));
  return left.flatMap(({ step, target }) => denyReached(step, target.id, (plan?.madeAt ?? 0) - SECOND, at, person))[0]?.truth ?? null;
}

const removals = ({ changes }: RecordedPlan): RecordedPlan['changes'] =>
  changes.filter(({ step, ticked }) => ticked && step === 'remove-methods');

/** "3 of 4 removed" claims three, and not which. */
function isOnlyPart(line: string): boolean {
  const [, some, all] = /\b(\d+) of (\d+)\b/.exec(line) ?? [];
  return some !== undefined && some !== all;
}

function changedBefore(person: PersonTruth, since: number, at: number): string | null {
  const changes = [
    ...person.enabled.filter((change) => change.by === 'product').map((change) => change.at),
    ...person.sessionsCut,
    ...person.passwordSet,
  ];
  const first = changes.find((when) => Date.parse(when) >= since && Date.parse(when) <= at);
  return first === undefined ? null : `the account had been changed at ${first}`;
}
