// What people were told. Every version of every message is read as a person
// reads it, line by line, and held against the truth of the moment it was shown.
import { denyClosed, denyContained, type FalseClaim } from './score-claims.ts';
import type { PagerCall, PersonTruth, SlackMoment } from './score-input.ts';
import type { RecordedCase } from './score-record.ts';
import { closedSince, iso, lastIntruderAccess, wasClosed, wasCut, wasEnabled, wasReopened } from './score-truth.ts';

const SECOND = 1000;

type Told = 'closed' | 'contained' | 'blocked' | 'revoked' | 'unchanged' | 'paged';

/** Words that turn a claim into a promise, a question or its opposite. */
const NOT_SAID =
  /\b(not|no|never|isn't|until|when|once|before|after|if|will|would|may|might|can|could|could not|cannot|waits?|waiting|being|closing|still|yet|unless|to be|should|must|failed|refused|trying|under way)\b/i;

const CLAIMS: readonly { readonly told: Told; readonly words: RegExp }[] = [
  { told: 'contained', words: /\bcontained\b(?! here only)/i },
  { told: 'closed', words: /\b(account|it|this)( is|'s| was| has been)?( now)? (closed|shut)\b|^(✓|✔|✅)?\s*closed\b/i },
  {
    told: 'blocked',
    words: /\b(sign-?ins?|signing in)\b.*\b(blocked|off|done|stopped)\b|\bblocked\b.*\bsign-?ins?\b|\bblock sign-?in\b.*\bwas so before\b/i,
  },
  { told: 'unchanged', words: /\bnothing (was|has been) changed\b/i },
  { told: 'paged', words: /\b(person was|people were) paged\b/i },
  { told: 'revoked', words: /\bsessions?\b.*\b(revoked|ended|cut|done|signed out)\b|\b(revoked|ended|cut)\b.*\bsessions?\b/i },
];

/** A card is drawn from the record a moment after; what happened in between is on the next one. */
const DRAWING_MS = 3 * SECOND;

/** What follows in the same sentence is said of another time. */
const CONDITION = /^(when|if|once|until|unless|before|after|as soon as)\b/i;

/** "Stays closed until you are called" promises nothing: it says that it is closed. */
const STAYS = /\bstays? (closed|contained)\b/i;

/** What one line says is so, now. A promise, a condition or a denial says nothing. */
export function toldBy(line: string): Told[] {
  const parts = line.trim().split(' · ');
  if (parts.length > 1 && /^case \d+$/i.test(parts[0] ?? '')) return parts.slice(1).flatMap(toldByState);
  return line.split(/(?<=[.!?;])\s+/).flatMap(toldByOne);
}

/** A state in the header of a card. "Contained here only" says no more than that our own door is shut. */
function toldByState(state: string): Told[] {
  if (/^contained here only$/i.test(state)) return ['blocked'];
  if (/^contained$/i.test(state)) return ['contained'];
  return /^closed\b/i.test(state) ? ['closed'] : [];
}

function toldByOne(sentence: string): Told[] {
  const stays = STAYS.exec(sentence)?.[1]?.toLowerCase();
  if (stays !== undefined) return [stays === 'contained' ? 'contained' : 'closed'];
  const clauses = sentence.split(/,\s+/);
  const said = clauses.slice(0, clauses.findIndex((clause) => CONDITION.test(clause)) + 1 || clauses.length);
  return said
    .filter((clause) => !NOT_SAID.test(clause))
    .flatMap((clause) => CLAIMS.filter(({ words }) => words.test(clause)).map(({ told }) => told));
}

/** Every line a person sees in a message, the one in the notification included. */
export function linesOf(message: NonNullable<SlackMoment['message']>): string[] {
  const seen = [...message.text.split('\n'), ...message.blocks.flatMap(blockLines)];
  return seen.map((line) => line.trim()).filter((line) => line !== '');
}

function blockLines(block: unknown): string[] {
  const parts: string[] = [];
  const walk = (node: unknown, inline: string[]): void => {
    if (Array.isArray(node)) return node.forEach((each) => walk(each, inline));
    if (!isRecord(node)) return;
    const type = node['type'];
    if (type === 'date') return void inline.push(dateInWords(node));
    if (typeof node['text'] === 'string') return void inline.push(node['text']);
    if (type === 'rich_text_section' || type === 'rich_text_preformatted' || type === 'rich_text_quote' || type === 'section') {
      const line: string[] = [];
      for (const key of ['elements', 'text', 'fields']) walk(node[key], line);
      parts.push(line.join(''));
      return;
    }
    for (const key of ['elements', 'text', 'fields']) walk(node[key], inline);
  };
  const rest: string[] = [];
  walk(block, rest);
  return [...parts, ...rest].flatMap((text) => text.split('\n'));
}

const dateInWords = (node: Readonly<Record<string, unknown>>): string => {
  const seconds = Number(node['timestamp']);
  if (Number.isFinite(seconds)) return iso(seconds * 1000);
  return typeof node['fallback'] === 'string' ? node['fallback'] : '';
};

const UNTIL = /\b(?:may stay until|could live until) (\d{4}-\d\d-\d\dT[\d:.]+Z)/;

/** "Someone already inside may stay until ..." says that nobody stays longer. Whole seconds, as Slack shows times. */
function denyUntil(line: string, at: number, { record, person }: { record: RecordedCase; person: PersonTruth }): string | null {
  const until = UNTIL.exec(line)?.[1];
  if (until === undefined || !wasClosed(person, record.openedAt - SECOND, at)) return null;
  const last = lastIntruderAccess(person);
  const stayed = last !== null && last > Date.parse(until) + SECOND && !wasReopened(person, at, last);
  return stayed ? `the intruder was inside at ${iso(last)}` : null;
}

/** Claims in messages that the truth denies. */
export function falseClaimsOfMessages(
  moments: readonly SlackMoment[],
  cases: readonly { record: RecordedCase; person: PersonTruth }[],
  pages: readonly PagerCall[],
): FalseClaim[] {
  const seen = new Set<string>();
  return moments.flatMap((moment) => {
    if (moment.message === undefined || (moment.kind !== 'message.posted' && moment.kind !== 'message.updated')) return [];
    const { message, at } = moment;
    const lines = linesOf(message);
    const about = caseOf(lines.join('\n'), cases);
    if (about === undefined) return [];
    return lines.flatMap((line) => {
      const denied = toldBy(line).map((told): readonly [string, string | null] => [told, deny(told, Date.parse(at), about, pages)]);
      return [...denied, ['inside until then', denyUntil(line, Date.parse(at), about)] as const].flatMap(([told, truth]) => {
        const once = `${told} ${truth ?? ''} ${message.ts}`;
        if (truth === null || seen.has(once)) return [];
        seen.add(once);
        return [{ where: `Slack, message ${message.ts} version ${message.version}`, at, claim: `"${line}" (says: ${told})`, truth }];
      });
    });
  });
}

function caseOf<Case extends { record: RecordedCase }>(text: string, cases: readonly Case[]): Case | undefined {
  const number = /\b(?:case|report)\s+(\d+)\b/i.exec(text)?.[1];
  return (
    cases.find(({ record }) => String(record.number) === number) ?? (cases.length === 1 && number === undefined ? cases[0] : undefined)
  );
}

function deny(
  told: Told,
  at: number,
  { record, person }: { record: RecordedCase; person: PersonTruth },
  pages: readonly PagerCall[],
): string | null {
  const since = record.openedAt - SECOND;
  const effectiveBy = record.effectiveBy === null ? at : Date.parse(record.effectiveBy);
  switch (told) {
    case 'closed': {
      const closedAt = closedSince(person, since);
      return closedAt !== null && closedAt <= at ? null : (denyClosed(at, Number.POSITIVE_INFINITY, record, person)[0]?.truth ?? null);
    }
    case 'contained':
      return denyContained('contained', at, effectiveBy, record, person)[0]?.truth ?? null;
    case 'blocked':
      return wasEnabled(person, at) ? 'the account was enabled' : null;
    case 'unchanged':
      return changedBefore(person, since, at - DRAWING_MS);
    case 'paged':
      return pages.some((page) => Date.parse(page.at) <= at) ? null : 'the pager had taken no page';
    case 'revoked':
      return wasCut(person, since, at) ? null : 'its sessions had not been cut';
  }
}

function changedBefore(person: PersonTruth, since: number, at: number): string | null {
  const changes = [...person.enabled.filter((change) => change.by === 'product').map((change) => change.at), ...person.sessionsCut];
  const first = changes.find((when) => Date.parse(when) >= since && Date.parse(when) <= at);
  return first === undefined ? null : `the account had been changed at ${first}`;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
