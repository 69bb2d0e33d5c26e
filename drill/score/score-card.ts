// The card at the end: what a person needs to know, in one screen.
import type { Score } from './score.ts';

const WIDTH = 15;
const row = (name: string, words: string): string => `  ${name.padEnd(WIDTH)}${words}`;

/** At most about 35 lines of plain text. */
export function scoreCard(score: Score, extra: { readonly playedInMs: number; readonly story: string }): string {
  const plans = Object.entries(score.plans);
  const lines = [
    '',
    `${score.passed ? 'PASSED' : 'FAILED'}  ${score.scenario}`,
    `  ${extra.story}`,
    '',
    row('outcome', `${outcomeInWords(score)}${score.cases > 0 ? `; the case is ${score.finished ? 'closed' : 'not closed'}` : ''}`),
    row(
      'blocked',
      score.closedMs === null
        ? 'never, by the truth of the tenant'
        : `${(score.closedMs / 1000).toFixed(2)} s after the report was acknowledged`,
    ),
    row('both clocks', clocks(score)),
    ...attackerRows(score),
    row('footholds', `${score.footholds.planted} planted, ${score.footholds.left} left`),
    row("owner's items", ownersThings(score)),
    row('approvals', approvals(score)),
    ...(plans.length === 0 ? [] : [row('plans', plans.map(([group, state]) => `${group}: ${state}`).join('; '))]),
    row('blind spots', score.blindSpots.length === 0 ? 'none' : score.blindSpots.join('; ')),
    ...(score.notChecked.length === 0 ? [] : [row('not checked', `${score.notChecked.length} kinds of items, named to people`)]),
    ...(score.failedSteps.length === 0 ? [] : [row('failed steps', score.failedSteps.join('; '))]),
    row(
      'people',
      `${counted(score.reports, 'report')}, ${counted(score.cases, 'case')}; ${score.pagedNext ? 'a person was paged, then the next in line' : score.paged ? 'a person was paged' : 'no page'}${score.held ? '; waits for a person' : ''}`,
    ),
    row('ledger', record(score)),
    row(
      'Slack',
      `${counted(score.acks.count, 'answer')}, the slowest after ${score.acks.slowestMs} ms${score.acks.late > 0 ? `, ${score.acks.late} TOO LATE` : ''}`,
    ),
    row(
      'history',
      `${score.history.events} events (${score.history.limit} allowed), ${kilobytes(score.history.bytes)}, ${score.history.actions} billable actions`,
    ),
    row('secrets', `${score.secretsFound} found in ${kilobytes(score.searchedBytes)} of what was left behind`),
    row('false claims', score.falseClaims.length === 0 ? 'none' : String(score.falseClaims.length)),
    row('bundle', score.bundle ?? 'none'),
    row('played in', `${(extra.playedInMs / 1000).toFixed(0)} s`),
  ];
  if (score.failures.length > 0) {
    lines.push('', '  It did not pass, because:');
    lines.push(...score.failures.slice(0, MOST_REASONS).map((failure) => `  - ${failure}`));
    if (score.failures.length > MOST_REASONS) lines.push(`  - and ${score.failures.length - MOST_REASONS} more (see --json)`);
  }
  return `${lines.join('\n')}\n`;
}

const MOST_REASONS = 12;

function outcomeInWords(score: Score): string {
  switch (score.outcome) {
    case 'contained':
      return 'contained: blocked, the last token expired, no activity since';
    case 'blocked':
      return `blocked, not contained: ${score.blindSpots.length === 0 ? 'attacker activity was seen after the block' : 'not everything could be checked'}`;
    case 'contained-here-only':
      return 'contained here only: another directory must act too';
    case 'released':
      return 'released: enabled again as a false alarm';
    case 'held':
      return `on hold for a person; the account is ${score.account}`;
    case 'manual':
      return `left to people; the account is ${score.account}`;
    case 'open':
      return `still open when the drill ended; the account is ${score.account}`;
    case 'no-case':
      return 'no case was opened';
  }
}

function clocks({ effectiveBy, containedAt }: Score): string {
  if (effectiveBy === null) return 'not told: the account was not blocked';
  return `inside until ${clock(effectiveBy)} at most; ${containedAt === null ? 'not called contained' : `contained ${clock(containedAt)}`}`;
}

const MOST_PEOPLE = 4;

/** One line a person the attacker went for; of a crowd, the first few and how many are still in. */
function attackerRows({ wentFor }: Score): string[] {
  const [one] = wentFor;
  if (one === undefined) return [row('attacker', 'there was none')];
  if (wentFor.length === 1) return [row('attacker', attackerAt(one))];
  const rest = wentFor.slice(MOST_PEOPLE);
  const inside = rest.filter((each) => !each.out).length;
  return [
    ...wentFor.slice(0, MOST_PEOPLE).map((each) => row('attacker', `${each.person}: ${attackerAt(each)}`)),
    ...(rest.length === 0
      ? []
      : [row('attacker', `and ${rest.length} more${inside === 0 ? ', out of all of them' : `, STILL INSIDE ${inside}`}`)]),
  ];
}

function attackerAt({ lastAccess, refusedSince, out }: Score['wentFor'][number]): string {
  if (lastAccess === null) return refusedSince === null ? 'never got in' : `never got in; refused since ${clock(refusedSince)}`;
  return `last inside ${clock(lastAccess)}; ${out ? `refused since ${refusedSince === null ? 'then' : clock(refusedSince)}` : 'STILL INSIDE'}`;
}

function approvals({ approvals: { asked, proper, refused }, refusals, confirmed }: Score): string {
  const why = refusals.length === 0 ? '' : ` (${refusals.join(', ')})`;
  return `${asked} asked, ${proper} proper, ${refused} refused${why}${confirmed ? '; the closing was confirmed' : ''}`;
}

function record({ ledger, cases }: Score): string {
  if (cases === 0) return 'of no case';
  return `${ledger.entries} entries, ${ledger.verified ? 'verified by a program of its own' : 'NOT verified'}`;
}

const ownersThings = ({ ownersThings: { present, byPlaybook, byChoice, wrongly } }: Score): string =>
  `${present} as they were; changed: ${byPlaybook} by the playbook, ${byChoice} by choice, ${wrongly} wrongly`;

const clock = (iso: string): string => iso.slice(11, 23);
const kilobytes = (bytes: number): string =>
  bytes < 1_000_000 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
