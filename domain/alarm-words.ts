// The sentences of pages about the installation, not about one case. The rules of page-words.ts hold:
// what happened, what to do and by when; no names, no addresses.
import type { EnvelopeRefused } from './case/events.ts';
import { MANUAL_TASK } from './labels.ts';
import { referenceOf } from './report.ts';

const BLOCK_BY_HAND = `block sign-in (${MANUAL_TASK['block-sign-in']}) and revoke sessions (${MANUAL_TASK['revoke-sessions']})`;

/** For a report that no card shows. @param key of its row */
const byPhone = (key: string): string =>
  `Its reference is ${referenceOf(key)}: the employee who sent it was told to call, and can say it. Ask which account it is about, then ${BLOCK_BY_HAND} now.`;

type RefusedCode = EnvelopeRefused['code'];

/** The most references that one page names. */
const NAMED = 5;

function countOf(keys: readonly string[], isAll: boolean): string {
  if (keys.length === 1) return 'One report or decision waits';
  return `${isAll ? '' : 'At least '}${keys.length} reports and decisions wait`;
}

function referencesOf(keys: readonly string[]): string {
  const more = keys.length > NAMED ? ` and ${keys.length - NAMED} more` : '';
  return `${keys.slice(0, NAMED).map(referenceOf).join(', ')}${more}`;
}

export const ALARM = {
  /** @param keys of the rows that wait, oldest first */
  inboxNotDelivered: (keys: readonly string[], { isAll }: { readonly isAll: boolean }): string =>
    `${countOf(keys, isAll)}, and the worker does not deliver them to a case. No account is blocked automatically. References: ${referencesOf(keys)}. Employees who report were told to call: ask for the reference and for the account, then ${BLOCK_BY_HAND} now. Check the worker and Temporal, and do by hand what an approver decided and what cannot wait.`,
  reportNotTriaged: (key: string): string => `URGENT: a report was received, and no case can be opened for it. ${byPhone(key)}`,
  actionNotTriaged:
    "A report or decision about an open case cannot be checked now. Read the worker's log, and do by hand what cannot wait.",
  recordAway: `URGENT: the database does not answer, so no account is blocked automatically and reports are not read. Check PostgreSQL now. Employees who report are told to call: for each of them, ${BLOCK_BY_HAND}.`,
  rowRefused: (code: RefusedCode): string =>
    `An action in the inbox was refused (${code}): an attacker may have written to the database. No account was changed by it. Find out today who can write there, and change the passwords of its roles.`,
  messageRefused: (code: RefusedCode): string =>
    `A message that claims to be a person's action was refused (${code}). No account was changed by it. Find out now who can reach Temporal or the database, and let only our own processes reach them.`,
  payloadRefused:
    "A message that reached a case through Temporal was not signed with our payload key, and was refused. Read the worker's log (payload-refused) now: either this worker lacks a key, or an attacker can reach Temporal.",
  personMissing: (side: 'reporter' | 'subject'): string =>
    `A report waits, because its ${side} is not in the table of people. Add them now with "unapprove people import"; the report is then delivered automatically.`,
} as const;
